"""A name that has become another one's: not counted until the catalog says so, and no older table changes by that."""

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


def test_a_repository_that_was_made_anew_counts_once_the_catalog_says_which_one_is_meant(
    tmp_path: Path, up: Upstream
) -> None:
    desk, world = Desk(tmp_path, up), World(projects=3, today=MONDAY)
    desk.catalog(world.catalog())
    name = world.repo(0)
    anew = replace(world, recreated=(name,))
    up.set_world(world)
    said(desk, "refresh")
    said(desk, "publish")
    for number in (1, 2):
        up.set_world(replace(anew, today=MONDAY + number * WEEK))
        ran = desk.run("refresh")
        assert (ran.code, f"github:{name} failed: identity: the number was 100000 and is now 900000" in ran.err) == (
            3,
            True,
        )
    old, new = world.stars(name, MONDAY), anew.stars(name, MONDAY + 3 * WEEK)
    assert (cell(desk, 2)["value"], cell(desk, 2)["state"]) == (old, "carried")
    published = {file.name: file.read_bytes() for file in (tmp_path / "site" / "all").glob("2*.*")}
    desk.catalog(world.catalog().replace(f'"{name}"', f'"{name}#900000"'))
    up.set_world(replace(anew, today=MONDAY + 3 * WEEK))
    assert "github: 3 recorded" in said(desk, "refresh").out
    assert (cell(desk, 3)["value"], cell(desk, 3)["state"], cell(desk, 0)["value"]) == (new, "fresh", old)
    for name, kept in published.items():
        form = "json" if name.endswith(".json") else "markdown"
        assert said(desk, "table", "--edition", name.partition(".")[0], "--format", form).out.encode() == kept
    assert "nothing differs" in said(desk, "verify").out
