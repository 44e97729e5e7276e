"""What a service announces or refuses by its limits is kept to, named, and never mistaken for a value."""

from pathlib import Path

import pytest

from tests.integration.budgets import Limits
from tests.integration.matrix import states, wrong
from tests.integration.nursery import Nursery
from tests.integration.running import KINDS, METRICS, Desk, truth
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

WORLD = World(projects=12)


@pytest.fixture
def desk(tmp_path: Path, up: Upstream, nursery: Nursery) -> Desk:
    up.set_world(WORLD)
    desk = Desk(tmp_path, up, nursery=nursery)
    desk.catalog(WORLD.catalog())
    return desk


def test_githubs_hour_without_a_token_is_not_overdrawn(desk: Desk) -> None:
    """A tenth of what GitHub announces is left to others; the rest is counted and comes with the next run."""
    world = World(projects=120)
    desk.up.set_world(world)
    desk.catalog(world.catalog())
    desk.up.set_limits(Limits(anonymous=100))
    desk.extra["GITHUB_TOKEN"] = ""
    ran = desk.run("refresh", "--source", "github")
    facts = desk.facts()
    assert ran.code == 3, ran.told()
    assert wrong(facts, world) == []
    assert len(facts) == 90
    assert "github: 30 of 120 are left, the same command asks for them first: the limit of github is used up" in ran.err
    assert desk.up.counts()["statuses"]["github"] == {"200": 90}
    desk.up.set_limits(Limits())
    assert "github: 30 requests" in desk.run("refresh", "--source", "github", "--dry-run").out
    again = desk.run("refresh", "--source", "github")
    assert again.code == 0, again.told()
    assert desk.up.counts()["statuses"]["github"] == {"200": 120}, "each was asked for once"
    assert {fact.point() for fact in desk.facts()} == set(truth(world, ("github",)).items())


@pytest.mark.parametrize(
    ("source", "limits"),
    [("pypistats", Limits(per_minute=5)), ("dockerhub", Limits(hub=5)), ("github", Limits(graphql=1, hour=50))],
    ids=["pypistats", "dockerhub", "github"],
)
def test_a_limit_that_lasts_longer_than_we_wait_ends_its_source(desk: Desk, source: str, limits: Limits) -> None:
    """The other sources are stored whole, and what the limited one had before is kept."""
    desk.up.set_limits(limits)
    if source == "github":
        desk.run("refresh", "--source", "github")
    ran = desk.run("refresh")
    facts = desk.facts()
    assert ran.code == 3, ran.told()
    assert wrong(facts, WORLD) == []
    kind = KINDS[source]
    whole = truth(WORLD, tuple(set(METRICS) - {kind} | ({"github"} if source == "github" else set())))
    assert whole.items() <= dict(fact.point() for fact in facts).items()
    named = {name for name, state in states(ran).items() if state == "failed"}
    assert named | {fact.artifact for fact in facts} >= {point[0] for point in truth(WORLD, (kind,))}
    assert {name.partition(":")[0] for name in named} == {kind}


def test_a_limit_that_is_soon_over_is_waited_for(desk: Desk) -> None:
    desk.up.set_limits(Limits(hub=5, hub_window=1))
    desk.extra["TALLYBOOK_MAX_WAIT"] = "5"
    ran = desk.run("refresh", "--source", "dockerhub")
    assert (ran.code, states(ran)) == (0, {}), ran.told()
    assert dict(fact.point() for fact in desk.facts()) == truth(WORLD, ("docker",))
