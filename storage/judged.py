"""What an open run brought, series by series, beside what was known before, for guards to judge; judges nothing."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, or_, select, union

from storage.claims import APART_CAUSE
from storage.held import IDENTITY, RunSeries
from storage.model import Known, Run
from storage.schema import decision, hold, observation, outcome, series
from storage.visible import visible
from storage.withheld import withheld

REACH: Final = timedelta(days=100)
"""How far back from a refresh's day its guards look; other runs may be of days long past, and are read whole."""

_ANSWERED: Final = ("recorded", "unchanged", "held")
_NOT_JUDGED: Final = ("limit", IDENTITY, APART_CAUSE)
_BATCH: Final = 5000

Place = tuple[int, date, int]
"""An observation: series, day, tick."""


def run_series(connection: Connection, run: Run) -> Iterator[RunSeries]:
    """Yield each series that an open run asked and that has any value, with the good ones among those of late.

    What a limit left for another run is not among them: it says nothing of its source. Nor is another one's value.
    """
    since = run.day - REACH if run.kind == "refresh" else date.min
    apart = _withheld(connection, since)
    rows = connection.execution_options(yield_per=_BATCH).execute(judged_query(run.tick, since))
    for _, group in groupby(rows, key=lambda row: row.series_id):
        yield _of_series(list(group), run.tick, apart)


def past(connection: Connection, of: int, day: date, known: Known) -> list[tuple[date, float]]:
    """Return the days and values of a series before a day that count, as known, oldest first."""
    seen = visible(observation.c.tick, known), ~withheld(observation, known)
    query = (
        select(observation.c.day, observation.c.value)
        .where(observation.c.series_id == of, observation.c.day < day, observation.c.day >= day - REACH, *seen)
        .order_by(observation.c.day, observation.c.tick)
    )
    return list({row.day: (row.day, row.value) for row in connection.execute(query)}.values())


def judged_query(tick: int, since: date) -> Select[Any]:
    """Return the query for the values, by series and day, of all series that a run at a tick has an outcome for."""
    return (
        select(observation.c.series_id, observation.c.day, observation.c.tick, observation.c.value)
        .add_columns(series.c.metric, series.c.source, outcome.c.state)
        .select_from(outcome)
        .join(series, series.c.id == outcome.c.series_id)
        .join(observation, observation.c.series_id == outcome.c.series_id)
        .where(outcome.c.tick == tick, outcome.c.cause.not_in(_NOT_JUDGED), observation.c.day >= since)
        .where(or_(observation.c.tick == tick, visible(observation.c.tick, None)))
        .order_by(observation.c.series_id, observation.c.day, observation.c.tick)
    )


def _withheld(connection: Connection, since: date) -> set[Place]:
    """Return the few observations of closed runs that do not count, rather than ask that of each of the many."""
    places = union(
        select(hold.c.series_id, hold.c.day).where(hold.c.day >= since),
        select(decision.c.series_id, decision.c.day).where(decision.c.day >= since),
    ).subquery()
    same = and_(observation.c.series_id == places.c.series_id, observation.c.day == places.c.day)
    query = (
        select(observation.c.series_id, observation.c.day, observation.c.tick)
        .join(places, same)
        .where(visible(observation.c.tick, None), withheld(observation, None))
    )
    return {(row.series_id, row.day, row.tick) for row in connection.execute(query)}


def _of_series(rows: list[Row[Any]], tick: int, apart: set[Place]) -> RunSeries:
    first = rows[0]
    news = {row.day: row.value for row in rows if row.tick == tick}
    doubtful = {row.day for row in rows if (row.series_id, row.day, row.tick) in apart}
    newest = max(news, default=None)
    if newest is not None and newest < rows[-1].day:
        newest = None
    judged = {day for day in news if day in doubtful or day == newest}
    good = {row.day: row.value for row in _good(rows, tick, judged, apart)}
    return RunSeries(
        series=first.series_id,
        metric=first.metric,
        source=first.source,
        answered=first.state in _ANSWERED,
        newest=newest,
        news=tuple((day, news[day]) for day in sorted(judged)),
        past=tuple(sorted(good.items())),
        doubted=bool(doubtful),
    )


def _good(rows: Iterable[Row[Any]], tick: int, judged: set[date], apart: set[Place]) -> Iterator[Row[Any]]:
    """Leave out what is withheld, and what is to be judged now; of a day, the last is the newest."""
    for row in rows:
        own = row.tick == tick
        if (own and row.day not in judged) or (not own and (row.series_id, row.day, row.tick) not in apart):
            yield row
