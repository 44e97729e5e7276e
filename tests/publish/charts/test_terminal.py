"""A history drawn in characters."""

from unicodedata import normalize

import pytest
from rich.cells import cell_len

from publish.charts.terminal import NARROWEST, render
from tests.publish.past import panel, point, project, rising
from tests.publish.sample import METAFLOW


def drawn(*args: object, width: int = 80) -> list[str]:
    return render(panel(*args), width, colour=False).splitlines()  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [NARROWEST, 80, 120])
def test_it_is_as_wide_as_it_may_be_and_no_wider(width: int) -> None:
    lines = drawn(*rising(10), width=width)
    assert max(map(len, lines)) == width
    assert len(lines) == 18


def test_it_has_its_metric_its_ends_and_the_names_of_its_lines() -> None:
    text = "\n".join(drawn(*rising(10), *rising(10, 140.0, of=METAFLOW)))
    assert "GitHub stars" in text
    assert "2026-03-30" in text
    assert "Kubeflow 190" in text
    assert "Metaflow 230" in text
    assert "⠤" in text or "⠒" in text


def test_a_line_is_named_with_its_newest_value_and_its_day_if_others_are_newer() -> None:
    shown = "\n".join(drawn(*rising(3), point(0, 115.0, project=METAFLOW), point(1, 116.0, project=METAFLOW)))
    assert "Kubeflow 120 " in shown
    assert "Kubeflow 120," not in shown
    assert "Metaflow 116, 2026-04-06" in shown


def test_names_that_meet_stand_in_rows_of_their_own() -> None:
    many = [one for number in range(8) for one in rising(5, 100.0 + number / 10, of=project(f"p{number}"))]
    lines = drawn(*many)
    assert sorted(sum(f" p{number} " in line for line in lines) for number in range(8)) == [1] * 8


def test_what_is_reconstructed_is_dotted_and_said_so() -> None:
    old = [point(week, 100.0 + week, method="reconstructed", source="github-history") for week in range(6)]
    lines = drawn(*old, *(point(week, 200.0 + week) for week in range(6, 9)))
    assert any("····" in line for line in lines[:18])
    assert "·· reconstructed" in lines
    assert "┊ github-history → github on 2026-05-11: Kubeflow" in lines
    assert sum("┊" in line for line in lines[:18]) > 5, "a line stands where the source changes"


def test_a_restated_value_is_marked_and_said() -> None:
    lines = drawn(point(0, 1000.0), point(1, 1500.0, restated_from=1200.0), point(2, 1600.0))
    assert sum("◆" in line for line in lines[:18]) == 1
    assert lines[-1] == "◆ restated: Kubeflow 2026-04-06: 1.2k → 1.5k"


def test_a_measured_line_without_restatements_needs_no_notes() -> None:
    assert drawn(*rising(5))[-1].split() == ["2026-03-30", "2026-04-13", "2026-04-27"]


def test_a_gap_is_left_open() -> None:
    flat = [point(week, None if week in {4, 5} else 100.0) for week in range(10)]
    row = next(line for line in drawn(*flat) if "Kubeflow" in line)
    before, _, after = row.partition("┤")[2].partition(" Kubeflow")[0].strip().partition("     ")
    assert before.strip()
    assert after.strip()


def test_colours_are_only_there_if_they_are_wanted() -> None:
    shown = panel(*rising(5))
    assert "\x1b[" not in render(shown, 80, colour=False)
    assert "\x1b[38;" in render(shown, 80, colour=True)


def test_nothing_from_outside_reaches_the_terminal_raw() -> None:
    text = render(panel(*rising(5, of=project("\x1b[2J\x07evil\u202e"))), 80, colour=False)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[2Jevil" in text


@pytest.mark.parametrize("name", ["数据平台", "🦀 crab", "e\u0301tude", "x" * 200])
def test_any_script_can_be_drawn(name: str) -> None:
    lines = drawn(*rising(5, of=project(name)))
    assert len(lines) == 18
    assert any(normalize("NFC", name)[:20] in line and " 140" in line for line in lines)
    assert max(map(cell_len, lines)) == 80


def test_one_chart_leaves_nothing_to_the_next() -> None:
    first = drawn(*rising(5))
    drawn(*rising(5, 9000.0, of=METAFLOW), width=120)
    assert drawn(*rising(5)) == first


def test_too_few_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 40 columns"):
        drawn(*rising(5), width=39)
