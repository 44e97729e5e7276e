"""The chart of a history, as Vega-Lite says it."""

from typing import Any

import pytest

from publish.charts.chart import chart, describe, notes
from publish.charts.frame import WIDTH
from publish.charts.lines import ChartError, Panel
from publish.charts.theme import PALETTES
from tests.publish.past import START, WEEK, panel, point, project, rising
from tests.publish.sample import KNOWN, METAFLOW

OLD = {"source": "github-history", "method": "reconstructed"}


def spec(*panels: Panel, theme: str = "light") -> dict[str, Any]:
    made: dict[str, Any] = chart(panels, KNOWN, theme).to_dict()  # type: ignore[arg-type]
    return made


def layers(of: Panel, kind: str) -> list[dict[str, Any]]:
    """Give the layers of one kind of mark, each with its `rows`."""
    whole = spec(of)
    found = [layer for layer in whole["vconcat"][0]["layer"] if layer["mark"]["type"] == kind]
    return [layer | {"rows": whole["datasets"][layer["data"]["name"]]} for layer in found]


def rows(layer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = layer["rows"]
    return found


def test_each_stroke_is_a_line_of_its_own() -> None:
    (lines,) = layers(panel(point(0, 1.0), point(1, 2.0), point(2, None), point(3, 3.0), point(4, 4.0)), "line")
    assert [(row["stroke"], row["day"], row["value"]) for row in rows(lines)] == [
        ("kubeflow/0", "2026-03-30", 1.0),
        ("kubeflow/0", "2026-04-06", 2.0),
        ("kubeflow/1", "2026-04-20", 3.0),
        ("kubeflow/1", "2026-04-27", 4.0),
    ]
    assert lines["encoding"]["detail"]["field"] == "stroke"
    assert lines["encoding"]["x"]["scale"]["type"] == "utc"


def test_what_is_measured_is_solid_and_what_is_reconstructed_dashed() -> None:
    history = [
        *(point(week, 1.0 + week, **OLD) for week in (0, 1)),  # type: ignore[arg-type]
        *(point(week, 1.0 + week, method="imported") for week in (2, 3)),
        *(point(week, 1.0 + week, method="derived") for week in (4, 5)),
        *(point(week, 1.0 + week) for week in (6, 7)),
    ]
    (lines,) = layers(panel(*history), "line")
    dash, thickness = lines["encoding"]["strokeDash"]["scale"], lines["encoding"]["strokeWidth"]["scale"]
    dashes = dict(zip(dash["domain"], dash["range"], strict=True))
    widths = dict(zip(thickness["domain"], thickness["range"], strict=True))
    assert dashes["observed"] == dashes["derived"] == [1, 0]
    assert dashes["reconstructed"] == [7, 4]
    assert dashes["imported"] not in ([1, 0], [7, 4])
    assert widths["derived"] < widths["observed"]
    assert lines["encoding"]["strokeDash"]["legend"]["orient"] == "bottom"


def test_where_all_is_measured_there_is_no_legend() -> None:
    (lines,) = layers(panel(*rising(4)), "line")
    assert lines["encoding"]["strokeDash"]["legend"] is None


def test_a_restatement_has_a_hollow_diamond_for_the_first_value_and_a_full_one_for_the_present() -> None:
    shown = panel(point(0, 1000.0), point(1, 1500.0, restated_from=1200.0))
    hollow, full = layers(shown, "point")
    assert hollow["mark"]["filled"] is False
    assert hollow["encoding"]["y"]["field"] == "first"
    assert full["mark"]["filled"] is True
    assert full["encoding"]["y"]["field"] == "value"
    assert [(row["day"], row["first"], row["value"]) for row in rows(full)] == [("2026-04-06", 1200.0, 1500.0)]
    assert spec(shown)["vconcat"][0]["title"]["subtitle"] == ["Restated: Kubeflow 2026-04-06: 1.2k → 1.5k"]


def test_what_was_never_restated_has_no_diamonds() -> None:
    assert layers(panel(*rising(4)), "point") == []


def test_a_change_of_source_has_a_line_and_says_which() -> None:
    shown = panel(point(0, 1.0, **OLD), point(1, 2.0), point(2, 3.0))  # type: ignore[arg-type]
    (rule,) = layers(shown, "rule")
    assert [(row["day"], row["said"]) for row in rows(rule)] == [("2026-04-06", "github-history → github")]
    words = [layer for layer in layers(shown, "text") if layer["encoding"]["text"]["field"] == "said"]
    assert len(words) == 1


def test_few_values_have_dots_and_many_only_those_that_nothing_joins_and_the_newest() -> None:
    (few,) = layers(panel(*rising(10)), "circle")
    assert len(rows(few)) == 10
    lonely = [point(week, None if week in {49, 51} else 5.0 + week) for week in range(100)]
    (many,) = layers(panel(*lonely), "circle")
    assert [row["day"] for row in rows(many)] == [(START + week * WEEK).isoformat() for week in (50, 99)]


def test_names_at_the_ends_do_not_cover_each_other() -> None:
    shown = panel(*rising(5), *rising(5, 100.01, of=METAFLOW))
    (names,) = (layer for layer in layers(shown, "text") if layer["encoding"]["text"]["field"] == "label")
    first, second = (row["value"] for row in rows(names))
    low, high = names["encoding"]["y"]["scale"]["domain"]
    height = spec(shown)["vconcat"][0]["height"]
    assert (second - first) / (high - low) * height == pytest.approx(15)
    assert [row["label"] for row in rows(names)] == ["Kubeflow 140", "Metaflow 140.0"]


def test_a_project_has_one_colour_in_all_panels_and_panels_one_time_axis() -> None:
    stars = panel(*rising(5), *rising(5, 90.0, of=METAFLOW))
    pulls = panel(point(2, 7.0, metric="dockerhub_pulls", project=METAFLOW))
    first, second = spec(stars, pulls)["vconcat"]
    for shared in ("x", "color"):
        assert first["layer"][0]["encoding"][shared] == second["layer"][0]["encoding"][shared]
    assert first["width"] == second["width"] < WIDTH


def test_the_title_names_the_projects_and_what_it_is_known_by() -> None:
    title = spec(panel(*rising(3), *rising(3, 5.0, of=METAFLOW)))["title"]
    assert title["text"] == "Kubeflow and Metaflow"
    assert title["subtitle"] == "As known on 2026-04-27 (run 3)"


def test_light_and_dark_differ_in_every_colour() -> None:
    light, dark = PALETTES["light"].colours, PALETTES["dark"].colours
    assert len(light) == len(dark) == len(set(light)) == len(set(dark))
    assert not set(light) & set(dark)
    assert spec(panel(*rising(3)), theme="dark")["config"]["background"] == PALETTES["dark"].paper


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_names_can_be_read_on_the_paper(theme: str) -> None:
    """The contrast that WCAG asks of text is 4.5."""
    palette = PALETTES[theme]  # type: ignore[index]
    paper = _luminance(palette.paper)
    for colour in (palette.ink, palette.muted, *palette.projects):
        lighter, darker = sorted((paper, _luminance(colour)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, colour


def test_it_is_described_in_words() -> None:
    said = describe([panel(point(0, 1000.0), point(1, 1500.0, restated_from=1200.0))], KNOWN)
    assert said == (
        "As known on 2026-04-27. GitHub stars: Kubeflow from 1.0k on 2026-03-30 to 1.5k on 2026-04-06. "
        "Restated: Kubeflow 2026-04-06: 1.2k → 1.5k."
    )
    assert notes(panel(*rising(3))) == []


def test_a_name_is_only_ever_data() -> None:
    evil = project("datum.value]; alert(1)//")
    (names,) = (layer for layer in layers(panel(*rising(3, of=evil)), "text"))
    assert rows(names)[0]["label"].startswith("datum.value]; alert(1)")


def test_thousands_of_values_are_no_hindrance() -> None:
    many = [one for number in range(12) for one in rising(500, of=project(f"p{number}"))]
    (lines,) = layers(panel(*many), "line")
    assert len(rows(lines)) == 6000


def test_nothing_is_no_chart() -> None:
    with pytest.raises(ChartError, match="nothing to draw"):
        chart((), KNOWN)
