"""Fourteen things that really happened to published tables, each played small: the table is right or says so.

The numbers of the incidents are their own; the projects are made up.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.faults import Fault
from tests.integration.nursery import Nursery
from tests.integration.running import Desk, Ran
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

MONDAY = date(2026, 1, 5)
WEEK = timedelta(days=7)
STARS, DOWNLOADS, PULLS = "github_stars", "pypi_downloads_7d", "dockerhub_pulls"


@dataclass(slots=True)
class Play:
    """A desk in a world that changes from week to week."""

    desk: Desk
    world: World

    def week(self, number: int, *faults: Fault, code: int = 0, **changes: Any) -> Ran:
        """Refresh in a week (from 0), with faults and changes of the world that stay."""
        self.now(number, *faults, **changes)
        ran = self.desk.run("refresh")
        assert ran.code == code, ran.told()
        return ran

    def now(self, number: int, *faults: Fault, **changes: Any) -> None:
        """Let it be a week (from 0)."""
        self.world = replace(self.world, today=day(number), **changes)
        self.desk.up.set_world(self.world)
        self.desk.up.set_faults(*faults)

    def cell(self, project: str, metric: str, *arguments: str) -> dict[str, Any]:
        """Give a cell of the table."""
        ran = self.desk.run("table", project, "--format", "json", *arguments)
        assert ran.code == 0, ran.told()
        rows = {row["metric"]: row["cells"][project] for row in json.loads(ran.out)["rows"]}
        return dict(rows[metric])

    def said(self, *arguments: str) -> str:
        """Give what a command prints."""
        ran = self.desk.run(*arguments)
        assert ran.code == 0, ran.told()
        return ran.out


def day(number: int) -> date:
    return MONDAY + number * WEEK


@pytest.fixture
def play(tmp_path: Path, up: Upstream, nursery: Nursery) -> Play:
    made = Play(Desk(tmp_path, up, nursery=nursery), World(projects=4, today=MONDAY))
    made.desk.catalog(made.world.catalog())
    return made


def test_i03_an_upstream_restates_days_that_were_published_low(play: Play) -> None:
    """Both values stay: the table as it was known then, and the one as it is known now."""
    play.week(0)
    low = play.cell("p0000", DOWNLOADS, "--as-of", str(day(0)))["value"]
    play.week(1, restated=tuple(MONDAY - timedelta(days=back) for back in range(1, 7)))
    assert play.cell("p0000", DOWNLOADS, "--as-of", str(day(0)), "--known-at", "1")["value"] == low
    raised = play.cell("p0000", DOWNLOADS, "--as-of", str(day(0)))
    assert raised["value"] > low
    assert raised["method"] == "derived"


def test_i12_a_project_is_pointed_at_a_fork(play: Play) -> None:
    """40,824 stars and then 1,547 are two repositories: the table of each day shows its own and tells the change."""
    play.desk.catalog(play.world.catalog(only=[0]))
    play.week(0, fixed=(("github:org0000/p0000", 40_824), ("github:org0001/p0001", 1_547)))
    play.desk.catalog(play.world.catalog(only=[0]).replace("org0000/p0000", "org0001/p0001"))
    play.week(1)
    assert play.cell("p0000", STARS, "--as-of", str(day(0)))["text"] == "40.8k"
    assert play.cell("p0000", STARS)["text"] == "1.5k"
    note = "other artifacts since 2026-01-12: no growth or loss"
    assert note in play.said("table", "p0000")
    assert "no growth or loss" not in play.said("table", "p0000", "--as-of", str(day(0)))
    history = play.said("history", "p0000", "--metric", STARS, "--format", "csv")
    assert [line.split(",")[2] for line in history.splitlines()[1:]] == ["github:org0000/p0000", "github:org0001/p0001"]


def test_i13_a_repository_moves_and_its_series_goes_on(play: Play) -> None:
    """As of a day before the move, it bears its old name."""
    play.week(0, fixed=(("github:org0000/p0000", 245_669),))
    moved = (("org0000/p0000", "react/react"),)
    ran = play.week(1, renamed=moved, fixed=(("github:react/react", 245_709),))
    assert "renamed: is now called react/react" in ran.err
    assert play.cell("p0000", STARS)["value"] == 245_709
    before, after = (
        play.said("explain", "p0000", STARS, "--as-of", str(day(number))).splitlines() for number in (0, 1)
    )
    assert "245,669  github:org0000/p0000" in before
    assert "245,709  github:react/react" in after


def test_i15_an_empty_payload_is_a_failed_fetch(play: Play) -> None:
    play.week(0)
    before = play.cell("p0000", PULLS)["value"]
    ran = play.week(1, Fault("empty-200", "dockerhub"), code=3)
    assert "docker:ns0000/p0000-0 failed" in ran.err
    cell = play.cell("p0000", PULLS)
    assert (cell["value"], cell["state"], cell["day"]) == (before, "carried", str(day(0)))
    assert "value of 2026-01-05, could not be read on 2026-01-12" in play.said("table", "p0000")
    assert "last asked on 2026-01-12: failed" in play.said("explain", "p0000", PULLS)


def test_i18_two_runs_on_one_day_are_two_facts_of_one_day(play: Play) -> None:
    image = "docker:ns0000/p0000-0"
    play.week(0, fixed=((image, 316_395),))
    play.week(0, fixed=((image, 318_170),))
    assert [play.cell("p0000", PULLS, "--known-at", run)["value"] for run in ("1", "2")] == [316_395, 318_170]
    rows = play.said("history", "p0000", "--metric", PULLS, "--format", "csv").splitlines()[1:]
    assert [row.split(",")[4:6] for row in rows] == [["2026-01-05", "316395"], ["2026-01-05", "318170"]]


def test_i23_zero_and_not_applicable_are_different(play: Play) -> None:
    """A project without an image has no pulls to show; one whose image nobody pulled has 0."""
    catalog = play.world.catalog(only=[0, 1]).replace("docker = ['ns0001/p0001-0']\n", "")
    play.desk.catalog(catalog)
    play.week(0, fixed=(("docker:ns0000/p0000-0", 0),))
    none, zero = play.cell("p0001", STARS), play.cell("p0000", PULLS)
    assert (zero["value"], zero["text"], zero["state"]) == (0, "0", "fresh")
    assert none["state"] == "fresh"
    rows = json.loads(play.said("table", "--format", "json"))["rows"]
    pulls = next(row["cells"]["p0001"] for row in rows if row["metric"] == PULLS)
    assert (pulls["value"], pulls["text"], pulls["state"]) == (None, "—", "none")


def test_i01_a_service_is_out_for_three_weeks(play: Play) -> None:
    """Its column is carried and says so, the others are fresh; afterwards the weeks are filled, and what was, stays."""
    play.week(0)
    for number in (1, 2, 3):
        play.week(number, Fault("json-empty", "pypistats"), code=3)
    table = play.said("table", "--as-of", str(day(3)))
    assert "value of 2026-01-05, could not be read on 2026-01-26" in table
    states = {
        metric: play.cell("p0000", metric, "--as-of", str(day(3)))["state"] for metric in (STARS, DOWNLOADS, PULLS)
    }
    assert states == {STARS: "fresh", DOWNLOADS: "carried", PULLS: "fresh"}
    play.week(4)
    healed = play.cell("p0000", DOWNLOADS, "--as-of", str(day(2)))
    assert (healed["state"], healed["method"]) == ("fresh", "derived")
    assert play.cell("p0000", DOWNLOADS, "--as-of", str(day(2)), "--known-at", "4")["state"] == "carried"


def test_i05_a_batch_of_stale_counts_is_corrected_three_weeks_later(play: Play) -> None:
    """Most repositories fall in one week, as they never do: the batch is held, and good counts stand with their day."""
    play.now(0)
    play.world = replace(play.world, projects=30)
    play.desk.catalog(play.world.catalog())
    for number in range(3):
        play.week(number)
    good = {index: play.world.stars(play.world.repo(index), day(2)) for index in range(30)}
    stale = tuple((f"github:{play.world.repo(index)}", good[index] * 87 // 100) for index in range(20))
    ran = play.week(3, fixed=stale, code=5)
    assert "github: shifted: 20 of 30 values fell in the same week" in ran.err
    held, fine = play.cell("p0000", STARS), play.cell("p0029", STARS)
    assert (held["state"], held["value"], held["day"]) == ("held", good[0], str(day(2)))
    assert held["held"]["value"] == dict(stale)["github:org0000/p0000"]
    assert fine["state"] == "fresh"
    assert "held for review" in play.said("table", "p0000")
    play.week(4, fixed=())
    assert play.cell("p0000", STARS) | {"day": ""} == play.cell("p0000", STARS, "--as-of", str(day(4))) | {"day": ""}
    assert play.cell("p0000", STARS)["state"] == "fresh"
    assert play.cell("p0000", STARS, "--as-of", str(day(3)))["value"] == good[0], "the stale batch never counts"


def test_i07_a_repository_loses_its_stars_for_good(play: Play) -> None:
    """It is gone, then back with a third: the fall is held until somebody says that it is true, and then it counts."""
    name, image = "github:org0000/p0000", "p0000"
    for number, stars in enumerate((53_300, 53_480, 53_610, 53_702, 53_817)):
        play.week(number, fixed=((name, stars),))
    play.week(5, gone=(name,))
    table = play.said("table", image)
    assert "GitHub stars: value of 2026-02-02, not found on 2026-02-09" in table
    play.week(6, gone=(), fixed=((name, 18_331),))
    cell = play.cell(image, STARS)
    assert (cell["value"], cell["state"], cell["held"]["value"]) == (53_817, "held", 18_331)
    assert "18,331" in play.said("review")
    play.said("review", "accept", image, STARS, "--reason", "was private by mistake, the stars are lost")
    cell = play.cell(image, STARS)
    assert (cell["value"], cell["state"], cell["day"]) == (18_331, "fresh", str(day(6)))
    assert "was private by mistake" in play.said("explain", image, STARS)
    play.week(7, fixed=((name, 18_402),))
    assert play.cell(image, STARS)["state"] == "fresh", "the next is judged by what was accepted"


def test_i10_stars_are_lost_and_restored(play: Play) -> None:
    """Nothing is interpolated: the fall is held, the restored count goes on from the last good one."""
    name = "github:org0000/p0000"
    counts = (69_700, 69_790, 69_850, 69_930, 70_001, 266, 1_484, 71_049)
    for number, stars in enumerate(counts):
        play.week(number, fixed=((name, stars),))
    assert play.cell("p0000", STARS)["value"] == 71_049
    between = play.cell("p0000", STARS, "--as-of", str(day(6)))
    assert (between["value"], between["state"], between["held"]["value"]) == (70_001, "held", 1_484)

    def history(*arguments: str) -> list[int]:
        lines = play.said("history", "p0000", "--metric", STARS, "--format", "csv", *arguments).splitlines()
        return [int(line.split(",")[5]) for line in lines[1:]]

    assert history("--all") == list(counts)
    assert history() == [*counts[:5], 71_049]


def test_i16_a_run_that_lost_nearly_everything_replaces_nothing(play: Play) -> None:
    play.now(0)
    play.world = replace(play.world, projects=30)
    play.desk.catalog(play.world.catalog())
    play.desk.extra["GITHUB_TOKEN"] = ""
    play.week(0)
    play.said("publish")
    site = play.desk.folder / "site" / "all"
    before = sorted(file.name for file in site.iterdir())
    all_but_two = r"(?:org|pkg-p|ns)(?!000[01])\d{4}"
    ran = play.week(1, Fault("404-whole", path=all_but_two), code=0)
    assert "github: collapsed: 2 of the 30 series" in ran.err
    refused = play.desk.run("publish")
    assert refused.code == 5
    assert "all: not published" in refused.err
    assert sorted(file.name for file in site.iterdir()) == before


SNAPSHOT = "name,github_id,star_count,pypi_id,pypi_monthly_downloads\nProject,org0000/p0000,{},pkg-p0000,1000.0\n"


def test_i21_a_snapshot_is_merged_late(play: Play) -> None:
    """The day that a number is of, and the day since which it is known, are two."""
    for taken, stars, public in (
        ("2025-01-24", 900, "2025-01-24T18:00:00Z"),
        ("2025-01-31", 1000, "2025-03-12T12:35:00Z"),
    ):
        (play.desk.folder / f"{taken}_projects.csv").write_text(SNAPSHOT.format(stars))
        play.said("import", f"{taken}_projects.csv", "--from", "best-of", "--known-at", public)
    before, after = (
        play.cell("p0000", STARS, "--as-of", "2025-01-31", "--known-at", known)
        for known in ("2025-03-11", "2025-03-12")
    )
    assert (before["value"], before["state"], before["day"]) == (900, "carried", "2025-01-24")
    assert (after["value"], after["state"], after["day"]) == (1000, "fresh", "2025-01-31")


def test_i22_a_week_that_was_collected_elsewhere_is_filled_in_late(play: Play) -> None:
    play.week(0)
    play.week(2)
    assert "2026-01-12" in play.said("gaps", "p0000")
    pulls = play.world.pulls("ns0000/p0000-0", day(1))
    kept = f"metric,artifact,source,day,value\n{PULLS},docker:ns0000/p0000-0,dockerhub,2026-01-12,{pulls}\n"
    (play.desk.folder / "kept.csv").write_text(kept)
    assert play.cell("p0000", PULLS, "--as-of", "2026-01-12")["state"] == "carried"
    play.said("import", "kept.csv", "--from", "csv")
    cell = play.cell("p0000", PULLS, "--as-of", "2026-01-12")
    assert (cell["value"], cell["state"], cell["method"]) == (pulls, "fresh", "imported")
    assert play.cell("p0000", PULLS, "--as-of", "2026-01-12", "--known-at", "2")["state"] == "carried"
    assert f"{PULLS}" not in play.said("gaps", "p0000", "--from", "2026-01-12", "--to", "2026-01-12")


def test_i26_a_definition_changes_under_the_same_name(play: Play) -> None:
    """Counts with mirrors are another series: shown as such, and never compared with those without."""
    play.week(0)
    play.week(1)
    play.desk.catalog('pypi_source = "clickpy"\n' + play.world.catalog())
    play.week(2)
    assert play.cell("p0000", DOWNLOADS)["source"] == "clickpy"
    assert "PyPI weekly downloads: from clickpy: " in play.said("table", "p0000")
    assert play.cell("p0000", DOWNLOADS, "--as-of", str(day(1)))["source"] == "pypistats"
    arguments = (
        "history",
        "p0000",
        "--metric",
        DOWNLOADS,
        "--every",
        "week",
        "--format",
        "json",
        "--from",
        str(day(0)),
    )
    rows = json.loads(play.said(*arguments))
    assert [(row["source"], row["growth"] is None) for row in rows[-2:]] == [("pypistats", False), ("clickpy", True)]
