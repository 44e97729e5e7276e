"""Made-up weekly numbers of any number of projects, the same for ours and for the peers; knows neither."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

EPOCH: Final = date(1970, 1, 1)
FIRST: Final = datetime(2016, 1, 4, 5, tzinfo=UTC)
DEFINITION: Final = "as asked"
KINDS: Final = (
    ("github", "github_stars", "github"),
    ("pypi", "pypi_downloads_7d", "pypistats"),
    ("docker", "dockerhub_pulls", "dockerhub"),
)
BATCH: Final = 50
"""Series that one recorded response speaks of."""
FAILING: Final = 200
"""Every so many series fail in a week, others each week."""
RESTATED: Final = 100
"""Every so many projects have the downloads of some weeks ago restated in a week, others each week."""
LATE_BY: Final = 4
"""Weeks after which downloads are restated."""

Whole = npt.NDArray[np.int64]


class Week(NamedTuple):
    """What one refresh appends: rows by series and day, and the series that failed. Days count from 1970-01-01."""

    number: int
    known_seq: int
    series: Whole
    day: Whole
    value: npt.NDArray[np.float64]
    method: Whole
    response: Whole
    failed: Whole


@dataclass(frozen=True)
class World:
    """Projects with three series each (stars, downloads, pulls), refreshed for some weeks."""

    projects: int
    weeks: int

    @property
    def series(self) -> int:
        """How many series there are; those of project 0 are 1, 2 and 3."""
        return len(KINDS) * self.projects

    @property
    def responses(self) -> int:
        """How many responses a week brings."""
        return -(-self.series // BATCH)

    def at(self, week: int) -> datetime:
        """When a week's refresh is stored, and so becomes known; it began two minutes before."""
        return FIRST + timedelta(weeks=week)

    def __iter__(self) -> Iterator[Week]:
        """Yield the weeks, the first one first; the numbers are the same each time."""
        chance = np.random.default_rng(20160104)
        level = np.exp(chance.uniform(4, 16, self.series))
        for week in range(self.weeks):
            level *= chance.uniform(1.0, 1.02, self.series)
            yield self._week(week, np.floor(level))

    def _week(self, week: int, level: npt.NDArray[np.float64]) -> Week:
        day = (self.at(week).date() - EPOCH).days
        everything = np.arange(1, self.series + 1)
        fails = everything % FAILING == week % FAILING if week else np.zeros(self.series, dtype=bool)
        restated = everything[1 :: len(KINDS)][week % RESTATED :: RESTATED] if week >= LATE_BY else everything[:0]
        restated = restated[~fails[restated - 1]]
        series = np.concatenate([everything[~fails], restated])
        days = np.concatenate([np.full((~fails).sum(), day), np.full(len(restated), day - 7 * LATE_BY)])
        order = np.lexsort((days, series))
        series, days = series[order], days[order]
        value = np.where(days == day, level[series - 1], np.floor(level[series - 1] * 1.5))
        method = np.where(days == day, 1, 2)
        response = 1 + week * self.responses + (series - 1) // BATCH
        return Week(week, int(self.at(week).timestamp()), series, days, value, method, response, everything[fails])
