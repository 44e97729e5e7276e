"""The backfill as a process against the played services: every value is the world's, also after it was killed."""

import csv
import io
import json
import signal
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.calendar import cadence_days
from collector.sources.github_api import BUDGET
from collector.sources.github_history import PAGE_WEEKS
from jobs.exits import DONE
from tests.integration.running import Desk, Ran
from tests.integration.test_refresh import desk_for
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

MONDAY = date(2026, 4, 27)
FIRST = date(2023, 5, 1)
WEEKS = cadence_days(FIRST, MONDAY, "monday")
Value = tuple[str, str, date]
"""Artifact, source, day."""


def stored(desk: Desk) -> dict[Value, float]:
    """Give the newest value in the ledger of each artifact, source and day, held or not: weeks of no downloads are."""
    ran = desk.run("history", *desk.up.world.ids(), "--all", "--format", "csv")
    assert ran.code == DONE, ran.told()
    rows = csv.DictReader(io.StringIO(ran.out))
    return {(row["artifact"], row["source"], date.fromisoformat(row["day"])): float(row["value"]) for row in rows}


def truth(world: World) -> dict[Value, float]:
    """Give every value that a backfill of the whole world from FIRST on has to find."""
    found: dict[Value, float] = {}
    for index in range(world.projects):
        repo, package = world.repo(index), world.package(index)
        near = set(world.mondays())
        for day in WEEKS:
            found[f"github:{repo}", "github-history", day] = world.standing(repo, day)
            told = world.window(package, day) if day in near else world.installs_window(package, day)
            assert told is not None
            found[f"pypi:{package}", "pypistats" if day in near else "clickpy", day] = told
        found[f"github:{repo}", "github-history", MONDAY] = world.stars(repo, MONDAY)
    return found


def test_three_years_are_the_worlds_and_no_source_is_asked_for_the_weeks_of_another(
    tmp_path: Path, up: Upstream
) -> None:
    world = World(projects=12)
    desk = desk_for(tmp_path / "desk", up, world, TALLYBOOK_TIMEOUT="20")
    plan = desk.run("backfill", "--from", str(FIRST), "--dry-run", "--json")
    assert up.requests() == 0
    ran = desk.run("backfill", "--from", str(FIRST))
    assert ran.code == DONE, ran.told()
    assert stored(desk) == truth(world)
    asked = sum(part["requests"] for part in json.loads(plan.out))
    assert abs(up.requests() - asked) <= world.projects, "a page more or less where a window begins within a week"


def test_killed_at_any_time_it_goes_on_a_day_later_and_asks_for_little_again(tmp_path: Path, up: Upstream) -> None:
    """Asked again are the repositories that were being read when it was killed: at most twice as many as at once."""
    world = World(projects=150)
    command = "backfill", "--from", str(FIRST)
    desk = desk_for(tmp_path / "desk", up, world, TALLYBOOK_TIMEOUT="20")
    asked = sum(part["requests"] for part in json.loads(desk.run(*command, "--dry-run", "--json").out))
    # Slow enough that much is on the way when it is killed.
    up.set_latency(0.2)
    assert _killed(desk, command, asked * 2 // 3).code == -signal.SIGKILL
    assert desk.run("table").code == 1, "no half run is shown"
    up.set_world(world.on(MONDAY + timedelta(days=1)))
    ran = desk.run(*command)
    assert ran.code == DONE, ran.told()
    assert "went on with what had been broken off" in ran.err
    found, expected = stored(desk), truth(world)
    today = {place for place in expected if place[1:] == ("github-history", MONDAY)}
    assert {place: found[place] for place in expected.keys() - today} == {
        place: value for place, value in expected.items() if place not in today
    }
    pages = 2 + len(WEEKS) // PAGE_WEEKS
    assert up.requests() <= asked + 2 * BUDGET.unlimited_connections * (1 + pages), (asked, up.requests())
    assert desk.run("db", "check").code == DONE


def test_stars_that_were_taken_back_are_told_and_the_measured_counts_stay(tmp_path: Path, up: Upstream) -> None:
    world = World(projects=1)
    repo = world.repo(0)
    world = World(projects=1, today=MONDAY - timedelta(days=14), unstarred=((repo, FIRST, MONDAY, 40),))
    desk = desk_for(tmp_path / "desk", up, world, TALLYBOOK_TIMEOUT="20")
    assert desk.run("refresh").code == DONE
    up.set_world(world.on(MONDAY))
    ran = desk.run("backfill", "--from", str(FIRST), "--source", "github-history")
    assert ran.code == DONE, ran.told()
    assert f"github:{repo}: " in ran.err
    assert "stars of 2026-04-13 were removed since" in ran.err
    measured = stored(desk)[f"github:{repo}", "github", MONDAY - timedelta(days=14)]
    assert measured == world.stars(repo, world.today)
    shown = json.loads(desk.run("table", "--as-of", "2026-04-13", "--format", "json").out)
    (cell,) = (row["cells"]["p0000"] for row in shown["rows"] if row["metric"] == "github_stars")
    assert (cell["value"], cell["source"]) == (measured, "github")


def _killed(desk: Desk, command: tuple[str, ...], requests: int) -> Ran:
    """Run a command and kill it when the server has seen so many requests of it."""
    running, before = desk.start(*command), desk.up.requests()
    while not running.ended() and desk.up.requests() - before < requests:
        time.sleep(0.005)
    running.send(signal.SIGKILL)
    return running.wait()
