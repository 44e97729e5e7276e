"""The command `refresh` as a process against the played services: right values, few requests, nothing doubled."""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.integration.budgets import Limits
from tests.integration.faults import Fault
from tests.integration.matrix import states, wrong
from tests.integration.running import TOKEN, Desk, Fact, Ran, truth
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

MONDAY = date(2026, 4, 27)
WEEK = timedelta(days=7)
KILLS = 20


def desk_for(folder: Path, up: Upstream, world: World, *, patterns: bool = False, **extra: str) -> Desk:
    """Set the server's world and lay out its catalog in a folder."""
    up.set_world(world)
    folder.mkdir(exist_ok=True)
    desk = Desk(folder, up, extra)
    desk.catalog(world.catalog(patterns=patterns))
    return desk


def points(facts: list[Fact]) -> dict[tuple[str, str, date], int]:
    """Give the newest value by artifact, metric and day."""
    return dict(fact.point() for fact in facts)


def until(met: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_refresh_finds_every_value_with_few_requests(tmp_path: Path, up: Upstream) -> None:
    """Packages with silent days and weeks, counts beyond 32 bits, and 26 weeks of downloads from one answer."""
    world = World(projects=60, images=2, share=3)
    desk = desk_for(tmp_path, up, world)
    ran = desk.run("refresh")
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert points(desk.facts()) == truth(world)
    assert (up.requests("github"), up.requests("pypistats"), up.requests("dockerhub")) == (2, 61, 120)
    agents = up.counts()["agents"]
    assert ["tests@example.org" in agent for agent in agents] == [True]


def test_namespaces_are_listed_once_for_all_projects_that_share_them(tmp_path: Path, up: Upstream) -> None:
    """120 images in a namespace are two pages; every image is stored once."""
    world = World(projects=8, images=30, share=4)
    desk = desk_for(tmp_path, up, world, patterns=True)
    ran = desk.run("refresh", "--source", "dockerhub")
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert points(desk.facts()) == truth(world, ("docker",))
    assert up.requests("dockerhub") == 4


def test_too_many_repositories_in_a_query_are_halved(tmp_path: Path, up: Upstream) -> None:
    world = World(projects=30)
    up.set_limits(Limits(aliases=7))
    desk = desk_for(tmp_path, up, world)
    ran = desk.run("refresh", "--source", "github")
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert points(desk.facts()) == truth(world, ("github",))
    assert up.requests("github") <= 10


def test_holes_late_days_and_silent_days_are_told_apart(tmp_path: Path, up: Upstream) -> None:
    """No window over a day that pypistats does not have; a silent day is a zero."""
    world = World(projects=10, late=True, holes=(date(2026, 3, 11), date(2026, 1, 5)))
    desk = desk_for(tmp_path, up, world)
    ran = desk.run("refresh", "--source", "pypistats")
    facts = desk.facts()
    assert ran.code == 0, ran.told()
    assert wrong(facts, world) == []
    assert truth(world, ("pypi",)).items() <= points(facts).items()
    assert {fact.day for fact in facts if fact.value == 0} & set(world.mondays())


def test_what_is_gone_is_named_and_costs_nothing_else(tmp_path: Path, up: Upstream) -> None:
    gone = ("github:org0001/p0001", "pypi:pkg-p0002", "docker:ns0003/p0003-0")
    world = World(projects=5, gone=gone)
    desk = desk_for(tmp_path, up, world)
    ran = desk.run("refresh")
    assert (ran.code, states(ran)) == (0, dict.fromkeys(gone, "missing")), ran.told()
    assert points(desk.facts()) == {point: value for point, value in truth(world).items() if point[0] not in gone}


def test_a_repeated_refresh_adds_only_what_is_new(tmp_path: Path, up: Upstream) -> None:
    """The same day brings nothing; the next week brings its own values and what was counted again since."""
    world = World(projects=9)
    desk = desk_for(tmp_path, up, world)
    assert desk.run("refresh").code == 0
    before = desk.facts()
    assert desk.run("refresh").code == 0
    assert desk.facts() == before
    again = MONDAY - timedelta(days=17)
    later = replace(world.on(MONDAY + WEEK), restated=(again,))
    up.set_world(later)
    assert desk.run("refresh").code == 0
    facts = desk.facts()
    assert [fact for fact in facts if fact in before] == before
    assert wrong(new := [fact for fact in facts if fact not in before], later) == []
    assert {fact.day for fact in new} <= {later.today, MONDAY - 2 * WEEK}
    assert {fact.run for fact in new} == {3}
    assert truth(later).items() <= points(facts).items()


@pytest.mark.parametrize("token", ["", TOKEN], ids=["rest", "graphql"])
def test_a_renamed_repository_is_followed_and_another_one_under_its_name_is_not(
    tmp_path: Path, up: Upstream, token: str
) -> None:
    world = World(projects=4)
    desk = desk_for(tmp_path, up, world, GITHUB_TOKEN=token)
    assert desk.run("refresh", "--source", "github").code == 0
    moved = tuple((world.repo(index), f"elsewhere/p{index:04d}-now") for index in (1, 2))
    later = replace(world, today=MONDAY + WEEK, renamed=moved, recreated=(world.repo(2),))
    up.set_world(later)
    ran = desk.run("refresh", "--source", "github")
    assert ran.code == 3, ran.told()
    told = {line for line in ran.err.splitlines() if "github:org000" in line}
    assert any("org0001/p0001" in line and "elsewhere/p0001-now" in line for line in told)
    assert any("org0002/p0002" in line and "100002" in line and "900002" in line for line in told)
    new = {fact.artifact: fact.value for fact in desk.facts() if fact.day == later.today}
    counted = (world.repo(0), moved[0][1], world.repo(3))
    assert new == {f"github:{name}": later.stars(name, later.today) for name in counted}
    desk.catalog(world.catalog().replace(*moved[0]).replace(*moved[1]))
    ran = desk.run("refresh", "--source", "github")
    assert ran.code == 0, ran.told()
    assert len([fact for fact in desk.facts() if fact.day == later.today]) == 4


def test_without_a_network_the_ledger_is_as_it_was(tmp_path: Path) -> None:
    with Upstream(World(projects=3)) as up:
        desk = desk_for(tmp_path, up, up.world)
        assert desk.run("refresh").code == 0
        before, files = desk.facts(), set(desk.files())
    up.world = up.world.on(MONDAY + WEEK)
    ran = desk.run("refresh")
    assert (ran.code, desk.facts(), set(desk.files())) == (1, before, files), ran.told()
    assert set(states(ran)) >= {point[0] for point in truth(up.world)}
    assert all(source in ran.err for source in ("github", "pypistats", "dockerhub"))
    (tmp_path / "first").mkdir()
    first = Desk(tmp_path / "first", up)
    first.catalog(up.world.catalog())
    assert first.run("refresh", "--source", "github").code == 1
    assert first.run("table").code == 1


def test_a_second_run_is_refused_and_names_the_first(tmp_path: Path, up: Upstream) -> None:
    desk = desk_for(tmp_path, up, World(projects=2), TALLYBOOK_TIMEOUT="9")
    up.set_latency(1.0)
    first = desk.start("refresh")
    until(lambda: up.requests() > 0)
    asked = up.requests()
    second = Desk(tmp_path, up).start("refresh", "--source", "github").wait()
    assert (second.code, "another process is working" in second.err) == (4, True), second.told()
    assert first.wait().code == 0
    assert up.counts()["requests"]["github"] == {"POST /graphql": 1}
    assert asked <= up.requests() == 1 + 3 + 2


def test_a_run_ended_by_a_signal_is_taken_up_by_the_same_command(tmp_path: Path, up: Upstream) -> None:
    world = World(projects=3)
    desk = desk_for(tmp_path, up, world)
    up.set_latency(0.7)
    running = desk.start("refresh")
    until(lambda: up.requests("dockerhub") > 0)
    running.send(signal.SIGTERM)
    ended = running.wait()
    assert ended.code in {1, 3}, ended.told()
    assert desk.run("table").code == 1
    up.set_latency(0)
    ran = desk.run("refresh")
    assert (ran.code, {fact.run for fact in desk.facts()}) == (0, {1}), ran.told()
    assert points(desk.facts()) == truth(world)


@pytest.mark.parametrize("signals", [1, 2])
def test_amid_a_hang_a_signal_ends_it_within_seconds_and_a_second_one_at_once(
    signals: int, tmp_path: Path, up: Upstream
) -> None:
    world = World(projects=3)
    desk = desk_for(tmp_path, up, world)
    desk.extra["TALLYBOOK_TIMEOUT"] = "50"
    up.set_faults(Fault("hang", "pypistats", path=world.package(1)))
    running = desk.start("refresh")
    until(lambda: up.requests("pypistats") > 1 and up.requests("dockerhub") > 2)
    begun = time.monotonic()
    for _ in range(signals):
        running.send(signal.SIGTERM)
        time.sleep(0.5)
    ended = running.wait()
    assert time.monotonic() - begun < (20 if signals == 1 else 3), ended.told()
    assert (ended.code, "ending, " in ended.err) == (3, True), ended.told()
    up.set_faults()
    ran = desk.run("refresh")
    assert (ran.code, {fact.run for fact in desk.facts()}) == (0, {1}), ran.told()
    assert points(desk.facts()) == truth(world)


def test_killed_at_random_moments_it_goes_on_and_no_answer_is_asked_for_again(tmp_path: Path, up: Upstream) -> None:
    """Until the end no table shows a row. Asked again is only what was on the way when it was killed."""
    world = World(projects=100, share=4)
    up.set_latency(0.1)
    calm = desk_for(tmp_path / "calm", up, world)
    assert calm.run("refresh").code == 0
    asked, at_once = up.requests(), sum(up.counts()["peaks"].values())
    up.reset()
    desk = desk_for(tmp_path / "killed", up, world)
    moments = random.Random(11)  # noqa: S311 - repeatable, not secret
    for number in range(KILLS):
        # Half of them in the first second, when it has hardly begun, half when so many answers have come.
        if number % 2:
            killed = _killed_after(desk, moments.uniform(0.05, 1.0))
        else:
            killed = _killed(desk, moments.randint(1, asked // KILLS))
        assert killed.code == -9
    assert desk.run("table").code == 1
    ran = desk.run("refresh")
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert desk.facts() == calm.facts()
    assert up.requests() <= asked + KILLS * at_once, (up.requests(), asked, at_once)
    assert (desk.run("db", "check").code, desk.run("verify").code) == (0, 0)
    assert [name for name in desk.files() if name.startswith("recordings/")] == [
        name for name in desk.files() if name.endswith(".warc.gz")
    ], "nothing is left unfinished"


def test_a_damaged_tail_of_a_recording_is_cut_off_told_and_asked_for_again(tmp_path: Path, up: Upstream) -> None:
    world = World(projects=20)
    up.set_latency(0.7)
    desk = desk_for(tmp_path, up, world)
    up.set_faults(Fault("hang", "pypistats", path=world.package(1)))
    running = desk.start("refresh")
    until(lambda: sum(path.stat().st_size for path in (tmp_path / "recordings").glob("*.warc.gz")) > 9000)
    running.send(signal.SIGKILL)
    assert running.wait().code == -9
    up.set_faults()
    up.set_latency(0)
    (recording,) = (tmp_path / "recordings").glob("*.warc.gz")
    recording.write_bytes(recording.read_bytes()[:-20] + bytes(300))
    ran = desk.run("refresh")
    assert (ran.code, "bytes of" in ran.err, "damaged" in ran.err) == (0, True, True), ran.told()
    assert points(desk.facts()) == truth(world)
    assert desk.run("verify").code == 0


def test_a_recording_that_was_collected_elsewhere_becomes_the_same_refresh(tmp_path: Path, up: Upstream) -> None:
    """Collected in two parts, without a ledger, and taken in as one run, in whatever order the files are named."""
    world = World(projects=6)
    calm = desk_for(tmp_path / "calm", up, world)
    assert calm.run("refresh").code == 0
    elsewhere = desk_for(tmp_path / "elsewhere", up, world)
    first = elsewhere.run("collect", "--part", "1/2", "-o", "a.warc.gz")
    second = elsewhere.run("collect", "--part", "2/2", "-o", "b.warc.gz")
    assert (first.code, second.code) == (0, 0), first.told() + second.told()
    assert sorted(elsewhere.files()) == ["a.warc.gz", "b.warc.gz", "catalog.toml"], "no ledger, nothing unfinished"
    here = desk_for(tmp_path / "here", up, world)
    files = [str(elsewhere.folder / name) for name in ("b.warc.gz", "a.warc.gz")]
    ran = here.run("refresh", "--replay", files[0], "--replay", files[1])
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert here.facts() == calm.facts()
    assert here.run("verify").code == 0
    assert "due" not in here.run("status").out.replace("nothing is due", ""), "its week is done"


def test_collecting_alone_loads_no_library_of_the_ledgers(tmp_path: Path, up: Upstream) -> None:
    """It runs where only requests are sent: neither a database nor data frames are needed."""
    desk = desk_for(tmp_path, up, World(projects=2), PYTHONPROFILEIMPORTTIME="1")
    ran = desk.run("collect", "-o", "a.warc.gz")
    assert ran.code == 0, ran.told()
    loaded = {line.rpartition("|")[2].strip() for line in ran.err.splitlines() if line.startswith("import time:")}
    assert "collector.http.client" in loaded
    assert not loaded & {"sqlalchemy", "pandas", "numpy", "storage.ledger", "publish"}


def _killed(desk: Desk, requests: int) -> Ran:
    """Run a refresh and kill it when the server has seen so many requests of it, if it ever does."""
    running, before = desk.start("refresh"), desk.up.requests()
    while not running.ended() and desk.up.requests() - before < requests:
        time.sleep(0.005)
    running.send(signal.SIGKILL)
    return running.wait()


def _killed_after(desk: Desk, seconds: float) -> Ran:
    """Run a refresh and kill it after so many seconds."""
    running = desk.start("refresh")
    time.sleep(seconds)
    running.send(signal.SIGKILL)
    return running.wait()
