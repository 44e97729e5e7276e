"""Chooses the one scale on which a row of an index stands, for values of two must not be compared."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from publish.table.metrics import Metric
from storage.model import Part

CURRENT_DAYS = 35
"""For so long a scale is not left for a newer one that covers less; after that time the next export is due."""

_EXPORTED = re.compile(r"\bexported (\d{4}-\d{2}-\d{2})\b", re.ASCII)


def scale_of(parts: Iterable[Part], metric: Metric, as_of: date, scale_days: int = CURRENT_DAYS) -> str:
    """Return the definition under which a row of an index is shown as of a day; "" for no index, or for no value.

    The parts are those of all projects that are compared. The younger its newest value the better a scale, told in
    steps of `scale_days`; then the preferred source counts, then values of more projects, then the newer day, then the
    later export. So a small export does not empty a row that a fuller one still fills, and no export, however full,
    keeps its place when it is old.
    """
    if metric.type != "index":
        return ""
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if part.metric == metric.key and part.value is not None and part.day is not None and part.definition:
            found[part.definition].append(part)
    ranks = {definition: _rank(definition, of, metric, as_of, scale_days) for definition, of in found.items()}
    return min(ranks, key=ranks.__getitem__, default="")


def on_scale(parts: Sequence[Part], metric: Metric, scale: str) -> Sequence[Part]:
    """Leave out what other scales say of an artifact that has a value on this one; "" is no scale and leaves all."""
    there = {_artifact(part) for part in parts if part.definition == scale and part.value is not None}
    return [
        part for part in parts if part.metric != metric.key or part.definition == scale or _artifact(part) not in there
    ]


def export_day(definition: str) -> date | None:
    """Return the day of the export that a definition names; None if it names none."""
    found = _EXPORTED.search(definition)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _rank(
    definition: str, parts: Sequence[Part], metric: Metric, as_of: date, scale_days: int
) -> tuple[int, tuple[int, str], int, int, int, int, str]:
    """Sort key of a scale, the best first; the last two only settle what is otherwise equal."""
    newest = max(part.day for part in parts if part.day is not None)
    source = min(metric.preference(part.source or "") for part in parts)
    covered = len({part.project for part in parts})
    exported = (export_day(definition) or date.min).toordinal()
    run = max(part.run or 0 for part in parts)
    return (as_of - newest).days // scale_days, source, -covered, -newest.toordinal(), -exported, -run, definition


def _artifact(part: Part) -> tuple[str, str, str]:
    return part.project, part.member_name, part.artifact
