"""Names and numbers: when two sightings are of the same artifact, when of another; without a ledger."""

from datetime import timedelta

from storage.identity.directory import Called, Directory
from storage.identity.resolve import Resolved, Sighting, resolve
from tests.storage.play import MONDAY, WEEK


def seen(asked: str, called: str = "", number: str = "") -> Sighting:
    return Sighting("github", asked, called, number, MONDAY)


def directory(*sightings: Sighting) -> Directory:
    """Make a directory that has seen these, each in a run of its own."""
    made = Directory()
    for tick, sighting in enumerate(sightings):
        resolve(made, sighting, tick)
    made.learned.clear()
    return made


def test_a_name_that_nobody_knows_makes_an_artifact_and_its_first_identity() -> None:
    known = Directory()
    assert resolve(known, seen("a/b", "a/b", "1"), 5) == Resolved(1)
    assert known.learned == [Called(1, 5, "a/b", "1", MONDAY)]


def test_a_source_that_says_nothing_of_names_leaves_no_identity() -> None:
    known = Directory()
    resolve(known, seen("a/b"), 5)
    assert known.learned == []


def test_nothing_is_learned_from_the_same_name_and_number_again() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    assert resolve(known, seen("a/b", "A/B", "1"), 5) == Resolved(1)
    assert known.learned == []


def test_a_number_learned_later_is_noted() -> None:
    known = directory(seen("a/b", "a/b"))
    resolve(known, seen("a/b", "a/b", "1"), 5)
    assert known.learned == [Called(1, 5, "a/b", "1", MONDAY)]


def test_the_number_leads_to_the_artifact_under_a_name_that_was_never_heard() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    assert resolve(known, seen("c/d", "c/d", "1"), 5) == Resolved(1), (
        "asked by its new name, so there is nothing to say"
    )
    assert known.find("github", "c/d") == known.find("github", "a/b") == 1


def test_the_name_that_failed_before_its_number_was_known_leads_to_the_numbers_artifact_from_then_on() -> None:
    known = directory(seen("a/b", "a/b", "1"), seen("c/d"))
    assert resolve(known, seen("c/d", "c/d", "1"), 5).artifact == 1
    assert known.find("github", "c/d") == 1


def test_a_name_under_another_number_is_a_conflict_even_if_that_number_is_known() -> None:
    known = directory(seen("a/b", "a/b", "1"), seen("c/d", "c/d", "2"))
    found = resolve(known, seen("a/b", "c/d", "2"), 5)
    assert found.conflict.startswith("the number was 1 and is now 2: ")
    assert (found.artifact, known.name(found.other or 0)) == (1, "a/b#2"), "what c/d counts is not touched"
    assert known.learned == []


def test_another_one_under_an_old_name_is_an_artifact_of_its_own_from_then_on() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    first, again = (resolve(known, seen("a/b", "a/b", "2"), tick) for tick in (5, 6))
    assert (first.artifact, first.other) == (again.artifact, again.other) == (1, 2)
    assert known.name(2) == "a/b#2"
    assert "kept apart as github:a/b#2" in first.conflict
    assert known.find("github", "a/b") == 1


def test_a_redirect_of_a_new_name_to_a_known_one_under_another_number_is_a_conflict() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    for tick in (5, 6):
        found = resolve(known, seen("new/name", "a/b", "2"), tick)
        assert "the number was 1 and is now 2: another one stands under the name github:a/b" in found.conflict
        assert known.find("github", "a/b") == 1


def test_a_name_that_was_given_up_may_be_taken_by_another_known_artifact() -> None:
    known = directory(seen("a/b", "a/c", "1"), seen("p/q", "p/q", "2"))
    assert resolve(known, seen("p/q", "a/b", "2"), 5) == Resolved(2, renamed_to="a/b")


def test_a_name_that_is_still_anothers_is_not_taken_by_a_renamed_one() -> None:
    known = directory(seen("a/b", "a/b", "1"), seen("p/q", "p/q", "2"))
    assert resolve(known, seen("p/q", "a/b", "2"), 5) == Resolved(2, renamed_to="a/b")
    assert (known.find("github", "a/b"), known.name(2)) == (1, "p/q")
    assert "is now 2" in resolve(known, seen("a/b", "a/b", "2"), 5).conflict, "whose it is by now is asked"


def test_what_a_review_gave_to_another_leads_there_from_its_day_on() -> None:
    known = directory(seen("a/b", "a/b", "1"), seen("a/b", "a/b", "2"))
    day = MONDAY + WEEK
    known.learn(Called(2, 5, "a/b", "2", day, given=True))
    assert [known.find("github", "A/b", on) for on in (day - timedelta(days=1), day)] == [1, 2]
    assert (known.name(2, MONDAY), known.name(2), known.title(1)) == ("a/b#2", "a/b", "a/b#1")
    assert resolve(known, seen("a/b", "a/b", "2"), 6) == Resolved(2)
    known.learn(Called(1, 7, "a/b", "1", day, given=True))
    assert [known.find("github", "a/b", on) for on in (MONDAY, day)] == [1, 1], "given back, as of the same day"
    assert (known.title(1), known.title(2), known.former("github", "a/b")) == ("a/b", "a/b#2", [1, 2])


def test_a_name_is_learned_once_in_a_run() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    for _ in range(2):
        resolve(known, seen("a/b", "a/c", "1"), 5)
        resolve(known, seen("a/b", "a/b", "1"), 5)
    assert [row.name for row in known.learned] == ["a/c", "a/b"]
