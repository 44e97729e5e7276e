"""Where two tables differ because of a review, that is the reason given."""

from dataclasses import replace

from publish.cells import Cell
from publish.reasons import reasons
from storage.held import Held
from tests.publish.sample import AS_OF, LAST_WEEK, ONE_IMAGE, pulls

HELD = Held(AS_OF, 12, "implausible", "a counter never falls")
GOOD = replace(ONE_IMAGE, day=LAST_WEEK)


def told(old: Cell, new: Cell) -> list[tuple[str, str]]:
    return [(reason.kind, reason.text) for reason in reasons(old, new, {})]


def test_a_held_value_that_was_accepted() -> None:
    new = pulls(replace(ONE_IMAGE, value=12))
    expected = "by review: docker:kf/one 12 of 2026-04-27 counts, which was held"
    assert told(pulls(replace(GOOD, held=HELD)), new) == [("review", expected)]


def test_a_value_that_was_rejected() -> None:
    rejected = replace(HELD, reason="a counting error", rejected=True)
    new = pulls(replace(GOOD, held=rejected))
    expected = "by review: docker:kf/one 12 of 2026-04-27 was rejected: a counting error"
    assert told(pulls(replace(ONE_IMAGE, value=12)), new) == [("review", expected)]
