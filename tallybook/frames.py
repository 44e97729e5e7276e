"""Data frames with the types that suit their columns."""

from collections.abc import Iterable, Sequence

import pandas as pd

_DAYS = {"as_of", "since", "day", "week", "newest_day"}
_TIMES = {"known_at", "started_at", "stored_at", "made_at"}
_COUNTS = {"value", "old", "new", "change", "since_change", "restated_from"}
_WHOLE = {"run", "newest_run", "edition", "values", "series", "artifacts"}
_CATEGORIES = {
    *("project", "metric", "label", "artifact", "source", "method", "state", "kind", "standing", "reason", "page"),
    *("type", "unit"),
}


def frame(rows: Iterable[Sequence[object]], columns: Sequence[str]) -> pd.DataFrame:
    """Make a frame of rows."""
    return typed(pd.DataFrame(list(rows), columns=list(columns), dtype=object))


def typed(of: pd.DataFrame) -> pd.DataFrame:
    """Give columns their types by their names: days, times, counts, whole numbers, categories; the rest stays.

    A count is Int64, or Float64 if any in the column is not whole, as search interest may be.
    """
    return of.assign(**{str(name): _column(str(name), of[name]) for name in of})


def counts(of: pd.Series) -> pd.Series:
    """Give counts as Int64 if all are whole, else as Float64; what is unknown is NA."""
    numbers = pd.to_numeric(of).astype("Float64")
    is_whole = bool((numbers.dropna() % 1 == 0).all())
    return numbers.astype("Int64") if is_whole else numbers


def _column(name: str, of: pd.Series) -> pd.Series:
    if name in _DAYS:
        return pd.to_datetime(of).astype("datetime64[s]")
    if name in _TIMES:
        return pd.to_datetime(of, utc=True)
    if name in _COUNTS:
        return counts(of)
    if name in _WHOLE:
        return of.astype("Int64")
    return of.astype("category") if name in _CATEGORIES else of
