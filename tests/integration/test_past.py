"""The sources of the past, collected from the played services: every count is the world's, or its absence is told."""

import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from collector.calendar import cadence_days
from collector.http.client import Http, HttpOptions
from collector.http.workers import Told, collect
from collector.model import Artifact, Window
from collector.normalize import normalize
from collector.recording.transport import Live
from collector.recording.writer import Recorder
from collector.sources import SOURCES
from collector.sources.protocol import How
from tests.integration.budgets import Limits
from tests.integration.faults import Fault
from tests.integration.matrix import states
from tests.integration.running import TOKEN
from tests.integration.test_refresh import desk_for
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

MONDAY = date(2026, 4, 27)
YEARS = Window(date(2023, 5, 1), MONDAY - timedelta(days=1))


@dataclass(slots=True)
class Found:
    """What was collected: values by artifact and day with their methods, problems by artifact, and the rest."""

    values: dict[tuple[str, date], tuple[float, str]] = field(default_factory=dict)
    problems: dict[str, tuple[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    requests: int = 0


def gather(up: Upstream, name: str, artifacts: Sequence[Artifact], window: Window | None) -> Found:
    """Ask a source for artifacts and put the answers together as a run does, without a ledger."""
    source, found, before, told = SOURCES[name], Found(), up.requests(), list[Told]()
    base, now = up.url(source.service), datetime.combine(up.world.today, time(5), UTC)
    options = HttpOptions("test/1", {source.service: base}, {"github": TOKEN}, timeout=5, max_wait=2, paced=False)
    with (
        closing(Http(options, clock=lambda: now, stop=threading.Event())) as http,
        TemporaryDirectory() as folder,
        Recorder(Path(folder) / "past.warc.gz", software="test/1", at=now) as recorder,
    ):
        tasks = {name: source.tasks(artifacts, How(base, window=window))}
        for one in collect(tasks, Live(http, recorder), paced=False):
            told.append(one)
            found.problems |= {str(p.artifact): (p.state, p.cause) for p in one.answer.problems}
            found.warnings += one.answer.warnings
    found.requests = up.requests() - before
    for row in normalize(told, cadence="monday").to_dict("records"):
        found.values[f"{row['kind']}:{row['name']}", row["day"]] = (row["value"], row["method"])
    return found


def packages(world: World) -> list[Artifact]:
    return [Artifact("pypi", world.package(index)) for index in range(world.projects)]


def repositories(world: World) -> list[Artifact]:
    return [Artifact("github", world.repo(index)) for index in range(world.projects)]


def installs(world: World, window: Window) -> dict[tuple[str, date], tuple[float, str]]:
    """Give the windows that ClickPy's days make up whole."""
    found = {}
    for artifact in packages(world):
        for day in cadence_days(window.first, window.last, "monday"):
            value = world.installs_window(artifact.name, day)
            if value is not None:
                found[str(artifact), day] = (float(value), "derived")
    return found


# ClickPy


def test_three_years_of_many_packages_are_the_worlds_to_the_last_download(up: Upstream) -> None:
    """Silent days and weeks, a package that stopped, one that is unknown, and days that were never loaded."""
    world = World(
        projects=150,
        unloaded=(date(2024, 10, 26), date(2025, 7, 3)),
        behind=(("pkg-p0003", date(2025, 11, 11)),),
        gone=("pypi:pkg-p0004",),
    )
    up.set_world(world)
    found = gather(up, "clickpy", packages(world), YEARS)
    assert found.values == installs(world, YEARS)
    assert found.problems == {"pypi:pkg-p0004": ("missing", "gone")}
    assert found.requests == 2
    assert max(day for name, day in found.values if name == "pypi:pkg-p0003") == date(2025, 11, 10)


def test_the_present_is_the_newest_window_and_the_weeks_before_it(up: Upstream) -> None:
    world = World(projects=12)
    up.set_world(world)
    found = gather(up, "clickpy", packages(world), None)
    weeks = [MONDAY - timedelta(weeks=back) for back in range(5)]
    expected = {
        (str(artifact), day): float(value)
        for artifact in packages(world)
        for day in weeks
        if (value := world.installs_window(artifact.name, day)) is not None
    }
    assert {place: value for place, (value, _) in found.values.items() if place[1] in weeks} == expected
    newest = {name: max(day for other, day in found.values if other == name) for name, _ in found.values}
    observed = {place for place, (_, method) in found.values.items() if method == "observed"}
    assert observed == set(newest.items())


@pytest.mark.parametrize(
    "limits", [Limits(rows=3), Limits(counts=4000), Limits(counts=900)], ids=["rows", "counts", "half a window"]
)
def test_what_is_too_big_is_asked_for_in_parts(up: Upstream, limits: Limits) -> None:
    world = World(projects=7)
    up.set_world(world)
    up.set_limits(limits)
    found = gather(up, "clickpy", packages(world), YEARS)
    assert (found.values, found.problems) == (installs(world, YEARS), {})
    assert found.requests > 3


@pytest.mark.parametrize("limits", [Limits(rows=3), Limits(counts=4000)], ids=["rows", "counts"])
def test_an_answer_that_was_cut_off_in_silence_brings_no_number(up: Upstream, limits: Limits) -> None:
    world = World(projects=7)
    up.set_world(world)
    up.set_limits(replace(limits, locked=True))
    found = gather(up, "clickpy", packages(world), YEARS)
    assert found.values == {}
    assert set(found.problems.values()) == {("failed", "bad payload")}
    up.set_limits(Limits(locked=True))
    assert gather(up, "clickpy", packages(world), YEARS).values == installs(world, YEARS)


@pytest.mark.parametrize("form", ["", "-200", "-json", "-behind"])
def test_the_quota_ends_the_source_at_once(up: Upstream, form: str) -> None:
    world = World(projects=5)
    up.set_world(world)
    up.set_faults(Fault(f"clickhouse-201{form}", "clickpy"))
    found = gather(up, "clickpy", packages(world), YEARS)
    assert (found.values, found.requests) == ({}, 1)
    assert set(found.problems.values()) == {("failed", "limit")}


@pytest.mark.parametrize("fault", ["clickhouse-158", "clickhouse-158-200", "clickhouse-159-behind", "clickhouse-396"])
def test_one_query_that_is_too_big_costs_nothing(up: Upstream, fault: str) -> None:
    world = World(projects=5)
    up.set_world(world)
    up.set_faults(Fault(fault, "clickpy", first=1))
    found = gather(up, "clickpy", packages(world), YEARS)
    assert (found.values, found.requests) == (installs(world, YEARS), 3)


@pytest.mark.parametrize(("fault", "cause"), [("clickhouse-62", "bad request"), ("clickhouse-60", "bad request")])
def test_a_query_that_is_not_understood_is_not_asked_twice(up: Upstream, fault: str, cause: str) -> None:
    world = World(projects=2)
    up.set_world(world)
    up.set_faults(Fault(fault, "clickpy"))
    found = gather(up, "clickpy", packages(world), YEARS)
    assert (found.values, found.requests, set(found.problems.values())) == ({}, 1, {("failed", cause)})


# GitHub's star history


def test_eight_years_of_stars_are_the_worlds_where_none_was_taken_back(up: Upstream) -> None:
    world = World(projects=6)
    up.set_world(world)
    window = Window(date(2018, 4, 30), MONDAY - timedelta(days=1))
    found = gather(up, "github-history", repositories(world), window)
    expected: dict[tuple[str, date], tuple[float, str]] = {}
    for artifact in repositories(world):
        for day in cadence_days(window.first, window.last, "monday"):
            expected[str(artifact), day] = (float(world.stars(artifact.name, day)), "reconstructed")
        expected[str(artifact), MONDAY] = (float(world.stars(artifact.name, MONDAY)), "observed")
    assert (found.values, found.problems, found.warnings) == (expected, {}, [])
    assert found.requests == 6 * (1 + 14)


def test_from_the_creation_on_all_of_the_past_is_read_and_adds_up(up: Upstream) -> None:
    world = World(projects=1)
    up.set_world(world)
    found = gather(up, "github-history", repositories(world), Window(date(2010, 1, 1), MONDAY))
    assert min(day for _, day in found.values) == date(2015, 1, 5)
    assert (found.warnings, found.requests) == ([], 1 + 20)


def test_stars_that_were_taken_back_are_missing_from_the_past_and_only_from_it(up: Upstream) -> None:
    """The measured count of a past day lies above what can be counted back to it, by the stars removed since."""
    given, removed = date(2026, 1, 7), date(2026, 3, 4)
    world = World(projects=2, unstarred=(("org0000/p0000", given, removed, 250),))
    up.set_world(world)
    found = gather(up, "github-history", repositories(world), Window(date(2025, 10, 6), MONDAY))
    between = date(2026, 2, 2)
    for name, lacking in (("org0000/p0000", 250), ("org0001/p0001", 0)):
        shown_then = world.stars(name, between)
        assert found.values[f"github:{name}", between] == (float(shown_then - lacking), "reconstructed")


def test_a_repository_that_moved_is_followed_to_its_past(up: Upstream) -> None:
    world = World(projects=1, renamed=(("org0000/p0000", "elsewhere/p0000-now"),))
    up.set_world(world)
    window = Window(MONDAY - timedelta(days=30), MONDAY)
    found = gather(up, "github-history", [Artifact("github", "org0000/p0000")], window)
    assert len(found.values) == 5
    assert found.problems == {}


def test_a_page_that_fails_leaves_nothing_of_its_repository(up: Upstream) -> None:
    world = World(projects=3)
    up.set_world(world)
    up.set_faults(Fault("number-negative", "github", r"p0001/stargazers.*page=2", keys="total|days"))
    found = gather(up, "github-history", repositories(world), Window(MONDAY - timedelta(days=400), MONDAY))
    assert {name for name, _ in found.values} == {"github:org0000/p0000", "github:org0002/p0002"}
    assert found.problems == {"github:org0001/p0001": ("failed", "bad payload")}


# In a refresh


def test_a_catalog_may_choose_clickpy_for_its_refresh(tmp_path: Path, up: Upstream) -> None:
    world = World(projects=40)
    desk = desk_for(tmp_path, up, world)
    desk.catalog('pypi_source = "clickpy"\n' + world.catalog())
    ran = desk.run("refresh")
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert (up.requests("clickpy"), up.requests("pypistats")) == (1, 0)
    downloads = [fact for fact in desk.facts() if fact.metric == "pypi_downloads_7d"]
    assert {fact.artifact for fact in downloads} == {str(artifact) for artifact in packages(world)}
    assert all(fact.value == world.installs_window(fact.artifact[5:], fact.day) for fact in downloads)
    named = desk.run("refresh", "--source", "clickpy", "--source", "github-history")
    assert (named.code, "clickpy: 0 recorded, 40 unchanged" in named.out) == (0, True), named.told()
