"""The page on the guards says the thresholds that the code has."""

import re
from pathlib import Path

from jobs.guard import thresholds
from jobs.guard.guards import COLLAPSED, FROZEN, IMPLAUSIBLE, RESTATED, SHIFTED, STALE
from jobs.guard.thresholds import SCALES

PAGE = Path(__file__).parents[3] / "docs" / "guards.md"


def rows(guard: str) -> str:
    """Return the rows of the page's table on a guard."""
    return "\n".join(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{guard}`"))


def test_the_page_tells_the_thresholds_of_every_guard() -> None:
    gauge, window = SCALES["gauge"], SCALES["window"]
    said = {
        IMPLAUSIBLE: [
            f"more than {thresholds.LIMIT:.0f} times",
            f"{gauge.fall:.0%} down, {gauge.rise:.0%} up",
            f"indexes {window.fall:.0%} either way",
            f"{gauge.least:.0f} stars, {SCALES['counter'].least:,.0f} pulls, {window.least:.0f} downloads",
            f"less than {thresholds.YOUNG} weeks, a factor of {gauge.gross:.0f} (stars) or {window.gross:.0f}",
            f"up to {thresholds.IN_A_ROW} values in a row",
            f"the last {thresholds.EDGE} of a series",
            f"at least {gauge.amid:.0%} a week for stars and pulls, {window.amid:.0%} for downloads",
            f"medians of {thresholds.AROUND} values",
        ],
        RESTATED: [f"at least {window.restated:.0%} for downloads and indexes, {gauge.restated:.0%} for stars"],
        FROZEN: [f"at least {thresholds.FEWEST} series", f"1 in {1 / thresholds.BY_CHANCE:,.0f}"],
        SHIFTED: [
            f"more than {thresholds.FALLING:.0%}",
            f"more than {thresholds.SHIFTED:.0f} times",
            f"at least {gauge.whole:.0%} (stars, pulls) or {window.whole:.0%} (downloads, indexes)",
        ],
        COLLAPSED: [f"more than {thresholds.LOST:.0%}", f"last {thresholds.OF_LATE.days} days"],
        STALE: [f"at least {thresholds.FEWEST} series", f"last {thresholds.NEARLY_A_WEEK.days} days"],
    }
    for guard, words in said.items():
        # The page sets percent signs apart.
        told = re.sub(r"(\d) %", r"\1%", rows(guard))
        assert [word for word in words if word not in told] == [], guard
