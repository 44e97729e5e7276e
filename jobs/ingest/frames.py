"""Makes the tidy frame of what was told, of the days that are wanted. Apart, for nobody should wait for pandas."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pandas as pd

from collector.http.workers import Told
from collector.model import Artifact, DailyCounts
from collector.normalize import normalize

Lack = tuple[Told, Artifact, str, str, str]
"""An artifact and a metric of which nothing could be made of what was told: the outcome's state, and why."""


def make_frame(
    told: Sequence[Told],
    cadence: str,
    wanted: Callable[[str, Artifact], bool],
    days: Mapping[tuple[str, Artifact], frozenset[date]] | None,
    *,
    present: bool,
) -> tuple[pd.DataFrame, list[Lack]]:
    """Return the observations as a frame of `collector.normalize.COLUMNS`, and what daily counts leave no window.

    With `days`, by source and artifact, only values of those days are kept, and what was counted at `present`.
    """
    frame = normalize(told, cadence=cadence)
    series = [Artifact(kind, name) for kind, name in zip(frame["kind"], frame["name"], strict=True)]
    rows = zip(frame["source"], series, frame["day"], frame["method"], strict=True)
    kept = [
        wanted(source, artifact)
        and (days is None or day in days.get((source, artifact), ()) or (present and method == "observed"))
        for source, artifact, day, method in rows
    ]
    formed = {
        key
        for key, is_kept in zip(zip(frame["source"], series, frame["metric"], strict=True), kept, strict=True)
        if is_kept
    }
    lacks = [
        (one, daily.artifact, daily.metric, *_why(daily, one.task.source.lengths[daily.metric]))
        for one in told
        for daily in one.answer.daily
        if wanted(one.task.source.name, daily.artifact)
        and (one.task.source.name, daily.artifact, daily.metric) not in formed
    ]
    return frame[pd.Series(kept, index=frame.index, dtype=bool)].reset_index(drop=True), lacks


def _why(daily: DailyCounts, window: int) -> tuple[str, str]:
    """Say why no window could be formed: of what is young that there is none yet, else that days are missing."""
    if not daily.counts:
        return "failed", "no day has a count"
    first, last = min(daily.counts), max(daily.counts)
    if (last - first).days + 1 == len(daily.counts):
        return "missing", f"has numbers from {first} on only, none for {window} whole days that were asked for"
    return "failed", f"no {window} days in a row without a hole in the upstream's data"
