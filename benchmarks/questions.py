"""What a ledger is asked in the benchmark, for ours and for the peers alike; knows neither."""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from benchmarks.world import EPOCH, KINDS, World

TWO: Final = 2


class Question(NamedTuple):
    """The values of the first `series` series as of a day, as known at a known_seq; days count from 1970-01-01."""

    name: str
    series: int
    day: int
    known_seq: int
    week: int
    """The week of the run that the known_seq is of."""

    @property
    def date(self) -> date:
        """The day as a date."""
        return date.fromordinal(EPOCH.toordinal() + self.day)


def questions(world: World) -> Iterator[Question]:
    """Yield the questions: of two projects and of all; now, in the past, and as known in the past."""
    last, middle = world.weeks - 1, world.weeks // 2
    for whom, series in (("two projects", TWO * len(KINDS)), ("all projects", world.series)):
        for when, day, known in (
            ("now", last, last),
            ("as of the middle", middle, last),
            ("as of the middle, known then", middle, middle),
            ("as of now, known in the middle", last, middle),
        ):
            known_seq = int(world.at(known).timestamp())
            yield Question(f"{whom}, {when}", series, (world.at(day).date() - EPOCH).days, known_seq, known)
