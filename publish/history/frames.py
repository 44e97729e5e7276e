"""Histories as pandas data frames, and these as CSV, JSON and Parquet."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

import pandas as pd

from publish.extras import load
from publish.history.points import Point
from publish.history.since import Grown
from publish.table.escape import spreadsheet
from publish.table.numbers import plain
from storage.model import HistoryRow

OBSERVATIONS: Final = ("project", "metric", "artifact", "source", "day", "value", "method", "run", "known_at")
POINTS: Final = (
    "project",
    "metric",
    "as_of",
    "value",
    "change",
    "growth",
    "day",
    "state",
    "source",
    "method",
    "restated_from",
)
"""`growth` is in per cent of the value before."""
SINCE: Final = ("since", "since_change", "since_growth")
"""With what a point is compared beside: the end of an earlier period, and change and growth since then."""

_TYPES: Final = {
    "as_of": "datetime64[s]",
    "since": "datetime64[s]",
    "day": "datetime64[s]",
    "known_at": "datetime64[us, UTC]",
    "run": "int64",
    **dict.fromkeys(("value", "change", "growth", "restated_from", "since_change", "since_growth"), "float64"),
}
"""What is not here is text."""
_DAYS: Final = ("as_of", "since", "day")
_WRITTEN: Final = {**dict.fromkeys(_DAYS, "%Y-%m-%d"), "known_at": "%Y-%m-%dT%H:%M:%SZ"}
"""How days and times, which are in UTC, are written."""


def observations(rows: Iterable[HistoryRow], *, standing: bool = False) -> pd.DataFrame:
    """Give a row an observation under OBSERVATIONS, in their order; with `standing`, whether each counts."""
    columns = (*OBSERVATIONS, "standing") if standing else OBSERVATIONS
    return _typed([[getattr(row, name) for name in columns] for row in rows], columns)


def points(of: Iterable[Point], since: Iterable[Grown] | None = None) -> pd.DataFrame:
    """Give a row a point under POINTS, in their order; what is unknown is NaN, NaT or None.

    With `since`, the same points compared with earlier ones, the columns SINCE beside.
    """
    rows = [
        [
            *(one.project.id, one.metric.key, one.as_of, one.value, one.change, _per_cent(one.growth)),
            *(one.day, one.state, one.source, one.method, one.restated_from),
        ]
        for one in of
    ]
    if since is None:
        return _typed(rows, POINTS)
    for row, one in zip(rows, since, strict=True):
        row += [None if one.base is None else one.base.as_of, one.change, _per_cent(one.growth)]
    return _typed(rows, (*POINTS, *SINCE))


def wide(of: Sequence[Point]) -> pd.DataFrame:
    """Give a row a metric and end of a period, with a column for each project (id): its value of that very period.

    A period of which a project has only an older value, or none, is NaN.
    """
    projects = list(dict.fromkeys(one.project.id for one in of))
    place = {project: number for number, project in enumerate(projects, 2)}
    rows: dict[tuple[str, date], list[object]] = {}
    for one in of:
        key = one.metric.key, one.as_of
        rows.setdefault(key, [*key, *[None] * len(projects)])[place[one.project.id]] = one.own
    metrics = list(dict.fromkeys(one.metric.key for one in of))
    ordered = sorted(rows, key=lambda key: (metrics.index(key[0]), key[1]))
    frame = pd.DataFrame([rows[key] for key in ordered], columns=["metric", "as_of", *projects], dtype=object)
    return frame.astype({"as_of": _TYPES["as_of"], **dict.fromkeys(projects, "float64")})


def _per_cent(growth: float | None) -> float | None:
    return None if growth is None else round(growth, 6)


def _typed(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return frame.astype({name: _TYPES.get(name, "object") for name in columns})


def _csv(frame: pd.DataFrame) -> str:
    plain = _plain(frame)
    for name in [str(name) for name in plain if frame[name].dtype == object]:
        # Of hundreds of thousands of rows a column has a few names, and each is looked through once.
        safe = {text: spreadsheet(text) for text in frame[name].dropna().unique()}
        plain[name] = frame[name].map(safe, na_action="ignore")
    return plain.rename(columns=spreadsheet).to_csv(index=False, lineterminator="\n")


def _json(frame: pd.DataFrame) -> str:
    # pandas rounds numbers in JSON to ten places and writes all in one line.
    records = ",".join(f"\n  {json.dumps(record)}" for record in _plain(frame).to_dict("records"))
    return f"[{records}\n]\n" if records else "[]\n"


def _parquet(frame: pd.DataFrame) -> bytes:
    load("pyarrow", purpose="Parquet", extra="parquet")
    days = {name: frame[name].dt.date for name in _DAYS if name in frame}
    written: bytes = frame.assign(**days).to_parquet(index=False, compression="zstd")
    return written


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Give values as they are written: whole numbers without a fraction, what is unknown as None."""
    written = {}
    for name in map(str, frame):
        column = frame[name].dt.strftime(_WRITTEN[name]) if name in _WRITTEN else frame[name]
        known = zip(column, frame[name].notna(), strict=True)
        values = [None if not there else plain(one) if isinstance(one, float) else one for one, there in known]
        written[name] = pd.Series(values, dtype=object)
    return pd.DataFrame(written)


FORMATS: Final[Mapping[str, Callable[[pd.DataFrame], str | bytes]]] = MappingProxyType(
    {"csv": _csv, "json": _json, "parquet": _parquet}
)
"""How each format is written; Parquet raises ExtraMissing without the extra of that name."""
