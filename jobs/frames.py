"""Normalizes what a checkpoint is made of; a module of its own, so that nobody waits for pandas to send a request."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from collector.model import Artifact
from collector.normalize import COLUMNS, normalize
from collector.source import Read, Source


@dataclass(frozen=True, slots=True)
class Scope:
    """Which values are taken: on days of this cadence, and if `days` are given, by source and artifact, on those only.

    Counts of the `present` are taken whatever the days are; `loaded` are the days that a service has data of.
    """

    cadence: str
    days: Mapping[str, Mapping[Artifact, Collection[date]]] | None
    present: bool
    loaded: Mapping[str, frozenset[date]]


def make_frame(reads: Sequence[Read], scope: Scope) -> tuple[pd.DataFrame, list[tuple[Read, Artifact]]]:
    """Return the observations, source by source, and the artifacts whose daily counts leave no window whole."""
    frames, holes = [], []
    for source in {read.source.name: read.source for read in reads}.values():
        own = [read for read in reads if read.source is source]
        frame = _of_days(source, normalize(own, cadence=scope.cadence, loaded=scope.loaded.get(source.name)), scope)
        frames.append(frame)
        holes += list(_holes(own, frozenset(frame["name"])))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS)), holes


def _of_days(source: Source, frame: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Return the rows of the days that are wanted; what is observed is of the present."""
    if scope.days is None:
        return frame
    wanted = {one.name: frozenset(days) for one, days in scope.days.get(source.name, {}).items()}
    rows = zip(frame["name"], frame["day"], frame["method"], strict=True)
    kept = [day in wanted.get(name, ()) or (scope.present and how == "observed") for name, day, how in rows]
    return frame[pd.Series(kept, index=frame.index, dtype=bool)].reset_index(drop=True)


def _holes(reads: Sequence[Read], formed: Collection[str]) -> Iterator[tuple[Read, Artifact]]:
    for read in reads:
        for daily in read.answer.daily:
            if daily.artifact.name not in formed:
                yield read, daily.artifact
