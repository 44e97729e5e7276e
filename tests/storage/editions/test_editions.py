"""Editions in the ledger: kept once each, found again, with what was known when they were made."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.database.errors import LedgerBusy, NothingKnown
from storage.ledger import Ledger
from storage.model import Edition, Known
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, frame, learn


def edition(ledger: Ledger, page: str = "all", digest: str = "d1") -> Edition:
    """Make an edition of what is known now."""
    known, newest = ledger.archive.present()
    number, _ = ledger.archive.catalog(known)
    return Edition(page, MONDAY, "All", ("kubeflow",), START, known.known_seq, newest, number, "{}", digest)


def place(ledger: Ledger, value: float = 9) -> int:
    """Let an import come in a week later that was public before the first run; return its known_seq."""
    public, now = START - timedelta(hours=1), START + WEEK
    run = ledger.begin(kind="import", scope="{}", day=MONDAY, now=now, catalog_id=None, version="0", public=public)
    ledger.append(run, frame([(KFP, MONDAY - WEEK, value)]))
    return ledger.close(run, state="done", now=now, public=public).known_seq


def test_an_edition_comes_back_as_it_was_kept(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    made = edition(ledger)
    assert ledger.archive.keep([made]) == [(replace(made, id=1), True)]
    assert ledger.archive.editions() == [replace(made, id=1)]


def test_the_same_table_is_no_second_edition_and_another_one_is_a_further(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    first = edition(ledger)
    ((kept, new),) = ledger.archive.keep([first])
    assert ledger.archive.keep([replace(first, made_at=START + WEEK)]) == [(kept, False)]
    told = ledger.archive.keep([edition(ledger, digest="d2"), edition(ledger, page="other")])
    assert (new, [(one.id, made) for one, made in told]) == (True, [(2, True), (3, True)])
    assert [(one.page, one.digest) for one in ledger.archive.editions()] == [
        ("all", "d1"),
        ("all", "d2"),
        ("other", "d1"),
    ]


def test_what_was_known_leaves_out_later_runs_wherever_they_were_put(ledger: Ledger) -> None:
    place(ledger, 3)
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    ((kept, _),) = ledger.archive.keep([edition(ledger)])
    before = ledger.archive.known_of(kept)
    assert before == ledger.known(2)
    known_seq = place(ledger)
    learn(ledger, [(KFP, MONDAY, 2)], ONE, at=START + 2 * WEEK)
    assert ledger.archive.known_of(kept) == replace(before, late=(known_seq,))
    assert [part.value for part in ledger.parts(MONDAY, ledger.archive.known_of(kept))] == [1]


def test_a_run_that_was_open_when_it_was_made_does_not_count(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    public, now = START - timedelta(hours=1), START + WEEK
    run = ledger.begin(kind="import", scope="{}", day=MONDAY, now=now, catalog_id=None, version="0", public=public)
    ((kept, _),) = ledger.archive.keep([edition(ledger)])
    ledger.append(run, frame([(KFP, MONDAY, 9)]))
    ledger.close(run, state="done", now=now, public=public)
    assert ledger.archive.known_of(kept).late == (run.known_seq,)


def test_one_made_of_what_has_changed_meanwhile_is_refused(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    made = edition(ledger)
    place(ledger)
    with pytest.raises(LedgerBusy, match="run the same command again"):
        ledger.archive.keep([made])
    assert ledger.archive.editions() == []


def test_an_edition_whose_run_is_gone_says_so(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    with pytest.raises(NothingKnown, match="2026-04-27 was made after is not in the ledger"):
        ledger.archive.known_of(replace(edition(ledger), known_seq=7))


def test_nothing_is_present_in_a_ledger_without_runs(ledger: Ledger) -> None:
    with pytest.raises(NothingKnown):
        ledger.archive.present()


def test_the_catalog_is_that_of_the_time(ledger: Ledger) -> None:
    assert ledger.archive.catalog(Known(1, 1, START)) == (None, "")
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    learn(ledger, [(KFP, MONDAY, 1)], (replace(ONE[0], name="New"),))
    assert ledger.archive.catalog(ledger.known(1)) == (1, repr(ONE))
    assert ledger.archive.catalog(ledger.known())[0] == 2


def test_runs_are_found_by_number_but_for_open_ones(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    ledger.begin(kind="refresh", scope="{}", day=MONDAY, now=START, catalog_id=None, version="0")
    assert {number: run.kind for number, run in ledger.archive.runs({1, 2, 7}).items()} == {1: "refresh"}
    assert ledger.archive.runs(set()) == {}
