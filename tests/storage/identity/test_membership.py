"""Which artifacts a project had on a day, on both databases: an edit of the catalog does not rewrite older tables."""

from datetime import date

import pytest

from storage.database.errors import UnknownProject
from storage.model import Change, ProjectEntry
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, entry, learn, parts

OLD, NEW = "github:coqui/tts", "github:idiap/tts"
NEXT = MONDAY + WEEK


def members(ledger: Ledger, day: date, wanted: list[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the members of projects as of a day."""
    found = ledger.projects(ledger.known(), wanted, day=day)
    return {one.id: tuple(f"{kind}:{name}" for kind, name in one.members) for one in found}


def changes(ledger: Ledger, day: date) -> tuple[Change, ...]:
    """Return the changes of the only project."""
    (one,) = ledger.projects(ledger.known(), day=day)
    return one.changes


@pytest.fixture
def edited(ledger: Ledger) -> Ledger:
    """Give a ledger of a project whose repository was exchanged in the second week."""
    learn(ledger, [(OLD, MONDAY, 40_824.0)], (entry("tts", OLD),), number="1")
    learn(ledger, [(NEW, NEXT, 1_547.0)], (entry("tts", NEW),), number="2", at=START + WEEK)
    return ledger


def test_a_table_as_of_a_day_before_the_edit_shows_the_artifact_of_that_time(edited: Ledger) -> None:
    assert [(part.artifact, part.value) for part in parts(edited, MONDAY)] == [("coqui/tts", 40_824.0)]
    assert [(part.artifact, part.value) for part in parts(edited, NEXT)] == [("idiap/tts", 1_547.0)]


def test_the_exchange_is_told_for_four_weeks_from_the_day_of_the_first_run_with_it(edited: Ledger) -> None:
    told = (Change(NEXT, "github", ("coqui/tts",), ("idiap/tts",)),)
    assert [changes(edited, day) for day in (MONDAY, NEXT, NEXT + 3 * WEEK, NEXT + 4 * WEEK)] == [(), told, told, ()]


def test_the_history_shows_both_artifacts(edited: Ledger) -> None:
    rows = edited.history(["tts"], None, None, None, edited.known())
    assert [(row.artifact, row.value) for row in rows] == [(OLD, 40_824.0), (NEW, 1_547.0)]


def test_what_was_known_before_the_edit_stays_as_it_was(edited: Ledger) -> None:
    assert [part.artifact for part in parts(edited, NEXT, 1)] == ["coqui/tts"]


def test_the_new_name_of_the_same_artifact_is_no_exchange(ledger: Ledger) -> None:
    learn(ledger, [(OLD, MONDAY, 1.0)], (entry("tts", OLD),), number="1", called="coqui/tts")
    learn(ledger, [(NEW, NEXT, 2.0)], (entry("tts", NEW),), number="1", called="idiap/tts", at=START + WEEK)
    assert changes(ledger, NEXT) == ()
    assert [part.value for part in parts(ledger, MONDAY)] == [1.0]


def test_a_kind_that_came_later_was_only_not_tracked_before(ledger: Ledger) -> None:
    learn(ledger, [(OLD, MONDAY, 1.0)], (entry("tts", OLD),))
    learn(ledger, [("pypi:tts", MONDAY, 7.0)], (entry("tts", OLD, "pypi:tts"),), at=START + WEEK)
    assert members(ledger, MONDAY) == {"tts": (OLD, "pypi:tts")}
    assert changes(ledger, NEXT) == ()


def test_a_kind_that_was_given_up_is_there_until_then(ledger: Ledger) -> None:
    learn(ledger, [], (entry("tts", OLD, "pypi:tts"),))
    learn(ledger, [], (entry("tts", OLD),), at=START + WEEK)
    assert members(ledger, MONDAY) == {"tts": (OLD, "pypi:tts")}
    assert members(ledger, NEXT) == {"tts": (OLD,)}


def test_a_project_that_came_later_is_as_it_was_at_first(ledger: Ledger) -> None:
    learn(ledger, [], (entry("a", OLD),))
    learn(ledger, [], (entry("a", OLD), entry("b", "pypi:b")), at=START + WEEK)
    learn(ledger, [], (entry("a", OLD), entry("b", "pypi:c")), at=START + 2 * WEEK)
    assert members(ledger, MONDAY) == {"a": (OLD,), "b": ("pypi:b",)}


def test_a_project_that_has_left_the_catalog_can_still_be_named(ledger: Ledger) -> None:
    learn(ledger, [], (entry("a", OLD), entry("b", "pypi:b")))
    learn(ledger, [], (entry("a", OLD),), at=START + WEEK)
    assert members(ledger, MONDAY) == {"a": (OLD,)}
    assert members(ledger, MONDAY, ["b"]) == {"b": ("pypi:b",)}
    with pytest.raises(UnknownProject, match=r"'c'.* has a$"):
        members(ledger, MONDAY, ["c"])


def test_the_projects_name_is_that_of_the_day(ledger: Ledger) -> None:
    for week, name in enumerate(("Old", "New")):
        learn(ledger, [], (ProjectEntry("a", name, (("pypi", "a"),)),), at=START + week * WEEK)
    assert [ledger.projects(ledger.known(), day=day)[0].name for day in (MONDAY, NEXT)] == ["Old", "New"]


def test_before_the_first_catalog_its_first_one_holds(ledger: Ledger) -> None:
    learn(ledger, [(OLD, MONDAY, 1.0)])
    learn(ledger, [], (entry("a", OLD),), at=START + WEEK)
    assert [(part.project, part.value) for part in parts(ledger, MONDAY, 1)] == [("a", 1.0)]
