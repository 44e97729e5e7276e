"""ETags are kept by URL and account, and used once their run is closed."""

from datetime import timedelta

import pytest

from storage.database.errors import RunNotOpen
from storage.ledger import Ledger
from tests.storage.play import START, begin

ONE, TWO, THREE = (f"https://api.example/{number}" for number in (1, 2, 3))


def keep(ledger: Ledger, found: dict[str, str], account: str = "a", week: int = 0, said: str = "") -> None:
    run = begin(ledger, at=START + timedelta(weeks=week))
    ledger.keep_etags(run, account, {url: (mark, said) for url, mark in found.items()})
    ledger.close(run, state="done", now=START + timedelta(weeks=week))


def test_an_etag_is_found_by_its_url_and_by_who_was_given_it(ledger: Ledger) -> None:
    keep(ledger, {ONE: '"1"', TWO: 'W/"2"'})
    assert ledger.etags("a", [ONE, TWO, "https://api.example/3"]) == {ONE: ('"1"', ""), TWO: ('W/"2"', "")}
    assert ledger.etags("a", [TWO]) == {TWO: ('W/"2"', "")}
    assert ledger.etags("b", [ONE]) == ledger.etags("a", []) == {}


def test_the_newest_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    keep(ledger, {ONE: '"1"'})
    keep(ledger, {ONE: '"2"'}, week=1)
    keep(ledger, {ONE: '"of another"'}, account="b", week=2)
    assert ledger.etags("a", [ONE]) == {ONE: ('"2"', "")}


def test_there_may_be_many(ledger: Ledger) -> None:
    many = {f"https://api.example/{number}": f'"{number}"' for number in range(1000)}
    keep(ledger, many)
    keep(ledger, many, week=1)
    assert ledger.etags("a", many) == {url: (mark, "") for url, mark in many.items()}


def test_those_of_a_run_that_is_open_are_not_used_and_go_with_it_if_it_is_discarded(ledger: Ledger) -> None:
    run = begin(ledger)
    ledger.keep_etags(run, "a", {ONE: ('"1"', "")})
    assert ledger.etags("a", [ONE]) == {}
    ledger.discard(run)
    keep(ledger, {TWO: '"2"'})
    assert ledger.etags("a", [ONE, TWO]) == {TWO: ('"2"', "")}


def test_a_closed_run_keeps_no_more(ledger: Ledger) -> None:
    run = begin(ledger)
    ledger.close(run, state="done", now=START)
    with pytest.raises(RunNotOpen):
        ledger.keep_etags(run, "a", {ONE: ('"1"', "")})


def test_what_is_said_of_an_answer_is_kept_with_its_etag(ledger: Ledger) -> None:
    keep(ledger, {ONE: '"1"'}, said='{"stars": 7}')
    assert ledger.etags("a", [ONE]) == {ONE: ('"1"', '{"stars": 7}')}


def test_a_run_of_which_something_is_held_keeps_no_etag_by_which_a_value_would_be_taken_as_it_was(
    ledger: Ledger,
) -> None:
    keep(ledger, {ONE: '"1"'}, said="7")
    run = begin(ledger, at=START + timedelta(weeks=1))
    ledger.keep_etags(run, "a", {TWO: ('"2"', "8"), THREE: ('"3"', "")})
    ledger.reviews.hold(run, [], "the source is frozen")
    ledger.close(run, state="done", now=START + timedelta(weeks=1))
    assert ledger.etags("a", [ONE, TWO, THREE]) == {ONE: ('"1"', "7"), THREE: ('"3"', "")}
