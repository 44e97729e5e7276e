"""The drawing of a line chart: what is joined, marked and said, and that nothing covers anything."""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from publish.charts.drawing import WIDTH, describe, draw, sparkline
from publish.charts.lines import Line, Panel, Stroke
from tests.publish.past import START, WEEK, panel, point, project, rising
from tests.publish.sample import METAFLOW

SVG = "{http://www.w3.org/2000/svg}"
OLD = {"source": "github-history", "method": "reconstructed"}
LONG = "A Distributed Workflow Engine for Science"


def drawn(*panels: Panel) -> ET.Element:
    return ET.fromstring(draw(panels, "A title", "A subtitle"))  # noqa: S314 - our own image


def texts(root: ET.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def strokes(root: ET.Element) -> list[ET.Element]:
    """Give the paths of lines: relative steps in a group of a project's colour."""
    return [path for group in root.iter(f"{SVG}g") for path in group]


def places(path: str) -> list[tuple[float, float]]:
    """Read a path of relative steps back."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    x, y = numbers[:2]
    found = [(x, y)]
    for across, down in zip(numbers[2::2], numbers[3::2], strict=True):
        x, y = x + across, y + down
        found.append((x, y))
    return found


def test_every_value_of_a_stroke_is_in_its_path() -> None:
    (path,) = strokes(drawn(panel(*rising(104))))
    found = places(path.attrib["d"])
    assert len(found) == 104
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    assert [y for _, y in found] == sorted((y for _, y in found), reverse=True), "up is less in SVG"


def test_relative_steps_do_not_drift() -> None:
    root = drawn(panel(*(point(week, 100.0 + week * 1.37) for week in range(500))))
    (path,), (dot,) = strokes(root), root.iter(f"{SVG}circle")
    assert places(path.attrib["d"])[-1] == pytest.approx((float(dot.attrib["cx"]), float(dot.attrib["cy"])), abs=0.01)


def test_a_gap_stays_a_gap() -> None:
    shown = panel(point(0, 1.0), point(1, 2.0), point(2, None), point(3, 3.0), point(4, 4.0))
    assert [len(places(path.attrib["d"])) for path in strokes(drawn(shown))] == [2, 2]


def test_a_value_that_nothing_joins_has_a_dot() -> None:
    lonely = [point(week, None if week in {49, 51} else 5.0 + week) for week in range(100)]
    assert len(list(drawn(panel(*lonely)).iter(f"{SVG}circle"))) == 2, "that one, and the newest"


def test_lines_are_solid_thin_dashed_or_dotted_by_method_and_the_legend_says_so() -> None:
    methods = ["reconstructed", "imported", "derived", "observed"]
    root = drawn(panel(*(point(week, 5.0 + week, method=methods[week // 4]) for week in range(16))))
    looks = [(path.attrib["stroke-width"], path.attrib.get("stroke-dasharray", "")) for path in strokes(root)]
    assert len(set(looks)) == 4
    solid = [float(width) for width, dashes in looks if not dashes]
    assert len(solid) == 2
    assert min(solid) < max(solid), "derived is thinner"
    assert texts(root)[-4:] == ["observed", "derived", "reconstructed", "imported"]


def test_where_all_is_measured_there_is_no_legend() -> None:
    assert "observed" not in texts(drawn(panel(*rising(4))))


def test_a_break_is_a_rule_with_words_that_cover_no_value() -> None:
    history = [point(week, 100.0 + week, **OLD) for week in range(5)]  # type: ignore[arg-type]
    root = drawn(panel(*history, *(point(week, 300.0 + week) for week in range(5, 10))))
    (words,) = [one for one in root.iter(f"{SVG}text") if "".join(one.itertext()) == "github-history → github"]
    highest = min(y for path in strokes(root) for _, y in places(path.attrib["d"]))
    assert float(words.attrib["y"]) < highest - 4
    assert "Not comparable across: github-history → github on 2026-05-04." in texts(root)


def test_several_breaks_are_letters_that_the_notes_explain() -> None:
    sources = [f"source-{week // 3}" for week in range(30)]
    said = texts(drawn(panel(*(point(week, 100.0, source=source) for week, source in enumerate(sources)))))
    assert [text for text in said if len(text) == 1 and text.isalpha()] == list("abcdefghi")
    notes = " ".join(said)
    assert "a source-0 → source-1 on 2026-04-20; b source-1" in notes
    assert "and 1 more." in notes


def test_what_was_there_and_back_has_one_letter_at_both_ends_or_its_words_once() -> None:
    def source(week: int) -> str:
        return "clickpy" if week in {4, 5, 6} else "github"

    once = [point(week, 100.0, source=source(week)) for week in range(12)]
    assert texts(drawn(panel(*once))).count("clickpy instead of github") == 1
    more = [point(week, 100.0, source="other") for week in range(12, 16)]
    said = texts(drawn(panel(*once, *more)))
    assert [text for text in said if text in {"a", "b"}] == ["a", "a", "b"]


def test_a_break_says_whose_it_is_if_it_is_not_that_of_all() -> None:
    small = [point(week, 5.0, source=f"source-{week // 5}") for week in range(9)]
    said = texts(drawn(panel(*small, *rising(9, 9e6, of=METAFLOW))))
    assert said.count("source-0 → source-1") == 1
    assert "Not comparable across: source-0 → source-1 on 2026-05-04 (Kubeflow)." in said


def test_a_restated_value_has_a_hollow_and_a_full_diamond_and_its_words() -> None:
    root = drawn(panel(point(0, 1000.0), point(1, 1500.0, restated_from=1200.0)))
    diamonds = [path.attrib["fill"] for path in root.iter(f"{SVG}path") if path.attrib["d"].endswith("z")]
    assert diamonds[:2] == ["var(--paper)", "var(--c0)"]
    assert "Restated: Kubeflow 2026-04-06: 1.2k → 1.5k." in texts(root)


def test_an_axis_that_is_cut_says_so_and_one_from_nothing_does_not() -> None:
    cut = "Source: github. The axis does not begin at 0."
    assert cut in texts(drawn(panel(*rising(4, 900.0))))
    assert cut not in texts(drawn(panel(*rising(40, 10.0))))
    assert "0" in texts(drawn(panel(*rising(40, 10.0))))


def test_projects_of_like_size_share_a_plot_and_others_have_axes_of_their_own() -> None:
    def axes(other: float) -> int:
        root = drawn(panel(*rising(5, 1000.0), *rising(5, other, of=METAFLOW)))
        return sum(text == "2026-03-30" for text in texts(root))

    assert axes(2000.0) == 1
    assert axes(900_000.0) == 2


def test_an_index_has_one_scale_for_all_from_nothing_on_and_the_words_of_the_table() -> None:
    interest = {"metric": "search_interest", "source": "google-trends"}
    small = [point(week, 1.2 + week % 2 / 10, **interest) for week in range(9)]  # type: ignore[arg-type]
    large = [point(week, 60.0, project=METAFLOW, **interest) for week in range(9)]  # type: ignore[arg-type]
    root = drawn(panel(*small, *large))
    assert sum(text == "2026-03-30" for text in texts(root)) == 1
    assert {"0", "Kubeflow 1", "Metaflow 60", "Source: google-trends."} <= set(texts(root))


def test_twelve_projects_have_a_plot_each() -> None:
    many = panel(*(one for number in range(12) for one in rising(5, of=project(f"p{number}"))))
    root = drawn(many)
    assert len(strokes(root)) == 12
    assert {f"p{number}" for number in range(12)} <= set(texts(root))


def test_what_has_a_single_day_is_given_as_figures() -> None:
    root = drawn(panel(point(0, 367_013.0), point(0, 5.0, project=METAFLOW)))
    assert not strokes(root)
    assert {"Kubeflow", "367.0k", "Metaflow", "5", "One day so far: 2026-03-30."} <= set(texts(root))


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    root = drawn(panel(*rising(5), *rising(5, 100.01, of=METAFLOW), *rising(5, 100.02, of=project(LONG))))
    labels = [
        one
        for one in root.iter(f"{SVG}text")
        if float(one.attrib["x"]) > WIDTH - 220 and one.attrib["fill"] == "var(--ink)"
    ]
    feet = sorted(float(one.attrib["y"]) for one in labels)
    assert len(feet) == 5, "a long name has two lines, and its value one"
    assert all(later - sooner >= 14 for sooner, later in pairwise(feet))


@pytest.mark.parametrize("name", ["ray", LONG, "x" * 60, "数据平台" * 10])
@pytest.mark.parametrize("other", [100.0, 1e6])
def test_no_text_leaves_the_sheet(name: str, other: float) -> None:
    root = drawn(panel(*rising(9), *rising(9, other, of=project(name)), *rising(9, other, of=METAFLOW)))
    for one in root.iter(f"{SVG}text"):
        x, text, size = float(one.attrib["x"]), "".join(one.itertext()), float(one.attrib["font-size"])
        wide = sum(1.0 if char > "⺀" else 0.55 for char in text) * size
        left = x - wide * {"end": 1.0, "middle": 0.5}.get(one.attrib.get("text-anchor", ""), 0.0)
        assert left >= 0, text
        assert left + wide <= WIDTH, text


def test_a_project_has_one_colour_in_all_panels() -> None:
    stars = panel(*rising(5), *rising(5, 90.0, of=METAFLOW))
    pulls = panel(*(point(week, 5.0 + week, metric="dockerhub_pulls", project=METAFLOW) for week in range(3)))
    groups = [group.attrib["stroke"] for group in drawn(stars, pulls).iter(f"{SVG}g")]
    assert groups == ["var(--c0)", "var(--c1)", "var(--c1)"]


def test_it_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    root = ET.fromstring(draw([panel(*rising(3))], "", name="stars"))  # noqa: S314 - our own image
    assert root.attrib["role"] == "img"
    assert (
        root.attrib["aria-labelledby"].split() == [root[0].attrib["id"], root[1].attrib["id"]] == ["stars-t", "stars-d"]
    )
    assert root[0].text == "GitHub stars of Kubeflow"
    said = describe([panel(point(0, 1000.0), point(1, 1500.0, restated_from=1200.0))])
    assert said.startswith("GitHub stars: Kubeflow from 1.0k on 2026-03-30 to 1.5k on 2026-04-06.")
    assert said.endswith("Restated: Kubeflow 2026-04-06: 1.2k → 1.5k.")


def numbers(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for name in ("d", "x", "y", "cx", "cy", "points"):
            yield from re.findall(r"[\d.]+", element.attrib.get(name, ""))


def test_places_are_whole_tenths() -> None:
    shown = panel(
        *rising(30), *rising(30, 71.3, of=METAFLOW), point(29, 7.0, project=project("one"), restated_from=3.0)
    )
    assert all(len(number.partition(".")[2]) <= 1 for number in numbers(drawn(shown)))


def test_a_long_history_is_written_short() -> None:
    assert len(draw([panel(*rising(520), *rising(520, 200.0, of=METAFLOW))], "")) < 14_000


def heights(*values: float) -> list[float]:
    stroke = Stroke("observed", tuple((START + week * WEEK, value) for week, value in enumerate(values)))
    image = sparkline(Line("kubeflow", "Kubeflow", (stroke,)), "var(--c0)")
    root = ET.fromstring(image)  # noqa: S314 - our own image
    return [y for path in root.iter(f"{SVG}path") for _, y in places(path.attrib["d"])]


def test_half_a_per_cent_is_no_storm_in_a_sparkline_and_ten_are() -> None:
    small, large = heights(1000.0, 1005.0, 1000.0, 1005.0), heights(1000.0, 1500.0, 1000.0, 1500.0)
    assert max(small) - min(small) < 0.06 * 26
    assert max(large) - min(large) == pytest.approx(20)


def test_a_sparkline_leaves_gaps_open_and_can_be_drawn_of_anything() -> None:
    (line,) = panel(point(0, 1.0), point(1, 2.0), point(2, None), point(3, 3.0), point(4, 4.0)).lines
    assert sparkline(line, "#000").count("<path") == 2
    assert len(heights(0.0, 0.0)) == 2
    assert sparkline(Line("kubeflow", "Kubeflow", ()), "#000") == ""
    (single,) = panel(point(0, 5.0)).lines
    assert "<circle" in sparkline(single, "#000")
