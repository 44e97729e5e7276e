"""A ledger to read from: every method gives a data frame, a chart or a text."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pandas as pd

from jobs.history import Look, compared, drawing
from jobs.settings import Settings
from publish.formats.csv import CELL, records
from publish.history import frames
from publish.history.periods import Every
from publish.history.points import Wanted, cells
from publish.history.since import Since
from publish.table.make import make_table
from publish.table.metrics import Metric
from publish.table.rules import Rules, current_rules
from storage.editions.editions import listed
from storage.identity.membership import Membership
from storage.ledger import Connection, Ledger
from storage.query.freshness import freshness
from storage.query.grid import columns
from storage.query.history import history
from storage.runs.catalogs import metrics, projects
from storage.runs.runs import brought, runs
from storage.runs.runs import known as known_then
from tallybook.arguments import Day, Moment, Names, read_day, read_metrics, read_moment, read_names
from tallybook.frames import counts, frame, typed
from tallybook.shown import Chart, Text

_ALL = 10**9
_STATES = ("recorded", "unchanged", "missing", "failed", "quarantined")


def open_ledger(url: str = "sqlite:///tallybook.db", recordings: str = "recordings") -> "Book":
    """Open the ledger at a SQLAlchemy URL for reading; `explain` looks into the folder of its recordings.

    Raises `storage.database.errors.LedgerError` if there is none, or if it is not of this version.
    """
    return Book(url, recordings)


class Book:
    """A ledger to read from; close it, or use it in a `with` statement.

    Projects are named by id or name, metrics by key or by what they count (`stars`): one, several, or None for all.
    Days and times may be dates, text or Timestamps; see `tallybook.arguments`. Methods raise
    `storage.database.errors.LedgerError` for runs and projects that are not there, `jobs.names.UnknownName` for
    metrics, each with what is near.

    Counts are Int64 (Float64 where any is not whole), names are categories, days are datetime64, times are in UTC.
    """

    def __init__(self, url: str, recordings: str = "recordings") -> None:
        self._ledger = Ledger.open(url)
        self._settings = Settings(db=url, recordings=Path(recordings))

    def projects(self) -> pd.DataFrame:
        """List the artifacts of all projects of the newest catalog: project, name, kind, artifact."""
        with self._ledger.reading() as connection:
            entries = projects(connection, known_then(connection), None)
        rows = [[one.id, one.name, kind, f"{kind}:{name}"] for one in entries for kind, name in one.members]
        return frame(rows, ("project", "name", "kind", "artifact"))

    def metrics(self) -> pd.DataFrame:
        """List what is counted, in the order of tables: metric, label, unit, type, kind of artifact, sources."""
        with self._ledger.reading() as connection:
            rules = _rules(connection)
        rows = [[one.key, one.label, one.unit, one.type, one.kind, ", ".join(one.sources)] for one in rules.metrics]
        return frame(rows, ("metric", "label", "unit", "type", "kind", "sources"))

    def sources(self) -> pd.DataFrame:
        """List the sources, how fresh each is, and what its newest run said of how many series."""
        with self._ledger.reading() as connection:
            rows = [
                [one.source, one.newest_day, one.newest_run, one.series, *(one.outcomes.get(of, 0) for of in _STATES)]
                for one in freshness(connection)
            ]
        return frame(rows, ("source", "newest_day", "newest_run", "series", *_STATES))

    def runs(self) -> pd.DataFrame:
        """List the runs, oldest first: run, kind, day, state, started_at, known_at, values that it brought, note."""
        with self._ledger.reading() as connection:
            found = runs(connection, _ALL)
            values = brought(connection, found)
        rows = [
            [one.id, one.kind, one.day, one.state, one.started_at, one.known_at, values[one.id][0], one.note]
            for one in reversed(found)
        ]
        return frame(rows, ("run", "kind", "day", "state", "started_at", "known_at", "values", "note"))

    def editions(self) -> pd.DataFrame:
        """List what was published: edition, page, day, made_at, run (the newest that was known), digest."""
        with self._ledger.reading() as connection:
            rows = [[one.id, one.page, one.day, one.made_at, one.run, one.digest] for one in listed(connection)]
        return frame(rows, ("edition", "page", "day", "made_at", "run", "digest"))

    def table(self, as_of: Day | None = None, known_at: Moment = None, projects: Names = None) -> pd.DataFrame:
        """Give the as-of table, one row a cell: metric, label, project, value, text, state, day, source, method.

        `as_of` defaults to the day of the newest run that is known. `value` is NA where there is none, and `state` says
        why; `day` is the oldest day in the value, NaT where there is none.
        """
        with self._ledger.reading() as connection:
            known = known_then(connection, read_moment(known_at))
            day = known.at.date() if as_of is None else read_day(as_of)
            table = make_table(connection, day, known, read_names(projects), _rules(connection))
        return frame((one[: len(CELL)] for one in records(table)), CELL)

    def snapshots(
        self, days: Iterable[Day], known_at: Moment = None, projects: Names = None, metric: Names = None
    ) -> pd.DataFrame:
        """Give the cells of the tables of many days in one pass: as_of, then as `table`, oldest first.

        Left out are the cells of projects that have no such artifact.
        """
        with self._ledger.reading() as connection:
            known, rules = known_then(connection, read_moment(known_at)), _rules(connection)
            keys = set(read_metrics(metric, rules)) or rules.by_key.keys()
            wanted = [one for one in rules.metrics if one.key in keys]
            membership = Membership(connection, known, read_names(projects))
            rows = [
                [
                    *(column.day, of.key, of.label, project.id, one.value, one.text),
                    *(one.state, one.day, one.source, one.method),
                ]
                for column in columns(connection, {read_day(day) for day in days}, known, membership, keys)
                for of, project, one in cells(column, wanted, rules)
            ]
        return frame(rows, ("as_of", *CELL))

    def history(
        self,
        projects: Names = None,
        metric: Names = None,
        from_: Day | None = None,
        to: Day | None = None,
        known_at: Moment = None,
        every: Every | None = None,
        since: Day | Literal["year"] | None = None,
        *,
        wide: bool = False,
    ) -> pd.DataFrame:
        """Give every observation of the projects, oldest first, of the days `from_` to `to`, both included.

        Columns: project, metric, artifact, source, day, value, method, run, known_at (UTC).

        With `every` "day", "week", "month", "quarter" or "year", the value as of the end of each instead, by metric and
        project, oldest first. Columns: project, metric, as_of, value, change (to the row before), growth (the same in
        per cent), day, state, source, method, restated_from (what was first known of the day). What is unknown is NA,
        NaT or None; so are change and growth across a change of source or definition. With `since`, a day or "year"
        (a year before each), also the end of that earlier period, and since_change, since_growth.

        With `wide` a row a metric and week, or other period, and a column a project. Raises `ValueError` for another
        `every`.
        """
        with self._ledger.reading() as connection:
            wanted, rules = _wanted(connection, projects, metric, from_, to, known_at)
            if every is None and not wide:
                if since is not None:
                    raise ValueError("since goes with every: single observations have no growth")
                days = wanted.first, wanted.last
                rows = history(connection, wanted.projects, wanted.metrics or None, *days, wanted.known)
                return typed(frames.observations(rows))
            points, grown = compared(connection, wanted, every or "week", _since(since), rules)
        if not wide:
            return typed(frames.points(points, grown))
        found = frames.wide(points)
        return typed(found).assign(**{str(name): counts(found[name]) for name in found.columns[2:]})

    def chart(
        self,
        projects: Names = None,
        metric: Names = None,
        from_: Day | None = None,
        to: Day | None = None,
        known_at: Moment = None,
        every: Every = "week",
        theme: Literal["light", "dark"] = "light",
        *,
        title: str = "",
        log: bool = False,
        index: Day | None = None,
    ) -> Chart:
        """Draw the value as of the end of each week or other period, a panel a metric, a line a project (at most 12).

        `log` makes the axis logarithmic; `index` draws per cent of the value as of a day.
        Raises `publish.charts.lines.ChartError` if there is nothing to draw or too much.
        """
        look = Look(log=log, index=None if index is None else read_day(index))
        with self._ledger.reading() as connection:
            wanted, rules = _wanted(connection, projects, metric, from_, to, known_at)
            drawn = drawing(connection, wanted, every, look, rules)
        return Chart(drawn, wanted.known, theme, title)

    def explain(self, project: str, metric: str, as_of: Day | None = None, known_at: Moment = None) -> Text:
        """Tell where a number comes from: the sum, each artifact, the request, the response, what it was before."""
        # Imported here, as what follows is: who reads tables needs none of it.
        from jobs.reading import read_lineage

        with self._ledger.reading() as connection:
            moment = read_moment(known_at)
            day = known_then(connection, moment).at.date() if as_of is None else read_day(as_of)
            (key,) = read_metrics(metric, _rules(connection))
        return Text(read_lineage(self._settings, project, key, day, moment))

    def diff(self, day: Day, page: str | None = None, known_at: Moment = None) -> pd.DataFrame:
        """Give what has changed since the edition of a day: project, metric, old, new, their states, and why.

        Raises `jobs.editions.editions.UnknownEdition` if there is none.
        """
        from jobs.editions.editions import compare

        found = compare(self._settings, read_day(day), page, read_moment(known_at)).differences
        rows = [
            [
                *(one.project.id, one.metric.key, one.old.value, one.new.value, one.old.state, one.new.state),
                *(one.reasons[0].kind, "; ".join(reason.text for reason in one.reasons)),
            ]
            for one in found
        ]
        return frame(rows, ("project", "metric", "old", "new", "old_state", "new_state", "kind", "why"))

    def gaps(self, projects: Names = None, from_: Day | None = None, to: Day | None = None) -> pd.DataFrame:
        """Give the weeks without a value, by default since the first refresh.

        Columns: project, metric, artifact, week (its cadence day), reason, detail, remedy (who can still tell it).
        """
        from jobs.gaps.gaps import read_gaps
        from jobs.gaps.reasons import remedy

        first, last = (None if day is None else read_day(day) for day in (from_, to))
        _, found = read_gaps(self._settings, read_names(projects) or (), first, last)
        rows = [
            (
                one.project,
                one.metric,
                str(one.artifact),
                one.day,
                one.reason,
                one.detail,
                remedy(one.reason, one.sources),
            )
            for one in found
        ]
        return frame(rows, ("project", "metric", "artifact", "week", "reason", "detail", "remedy"))

    def close(self) -> None:
        """Let the ledger go; frames stay."""
        self._ledger.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        with self._ledger.reading() as connection:
            newest = runs(connection, 1)
            if not newest:
                return f"<tallybook ledger {self._ledger.name}: empty>"
            number = len(projects(connection, known_then(connection), None))
        run = newest[0]
        said = f"{number:,} project{'' if number == 1 else 's'}, newest run {run.id} ({run.kind} of {run.day})"
        return f"<tallybook ledger {self._ledger.name}: {said}>"


def _since(given: Day | Literal["year"] | None) -> Since | None:
    if given is None:
        return None
    return "year" if isinstance(given, str) and given == "year" else read_day(given)


def _rules(connection: Connection) -> Rules:
    """Give the rules of tables by the metrics that the last run knew, those of installed packages among them."""
    return current_rules(Metric(**one) for one in metrics(connection))


def _wanted(
    connection: Connection, projects: Names, metric: Names, from_: Day | None, to: Day | None, known_at: Moment
) -> tuple[Wanted, Rules]:
    rules = _rules(connection)
    first, last = (None if day is None else read_day(day) for day in (from_, to))
    known = known_then(connection, read_moment(known_at))
    return Wanted(read_names(projects), read_metrics(metric, rules), first, last, known), rules
