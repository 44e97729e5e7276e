"""How far a backfill goes and what it takes: artifacts of the same window go together, pages are counted."""

from datetime import timedelta

from collector.model import Artifact, Window
from collector.sources import SOURCES
from jobs.collect.reach import reaches_of, span, windows
from jobs.settings import Settings
from tests.jobs.past_played import MONDAY, PACKAGE, REPOSITORY, WEEK

OTHER = Artifact("pypi", "other")
WEEKS = tuple(MONDAY - back * WEEK for back in (3, 2, 1))


def test_artifacts_that_lack_the_same_days_are_asked_for_together() -> None:
    wanted = {PACKAGE: WEEKS, OTHER: (WEEKS[0], WEEKS[-1]), Artifact("pypi", "late"): WEEKS[2:]}
    assert windows(SOURCES["clickpy"], wanted) == {
        Window(WEEKS[0], WEEKS[2]): [PACKAGE, OTHER],
        Window(WEEKS[2], WEEKS[2]): [Artifact("pypi", "late")],
    }


def test_a_source_that_tells_all_it_has_anyway_is_asked_once_a_package() -> None:
    wanted = {PACKAGE: WEEKS[:1], OTHER: WEEKS[2:]}
    assert windows(SOURCES["pypistats"], wanted) == {Window(WEEKS[0], WEEKS[2]): [PACKAGE, OTHER]}
    assert windows(SOURCES["pypistats"], {}) == {}
    assert span(wanted) == Window(WEEKS[0], WEEKS[2])


def test_a_past_in_pages_costs_a_request_for_each_and_one_before() -> None:
    years = tuple(MONDAY - back * WEEK for back in reversed(range(8 * 52)))
    (reach,) = reaches_of({"github-history": {REPOSITORY: years}}, Settings(), MONDAY)
    assert reach.estimate.requests == 1 + 14
    assert reach.weeks == 8 * 52


def test_time_and_quota_are_those_of_the_source() -> None:
    plan = {"pypistats": {Artifact("pypi", f"package{number}"): WEEKS for number in range(99)}}
    (reach,) = reaches_of(plan, Settings(), MONDAY)
    assert (reach.estimate.requests, reach.estimate.seconds) == (100, 180.0)
    assert str(reach).startswith(f"pypistats: reaches back to {MONDAY - timedelta(days=173)}; 3 weeks, ")
    assert str(reach).endswith("of 99 artifacts")
