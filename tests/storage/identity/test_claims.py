"""What answers under a name that was another one's is held until a review says whose the name is, on both databases."""

from collections.abc import Sequence
from datetime import date, timedelta

from storage.ledger import Ledger
from storage.model import Change, Part, Run
from storage.quarantine.held import Held
from tests.storage.play import MONDAY, START, WEEK, begin, entry, frame, learn, parts

REPO, OWN = "github:old/name", "github:its/own"
PROJECT = (entry("p", REPO),)
SECOND, THIRD, FOURTH = (MONDAY + number * WEEK for number in (1, 2, 3))
REASON = "the number was 7 and is now 8: another one stands under the name github:old/name"


def week(ledger: Ledger, number: int, value: float, identity: str, *, name: str = REPO) -> str:
    """Play the refresh of a week (0 is the first); return the state of its only outcome."""
    at = START + number * WEEK
    (told,) = learn(ledger, [(name, at.date(), value)], PROJECT, number=identity, at=at)
    return told.state


def contested(ledger: Ledger) -> Ledger:
    """Play three weeks, in the last two of which another one stands under the name."""
    assert [week(ledger, *one) for one in ((0, 9000.0, "7"), (1, 3.0, "8"), (2, 4.0, "8"))] == [
        "recorded",
        "held",
        "held",
    ]
    return ledger


def review(ledger: Ledger, verdict: str, days: Sequence[date], *, after: int = 2, hours: int = 1) -> Run:
    """Play a review of what is claimed, of some days, in the week `after`."""
    at = START + after * WEEK + timedelta(hours=hours)
    claims = ledger.reviews.claimed(parts(ledger, at.date()), ledger.known())
    own = [part for part in parts(ledger, at.date()) if part.series is not None]
    series = [part.series or 0 for part in claims or own]
    run = ledger.begin(kind="review", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    places = [(number, day) for number in series for day in days]
    ledger.reviews.decide(run, places, verdict=verdict, reason=f"{verdict} it", now=at)
    return ledger.close(run, state="done", now=at)


def only(ledger: Ledger, day: date, when: int | None = None) -> Part:
    (part,) = parts(ledger, day, when)
    return part


def shown(ledger: Ledger, *days: date, when: int | None = None) -> list[tuple[float | None, bool]]:
    """Return the value of each day, and whether something newer waits for a review."""
    found = [only(ledger, day, when) for day in days]
    return [(part.value, part.held is not None and not part.held.rejected) for part in found]


def test_the_last_good_value_stands_and_what_came_waits_beside_it(ledger: Ledger) -> None:
    contested(ledger)
    part = only(ledger, THIRD)
    assert (part.value, part.day, part.outcome, part.cause) == (9000.0, MONDAY, "held", "identity")
    assert part.held is not None
    assert (part.held.day, part.held.value, part.held.guard) == (THIRD, 4.0, "identity")
    assert part.held.reason == f"{REASON}, kept apart as github:old/name#8"
    assert shown(ledger, MONDAY, SECOND, THIRD) == [(9000.0, False), (9000.0, True), (9000.0, True)]


def test_a_failure_later_on_does_not_end_the_question_and_the_old_number_does(ledger: Ledger) -> None:
    contested(ledger)
    learn(ledger, [], PROJECT, at=START + 3 * WEEK)
    assert shown(ledger, FOURTH) == [(9000.0, True)]
    week(ledger, 4, 9100.0, "7")
    assert shown(ledger, FOURTH, FOURTH + WEEK) == [(9000.0, True), (9100.0, False)]


def test_accepted_the_name_counts_the_one_that_came_from_its_first_day_on(ledger: Ledger) -> None:
    contested(ledger)
    made = review(ledger, "accept", [SECOND])
    assert shown(ledger, MONDAY, SECOND, THIRD) == [(9000.0, False), (3.0, False), (4.0, False)]
    assert week(ledger, 3, 5.0, "8") == "recorded"
    assert shown(ledger, MONDAY, FOURTH) == [(9000.0, False), (5.0, False)]
    assert shown(ledger, SECOND, THIRD, when=made.id - 1) == [(9000.0, True), (9000.0, True)], "as it was known then"
    rows = ledger.history(["p"], None, None, None, ledger.known())
    assert [(row.artifact, row.value) for row in rows] == [
        (f"{REPO}#7", 9000.0),
        (REPO, 3.0),
        (REPO, 4.0),
        (REPO, 5.0),
    ]


def test_the_change_is_told_as_one_of_the_catalog_would_be(ledger: Ledger) -> None:
    contested(ledger)
    review(ledger, "accept", [SECOND])
    told = (Change(SECOND, "github", ("old/name#7",), ("old/name#8",)),)
    found = [ledger.projects(ledger.known(), day=day)[0].changes for day in (MONDAY, SECOND, SECOND + 4 * WEEK)]
    assert found == [(), told, ()]
    review(ledger, "reopen", [SECOND], hours=2)
    assert ledger.projects(ledger.known(), day=THIRD)[0].changes == ()


def test_rejected_it_is_not_asked_about_again_until_another_number_comes(ledger: Ledger) -> None:
    contested(ledger)
    review(ledger, "reject", [SECOND, THIRD])
    assert only(ledger, THIRD).held == Held(
        THIRD, 4.0, "review", "reject it; the number was 7 and is now 8", rejected=True, series=2
    )
    assert week(ledger, 3, 5.0, "8") == "missing"
    assert shown(ledger, THIRD, FOURTH) == [(9000.0, False), (9000.0, False)]
    assert week(ledger, 4, 6.0, "9") == "held"
    assert shown(ledger, FOURTH + WEEK) == [(9000.0, True)]
    assert [row.value for row in ledger.history(["p"], None, None, None, ledger.known())] == [9000.0]


def test_a_note_leaves_the_question_open(ledger: Ledger) -> None:
    contested(ledger)
    review(ledger, "note", [THIRD])
    assert shown(ledger, THIRD) == [(9000.0, True)]


def test_either_verdict_can_be_taken_back(ledger: Ledger) -> None:
    contested(ledger)
    for hours, (verdict, taken_back) in enumerate((("accept", "reopen"), ("reject", "reopen"), ("accept", "reject"))):
        review(ledger, verdict, [SECOND], hours=2 * hours + 1)
        review(ledger, taken_back, [SECOND], hours=2 * hours + 2)
        waits = taken_back == "reopen"
        assert shown(ledger, MONDAY, SECOND, THIRD) == [(9000.0, False), (9000.0, waits), (9000.0, waits)]
    assert week(ledger, 3, 5.0, "8") == "missing"
    review(ledger, "accept", [THIRD], after=3)
    assert shown(ledger, SECOND, THIRD, FOURTH) == [(9000.0, False), (4.0, False), (5.0, False)]


def test_the_first_number_that_comes_back_after_that_is_asked_about_again(ledger: Ledger) -> None:
    contested(ledger)
    review(ledger, "accept", [SECOND])
    assert week(ledger, 3, 9100.0, "7") == "held"
    part = only(ledger, FOURTH)
    assert (part.value, part.held and part.held.value) == (4.0, 9100.0)
    assert "the number was 8 and is now 7" in (part.held.reason if part.held else "")
    at = START + 3 * WEEK + timedelta(hours=1)
    run = ledger.begin(kind="review", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
    ledger.reviews.decide(run, [((part.held and part.held.series) or 0, FOURTH)], verdict="accept", reason="", now=at)
    ledger.close(run, state="done", now=at)
    assert week(ledger, 4, 9200.0, "7") == "recorded"
    assert shown(ledger, MONDAY, THIRD, FOURTH + WEEK) == [(9000.0, False), (4.0, False), (9200.0, False)]
    assert week(ledger, 5, 6.0, "8") == "held", "and once more if it changes again"
    assert shown(ledger, FOURTH + 2 * WEEK) == [(9200.0, True)]


def test_what_has_a_name_of_its_own_counts_there_whatever_is_decided(ledger: Ledger) -> None:
    learn(ledger, [(OWN, MONDAY, 1.0)], PROJECT, number="8", called="its/own", at=START - timedelta(hours=1))
    contested(ledger)
    learn(ledger, [(OWN, THIRD, 4.0)], PROJECT, number="8", called="its/own", at=START + 2 * WEEK)
    review(ledger, "reject", [SECOND, THIRD])
    both = (entry("p", REPO), entry("q", OWN))
    assert week(ledger, 3, 5.0, "8", name=OWN) == "recorded"
    learn(ledger, [], both, at=START + 3 * WEEK)
    assert [part.value for part in parts(ledger, THIRD)] == [9000.0, 4.0]
    review(ledger, "accept", [THIRD], after=3)
    assert [part.value for part in parts(ledger, FOURTH)] == [5.0, 5.0]


def test_guards_do_not_judge_it(ledger: Ledger) -> None:
    contested(ledger)
    run = begin(ledger, PROJECT, at=START + 3 * WEEK)
    ledger.append(run, frame([(REPO, FOURTH, 5.0)], number="8"))
    assert list(ledger.reviews.judged(run)) == []
    ledger.reviews.hold(run, [], "")
    ledger.close(run, state="done", now=START + 3 * WEEK)
    assert shown(ledger, FOURTH) == [(9000.0, True)]
    assert ledger.freshness()[0].outcomes == {"held": 1}


def test_the_birth_of_the_one_that_came_is_not_that_of_the_other(ledger: Ledger) -> None:
    week(ledger, 0, 9000.0, "7")
    run = begin(ledger, PROJECT, at=START + WEEK)
    came = frame([(REPO, SECOND, 3.0)], number="8")
    came["born"] = [SECOND]
    ledger.append(run, came)
    ledger.close(run, state="done", now=START + WEEK)
    with ledger.coverage() as coverage:
        (tracked,) = coverage.tracked(ledger.known(), None)
    assert tracked.born is None
