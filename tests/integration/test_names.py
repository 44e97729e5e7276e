"""A name that has become another one's: held until somebody says whose it is, and no older table changes by that."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.running import Desk, Ran
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

MONDAY = date(2026, 1, 5)
WEEK = timedelta(days=7)
STARS = "github_stars"


def said(desk: Desk, *arguments: str) -> Ran:
    """Run a command that must not fail."""
    ran = desk.run(*arguments)
    assert ran.code == 0, ran.told()
    return ran


def cell(desk: Desk, week: int) -> dict[str, Any]:
    """Give the stars of the first project as of a week."""
    day = str(MONDAY + week * WEEK)
    rows = json.loads(said(desk, "table", "p0000", "--as-of", day, "--format", "json").out)["rows"]
    return next(dict(row["cells"]["p0000"]) for row in rows if row["metric"] == STARS)


def test_a_repository_that_was_made_anew_is_held_adopted_and_given_back(tmp_path: Path, up: Upstream) -> None:
    desk, world = Desk(tmp_path, up), World(projects=3, today=MONDAY)
    desk.catalog(world.catalog())
    anew = replace(world, recreated=(world.repo(0),))
    for number, now in enumerate((world, anew, anew)):
        up.set_world(replace(now, today=MONDAY + number * WEEK))
        said(desk, "refresh")
        said(desk, "publish")
    old, new = world.stars(world.repo(0), MONDAY), anew.stars(anew.repo(0), MONDAY + 2 * WEEK)
    held = cell(desk, 2)
    assert (held["value"], held["state"], held["held"]["value"]) == (old, "held", new)
    assert "the number was 100000 and is now 900000" in said(desk, "review").out
    published = {file.name: file.read_bytes() for file in (tmp_path / "site" / "all").iterdir()}
    said(desk, "review", "accept", "p0000", STARS, "--reason", "made anew by its owner")
    assert [cell(desk, number)["value"] for number in (0, 2)] == [old, new]
    up.set_world(replace(anew, today=MONDAY + 3 * WEEK))
    assert "github: 3 recorded" in said(desk, "refresh").out
    assert (cell(desk, 3)["state"], cell(desk, 0)["value"]) == ("fresh", old)
    assert "no growth or loss" in said(desk, "table", "p0000").out
    for name, kept in published.items():
        form = "json" if name.endswith(".json") else "markdown"
        assert said(desk, "table", "--edition", name.partition(".")[0], "--format", form).out.encode() == kept
    said(desk, "review", "reopen", "p0000", STARS, "--day", str(MONDAY + WEEK), "--reason", "too early")
    assert (cell(desk, 3)["value"], cell(desk, 3)["state"]) == (old, "held")
    assert "nothing differs" in said(desk, "verify").out
