"""Outcomes that go without saying, for the run's own observation says the same: dropped when it closes; reads no value.

In a ledger that is filled week by week they would be more than half of all bytes. An outcome that is plainly `recorded`
goes if, as known after the run, the newest observation of the series is the run's own and of a day in the week up to
the run's. So a reader who meets an observation that is newer than the newest outcome knows what the outcome was.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, literal, select

from storage.database.schema import observation, outcome, run
from storage.model import Run

RECORDED: Final = "recorded"
_WEEK: Final = timedelta(days=7)


def drop_evident(connection: Connection, closed: Run) -> None:
    """Drop the outcomes of a run just closed that its observations tell as well."""
    _say_again(connection, closed)
    of_series = observation.c.series_id == outcome.c.series_id
    newest = (
        select(observation.c.tick)
        .where(of_series, observation.c.day.between(closed.day - _WEEK, closed.day))
        .where(observation.c.tick <= closed.tick)
        .order_by(observation.c.day.desc(), observation.c.tick.desc())
        .limit(1)
        .correlate(outcome)
        .scalar_subquery()
    )
    newer = exists().where(of_series, observation.c.day > closed.day, observation.c.tick < closed.tick)
    plain = outcome.c.state == RECORDED, outcome.c.cause == "", outcome.c.detail == ""
    evident = newest == closed.tick, ~newer.correlate(outcome)
    connection.execute(delete(outcome).where(outcome.c.tick == closed.tick, *plain, *evident))


def what_was_said() -> list[ColumnElement[str]]:
    """Return state, cause and detail for a query in which `outcome` is joined to what is known to have been said."""
    of_value = {"state": RECORDED, "cause": "", "detail": ""}
    return [func.coalesce(outcome.c[name], literal(text)).label(name) for name, text in of_value.items()]


def _say_again(connection: Connection, closed: Run) -> None:
    """Say again what went without saying in later runs, where a run put into the past knows of a newer day than they.

    Hardly ever is there such a day: what is put into the past tells of days before those of the runs that follow it.
    """
    first = connection.scalar(select(func.min(run.c.day)).where(run.c.tick > closed.tick))
    if first is None:
        return
    recent = observation.c.day >= first - _WEEK
    reached = (
        select(observation.c.series_id, func.max(observation.c.day).label("day"))
        .join(outcome, outcome.c.series_id == observation.c.series_id)
        .where(outcome.c.tick == closed.tick, observation.c.tick == closed.tick, recent)
        .group_by(observation.c.series_id)
        .subquery("reached")
    )
    said = exists().where(outcome.c.series_id == observation.c.series_id, outcome.c.tick == observation.c.tick)
    overtaken = (
        select(observation.c.series_id, observation.c.tick, literal(RECORDED), literal(""), literal(""))
        .add_columns(func.max(observation.c.response_id))
        .join(reached, reached.c.series_id == observation.c.series_id)
        .where(observation.c.tick > closed.tick, recent, observation.c.day < reached.c.day)
        .where(~said.correlate(observation))
        .group_by(observation.c.series_id, observation.c.tick)
    )
    columns = "series_id", "tick", "state", "cause", "detail", "response_id"
    connection.execute(insert(outcome).from_select(columns, overtaken))
