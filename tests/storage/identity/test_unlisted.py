"""The artifacts of a pattern whose list failed were asked with it, and got no answer."""

import pytest

from storage.quarantine.held import RunSeries
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, begin, entry, frame, learn, outcome

IMAGES = (entry("kube", "docker:kube/*"),)
A, B, OTHER, LIST = "docker:kube/a", "docker:kube/b", "docker:else/a", "docker:kube/*"
VALUES = [(A, MONDAY, 1.0), (B, MONDAY, 2.0), (OTHER, MONDAY, 3.0)]


def judged(ledger: Ledger, *told: tuple[str, str, str], weeks: int = 1) -> list[RunSeries]:
    """Judge a later week's run that stored the second image only, and told so of artifacts (name, state, cause)."""
    at = START + weeks * WEEK
    run = begin(ledger, IMAGES, at=at)
    ledger.append(run, frame([(B, at.date(), 2.5)]), (), [outcome(*one) for one in told])
    return sorted(ledger.reviews.judged(run), key=lambda one: one.series)


@pytest.fixture
def known(ledger: Ledger) -> Ledger:
    """Give a ledger with two images of a namespace and one of another."""
    learn(ledger, VALUES, IMAGES, outcomes=[outcome(LIST, "recorded", "")])
    return ledger


def test_what_a_list_that_failed_would_have_named_is_there_without_an_answer(known: Ledger) -> None:
    lost, came = judged(known, (LIST, "failed", "refused"))
    assert (lost.metric, lost.source, lost.answered, lost.newest) == ("dockerhub_pulls", "dockerhub", False, None)
    assert (lost.news, lost.past) == ((), ((MONDAY, 1.0),))
    assert (came.answered, came.newest) == (True, MONDAY + WEEK)


@pytest.mark.parametrize(("state", "cause"), [("recorded", ""), ("failed", "limit")])
def test_a_list_that_was_read_or_left_for_another_run_loses_nothing(known: Ledger, state: str, cause: str) -> None:
    (only,) = judged(known, (LIST, state, cause))
    assert only.answered


def test_what_the_run_says_of_an_image_itself_stands(known: Ledger) -> None:
    gone, _ = judged(known, (LIST, "failed", "refused"), (A, "missing", "gone"))
    assert not gone.answered


def test_images_without_a_value_of_late_are_not_there(known: Ledger) -> None:
    (only,) = judged(known, (LIST, "failed", "refused"), weeks=20)
    assert only.newest == MONDAY + 20 * WEEK
