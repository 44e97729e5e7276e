"""Names and numbers: when two sightings are of the same artifact, when of another; without a ledger."""

from storage.identity.directory import Directory
from storage.identity.resolve import Resolved, Sighting, find_or_make, resolve
from tests.storage.play import MONDAY, WEEK


def seen(asked: str, called: str = "", number: str = "", week: int = 0) -> Sighting:
    return Sighting("github", asked, called, number, MONDAY + week * WEEK)


def directory(*sightings: Sighting) -> Directory:
    """Make a directory that has seen these, each in a run of its own."""
    made = Directory()
    for known_seq, sighting in enumerate(sightings):
        resolve(made, sighting, known_seq)
    made.learned.clear()
    made.numbered.clear()
    return made


def names(known: Directory) -> list[tuple[int, str]]:
    """Say which names were learned, and of which artifacts."""
    return [(row.artifact, row.name) for row in known.learned]


def test_a_name_that_nobody_knows_makes_an_artifact() -> None:
    known = Directory()
    assert resolve(known, seen("a/b", "a/b", "1"), 5) == Resolved(1)
    assert (names(known), known.numbers) == ([(1, "a/b")], {1: "1"})


def test_nothing_is_learned_from_the_same_name_and_number_again() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    assert resolve(known, seen("a/b", "A/B", "1"), 5) == Resolved(1)
    assert (known.learned, known.numbered) == ([], [])


def test_a_number_learned_later_is_noted() -> None:
    known = directory(seen("a/b", "a/b"))
    resolve(known, seen("a/b", "a/b", "1"), 5)
    assert (known.learned, known.numbered, known.find_number("github", "1")) == ([], [1], 1)


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
    assert found.artifact == 1
    assert known.learned == []


def test_a_redirect_of_a_new_name_to_a_known_one_under_another_number_is_a_conflict() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    for known_seq in (5, 6):
        found = resolve(known, seen("new/name", "a/b", "2"), known_seq)
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


def test_a_pinned_number_is_what_is_meant_whatever_else_has_the_name() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    assert known.find("github", "a/b#2") is None
    assert resolve(known, seen("a/b#2", "a/b", "2", week=4), 5) == Resolved(2)
    assert known.find("github", "a/b#2") == known.find("github", "A/B") == 2
    assert known.find("github", "a/b", MONDAY + 3 * WEEK) == 1, "on the days before, the name was another's"
    assert resolve(known, seen("a/b", "a/b", "2", week=5), 6) == Resolved(2), "the pin may be taken out again"


def test_another_number_than_the_pinned_one_is_a_conflict() -> None:
    known = directory(seen("a/b#2", "a/b", "2"))
    found = resolve(known, seen("a/b#2", "a/b", "3"), 5)
    assert found == Resolved(1, conflict=found.conflict)
    assert "is 3, and the catalog pins 2" in found.conflict


def test_a_pinned_one_that_never_answered_is_what_answers_later() -> None:
    known = Directory()
    failed = find_or_make(known, "github", "a/b#2", MONDAY, 5)
    assert resolve(known, seen("a/b#2", "c/d", "2", week=1), 6) == Resolved(failed, renamed_to="c/d")
    assert [known.name(failed, day) for day in (MONDAY, MONDAY + WEEK)] == ["a/b", "c/d"]


def test_a_pin_leads_to_history_that_came_without_a_number() -> None:
    known = directory(seen("a/b"))
    assert known.find("github", "a/b#7") == resolve(known, seen("a/b#7", "a/b", "7"), 5).artifact == 1


def test_an_older_name_that_is_learned_later_is_the_name_of_then() -> None:
    known = directory(seen("a/b", "a/b", "1", week=9))
    assert resolve(known, seen("old/name", "old/name", "1"), 5) == Resolved(1)
    assert [known.name(1, day) for day in (MONDAY, MONDAY + 9 * WEEK)] == ["old/name", "a/b"]


def test_what_is_put_into_the_past_of_an_artifact_is_found_there() -> None:
    known = directory(seen("a/b"), seen("c/d"))
    resolve(known, seen("c/d"), 0)
    assert names(known) == [(2, "c/d")], "by the name known then"


def test_a_name_is_learned_once_in_a_run() -> None:
    known = directory(seen("a/b", "a/b", "1"))
    for _ in range(2):
        resolve(known, seen("a/b", "a/c", "1"), 5)
        resolve(known, seen("a/b", "a/b", "1"), 5)
    assert [row.name for row in known.learned] == ["a/c", "a/b"]
