"""When each artifact was last answered, and what a day's runs that broke off have found."""

from collections.abc import Collection
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from storage.database.as_known import ids
from storage.database.schema import catalog, outcome, run, series
from storage.identity.directory import load


class Answered(NamedTuple):
    """The newest runs, by known_seq, to which a source answered of an artifact at all, and with what it has.

    NEVER where there is none. That there is no such thing is an answer, too; a failure is not.
    """

    at: int
    found: int


NEVER = Answered(-1, -1)


def last_answered(
    connection: Connection, names: Collection[tuple[str, str]], source: str
) -> dict[tuple[str, str], Answered]:
    """Return when a source last answered of artifacts, for those of the names (kind, name) of which it ever did."""
    by_kind: dict[str, set[str]] = {}
    for kind, name in names:
        by_kind.setdefault(kind, set()).add(name)
    called = load(connection, by_kind)
    numbers = {(kind, name): called.find(kind, name) for kind, name in names}
    asked = {number for number in numbers.values() if number is not None}
    seen: dict[int, Answered] = {}
    for number, at, found in connection.execute(answered_query(asked, source)) if asked else ():
        before = seen.get(number, NEVER)
        seen[number] = Answered(max(before.at, at or NEVER.at), max(before.found, found or NEVER.found))
    return {name: seen[number] for name, number in numbers.items() if number in seen}


def answered_query(artifacts: Collection[int], source: str) -> Select[Any]:
    """Return the query for each series' newest outcome that is no failure, and its newest that tells of a value."""

    def newest(*but: str) -> Any:
        rows = outcome.c.series_id == series.c.id, outcome.c.state.not_in(but)
        query = select(outcome.c.known_seq).where(*rows).order_by(outcome.c.known_seq.desc()).limit(1)
        return query.correlate(series).scalar_subquery()

    return select(series.c.artifact_id, newest("failed"), newest("failed", "missing")).where(
        series.c.artifact_id.in_(ids(artifacts)), series.c.source == source
    )


def broken_off(connection: Connection, kind: str, scope: str, day: date, digest: str, cause: str) -> set[int]:
    """Return the runs, by known_seq, of a day that broke off for a cause, since the last that did not.

    They are of one kind, scope and catalog, given by the SHA-256 of its text.
    """
    failed = select(outcome.c.known_seq).where(outcome.c.known_seq == run.c.known_seq, outcome.c.cause == cause)
    query = (
        select(run.c.known_seq, failed.correlate(run).exists().label("failed"))
        .join(catalog, catalog.c.id == run.c.catalog_id)
        .where(run.c.kind == kind, run.c.scope == scope, run.c.day == day, catalog.c.digest == digest)
        .order_by(run.c.known_seq.desc())
    )
    return {row.known_seq for row in takewhile(lambda row: row.failed, connection.execute(query).all())}
