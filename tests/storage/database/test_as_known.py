"""Runs that were put in their place in the past later on are left out of what was known before."""

from dataclasses import replace
from datetime import timedelta

from storage.model import Known
from tests.ledgers import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, entry, frame, learn

OTHER = (entry("renamed", "pypi:other"),)


def placed(ledger: Ledger) -> Known:
    """Play two refreshes, then an import that was public between them; return what was known before the import."""
    learn(ledger, [(KFP, MONDAY - WEEK, 1)], ONE, at=START)
    learn(ledger, [(KFP, MONDAY, 2)], ONE, at=START + timedelta(hours=2))
    known = ledger.known()
    public = START + timedelta(hours=1)
    catalog = ledger.keep_catalog("later", "friday", OTHER, START + WEEK)
    now = START + WEEK
    run = ledger.begin(kind="import", scope="{}", day=MONDAY, now=now, catalog_id=catalog, version="0", public=public)
    ledger.append(run, frame([(KFP, MONDAY - WEEK, 5), (KFP, MONDAY, 7)], number="7", called="kfp-next"))
    ledger.close(run, state="done", now=now, public=public)
    return replace(known, late=(run.known_seq,))


def test_what_was_placed_later_changes_no_value_name_catalog_or_history(ledger: Ledger) -> None:
    known = placed(ledger)
    assert [part.value for part in ledger.parts(MONDAY - WEEK, known)] == [1]
    assert [row.value for row in ledger.history(None, None, None, None, known)] == [1, 2]
    between = replace(known, known_seq=known.late[0], run=3)
    assert [entry.id for entry in ledger.projects(between)] == ["kubeflow"]
    assert ledger.cadence(between) == "monday"
    assert [part.artifact for part in ledger.parts(MONDAY, between)] == ["kfp"]


def test_without_the_mark_it_counts_where_it_was_put(ledger: Ledger) -> None:
    known = placed(ledger)
    here = replace(known, late=())
    assert [part.value for part in ledger.parts(MONDAY - WEEK, here)] == [5]
    assert [entry.id for entry in ledger.projects(replace(here, known_seq=known.late[0]))] == ["renamed"]
