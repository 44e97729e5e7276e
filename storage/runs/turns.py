"""Whose turn it is: when each artifact was last answered, and which runs of a day broke off; judges neither."""

from collections.abc import Collection, Mapping
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from storage.database.as_known import NEVER, ids
from storage.database.schema import catalog, outcome, run, series
from storage.identity.directory import load
from storage.query.seek import newest_told


class Undertaking(NamedTuple):
    """What makes runs of a day the same undertaking: kind, scope, day (UTC) and the text of the catalog."""

    kind: str
    scope: str
    day: date
    catalog: str


class Answered(NamedTuple):
    """The known_seqs of the newest closed runs to which a source answered at all, and with what an artifact has.

    NEVER where there is none. That there is no such thing is an answer, too; a failure is not.
    """

    at: int
    found: int


def last_answered(
    connection: Connection, names: Mapping[str, Collection[str]], source: str
) -> dict[tuple[str, str], Answered]:
    """Return when a source last answered of artifacts, by (kind, name), where it ever did, for names by kind."""
    called = load(connection, names)
    numbers = {(kind, name): called.find(kind, name) for kind, of_kind in names.items() for name in of_kind}
    asked = {number for number in numbers.values() if number is not None}
    rows = connection.execute(answered_query(asked, source)) if asked else ()
    seen: dict[int | None, Answered] = {}
    for number, told, found in rows:
        before = seen.get(number, Answered(NEVER, NEVER))
        seen[number] = Answered(max(before.at, told or NEVER), max(before.found, found or NEVER))
    return {name: seen[number] for name, number in numbers.items() if number in seen and seen[number].at != NEVER}


def answered_query(artifacts: Collection[int], source: str) -> Select[Any]:
    """Return the query for each series' newest outcome that is no failure, and that tells of a value."""
    answered, found = outcome.c.state != "failed", outcome.c.state.not_in(("failed", "missing"))
    return select(series.c.artifact_id, newest_told(answered), newest_told(found)).where(
        series.c.artifact_id.in_(ids(artifacts)), series.c.source == source
    )


def broken_off(connection: Connection, of: Undertaking, cause: str) -> set[int]:
    """Return the known_seqs of an undertaking's closed runs that broke off for a cause, since the last that did not."""
    same = run.c.kind == of.kind, run.c.scope == of.scope, run.c.day == of.day, catalog.c.text == of.catalog
    failed = (
        select(outcome.c.known_seq)
        .where(outcome.c.known_seq == run.c.known_seq, outcome.c.cause == cause)
        .correlate(run)
        .exists()
    )
    query = (
        select(run.c.known_seq, failed.label("failed"))
        .join(catalog, catalog.c.id == run.c.catalog_id)
        .where(*same, run.c.state != "open")
        .order_by(run.c.known_seq.desc())
    )
    return {row.known_seq for row in takewhile(lambda row: row.failed, connection.execute(query).all())}
