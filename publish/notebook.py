"""The ledger as pandas data frames, for notebooks; the only module of publish that knows pandas, and reads only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import pandas as pd

from publish.formats.csv import COLUMNS, records
from publish.history.every import COLUMNS as POINT_COLUMNS
from publish.history.every import record
from publish.history.observations import COLUMNS as HISTORY_COLUMNS
from publish.history.periods import Every
from publish.history.reading import Wanted, observations, read_points
from publish.table import cells
from publish.table.metrics import METRICS
from publish.table.rules import Rules
from storage.ledger import Ledger

if TYPE_CHECKING:
    from publish.charts.lines import Panel
    from storage.model import Known

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
    """A chart that a notebook shows; `svg` is its text, `png()` the same as an image."""

    def __init__(self, panels: Sequence["Panel"], known: "Known", theme: Literal["light", "dark"]) -> None:
        from publish.charts.image import svg

        self._drawn = panels, known, theme
        self.svg = svg(*self._drawn)

    def png(self) -> bytes:
        """Give it as PNG. Raises `publish.extras.ExtraMissing` without the extra `charts`."""
        from publish.charts.image import png

        return png(*self._drawn)

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
        known = self._ledger.known(_moment(known_at))
        day = known.at.date() if as_of is None else _day(as_of)
        ids = _ids(projects)
        entries = self._ledger.projects(known, ids, day=day)
        parts = self._ledger.parts(day, known, ids)
        table = cells.build(parts, entries, day, known, Rules(tuple(METRICS.values())))
        return _frame(records(table), COLUMNS)

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
        wanted = self._wanted(projects, metric, from_, to, known_at)
        if every is None:
            return _frame(observations(self._ledger, wanted), HISTORY_COLUMNS)
        return _points_frame([record(point) for point in read_points(self._ledger, wanted, every)])

    def chart(
        self,
        projects: str | Sequence[str],
        metric: str | Sequence[str] | None = None,
        from_: Day | None = None,
        to: Day | None = None,
        known_at: Moment = None,
        every: Every = "week",
        theme: Literal["light", "dark"] = "light",
    ) -> "Chart":
        """Draw the value as of the end of each week or month, a panel a metric, a line a project (twelve at the most).

        Raises `publish.charts.lines.ChartError` if there is nothing to draw or too much.
        """
        from publish.charts.lines import panels

        wanted = self._wanted(projects, metric, from_, to, known_at)
        return Chart(panels(read_points(self._ledger, wanted, every)), wanted.known, theme)

    def _wanted(
        self,
        projects: str | Sequence[str],
        metric: str | Sequence[str] | None,
        from_: Day | None,
        to: Day | None,
        known_at: Moment,
    ) -> Wanted:
        known = self._ledger.known(_moment(known_at))
        first = None if from_ is None else _day(from_)
        last = None if to is None else _day(to)
        return Wanted(_ids(projects), _ids(metric) or (), first, last, known)

    def close(self) -> None:
        """Let the ledger go; frames stay."""
        self._ledger.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _frame(rows: Iterable[object], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame([[getattr(row, name) for name in columns] for row in rows], columns=list(columns))
    frame["value"] = frame["value"].astype("float64")
    frame["day"] = pd.to_datetime(frame["day"])
    if "known_at" in frame:
        frame["known_at"] = pd.to_datetime(frame["known_at"], utc=True)
    return frame


def _points_frame(records: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    frame = pd.DataFrame([list(one.values()) for one in records], columns=list(POINT_COLUMNS))
    numbers = ["value", "change", "growth", "restated_from"]
    frame[numbers] = frame[numbers].astype("float64")
    for name in ("as_of", "day"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


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
