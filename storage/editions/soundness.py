"""Whether the ledger's rows fit together, beyond what keys and constraints hold."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, case, func, or_, select, type_coerce

from storage.database.as_known import same_place
from storage.database.schema import METHODS, edition, hold, observation, outcome, response, run

_MOST_NAMED = 5


def faults(connection: Connection) -> Iterator[str]:
    """Yield what is wrong, one line each; reads every table once at the most and holds none of them."""
    yield from _observations(connection)
    yield from _outcomes(connection)
    yield from _holds(connection)
    yield from _editions(connection)


def observations_query() -> Select[Any]:
    """Return the query for how many observations are of no run, of no response that is there, by no known method."""
    lost_run = run.c.known_seq.is_(None)
    lost_response = and_(observation.c.response_id.is_not(None), response.c.id.is_(None))
    unknown = type_coerce(observation.c.method, Integer).not_in(METHODS.values())
    return (
        select(*(func.coalesce(func.sum(case((fault, 1), else_=0)), 0) for fault in (lost_run, lost_response, unknown)))
        .select_from(observation)
        .outerjoin(run, run.c.known_seq == observation.c.known_seq)
        .outerjoin(response, response.c.id == observation.c.response_id)
    )


def clock_put_back(connection: Connection) -> Iterator[str]:
    """Yield where later runs became known earlier, one line each: nothing can mend that, and nothing is lost by it."""
    known = select(run.c.id, run.c.known_at).order_by(run.c.known_seq)
    for before, after in pairwise(connection.execute(known).all()):
        if after.known_at < before.known_at:
            yield (
                f"run {after.id} has its place after run {before.id}, but became known before it "
                f"({after.known_at:%Y-%m-%dT%H:%M:%SZ}, {before.known_at:%Y-%m-%dT%H:%M:%SZ}): the clock was put back"
            )


def _observations(connection: Connection) -> Iterator[str]:
    lost_run, lost_response, unknown = connection.execute(observations_query()).one()
    if lost_run:
        yield f"observations of a run that is not there: {lost_run}"
    if lost_response:
        yield f"observations that refer to a response that is not there: {lost_response}"
    if unknown:
        yield f"observations by a method that this version does not know: {unknown}"


def _outcomes(connection: Connection) -> Iterator[str]:
    query = (
        select(func.count())
        .select_from(outcome)
        .outerjoin(response, response.c.id == outcome.c.response_id)
        .where(outcome.c.response_id.is_not(None), response.c.id.is_(None))
    )
    if lost := connection.scalar(query):
        yield f"outcomes that refer to a response that is not there: {lost}"


def _holds(connection: Connection) -> Iterator[str]:
    held = select(func.count()).select_from(hold).outerjoin(observation, same_place(hold, observation))
    query = held.where(observation.c.value.is_(None))
    if lost := connection.scalar(query):
        yield f"values that are held but are not there: {lost}"


def _editions(connection: Connection) -> Iterator[str]:
    newest = run.alias("newest")
    query = (
        select(edition.c.id)
        .outerjoin(run, run.c.known_seq == edition.c.known_seq)
        .outerjoin(newest, newest.c.id == edition.c.newest_run)
        .where(or_(run.c.id.is_(None), newest.c.id.is_(None), run.c.id > edition.c.newest_run))
        .order_by(edition.c.id)
    )
    if lost := connection.scalars(query).all():
        yield f"editions whose run is not there: {_listed(lost)}"


def _listed(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
    return ", ".join(map(str, numbers[:_MOST_NAMED])) + more
