"""Stores the values that are news: another one for its day than was known."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import BigInteger, Connection, Double, Integer, column, select, table

from storage.append.readings import Asked, Readings
from storage.database.as_known import ids
from storage.database.connection import insert_rows
from storage.database.schema import METHODS, observation

# The same table with bare numbers: tens of thousands of days need not be turned into dates and back.
_RAW = table(
    "observation",
    column("series_id", Integer),
    column("day", Integer),
    column("known_seq", BigInteger),
    column("value", Double),
    column("method", Integer),
)

Newest = tuple[int, float, int]
"""The known_seq, the value and the number of the method."""
Row = tuple[int, int, int, float, int, int | None]
"""An observation's columns, as the database keeps them."""
_NOTHING: Final = (None, None, None)
_RECONSTRUCTED: Final = "reconstructed"


def keep_values(
    connection: Connection,
    known_seq: int,
    readings: Mapping[Asked, Readings],
    numbers: Mapping[Asked, int],
    responses: Mapping[str, int | None],
) -> dict[Asked, int]:
    """Store the values that differ from what was known; return how many there are of each series.

    Within a run the first news of a day stands, for more could not be told from it by the second clock. What is
    reconstructed is never put over what was counted on the day.
    """
    newest = _newest(connection, known_seq, readings, numbers)
    asked_often = Counter(numbers[asked] for asked in readings)
    rows: list[Row] = []
    counts: dict[Asked, int] = {}
    for asked, read in readings.items():
        number, before = numbers[asked], len(rows)
        if (
            number not in newest
            and asked_often[number] == 1
            and len({day for day, *_ in read.values}) == len(read.values)
        ):
            # Nothing is known of these days, as in nearly all of an import: every value is news.
            rows += [
                (number, day, known_seq, value, METHODS[how], responses[of]) for day, value, how, of in read.values
            ]
        else:
            rows += _news(number, known_seq, read, newest[number], responses)
        counts[asked] = len(rows) - before
    insert_rows(connection, observation, rows)
    return counts


def _news(
    number: int, known_seq: int, read: Readings, known: dict[int, Newest], responses: Mapping[str, int | None]
) -> Iterator[Row]:
    """Yield the rows of a series that differ from what was known, and note them as known."""
    for day, value, method, record in read.values:
        at, last, how = known.get(day, _NOTHING)
        if at != known_seq and last != value and not _is_worse(method, how):
            known[day] = (known_seq, value, METHODS[method])
            yield number, day, known_seq, value, METHODS[method], responses[record]


def _newest(
    connection: Connection, known_seq: int, readings: Mapping[Asked, Readings], numbers: Mapping[Asked, int]
) -> dict[int, dict[int, Newest]]:
    """Return what is known newest of each day that occurs, by series."""
    newest: dict[int, dict[int, Newest]] = defaultdict(dict)
    days = {value[0] for read in readings.values() for value in read.values}
    if not days:
        return newest
    rows = connection.execute(
        select(_RAW)
        .where(_RAW.c.series_id.in_(ids({numbers[asked] for asked in readings})))
        .where(_RAW.c.day.between(min(days), max(days)), _RAW.c.known_seq <= known_seq)
        .order_by(_RAW.c.series_id, _RAW.c.day, _RAW.c.known_seq)
    )
    for number, day, at, value, method in rows:
        newest[number][day] = (at, value, method)
    return newest


def _is_worse(method: str, known: int | None) -> bool:
    return method == _RECONSTRUCTED and known not in {None, METHODS[_RECONSTRUCTED]}
