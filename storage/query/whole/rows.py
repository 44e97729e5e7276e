"""Every series and every observation of a ledger, in the order of their keys, for those who take a ledger elsewhere."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Integer, select, type_coerce

from storage.database.as_known import counts
from storage.database.schema import artifact, observation, series

_BATCH: Final = 100_000


def all_series(connection: Connection) -> Sequence[Sequence[Any]]:
    """Return each series with its artifact, by its newest name: series, kind, artifact, metric, source, definition."""
    return connection.execute(
        select(
            series.c.id.label("series"),
            artifact.c.kind,
            artifact.c.name.label("artifact"),
            series.c.metric,
            series.c.source,
            series.c.definition,
        )
        .join_from(series, artifact)
        .order_by(series.c.id)
    ).all()


def all_observations(connection: Connection, metric: str) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield a metric's observations in batches, restated days as often as they were told.

    Each is series, day (days since 1970), value, method (its number), known_seq, and whether it counts: what is held
    for review or was rejected does not.
    """
    wanted = select(series.c.id).where(series.c.metric == metric)
    query = (
        select(
            observation.c.series_id,
            type_coerce(observation.c.day, Integer),
            observation.c.value,
            type_coerce(observation.c.method, Integer),
            observation.c.known_seq,
            counts(observation, None).label("counts"),
        )
        .where(observation.c.series_id.in_(wanted))
        .order_by(*(observation.c[name] for name in ("series_id", "day", "known_seq")))
    )
    rows = connection.execute(query, execution_options={"stream_results": True, "max_row_buffer": _BATCH})
    yield from rows.partitions(_BATCH)
