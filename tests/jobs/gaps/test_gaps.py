"""Each week without a value has a reason, and names who could still tell it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest

from collector.model import Artifact
from jobs.gaps.gaps import Gap, find_gaps, plan_filling, stretches, summaries, weeks_of
from jobs.gaps.reasons import DUE, HELD, remedy
from storage.database.errors import NothingKnown, UnknownProject
from storage.quarantine.held import Hold, Place
from tests.jobs.past_played import (
    IMAGE,
    LIST,
    MONDAY,
    PACKAGE,
    REPOSITORY,
    TERM,
    WEEK,
    entry,
    outcome,
    play,
)
from tests.ledgers import Ledger
from tests.storage.play import frame

REPO_ONLY = (entry("p", REPOSITORY),)
PACKAGE_ONLY = (entry("p", PACKAGE),)
IMAGES = (entry("p", LIST),)
DAY = timedelta(days=1)


def gaps(
    ledger: Ledger, today: date, *, first: date | None = None, last: date | None = None, projects: Sequence[str] = ()
) -> list[Gap]:
    with ledger.reading() as connection:
        return find_gaps(connection, weeks_of(connection, first, last, today), projects)


def told(found: Sequence[Gap]) -> list[tuple[str, date, str, str, tuple[str, ...]]]:
    return [(str(gap.artifact), gap.day, gap.reason, gap.detail, gap.sources) for gap in found]


def test_a_ledger_that_missed_nothing_has_no_gaps(ledger: Ledger) -> None:
    for week in range(3):
        play(ledger, MONDAY + week * WEEK, {REPOSITORY: 5, PACKAGE: 7}, (entry("p", REPOSITORY, PACKAGE),))
    assert gaps(ledger, MONDAY + 2 * WEEK + 3 * DAY) == []


def test_a_week_without_a_run_was_never_collected_and_history_can_tell_it(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, REPO_ONLY)
    play(ledger, MONDAY + 2 * WEEK, {REPOSITORY: 6}, REPO_ONLY)
    assert told(gaps(ledger, MONDAY + 2 * WEEK)) == [("github:o/r", MONDAY + WEEK, "no run", "", ("github-history",))]


def test_a_value_up_to_six_days_old_fills_the_week(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, REPO_ONLY)
    play(ledger, MONDAY + DAY, {REPOSITORY: 6}, REPO_ONLY)
    assert gaps(ledger, MONDAY + WEEK) == []
    assert [gap.day for gap in gaps(ledger, MONDAY + 2 * WEEK)] == [MONDAY + 2 * WEEK]


def test_the_weeks_begin_with_the_first_that_the_first_refresh_could_fill(ledger: Ledger) -> None:
    play(ledger, MONDAY + 2 * DAY, {REPOSITORY: 5}, REPO_ONLY)
    with ledger.reading() as connection:
        assert weeks_of(connection, None, None, MONDAY + 2 * DAY).days == ()
        assert weeks_of(connection, None, None, MONDAY + WEEK).days == (MONDAY + WEEK,)
    assert gaps(ledger, MONDAY + WEEK) == []


def test_what_is_due_today_may_still_come_and_from_tomorrow_on_it_was_missed(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, REPO_ONLY)
    assert gaps(ledger, MONDAY + 6 * DAY) == []
    assert told(gaps(ledger, MONDAY + WEEK)) == [("github:o/r", MONDAY + WEEK, "due today", "", ())]
    assert [gap.reason for gap in gaps(ledger, MONDAY + WEEK + DAY)] == ["no run"]


def test_a_failure_says_why_by_the_newest_run_of_that_week(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, REPO_ONLY)
    for hours, (cause, detail) in enumerate((("limit", "come later"), ("transient", "HTTP 502"))):
        said = (outcome(REPOSITORY, "failed", cause, detail),)
        play(ledger, MONDAY + WEEK - (1 - hours) * DAY, {}, REPO_ONLY, said=said)
    assert told(gaps(ledger, MONDAY + WEEK)) == [
        ("github:o/r", MONDAY + WEEK, "failed", "github: transient: HTTP 502", ("github-history",))
    ]


def withhold(ledger: Ledger, week: int, verdict: str = "") -> None:
    """Play a refresh whose value of the repository is held, and decided on if there is a verdict."""
    day = MONDAY + week * WEEK
    now = datetime.combine(day, time(5), UTC)
    run = ledger.begin(kind="refresh", scope="{}", day=day, now=now, catalog_id=1, version="0")
    ledger.append(run, frame([(str(REPOSITORY), day, 5.0)]))
    (one,) = ledger.reviews.judged(run)
    ledger.reviews.hold(run, [Hold(one.series, day, "implausible", "it fell")])
    ledger.close(run, state="done", now=now)
    if verdict:
        review = ledger.begin(kind="review", scope="{}", day=day, now=now, catalog_id=None, version="0")
        ledger.reviews.decide(
            review,
            [Place(one.series, day, run.known_seq)],
            verdict=verdict,
            reason="bots",
            now=now,
        )
        ledger.close(review, state="done", now=now)


def test_a_week_whose_value_is_held_has_none_and_nobody_is_asked_until_it_is_decided(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5_000}, REPO_ONLY)
    withhold(ledger, 1)
    assert told(gaps(ledger, MONDAY + WEEK)) == [
        ("github:o/r", MONDAY + WEEK, "held for review", "github: it fell", ())
    ]
    assert plan_filling(gaps(ledger, MONDAY + WEEK)) == {}


def test_a_week_whose_value_was_rejected_can_be_asked_of_another_source(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5_000}, REPO_ONLY)
    withhold(ledger, 1, "reject")
    assert told(gaps(ledger, MONDAY + WEEK)) == [
        ("github:o/r", MONDAY + WEEK, "rejected in review", "github: bots", ("github-history",))
    ]


def test_a_week_whose_value_was_accepted_is_no_gap(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5_000}, REPO_ONLY)
    withhold(ledger, 1, "accept")
    assert gaps(ledger, MONDAY + WEEK) == []


def test_a_week_in_which_another_one_came_under_the_name_can_still_be_asked_for(ledger: Ledger) -> None:
    play(ledger, MONDAY, {}, REPO_ONLY, said=(outcome(REPOSITORY, "failed", "identity", "another number"),))
    (gap,) = gaps(ledger, MONDAY)
    assert (gap.reason, gap.detail, gap.sources) == ("failed", "github: identity: another number", ("github-history",))


def test_what_the_source_says_is_not_there_is_missing(ledger: Ledger) -> None:
    play(ledger, MONDAY, {}, REPO_ONLY, said=(outcome(REPOSITORY, "missing", "gone", "HTTP 404"),))
    (gap,) = gaps(ledger, MONDAY)
    assert (gap.reason, gap.detail) == ("missing at the source", "github: HTTP 404")


def test_a_week_that_later_answers_leave_out_is_a_hole_upstream(ledger: Ledger) -> None:
    play(ledger, MONDAY, {PACKAGE: 5}, PACKAGE_ONLY)
    play(ledger, MONDAY + 2 * WEEK, {PACKAGE: {MONDAY: 5, MONDAY + 2 * WEEK: 7}}, PACKAGE_ONLY)
    (gap,) = gaps(ledger, MONDAY + 2 * WEEK)
    assert (gap.day, gap.reason) == (MONDAY + WEEK, "upstream hole")
    assert gap.sources == ("clickpy",), "pypistats has answered without it"


def test_a_hole_is_told_apart_from_other_failures(ledger: Ledger) -> None:
    play(ledger, MONDAY, {}, PACKAGE_ONLY, said=(outcome(PACKAGE, "failed", "upstream hole", "no 7 days in a row"),))
    (gap,) = gaps(ledger, MONDAY)
    assert (gap.reason, gap.detail, gap.sources) == ("upstream hole", "no 7 days in a row", ("clickpy",))


def test_downloads_are_asked_of_pypistats_as_far_as_it_reaches_and_else_of_clickpy(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, (entry("p", PACKAGE),))
    today = MONDAY + DAY
    oldest = today - timedelta(days=173)
    found = gaps(ledger, today, first=MONDAY - 30 * WEEK)
    assert {gap.day >= oldest: gap.sources for gap in found} == {True: ("pypistats", "clickpy"), False: ("clickpy",)}


def test_nothing_lacks_before_the_artifact_came_into_being(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, REPO_ONLY, born=MONDAY - WEEK)
    found = gaps(ledger, MONDAY, first=MONDAY - 3 * WEEK)
    assert told(found)[:2] == [
        ("github:o/r", MONDAY - back * WEEK, "before it existed", f"since {MONDAY - WEEK}", ()) for back in (3, 2)
    ]
    assert told(found)[2:] == [("github:o/r", MONDAY - WEEK, "before the first refresh", "", ("github-history",))]


def test_images_have_no_past_and_only_an_import_can_tell_them(ledger: Ledger) -> None:
    listed = (outcome(LIST, "recorded"),)
    play(ledger, MONDAY, {IMAGE: 5}, IMAGES, said=listed)
    play(ledger, MONDAY + 2 * WEEK, {IMAGE: 6}, IMAGES, said=listed)
    found = gaps(ledger, MONDAY + 2 * WEEK, first=MONDAY - WEEK)
    assert told(found) == [
        ("docker:ns/a", MONDAY - WEEK, "the source has no past", "", ()),
        ("docker:ns/a", MONDAY + WEEK, "no run", "", ()),
    ]


def test_an_image_did_not_exist_while_its_list_was_read_without_it(ledger: Ledger) -> None:
    listed = (outcome(LIST, "recorded"),)
    play(ledger, MONDAY, {}, IMAGES, said=listed)
    assert told(gaps(ledger, MONDAY)) == [
        ("docker:ns/*", MONDAY, "missing at the source", "dockerhub: nothing is listed", ())
    ]
    play(ledger, MONDAY + WEEK, {IMAGE: 6}, IMAGES, said=listed)
    assert told(gaps(ledger, MONDAY + WEEK)) == [
        ("docker:ns/a", MONDAY, "before it existed", "not in its namespace's list then", ())
    ]


def test_an_artifact_that_the_catalog_got_later_lacks_the_weeks_before(ledger: Ledger) -> None:
    play(ledger, MONDAY, {IMAGE: 5}, (entry("p", IMAGE),))
    play(ledger, MONDAY + WEEK, {REPOSITORY: 6, IMAGE: 7}, (entry("p", REPOSITORY, IMAGE),))
    (gap,) = gaps(ledger, MONDAY + WEEK)
    assert (str(gap.artifact), gap.day) == ("github:o/r", MONDAY)
    assert (gap.reason, gap.detail) == ("not asked for", "")


def test_search_interest_lacks_until_somebody_imports_it(ledger: Ledger) -> None:
    play(ledger, MONDAY, {}, (entry("p", TERM),))
    (gap,) = gaps(ledger, MONDAY + DAY)
    assert (gap.metric, gap.reason, gap.detail) == ("search_interest", "no source tells it", "")
    assert gap.sources == ()


def test_a_value_of_any_source_of_the_metric_fills_the_week(ledger: Ledger) -> None:
    play(ledger, MONDAY, {REPOSITORY: 5}, REPO_ONLY)
    play(ledger, MONDAY + 2 * WEEK, {REPOSITORY: 6}, REPO_ONLY)
    past = {REPOSITORY: {MONDAY + WEEK: 5.0}}
    play(ledger, MONDAY + 2 * WEEK + DAY, past, REPO_ONLY, source="github-history", kind="backfill")
    assert gaps(ledger, MONDAY + 2 * WEEK + DAY) == []


def test_projects_can_be_named_and_a_wrong_name_is_refused(ledger: Ledger) -> None:
    both = (*REPO_ONLY, entry("q", PACKAGE))
    play(ledger, MONDAY, {}, both)
    assert [gap.project for gap in gaps(ledger, MONDAY + DAY)] == ["p", "q"]
    assert [gap.project for gap in gaps(ledger, MONDAY + DAY, projects=["q"])] == ["q"]
    with pytest.raises(UnknownProject):
        gaps(ledger, MONDAY, projects=["x"])


def test_a_ledger_without_a_run_knows_nothing_of_gaps(ledger: Ledger) -> None:
    with ledger.reading() as connection, pytest.raises(NothingKnown):
        weeks_of(connection, None, None, MONDAY)


def gap(week: int, reason: str = "no run", artifact: str = "github:o/r", detail: str = "") -> Gap:
    sources = ("github-history",) if reason == "no run" else ()
    return Gap("p", "github_stars", Artifact.parse(artifact), MONDAY + week * WEEK, reason, detail, sources)


def test_consecutive_weeks_with_the_same_reason_are_one_stretch() -> None:
    found = stretches([gap(0), gap(1), gap(2, "failed"), gap(3), gap(5)])
    assert [(one.first, one.last, one.weeks, one.reason) for one in found] == [
        (MONDAY, MONDAY + WEEK, 2, "no run"),
        (MONDAY + 2 * WEEK, MONDAY + 2 * WEEK, 1, "failed"),
        (MONDAY + 3 * WEEK, MONDAY + 3 * WEEK, 1, "no run"),
        (MONDAY + 5 * WEEK, MONDAY + 5 * WEEK, 1, "no run"),
    ]


def test_a_summary_counts_what_lacks_a_week_by_reason_metric_and_who_can_tell_it() -> None:
    pulls = Gap("p", "dockerhub_pulls", Artifact.parse("docker:ns/a"), MONDAY, "no run")
    found = summaries([gap(0), gap(0, artifact="github:o/s"), gap(0, "failed"), pulls])
    stars = ("github_stars", ("github-history",), 2)
    assert [(one.first, one.weeks, one.reason, one.counts) for one in found] == [
        (MONDAY, 1, "failed", (("github_stars", (), 1),)),
        (MONDAY, 1, "no run", (stars, ("dockerhub_pulls", (), 1))),
    ]


def test_consecutive_weeks_that_lack_as_much_for_one_reason_are_summed_up_in_one() -> None:
    weeks = [gap(week, artifact=f"github:o/{name}") for week in (0, 1, 3) for name in "rs"]
    found = summaries([*weeks, gap(2)])
    assert [(one.first, one.last, one.weeks) for one in found] == [
        (MONDAY, MONDAY + WEEK, 2),
        (MONDAY + 2 * WEEK, MONDAY + 2 * WEEK, 1),
        (MONDAY + 3 * WEEK, MONDAY + 3 * WEEK, 1),
    ]


def test_reason_and_offer_agree() -> None:
    assert remedy("no run", ("github-history", "clickpy")) == "github-history or clickpy can tell"
    assert remedy("no run", ()) == "nobody can tell"
    assert remedy(HELD, ()) == "`tallybook review` decides"
    assert remedy(DUE, ()) == "`tallybook refresh` collects it"


def test_a_stretch_tells_the_newest_detail_and_all_that_share_it() -> None:
    found = stretches(
        [
            gap(0, "failed", detail="old"),
            gap(1, "failed", detail="new"),
            gap(0, "failed", "github:o/s"),
            gap(1, "failed", "github:o/s", "new"),
        ]
    )
    assert [(one.detail, len(one.artifacts), one.weeks) for one in found] == [("new", 2, 2)]


def test_exactly_the_gaps_that_can_be_told_are_asked_for_and_each_once() -> None:
    twice = [gap(1), gap(0), gap(2, "failed"), gap(1)]
    assert plan_filling(twice) == {"github-history": {gap(0).artifact: (MONDAY, MONDAY + WEEK)}}
    assert plan_filling([gap(2, "failed")]) == {}
