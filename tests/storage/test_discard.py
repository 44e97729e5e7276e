"""A run that is taken back leaves the ledger as it was, to the last row of every table."""

from sqlalchemy import select

from storage.database.connection import reading
from storage.database.schema import metadata
from storage.ledger import Ledger
from tests.storage.play import KFP, MONDAY, ONE, START, WEEK, begin, entry, learn, outcome, response

Dump = dict[str, list[tuple[object, ...]]]


def dump(ledger: Ledger) -> Dump:
    """Read every row of every table, in an order that does not depend on the database."""
    with reading(ledger._engine) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def test_a_discarded_run_leaves_the_ledger_as_it_was(ledger: Ledger) -> None:
    learn(
        ledger, [(KFP, MONDAY, 1.0), ("docker:ns/a", MONDAY, 2.0)], ONE, outcomes=[outcome("docker:ns/*", "recorded")]
    )
    learn(ledger, [("github:o/r", MONDAY, 3.0)], ONE, number="7", called="o/renamed", at=START + WEEK)
    before = dump(ledger)
    run = begin(ledger, (entry("new", "pypi:new", "github:o/r"),), at=START + 2 * WEEK)
    told = [outcome(name, "failed") for name in ("pypi:new", "github:o/renamed", "github:n/n", KFP, "docker:ns/*")]
    ledger.append(ledger.set_recording(run, "lost.warc.gz"), None, [response("r1")], told)
    ledger.discard(run)
    assert dump(ledger) == before


def test_a_discarded_run_keeps_the_catalog_of_others(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    before = dump(ledger)
    ledger.discard(begin(ledger, ONE, at=START + WEEK))
    assert dump(ledger) == before


def test_the_first_run_can_be_discarded_and_its_number_used_again(ledger: Ledger) -> None:
    before = dump(ledger)
    run = begin(ledger, ONE)
    ledger.append(run, None, (), [outcome(KFP, "failed")])
    ledger.discard(run)
    assert dump(ledger) == before
    assert begin(ledger, ONE) == run
