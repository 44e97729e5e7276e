"""Whose turn it is: when each artifact was last answered, and which runs of a day broke off; judges neither."""

from collections.abc import Collection, Mapping
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from storage.identity import load
from storage.schema import catalog, outcome, run, series
from storage.seek import newest_tick, newest_told
from storage.visible import NO_TICK, ids


class Undertaking(NamedTuple):
    """What makes runs of a day the same undertaking: kind, scope, day (UTC) and the text of the catalog."""

    kind: str
    scope: str
    day: date
    catalog: str


def last_answered(
    connection: Connection, names: Mapping[str, Collection[str]], source: str
) -> dict[tuple[str, str], int]:
    """Return the tick of the newest closed run to which a source answered, by (kind, name), for names by kind.

    That there is none is an answer, too; a failure is not. Artifacts that were never answered lack.
    """
    called = load(connection, names)
    numbers = {(kind, name): called.find(kind, name) for kind, of_kind in names.items() for name in of_kind}
    asked = {number for number in numbers.values() if number is not None}
    rows = connection.execute(answered_query(asked, source)) if asked else ()
    ticks: dict[int | None, int] = {}
    for number, learned, told in rows:
        ticks[number] = max(ticks.get(number, NO_TICK), learned or NO_TICK, told or NO_TICK)
    return {name: ticks[number] for name, number in numbers.items() if ticks.get(number, NO_TICK) != NO_TICK}


def answered_query(artifacts: Collection[int], source: str) -> Select[Any]:
    """Return the query for the newest value and the newest outcome of each series that is no failure: two seeks."""
    return select(series.c.artifact_id, newest_tick(None, None), newest_told(outcome.c.state != "failed")).where(
        series.c.artifact_id.in_(ids(artifacts)), series.c.source == source
    )


def broken_off(connection: Connection, of: Undertaking, cause: str) -> set[int]:
    """Return the ticks of an undertaking's closed runs that broke off for a cause, since the last that did not."""
    same = run.c.kind == of.kind, run.c.scope == of.scope, run.c.day == of.day, catalog.c.text == of.catalog
    failed = (
        select(outcome.c.tick).where(outcome.c.tick == run.c.tick, outcome.c.cause == cause).correlate(run).exists()
    )
    query = (
        select(run.c.tick, failed.label("failed"))
        .join(catalog, catalog.c.id == run.c.catalog_id)
        .where(*same, run.c.state != "open")
        .order_by(run.c.tick.desc())
    )
    return {row.tick for row in takewhile(lambda row: row.failed, connection.execute(query).all())}
