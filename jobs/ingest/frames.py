"""Normalizes what a checkpoint is made of; a module of its own, so that nobody waits for pandas to send a request."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from collector.model import Artifact, DailyCounts
from collector.normalize import COLUMNS, normalize
from collector.sources.protocol import Read, Source


@dataclass(frozen=True, slots=True)
class Scope:
    """Which values are taken: on days of this cadence, and if `days` are given, by source and artifact, on those only.

    Counts of the `present` are taken whatever the days are; `loaded` are the days that a source's service has data of.
    Of the sources `unsure` that could not be learned.
    """

    cadence: str
    days: Mapping[str, Mapping[Artifact, Collection[date]]] | None
    present: bool
    loaded: Mapping[str, frozenset[date]]
    unsure: Collection[str] = ()


Hole = tuple[Read, Artifact, str]
"""An artifact of which nothing can be taken from what was read, and why."""
_NO_WINDOW = "no 7 days in a row without a hole in the upstream's data"
_UNSURE = "days without downloads cannot be told from a hole, as it is not known which days the service has loaded"


def make_frame(reads: Sequence[Read], scope: Scope) -> tuple[pd.DataFrame, list[Hole]]:
    """Return the observations, source by source, and the artifacts whose daily counts leave no window to be taken."""
    frames, holes = [], []
    for source in {read.source.name: read.source for read in reads}.values():
        own = [read for read in reads if read.source is source]
        frame = _of_days(source, normalize(own, cadence=scope.cadence, loaded=scope.loaded.get(source.name)), scope)
        if source.name in scope.unsure and scope.days is None:
            gapped = _gapped(list(_daily(own)))
            holes += [(read, artifact, _UNSURE) for read, artifact in gapped]
            frame = frame[~frame["name"].isin({artifact.name for _, artifact in gapped})].reset_index(drop=True)
        frames.append(frame)
        told = {artifact for _, artifact, _ in holes}
        formed = frozenset(frame["name"])
        holes += [
            (read, daily.artifact, _NO_WINDOW)
            for read, daily in _daily(own)
            if daily.artifact.name not in formed and daily.artifact not in told
        ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS)), holes


def _of_days(source: Source, frame: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return the rows of the days that are wanted; what is observed is of the present."""
    if scope.days is None:
        return frame
    wanted = {one.name: frozenset(days) for one, days in scope.days.get(source.name, {}).items()}
    rows = zip(frame["name"], frame["day"], frame["method"], strict=True)
    kept = [day in wanted.get(name, ()) or (scope.present and how == "observed") for name, day, how in rows]
    return frame[pd.Series(kept, index=frame.index, dtype=bool)].reset_index(drop=True)


def _gapped(reads: Sequence[tuple[Read, DailyCounts]]) -> list[tuple[Read, Artifact]]:
    """Return those that have no count for each day from the first that any has to the one before the answer came."""
    first = min((day for _, daily in reads for day in daily.counts), default=date.max)
    return [
        (read, daily.artifact)
        for read, daily in reads
        if sum(day < read.day for day in daily.counts) < max(1, (read.day - first).days)
    ]


def _daily(reads: Sequence[Read]) -> Iterator[tuple[Read, DailyCounts]]:
    for read in reads:
        for daily in read.answer.daily:
            yield read, daily
