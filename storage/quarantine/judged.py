"""What a run brought, series by series, beside what was known before, for guards to judge."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Integer, Select, and_, func, literal, or_, select, type_coerce, union

from storage.database.as_known import PLACE, counts, ids, same_place, visible
from storage.database.schema import decision, hold, observation, outcome, series
from storage.identity.resolve import IDENTITY
from storage.identity.unlisted import unlisted
from storage.model import Known, Run
from storage.quarantine.held import Imported, Place, RunSeries
from storage.runs.runs import same_day

REACH: Final = timedelta(days=100)
"""How far back from a refresh's day its guards look; other runs may be of days long past, and are read whole."""

_ANSWERED: Final = ("recorded", "unchanged", "quarantined")
_BROUGHT: Final = ("recorded", "quarantined")
_LEFT: Final = "limit"
_NOT_JUDGED: Final = (_LEFT, IDENTITY)
_OF_THE_PAST: Final = "backfill"
_BATCH: Final = 5000


def run_series(connection: Connection, run: Run) -> Iterator[RunSeries]:
    """Yield each series that a run asked and that has any value, with the good ones among those of late.

    Those that match a pattern whose list failed were asked with it, and got no answer.
    What a limit left for another run is not among them: it says nothing of its source. Nor is another one's value. Of a
    backfill only those days are judged whose value so far is withheld, and those amid what was known. What a refresh
    measures for the first time comes with what was imported before.
    """
    since = _since(run)
    imported = _imported(connection, run) if run.kind != _OF_THE_PAST else {}
    reviewed = _reviewed(connection, since)
    rows = connection.execute(judged_query(run.known_seq, since, run.day), execution_options={"yield_per": _BATCH})
    for _, group in groupby(rows, key=itemgetter(0)):
        one = _of_series(list(group), run, reviewed)
        yield replace(one, imported=imported[one.series]) if one.series in imported else one
    for known in unlisted(connection, run, since, _LEFT):
        counted = [row for row in known if (row.series_id, row.day, row.known_seq) not in reviewed.withheld]
        past = tuple({row.day: row.value for row in counted}.items())
        first, doubted = known[0], len(counted) < len(known)
        yield RunSeries(first.series_id, first.metric, first.source, False, None, (), past, doubted)


def earlier_series(connection: Connection, run: Run, source: str, metric: str) -> Iterator[RunSeries]:
    """Yield the series of a source and metric as other runs of the same day and kind brought them.

    Of one that several runs brought, what the last of them did.
    """
    closed = {before.known_seq: before for before in same_day(connection, run)}
    if not closed:
        return
    since = _since(run)
    reviewed = _reviewed(connection, since)
    rows = connection.execute(_values_query(source, metric, since, run), execution_options={"yield_per": _BATCH})
    for _, group in groupby(rows, key=itemgetter(0)):
        values = list(group)
        if brought := closed.keys() & {row.known_seq for row in values}:
            yield _of_series(values, closed[max(brought)], reviewed)


def _imported(connection: Connection, run: Run) -> dict[int, Imported]:
    """Return for the series of a run without any value of their own that counts what was imported before it.

    Of several imports of the same artifact and metric the one that goes on the longest, and of it the last days.
    """
    own, others, later = observation.alias("own"), series.alias("others"), observation.alias("later")
    known_before = (
        select(own.c.series_id)
        .where(own.c.series_id == series.c.id, own.c.known_seq != run.known_seq, counts(own, None))
        .exists()
    )
    day, newest = type_coerce(observation.c.day, Integer), type_coerce(later.c.day, Integer)
    of_late = select(func.max(newest)).where(later.c.series_id == others.c.id).scalar_subquery() - REACH.days
    query = (
        select(series.c.id, others.c.source, observation.c.day, observation.c.value)
        .select_from(outcome)
        .join(series, series.c.id == outcome.c.series_id)
        .join(others, and_(others.c.artifact_id == series.c.artifact_id, others.c.metric == series.c.metric))
        .join(observation, observation.c.series_id == others.c.id)
        .where(outcome.c.known_seq == run.known_seq, outcome.c.state.in_(_BROUGHT), ~known_before)
        .where(others.c.source != series.c.source, observation.c.method == "imported", counts(observation, None))
        .where(observation.c.day <= run.day, day >= of_late)
        .order_by(series.c.id, others.c.id, observation.c.day, observation.c.known_seq)
    )
    found: dict[int, dict[str, dict[date, float]]] = {}
    for number, source, on, value in connection.execute(query):
        found.setdefault(number, {}).setdefault(source, {})[on] = value
    brought: dict[int, list[date]] = {number: [] for number in found}
    own_days = select(observation.c.series_id, observation.c.day).where(
        observation.c.series_id.in_(ids(found)), observation.c.known_seq == run.known_seq
    )
    for number, on in connection.execute(own_days) if found else ():
        brought[number].append(on)
    best = {number: max(of.items(), key=lambda one: max(one[1])) for number, of in found.items()}
    return {
        number: Imported(source, tuple(values.items()), tuple(brought[number]))
        for number, (source, values) in best.items()
    }


def past(connection: Connection, of: int, day: date, known: Known) -> list[tuple[date, float]]:
    """Return the days and values of a series up to a day that count, as known, oldest first."""
    seen = visible(observation.c.known_seq, known), counts(observation, known)
    query = (
        select(observation.c.day, observation.c.value)
        .where(observation.c.series_id == of, observation.c.day <= day, observation.c.day >= day - REACH, *seen)
        .order_by(observation.c.day, observation.c.known_seq)
    )
    return list({row.day: (row.day, row.value) for row in connection.execute(query)}.values())


def judged_query(known_seq: int, since: date, until: date) -> Select[Any]:
    """Return the query for the values, by series and day, of all series that a run at a known_seq has an outcome for.

    What is known of days after the run's is of a clock that was ahead, and says nothing of the run's newest day.
    """
    known = and_(visible(observation.c.known_seq, None), observation.c.day <= until)
    return (
        select(observation.c.series_id, observation.c.day, observation.c.known_seq, observation.c.value)
        .add_columns(series.c.metric, series.c.source, outcome.c.state)
        .select_from(outcome)
        .join(series, series.c.id == outcome.c.series_id)
        .join(observation, observation.c.series_id == outcome.c.series_id)
        .where(outcome.c.known_seq == known_seq, outcome.c.cause.not_in(_NOT_JUDGED), observation.c.day >= since)
        .where(or_(observation.c.known_seq == known_seq, known))
        .order_by(observation.c.series_id, observation.c.day, observation.c.known_seq)
    )


def _values_query(source: str, metric: str, since: date, judged: Run) -> Select[Any]:
    """Return the query for the values of a source and metric as judged_query has them, whatever became of outcomes."""
    return (
        select(observation.c.series_id, observation.c.day, observation.c.known_seq, observation.c.value)
        .add_columns(series.c.metric, series.c.source, literal("recorded").label("state"))
        .join(series, series.c.id == observation.c.series_id)
        .where(series.c.source == source, series.c.metric == metric, observation.c.day.between(since, judged.day))
        .where(observation.c.known_seq != judged.known_seq)
        .order_by(observation.c.series_id, observation.c.day, observation.c.known_seq)
    )


def _since(run: Run) -> date:
    return run.day - REACH if run.kind == "refresh" else date.min


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """The few observations that do not count, and those that were held and count by a review."""

    withheld: set[Place]
    accepted: set[Place]


def _reviewed(connection: Connection, since: date) -> _Reviewed:
    """Look up what was held or decided, rather than ask that of each of the many observations."""
    places = union(
        select(*(hold.c[name] for name in PLACE)).where(hold.c.day >= since),
        select(*(decision.c[name] for name in PLACE)).where(decision.c.day >= since),
    ).subquery()
    query = (
        select(observation.c.series_id, observation.c.day, observation.c.known_seq)
        .add_columns(counts(observation, None).label("counts"), hold.c.guard)
        .join(places, same_place(observation, places))
        .outerjoin(hold, same_place(hold, observation))
        .where(visible(observation.c.known_seq, None))
    )
    found = _Reviewed(set(), set())
    for row in connection.execute(query):
        if not row.counts or row.guard is not None:
            (found.accepted if row.counts else found.withheld).add(Place(row.series_id, row.day, row.known_seq))
    return found


def _of_series(rows: list[Any], run: Run, reviewed: _Reviewed) -> RunSeries:
    first = rows[0]
    own: dict[date, float] = {}
    known: dict[Place, float] = {}
    for number, day, known_seq, value, *_ in rows:
        if known_seq == run.known_seq:
            own[day] = value
        else:
            known[Place(number, day, known_seq)] = value
    doubtful = {day for _, day, _ in known.keys() & reviewed.withheld}
    accepted = {day for _, day, _ in known.keys() & reviewed.accepted}
    good = {place[1]: value for place, value in known.items() if place not in reviewed.withheld}
    anew = _anew(own, good, doubtful)
    newest = max(own, default=None)
    if run.kind == _OF_THE_PAST or (newest is not None and not anew and newest < max(good, default=newest)):
        newest = None
    judged = {day for day in own if day in doubtful or day == newest}
    told = {} if anew else {day: own[day] for day in _as_past(own, good, doubtful) if day not in judged}
    # Of the newest day itself, a value that nobody looked at is no past.
    looked_at = doubtful | accepted
    past = {day: value for day, value in good.items() if day != newest or day in looked_at} | told
    return RunSeries(
        series=first.series_id,
        metric=first.metric,
        source=first.source,
        answered=first.state in _ANSWERED,
        newest=newest,
        news=tuple((day, own[day]) for day in sorted(judged)),
        past=tuple(sorted(past.items())),
        doubted=bool(doubtful),
        accepted=max(accepted, default=None),
        along=() if newest is None else tuple(sorted(own.keys() - told.keys() - {newest})),
        restated=tuple((day, good.get(day), own[day]) for day in sorted(own.keys() - judged) if _is_amid(day, good)),
    )


def _anew(own: Mapping[date, float], good: Mapping[date, float], doubtful: Collection[date]) -> bool:
    """Whether a run tells more than half of the known days that it speaks of otherwise than they were known.

    What it tells as known is not stored again. Which days those are is seen by the weekdays of what it restates: the
    past is told by days of the cadence, while the newest day of each run may be any.
    """
    newest = max(own, default=date.min)
    since = newest - REACH if newest > date.min else newest
    restated = {day for day in own.keys() & good.keys() if since <= day < newest and day not in doubtful}
    weekdays = {day.weekday() for day in restated}
    common = [day for day in good if since <= day < newest and day.weekday() in weekdays and day not in doubtful]
    return 2 * len(restated) > len(common)


def _is_amid(day: date, good: Collection[date]) -> bool:
    return bool(good) and min(good) <= day <= max(good)


def _as_past(own: Iterable[date], good: Collection[date], doubtful: Collection[date]) -> Iterator[date]:
    """Yield the days of a run's own that count as past: all of a new series, else those up to the newest good one."""
    if not good and not doubtful:
        yield from own
    elif good:
        yield from (day for day in own if day <= max(good))


@dataclass(frozen=True, slots=True)
class PastValues:
    """The values of one metric of a source that runs brought, among all others of the same series that count.

    Each is (series, day as a number since 1970, known_seq, value), in this order.
    """

    source: str
    metric: str
    values: list[tuple[int, int, int, float]]


def past_values(connection: Connection, runs: Collection[Run]) -> Iterator[PastValues]:
    """Yield what some runs brought, with what else is known of its series: all of their past and their future."""
    seqs = ids([run.known_seq for run in runs])
    brought = select(outcome.c.series_id).where(
        outcome.c.known_seq.in_(seqs), outcome.c.state.in_(_BROUGHT), outcome.c.cause.not_in(_NOT_JUDGED)
    )
    of: dict[tuple[str, str], list[int]] = {}
    for row in connection.execute(select(series).where(series.c.id.in_(brought)).order_by(series.c.id)):
        of.setdefault((row.source, row.metric), []).append(row.id)
    known = and_(visible(observation.c.known_seq, None), counts(observation, None))
    for (source, metric), numbers in sorted(of.items()):
        # Days as plain numbers: an import has hundreds of thousands of values.
        query = (
            select(observation.c.series_id, type_coerce(observation.c.day, Integer))
            .add_columns(observation.c.known_seq, observation.c.value)
            .where(observation.c.series_id.in_(ids(numbers)), or_(observation.c.known_seq.in_(seqs), known))
            .order_by(observation.c.series_id, observation.c.day, observation.c.known_seq)
        )
        yield PastValues(source, metric, [tuple(row) for row in connection.execute(query)])
