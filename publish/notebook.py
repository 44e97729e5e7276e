"""The ledger as pandas data frames and charts, for notebooks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Literal, Self

import pandas as pd

from publish.charts import image
from publish.charts.lines import Panel, panels
from publish.formats.csv import COLUMNS, records
from publish.history import frames
from publish.history.periods import Every
from publish.history.points import Wanted, read_points
from publish.table.make import make_table
from publish.table.metrics import Metric
from publish.table.rules import Rules
from storage.ledger import Connection, Ledger
from storage.model import Known
from storage.query.history import history
from storage.runs.catalogs import metrics
from storage.runs.runs import known as known_then

Day = date | str
"""A UTC day: a `date`, or text such as `2026-04-27`."""
Moment = int | date | datetime | str | None
"""What was known when: after a run (its number), on a day, at a time (either also as text), or now (None).

A time without a zone is in UTC.
"""


def open_ledger(url: str) -> "Book":
    """Open the ledger at a SQLAlchemy URL, e.g. `sqlite:///tallybook.db`, for reading.

    Raises `storage.database.errors.LedgerError` if there is none, or if it is not of this version.
    """
    return Book(Ledger.open(url))


class Chart:
    """A chart that a notebook shows; `svg` is its text."""

    def __init__(self, drawn: Sequence[Panel], known: Known, theme: Literal["light", "dark"]) -> None:
        self._drawn = drawn, known, theme
        self.svg = image.svg(drawn, known, theme)

    def png(self) -> bytes:
        """Give it as PNG. Raises `publish.extras.ExtraMissing` without the extra `charts`."""
        return image.png(*self._drawn)

    def _repr_svg_(self) -> str:
        return self.svg


class Book:
    """A ledger to read from; close it, or use it in a `with` statement.

    Methods raise `storage.database.errors.LedgerError` for runs and projects that are not there.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def table(
        self, as_of: Day | None = None, known_at: Moment = None, projects: str | Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Give the as-of table, one row a cell: metric, label, project, value, text, state, day, source, method.

        `as_of` defaults to the day of the newest run that is known; `projects` (ids) to all of the catalog. `value` is
        NaN where there is none, and `state` says why; `day` is the oldest day in the value, NaT where there is none.
        """
        with self._ledger.reading() as connection:
            known = known_then(connection, _moment(known_at))
            day = known.at.date() if as_of is None else _day(as_of)
            table = make_table(connection, day, known, _ids(projects), _rules(connection))
        frame = pd.DataFrame(
            [[getattr(one, name) for name in COLUMNS] for one in records(table)], columns=list(COLUMNS)
        )
        return frame.astype({"value": "float64", "day": "datetime64[s]"})

    def history(
        self,
        projects: str | Sequence[str],
        metric: str | Sequence[str] | None = None,
        from_: Day | None = None,
        to: Day | None = None,
        known_at: Moment = None,
        every: Every | None = None,
    ) -> pd.DataFrame:
        """Give every observation of the projects, oldest first, of the days `from_` to `to`, both included.

        Columns: project, metric, artifact, source, day, value, method, run, known_at (UTC).

        With `every` "week" or "month", the value as of the end of each instead, by metric and project, oldest first.
        Columns: project, metric, as_of, value, change (to the row before), growth (the same in per cent), day, state,
        source, method, restated_from (what was first known of the day). What is unknown is NaN, NaT or None; so are
        change and growth across a change of source or definition. Raises `ValueError` for another `every`.
        """
        with self._ledger.reading() as connection:
            wanted = _wanted(connection, projects, metric, from_, to, known_at)
            if every is not None:
                return frames.points(read_points(connection, wanted, every, _rules(connection)))
            days = wanted.first, wanted.last
            return frames.observations(
                history(connection, wanted.projects, wanted.metrics or None, *days, wanted.known)
            )

    def chart(
        self,
        projects: str | Sequence[str],
        metric: str | Sequence[str] | None = None,
        from_: Day | None = None,
        to: Day | None = None,
        known_at: Moment = None,
        every: Every = "week",
        theme: Literal["light", "dark"] = "light",
    ) -> Chart:
        """Draw the value as of the end of each week or month, a panel a metric, a line a project (twelve at the most).

        Raises `publish.charts.lines.ChartError` if there is nothing to draw or too much.
        """
        with self._ledger.reading() as connection:
            wanted = _wanted(connection, projects, metric, from_, to, known_at)
            points = read_points(connection, wanted, every, _rules(connection))
        return Chart(panels(points), wanted.known, theme)

    def close(self) -> None:
        """Let the ledger go; frames stay."""
        self._ledger.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rules(connection: Connection) -> Rules:
    """Give the rules of tables by the metrics that the last run knew, those of installed packages among them."""
    return Rules(tuple(Metric(**one) for one in metrics(connection)))


def _wanted(
    connection: Connection,
    projects: str | Sequence[str],
    metric: str | Sequence[str] | None,
    from_: Day | None,
    to: Day | None,
    known_at: Moment,
) -> Wanted:
    first, last = (None if day is None else _day(day) for day in (from_, to))
    return Wanted(_ids(projects), _ids(metric) or (), first, last, known_then(connection, _moment(known_at)))


def _ids(names: str | Sequence[str] | None) -> list[str] | None:
    return [names] if isinstance(names, str) else None if names is None else list(names)


def _day(day: Day) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day


def _moment(moment: Moment) -> int | date | datetime | None:
    if isinstance(moment, str):
        is_day = len(moment) == len("2026-04-27")
        moment = date.fromisoformat(moment) if is_day else datetime.fromisoformat(moment)
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment
