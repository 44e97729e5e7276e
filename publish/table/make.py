"""The one place where a table is made from the ledger."""

from collections.abc import Sequence
from datetime import date

from publish.table.cells import Table, build
from publish.table.rules import Rules
from storage.identity.membership import Membership
from storage.ledger import Connection
from storage.model import Known
from storage.query.asof import parts_of


def make_table(connection: Connection, day: date, known: Known, projects: Sequence[str] | None, rules: Rules) -> Table:
    """Return the table of projects (by id, None: all) as of a UTC day, as known. Raises UnknownProject."""
    entries = Membership(connection, known, projects).on(day)
    return build(parts_of(connection, day, known, entries), entries, day, known, rules)
