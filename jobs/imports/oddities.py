"""What looks odd in imported values, though it is taken: falls of counts, days to come; knows no file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from publish.table.metrics import METRICS

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = frozenset(key for key, metric in METRICS.items() if metric.type in {"gauge", "counter"})
_OF_DAYS_BEFORE = frozenset(key for key, metric in METRICS.items() if metric.type == "index")
"""An index as of a day is made of whole weeks before it, so that it can be told some days ahead."""
_FALL = 0.5
_SMALL = 20
"""A count below it may fall to less than half by the whim of a few."""


@dataclass(slots=True)
class Oddities:
    """Compares values with those read before of the same series; `today` and `public` are UTC days."""

    today: date
    _last: dict[tuple[str, str], tuple[date, float]] = field(default_factory=dict)

    def find(self, frame: "pd.DataFrame", public: datetime | None, file: str) -> Iterator[str]:
        """Yield what is odd in the rows of a file, which became public at a time (None: now)."""
        known = self.today if public is None else public.date()
        early = 0
        for name, metric, day, value in zip(
            *(frame[c].tolist() for c in ("name", "metric", "day", "value")), strict=True
        ):
            early += day > known and metric not in _OF_DAYS_BEFORE
            if metric in _COUNTS:
                before = self._last.get((metric, name))
                if before is None or day > before[0]:
                    self._last[metric, name] = day, value
                    if before is not None and value < before[1] * _FALL and before[1] >= _SMALL:
                        fall = f"{before[1]:,.0f} ({before[0]}) to {value:,.0f} ({day})"
                        yield f"{METRICS[metric].kind}:{name} {metric} fell from {fall}"
        if early:
            yield f"{file}: {early} values are of days after {known}, when it was public"
