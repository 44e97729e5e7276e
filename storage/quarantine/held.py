"""What is judged, what is held and what was decided of it, as frozen values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


class Place(NamedTuple):
    """An observation: the ledger's number of its series, the UTC day it is about, and the run that brought it."""

    series: int
    day: date
    known_seq: int


@dataclass(frozen=True, slots=True)
class RunSeries:
    """A series that a run asked, for guards to judge: whether it `answered`, what it brought, what was known.

    `news` are the days and values to be judged, oldest first: that of the series' `newest` day, if the run brought
    it, and those of days whose value so far is withheld. `past` are the days and values that count, oldest first;
    `doubted` says that others of late are withheld. `along` are the other days of the run that stand and fall with the
    newest one: those that came with it after the last good one, and if the run tells the past anew, all that it tells.
    `accepted` is the newest day of the past whose value was held and accepted; it may be one of those to be judged now.
    `restated` are the days of the past of which the run tells another value than was known, each with that and this;
    where there was none in between others, that is None. `imported` is what an import told of the same artifact and
    metric before: of a series that has nothing of its own that counts.
    """

    series: int
    metric: str
    source: str
    answered: bool
    newest: date | None
    news: tuple[tuple[date, float], ...]
    past: tuple[tuple[date, float], ...]
    doubted: bool = False
    along: tuple[date, ...] = ()
    accepted: date | None = None
    restated: tuple[tuple[date, float | None, float], ...] = ()
    imported: "Imported | None" = None


@dataclass(frozen=True, slots=True)
class Imported:
    """The source of an import, the last of its days and values that count, oldest first, and all days of the run."""

    source: str
    values: tuple[tuple[date, float], ...]
    brought: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """That a guard holds a run's value of a series and day for review, and why."""

    series: int
    day: date
    guard: str
    reason: str


@dataclass(frozen=True, slots=True)
class HeldValue:
    """A value that a guard held for review, with the run that brought it and that run's day."""

    series: int
    day: date
    known_seq: int
    value: float
    guard: str
    reason: str
    run: int
    since: date

    @property
    def place(self) -> Place:
        """The observation that is held."""
        return Place(self.series, self.day, self.known_seq)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a review decided on an observation: accept, reject, reopen, or only a note; `at` is in UTC.

    `run` is the review's.
    """

    series: int
    day: date
    known_seq: int
    run: int
    verdict: str
    reason: str
    at: datetime
