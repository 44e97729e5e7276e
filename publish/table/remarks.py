"""What must be said of a number even when it is fresh: what it rests on, and that its project changed; pure."""

from collections.abc import Iterable, Iterator, Sequence

from publish.table.escape import clipped
from publish.table.metrics import Metric
from publish.table.shares import Share
from storage.model import ProjectEntry

_MOST_NAMES = 3
_NAME_WIDTH = 60
_HOW = {"reconstructed": "reconstructed by", "imported": "imported from"}


def remarks(metric: Metric, project: ProjectEntry, shares: Iterable[Share]) -> tuple[str, ...]:
    """Return the remarks on a cell, each once, in the order of its shares; none for a plain cell."""
    on_values = (_rests_on(metric, share) for share in shares if share.value is not None)
    return tuple(dict.fromkeys(filter(None, (*on_values, *_changes(metric, project)))))


def _rests_on(metric: Metric, share: Share) -> str:
    """Say the definition of a value that is not what the row's label promises at first sight."""
    part = share.part
    if metric.type == "index":
        return ""  # one scale holds for the row, and is said of it
    if part.source == metric.sources[0] and part.method not in _HOW:
        return ""
    return f"{_HOW.get(part.method or '', 'from')} {part.source}: {part.definition}"


def _changes(metric: Metric, project: ProjectEntry) -> Iterator[str]:
    """Say so, for whoever compares with an earlier table must not take the step for growth or loss."""
    for change in project.changes:
        if change.kind == metric.kind:
            after, before = (_names(change.kind, names) for names in (change.after, change.before))
            yield f"since {change.day.isoformat()} counted from {after}, before from {before}: no growth or loss"


def _names(kind: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(f"{kind}:{clipped(name, _NAME_WIDTH)}" for name in names[:_MOST_NAMES]) + more
