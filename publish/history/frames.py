"""Histories as pandas data frames, and these as CSV, JSON and Parquet."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import pandas as pd

from publish.extras import load
from publish.history.points import Point
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

_TYPES: Final = {
    "as_of": "datetime64[s]",
    "day": "datetime64[s]",
    "known_at": "datetime64[us, UTC]",
    "run": "int64",
    **dict.fromkeys(("value", "change", "growth", "restated_from"), "float64"),
}
"""What is not here is text."""
_WRITTEN: Final = {"as_of": "%Y-%m-%d", "day": "%Y-%m-%d", "known_at": "%Y-%m-%dT%H:%M:%SZ"}
"""How days and times, which are in UTC, are written."""


def observations(rows: Iterable[HistoryRow], *, standing: bool = False) -> pd.DataFrame:
    """Give a row an observation under OBSERVATIONS, in their order; with `standing`, whether each counts."""
    columns = (*OBSERVATIONS, "standing") if standing else OBSERVATIONS
    return _typed([[getattr(row, name) for name in columns] for row in rows], columns)


def points(of: Iterable[Point]) -> pd.DataFrame:
    """Give a row a point under POINTS, in their order; what is unknown is NaN, NaT or None."""
    rows = [
        [
            *(one.project.id, one.metric.key, one.as_of, one.value, one.change),
            None if one.growth is None else round(one.growth, 6),
            *(one.day, one.state, one.source, one.method, one.restated_from),
        ]
        for one in of
    ]
    return _typed(rows, POINTS)


def _typed(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return frame.astype({name: _TYPES.get(name, "object") for name in columns})


def _csv(frame: pd.DataFrame) -> str:
    text = [name for name in map(str, frame) if name not in _TYPES]
    safe = _plain(frame).assign(**{name: frame[name].map(spreadsheet, na_action="ignore") for name in text})
    return safe.to_csv(index=False, lineterminator="\n")


def _json(frame: pd.DataFrame) -> str:
    # pandas rounds numbers in JSON to ten places and writes all in one line.
    records = ",".join(f"\n  {json.dumps(record)}" for record in _plain(frame).to_dict("records"))
    return f"[{records}\n]\n" if records else "[]\n"


def _parquet(frame: pd.DataFrame) -> bytes:
    load("pyarrow", purpose="Parquet", extra="parquet")
    days = {name: frame[name].dt.date for name in ("as_of", "day") if name in frame}
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
