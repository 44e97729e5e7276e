"""Whatever a service answers, no wrong number is stored, every failure is named, and the exit code says how it went."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.integration.faults import Fault
from tests.integration.matrix import (
    HARMLESS,
    PASSING,
    TOLD,
    WAYS,
    Layout,
    leaks,
    single_faults,
    states,
    wrong,
)
from tests.integration.nursery import Nursery
from tests.integration.running import Desk, Fact, Ran, truth
from tests.integration.upstream import Upstream
from tests.integration.world import World

# One group, so that one worker runs all: the cases go through a pool that several tests share.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("faults")]

AT_ONCE = 4
WHOLE = {
    "graphql": (
        *("401", "403-refused", "403-primary", "403-secondary", "403-secondary-after", "429", "429-seconds"),
        *("429-primary", "graphql-limited", "graphql-secondary", "404-whole", "500", "hang", "reset"),
    ),
    "rest": ("401", "403-primary", "403-secondary", "403-refused"),
    "pypistats": ("401", "429", "429-seconds", "500", "hang"),
    "dockerhub": ("401", "429", "429-epoch", "reset", "hang"),
}
"""Faults let loose on all requests of a service, by the way of asking it: above all those that end a source."""


@dataclass(frozen=True, slots=True)
class Result:
    """A refresh in which something went wrong: how it ended, the ledger's content after it, the server's counts."""

    ran: Ran
    facts: list[Fact]
    leaks: list[str]
    strangers: dict[str, Any]


Case = tuple[str, str]
"""How the faults are spread (single, passing, or the one that befalls everything) and the way of asking."""

SINGLE: list[Case] = [("single", way) for way in WAYS]
PASS: list[Case] = [("passing", way) for way in WAYS]
ALL: list[Case] = [(kind, way) for way, kinds in WHOLE.items() for kind in kinds]


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery
) -> Iterator[dict[Case, "Future[Result]"]]:
    """Give the results of all selected cases, several of which run at once, each against a server of its own."""
    chosen = [case for item in request.session.items for case in _cases_of(item)]
    servers: Queue[Upstream] = Queue()
    desks = tmp_path_factory.mktemp("desks")

    def work(case: Case) -> Result:
        up = servers.get()
        try:
            return _refresh(case, Desk(Path(mkdtemp(dir=desks)), up, nursery=nursery))
        finally:
            servers.put(up)

    started = [Upstream().__enter__() for _ in range(AT_ONCE)]
    for up in started:
        servers.put(up)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {case: pool.submit(work, case) for case in dict.fromkeys(chosen)}
        pool.shutdown(cancel_futures=True)
    for up in started:
        up.stop()


def _cases_of(item: pytest.Item) -> list[Case]:
    callspec = getattr(item, "callspec", None)
    return [callspec.params["case"]] if item.path == Path(__file__) and callspec is not None else []


def _refresh(case: Case, desk: Desk) -> Result:
    layout, world = _layout(case), _world(case)
    rules = [Fault(case[0], layout.way.service, seconds=60)]
    if layout.faults:
        rules = layout.rules(first=1 if case[0] == "passing" else None)
    desk.up.reset()
    desk.up.set_world(world)
    desk.up.set_faults(*rules)
    desk.extra["GITHUB_TOKEN"] = layout.way.token
    desk.catalog(world.catalog(patterns=layout.way.patterns))
    ran = desk.run("refresh", "--json", *(["--source", layout.way.service] if layout.faults else []))
    return Result(ran, desk.facts() if ran.code in {0, 3} else [], leaks(desk, ran), desk.up.counts()["elsewhere"])


def _layout(case: Case) -> Layout:
    way = WAYS[case[1]]
    return Layout(way, {"single": single_faults(way), "passing": (*PASSING, *TOLD)}.get(case[0], ()))


def _world(case: Case) -> World:
    layout = _layout(case)
    return layout.world() if layout.faults else World(projects=2)


def _sound(result: Result, world: World) -> None:
    """Assert what must hold after any refresh."""
    assert wrong(result.facts, world) == [], result.ran.told()
    assert result.leaks == []
    assert result.strangers["authorizations"] == {}
    assert "Traceback" not in result.ran.err


MISSING = {
    "graphql": {"404", "403-blocked", "451"},
    "rest": {"404", "404-whole", "403-blocked", "451"},
    "pypistats": {"404", "404-whole"},
    "dockerhub": {"404", "404-whole"},
    "dockerlist": {"404", "404-whole"},
}
"""By way of asking, the answers that say that there is no such thing."""


@pytest.mark.parametrize("case", SINGLE, ids="-".join)
def test_faults_of_single_requests_cost_only_their_values(results: dict[Case, "Future[Result]"], case: Case) -> None:
    """A value is either right or absent; what is absent is named as missing or failed; the others are all there."""
    result, world, layout = results[case].result(), _world(case), _layout(case)
    _sound(result, world)
    assert result.ran.code == 3, result.ran.told()
    found, named = {fact.artifact for fact in result.facts}, states(result.ran)
    seen = [
        (fault, layout.stored(i) in found, named.get(layout.asked(i)) or named.get(layout.stored(i)))
        for i, fault in layout.befallen()
    ]
    assert [each for each in dict.fromkeys(seen) if _is_odd(case[1], *each)] == [], result.ran.told()


def _is_odd(way: str, fault: str, stored: bool, state: str | None) -> bool:
    if fault == "" or fault in HARMLESS:
        return not stored or state is not None
    wanted = "missing" if fault in MISSING[way] else "failed"
    return state != wanted and not (stored and state is None)


@pytest.mark.parametrize("case", PASS, ids="-".join)
def test_faults_that_pass_are_survived(results: dict[Case, "Future[Result]"], case: Case) -> None:
    """What fails once and then works leaves no trace in the ledger."""
    result, world = results[case].result(), _world(case)
    _sound(result, world)
    assert result.ran.code == 0, result.ran.told()
    assert dict(fact.point() for fact in result.facts) == truth(world, (WAYS[case[1]].kind,))


@pytest.mark.parametrize("case", ALL, ids="-".join)
def test_a_failing_service_costs_only_its_own_values(results: dict[Case, "Future[Result]"], case: Case) -> None:
    """The other services' values are stored whole; every artifact of the failing one is named."""
    result, world, way = results[case].result(), _world(case), WAYS[case[1]]
    _sound(result, world)
    missing = case[0] in MISSING[way.name]
    assert result.ran.code == (0 if missing else 3), result.ran.told()
    others = tuple({"github", "pypi", "docker"} - {way.kind})
    assert dict(fact.point() for fact in result.facts) == truth(world, others)
    asked = {point[0] for point in truth(world, (way.kind,))}
    named = states(result.ran)
    named.pop("pypi:__all__", None)
    assert named == dict.fromkeys(asked, "missing" if missing else "failed"), result.ran.told()
