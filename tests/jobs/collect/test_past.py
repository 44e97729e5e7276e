"""Which past days are asked of whom: each week once, as far as a source reaches, and never what is there already."""

from datetime import date, timedelta

from collector.catalog.schema import Catalog, read_catalog
from collector.model import Artifact
from collector.sources import SOURCES
from jobs.collect.past import Holdings, Span, no_past, oldest_day, reaches, wanted_days
from jobs.collect.plan import Selection
from tests.jobs.past_played import MONDAY, PACKAGE, REPOSITORY, WEEK, entry, play
from tests.ledgers import Ledger

TODAY = MONDAY + timedelta(days=2)
EVERYTHING = read_catalog(
    """
    [projects.p]
    name = "P"
    github = "o/r"
    pypi = "kfp"
    docker = ["ns/*"]
    search = "P"
    """,
    "catalog.toml",
)
YEAR = Span(MONDAY - 51 * WEEK).weeks(TODAY, "monday")
OLDEST = TODAY - timedelta(days=173)


def plan(
    *sources: str, weeks: tuple[date, ...] = YEAR, held: Holdings | None = None, catalog: Catalog = EVERYTHING
) -> dict[str, dict[Artifact, tuple[date, ...]]]:
    found = wanted_days(catalog, Selection((), sources), weeks, TODAY, held or Holdings())
    return {name: dict(wanted) for name, wanted in found.items()}


def test_a_span_holds_its_cadence_days_up_to_today() -> None:
    assert Span(MONDAY - WEEK).weeks(TODAY, "monday") == (MONDAY - WEEK, MONDAY)
    assert Span(MONDAY - WEEK, MONDAY + 9 * WEEK).weeks(TODAY, "monday") == (MONDAY - WEEK, MONDAY)
    assert Span(MONDAY + timedelta(days=1), TODAY).weeks(TODAY, "monday") == ()


def test_a_window_needs_all_its_days_among_those_that_a_source_keeps() -> None:
    assert oldest_day(SOURCES["pypistats"], TODAY) == TODAY - timedelta(days=173), "180 days, of which 7 before it"
    assert reaches(SOURCES["pypistats"], OLDEST, TODAY)
    assert not reaches(SOURCES["pypistats"], OLDEST - timedelta(days=1), TODAY)
    assert not reaches(SOURCES["pypistats"], TODAY + timedelta(days=1), TODAY)
    assert reaches(SOURCES["github-history"], date(2010, 1, 4), TODAY)
    assert not reaches(SOURCES["dockerhub"], MONDAY, TODAY)


def test_each_week_is_asked_of_one_source_of_a_metric_only() -> None:
    found = plan()
    assert set(found) == {"pypistats", "clickpy", "github-history"}
    near, far = found["pypistats"][PACKAGE], found["clickpy"][PACKAGE]
    assert far + near == YEAR
    assert far[-1] < OLDEST <= near[0]
    assert found["github-history"] == {REPOSITORY: YEAR}


def test_sources_that_are_named_are_asked_for_all_that_they_reach() -> None:
    found = plan("pypistats", "clickpy")
    assert set(found) == {"pypistats", "clickpy"}
    assert found["clickpy"][PACKAGE] == YEAR
    assert found["pypistats"][PACKAGE] == tuple(day for day in YEAR if day >= OLDEST)


def test_a_catalog_that_chose_clickpy_is_filled_by_it_alone() -> None:
    chosen = read_catalog('pypi_source = "clickpy"\n[projects.p]\nname = "P"\npypi = "kfp"\n', "catalog.toml")
    assert plan(catalog=chosen) == {"clickpy": {PACKAGE: YEAR}}
    by_project = read_catalog('[projects.p]\npypi = "kfp"\npypi_source = "clickpy"\n', "catalog.toml")
    assert plan(catalog=by_project) == {"clickpy": {PACKAGE: YEAR}}


def test_what_a_preferred_source_told_once_is_not_asked_of_another(ledger: Ledger) -> None:
    early = MONDAY - 40 * WEEK
    play(ledger, early, {PACKAGE: 5}, (entry("p", PACKAGE),))
    with ledger.coverage() as coverage:
        far = plan(held=Holdings.read(coverage, [PACKAGE, REPOSITORY]))["clickpy"][PACKAGE]
        assert early not in far
        assert {early - WEEK, early + WEEK} <= set(far)
        assert early in plan("clickpy", held=Holdings.read(coverage, [PACKAGE]))["clickpy"][PACKAGE]


def test_nothing_is_asked_for_before_an_artifact_came_into_being(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, (entry("p", REPOSITORY),), born=MONDAY - 3 * WEEK)
    with ledger.coverage() as coverage:
        found = plan(held=Holdings.read(coverage, [PACKAGE, REPOSITORY]))
    assert found["github-history"][REPOSITORY] == tuple(MONDAY - back * WEEK for back in (3, 2, 1, 0))


def test_of_a_past_in_pages_what_was_told_is_not_asked_for_again(ledger: Ledger) -> None:
    told = {REPOSITORY: dict.fromkeys(YEAR[:-1], 5.0)}
    play(ledger, MONDAY, told, (entry("p", REPOSITORY),), source="github-history", kind="backfill")
    with ledger.coverage() as coverage:
        held = Holdings.read(coverage, [REPOSITORY])
        assert plan(held=held)["github-history"][REPOSITORY] == YEAR[-1:]


def test_a_week_of_a_past_in_pages_that_was_never_told_is_reached_again(ledger: Ledger) -> None:
    past = {REPOSITORY: {day: 5.0 for day in YEAR if day != YEAR[10]}}
    play(ledger, MONDAY, past, (entry("p", REPOSITORY),), source="github-history", kind="backfill")
    with ledger.coverage() as coverage:
        held = Holdings.read(coverage, [REPOSITORY])
        assert plan(held=held)["github-history"][REPOSITORY] == YEAR[10:]


def test_measured_stars_do_not_keep_the_reconstruction_from_being_asked_for(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, (entry("p", REPOSITORY),))
    with ledger.coverage() as coverage:
        assert MONDAY in plan(held=Holdings.read(coverage, [REPOSITORY]))["github-history"][REPOSITORY]


def test_a_source_without_a_past_is_asked_for_nothing() -> None:
    assert plan("dockerhub", "github") == {}
    assert plan(weeks=()) == {}


def test_what_has_no_past_is_said_with_what_can_be_done_instead() -> None:
    images, terms = no_past(EVERYTHING, Selection())
    assert images.startswith("dockerhub: has no past")
    assert terms.startswith("search: has no past")
    assert all("`tallybook import`" in line for line in (images, terms))
    (stars,) = no_past(EVERYTHING, Selection((), ("github", "pypistats")))
    assert stars == "github: has no past, it tells the present only; --source github-history does"
    assert no_past(read_catalog('[projects.p]\nname = "P"\npypi = "kfp"\n', "c"), Selection()) == []
