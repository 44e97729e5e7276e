"""Editions in the ledger: kept once each, found again, with what was known when they were made."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.database.errors import LedgerBusy, NothingKnown
from storage.editions import editions as kept
from storage.model import Edition, Known
from storage.query.asof import parts
from storage.runs.runs import runs_by_number
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, frame, learn


def edition(ledger: Ledger, page: str = "all", document: str = "{}") -> Edition:
    """Make an edition of what is known now."""
    with ledger.reading() as connection:
        known, newest = kept.present(connection)
        number, _ = kept.catalog_of(connection, known)
    digest = kept.sha256(document.encode())
    return Edition(page, MONDAY, START, known.known_seq, newest, number, "{}", document, digest)


def keep(ledger: Ledger, made: Edition, files: Mapping[str, bytes] | None = None) -> Edition:
    with ledger.writing() as connection:
        return kept.keep(connection, made, files or {})


def known_of(ledger: Ledger, made: Edition) -> Known:
    with ledger.reading() as connection:
        return kept.known_of(connection, made)


def place(ledger: Ledger, value: float = 9) -> int:
    """Let an import come in a week later that was public before the first run; return its place in time."""
    public, now = START - timedelta(hours=1), START + WEEK
    run = ledger.begin(kind="import", scope="{}", day=MONDAY, now=now, catalog_id=None, version="0", public=public)
    ledger.append(run, frame([(KFP, MONDAY - WEEK, value)]))
    return ledger.close(run, state="done", now=now, public=public).known_seq


def test_an_edition_comes_back_as_it_was_kept_with_its_files(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    made = edition(ledger)
    files = {"2026-04-27.json": b"{}", "2026-04-27.md": "Größe\n".encode()}
    assert keep(ledger, made, files) == replace(made, id=1)
    with ledger.reading() as connection:
        assert kept.edition_by(connection, 1) == kept.newest_of(connection, MONDAY, "all") == replace(made, id=1)
        assert kept.files(connection, 1) == files
        assert list(kept.changed_files(connection, 1)) == []
        with pytest.raises(LookupError, match="no edition 2"):
            kept.edition_by(connection, 2)


def test_a_file_that_was_changed_is_named(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    keep(ledger, edition(ledger), {"a": b"1", "b": b"2"})
    with ledger.writing() as connection:
        connection.execute(text("UPDATE edition_file SET content = :new WHERE name = 'b'"), {"new": b"3"})
        assert list(kept.changed_files(connection, 1)) == ["b"]


def test_the_same_document_is_no_second_edition_and_another_one_is_a_further(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    first = keep(ledger, edition(ledger), {"a": b"1"})
    assert keep(ledger, replace(first, id=0, made_at=START + WEEK), {"a": b"2"}) == first
    assert keep(ledger, edition(ledger, document="[]")).id == 2
    assert keep(ledger, edition(ledger, page="other")).id == 3
    with ledger.reading() as connection:
        told = [(one.page, one.id, one.run, one.digest == first.digest) for one in kept.listed(connection)]
        assert kept.files(connection, first.id) == {"a": b"1"}
        assert kept.listed(connection, MONDAY - WEEK) == []
    assert told == [("all", 1, 1, True), ("all", 2, 1, False), ("other", 3, 1, True)]


def test_what_was_known_leaves_out_later_runs_wherever_they_were_put(ledger: Ledger) -> None:
    place(ledger, 3)
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    made = keep(ledger, edition(ledger))
    before = known_of(ledger, made)
    assert before == ledger.known(2)
    placed = place(ledger)
    learn(ledger, [(KFP, MONDAY, 2)], ONE, at=START + 2 * WEEK)
    assert known_of(ledger, made) == replace(before, late=(placed,))
    with ledger.reading() as connection:
        assert [part.value for part in parts(connection, MONDAY, known_of(ledger, made), None)] == [1]


def test_one_made_of_what_has_changed_meanwhile_is_refused(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    made = edition(ledger)
    place(ledger)
    with pytest.raises(LedgerBusy, match="run the same command again"):
        keep(ledger, made)
    with ledger.reading() as connection:
        assert kept.listed(connection) == []


def test_an_edition_whose_run_is_gone_says_so(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    with pytest.raises(NothingKnown, match="2026-04-27 was made after is not in the ledger"):
        known_of(ledger, replace(edition(ledger), known_seq=7))


def test_nothing_is_present_in_a_ledger_without_runs(ledger: Ledger) -> None:
    with pytest.raises(NothingKnown), ledger.reading() as connection:
        kept.present(connection)


def test_the_catalog_is_that_of_the_time(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert kept.catalog_of(connection, Known(1, 1, START)) == (None, 0.0)
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    learn(ledger, [(KFP, MONDAY, 1)], (replace(ONE[0], name="New"),))
    with ledger.reading() as connection:
        assert kept.catalog_of(connection, ledger.known(1)) == (1, 0.2)
        assert kept.catalog_of(connection, ledger.known())[0] == 2


def test_runs_are_found_by_number(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1)], ONE)
    with ledger.reading() as connection:
        assert {number: run.kind for number, run in runs_by_number(connection, {1, 2, 7}).items()} == {1: "refresh"}
        assert runs_by_number(connection, set()) == {}
