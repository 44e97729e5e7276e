"""A season of weekly refreshes and editions, with all that befalls a real ledger, can be made again at its end."""

from pathlib import Path

import pytest

from tests.integration.nursery import Nursery
from tests.integration.running import Desk
from tests.integration.upstream import Upstream
from tests.integration.weeks import START, WEEK, Events, Season
from tests.integration.world import World

pytestmark = pytest.mark.integration

WEEKS = 12


def test_every_edition_of_a_season_can_be_made_again_and_what_was_restated_is_explained(
    tmp_path: Path, nursery: Nursery
) -> None:
    """Played are holes upstream, a late restatement, a missed, a frozen and a killed week, a rename and a fraud."""
    with Upstream() as up:
        season = Season(Desk(tmp_path, up, nursery=nursery), World(projects=4, today=START), Events.spread(WEEKS))
        season.desk.catalog(season.base.catalog())
        season.play(WEEKS)
        verified = season.desk.run("verify")
        assert verified.code == 0, verified.told()
        assert f"{WEEKS - 1} editions" in verified.out
        assert season.different(every=4) == []
        events = season.events
        assert events.restated is not None
        weeks = (events.restated, events.holes[0], WEEKS - 1)
        restated, late, newest = (season.difference(START + week * WEEK).out for week in weeks)
    assert "restated by pypistats" in restated
    assert "late data" in late
    assert newest == "nothing has changed\n"
