"""What differs, cell by cell, between a table as it was published and as it is known now; and why, by its artifacts."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from publish.formats.document import cell_object
from publish.table.cells import Cell, Table
from publish.table.escape import printable
from publish.table.metrics import Metric
from publish.table.numbers import grouped
from publish.table.shares import Share
from storage.model import ProjectEntry, Run

Kind = Literal["restated", "late", "rename", "definition", "review", "state", "gone"]
"""Restated: another value for the same day. Late: a newer day, or a value where there was none. Definition: other
artifacts or another series. State: only how fresh it is. Gone: what had a value has none."""

_MOST_REASONS = 3
_BROUGHT = {"backfill": "backfilled", "import": "imported", "refresh": "healed by a refresh", "replay": "replayed"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its kind, the artifact that it lies in ("" for the cell as a whole), and the facts in words."""

    kind: Kind
    artifact: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell of one place that shows something else now than it did, and why."""

    project: ProjectEntry
    metric: Metric
    old: Cell
    new: Cell
    reasons: tuple[Reason, ...]

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The difference for a reader: project and metric, old, new, and the first reasons."""
        told = [printable(reason.text) for reason in self.reasons[:_MOST_REASONS]]
        if len(self.reasons) > _MOST_REASONS:
            told.append(f"and {len(self.reasons) - _MOST_REASONS} more")
        place = f"{printable(self.project.name)}, {self.metric.label}"
        return place, _shown(self.old), _shown(self.new), "; ".join(told)

    def as_json(self) -> dict[str, object]:
        """Give the difference as plain data for machines."""
        return {
            "project": self.project.id,
            "metric": self.metric.key,
            "old": cell_object(self.old),
            "new": cell_object(self.new),
            "reasons": [{"kind": one.kind, "artifact": one.artifact, "text": one.text} for one in self.reasons],
        }


def differences(published: Table, then: Table, now: Table, runs: Mapping[int, Run]) -> tuple[Difference, ...]:
    """List the cells that differ, row by row; all three are of the same projects, day and rules.

    `published` was read from its document; `then` is the same made of what was known by then, and has the shares that
    tell why. `runs` are those of `learned_in(now)`.
    """
    was, known = then.cells(), now.cells()
    return tuple(
        Difference(entry, row.metric, old, new, reasons(was[place], new, runs))
        for row in (*published.rows, *published.left_out)
        for entry, old in zip(published.projects, row.cells, strict=True)
        if _seen(old) != _seen(new := known[place := (entry.id, row.metric.key)])
    )


def learned_in(table: Table) -> set[int]:
    """Return the numbers of the runs in which the values of a table were learned."""
    shares = (share for cell in table.cells().values() for share in cell.shares)
    return {share.part.run for share in shares if share.part.run is not None}


def _seen(cell: Cell) -> tuple[object, ...]:
    """Return what a reader of the published files sees of a cell, but for its footnote."""
    return cell.value, cell.text, cell.state, cell.day, cell.source, cell.method


def _shown(cell: Cell) -> str:
    if cell.value is None:
        return cell.text
    return grouped(cell.value) + (f", {cell.state}" if cell.state not in {"fresh", "none"} else "")


def reasons(old: Cell, new: Cell, runs: Mapping[int, Run]) -> tuple[Reason, ...]:
    """Tell what makes two cells of the same place differ; `runs` are those that the values of `new` were learned in.

    There is always a reason, if only that the cell counts otherwise.
    """
    pairs, gone, come = _pair(old.shares, new.shares)
    found = [reason for before, after in pairs for reason in _of_pair(before, after, runs)]
    found += [Reason("definition", one.artifact, f"{_named(one)} does not count any more") for one in gone]
    found += [Reason("definition", one.artifact, f"{_named(one)} counts now{_brought(one, runs)}") for one in come]
    return tuple(found) or (_of_cell(old, new),)


def _of_pair(old: Share, new: Share, runs: Mapping[int, Run]) -> Iterator[Reason]:
    if old.artifact != new.artifact:
        yield Reason("rename", new.artifact, f"renamed: {old.artifact} is now {new.artifact}")
    if old.listing and new.listing:
        yield from _of_listing(old, new)
    elif old.value is not None and new.value is not None and _series(old) != _series(new):
        yield Reason("definition", new.artifact, f"{new.artifact} {_otherwise(old, new)}{_brought(new, runs)}")
    elif (text := _reviewed(old, new)) != "":
        yield Reason("review", new.artifact, f"by review: {new.artifact} {text}")
    elif old.value is not None and new.value is None:
        yield Reason("gone", new.artifact, f"{new.artifact} has no value any more: {new.reason or 'nothing says why'}")
    elif new.value is not None and (old.value is None or old.day != new.day):
        before = "none" if old.day is None or old.value is None else f"{grouped(old.value)} of {old.day.isoformat()}"
        yield Reason(
            "late", new.artifact, f"late data: {new.artifact} {_value(new)}, not {before}{_brought(new, runs)}"
        )
    elif old.value != new.value and old.value is not None:
        text = f"restated by {new.part.source}: {new.artifact} of {new.day} {grouped(old.value)} → {_figure(new)}"
        yield Reason("restated", new.artifact, text + _learned(new, runs))
    elif old.state != new.state:
        yield _state(old.state, new.state, new.artifact, new.reason)


def _reviewed(old: Share, new: Share) -> str:
    """Say what a review made of a value, if it is that by which two shares differ."""
    before, after = old.part.held, new.part.held
    if before is not None and (new.day, new.value) == (before.day, before.value):
        return f"{_value(new)} counts, which was {'rejected' if before.rejected else 'held'}"
    if after is not None and after.rejected and (old.day, old.value) == (after.day, after.value):
        return f"{_value(old)} was rejected: {after.reason}"
    return ""


def _of_listing(old: Share, new: Share) -> Iterator[Reason]:
    if old.day != new.day:
        was = "never" if old.day is None else f"on {old.day.isoformat()}"
        now = "never" if new.day is None else f"on {new.day.isoformat()}"
        yield Reason("late", new.artifact, f"late data: the list {new.artifact} was read whole {now}, not {was}")


def _of_cell(old: Cell, new: Cell) -> Reason:
    if old.state != new.state:
        return _state(old.state, new.state, "", new.obstacle)
    return Reason("definition", "", f"counted otherwise: {old.method or 'nothing'} → {new.method or 'nothing'}")


def _state(old: str, new: str, artifact: str, why: str) -> Reason:
    kind: Kind = "review" if "held" in {old, new} else "state"
    subject = f"{artifact} " if artifact else ""
    told = "by review" if kind == "review" else "only its state"
    return Reason(kind, artifact, f"{told}: {subject}{old} → {new}{f', {why}' if why else ''}")


def _pair(old: Sequence[Share], new: Sequence[Share]) -> tuple[list[tuple[Share, Share]], list[Share], list[Share]]:
    """Put together what is the same artifact: by name and member, by name, and one that its member alone leads to."""
    pairs: list[tuple[Share, Share]] = []
    gone, come = list(old), list(new)
    for key in _KEYS:
        groups: dict[Hashable, tuple[list[Share], list[Share]]] = {}
        for side, listed in enumerate((gone, come)):
            for share in listed:
                groups.setdefault(key(share), ([], []))[side].append(share)
        met = [
            (before[0], after[0]) for name, (before, after) in groups.items() if name and len(before) == len(after) == 1
        ]
        pairs += met
        gone = [share for share in gone if all(share is not before for before, _ in met)]
        come = [share for share in come if all(share is not after for _, after in met)]
    return pairs, gone, come


_KEYS: tuple[Callable[[Share], Hashable], ...] = (
    lambda share: (share.artifact, share.part.member_name),
    lambda share: share.artifact,
    # What a pattern brings in has its own name only.
    lambda share: "" if "*" in share.part.member_name else share.part.member_name,
)


def _series(share: Share) -> tuple[str | None, str | None]:
    return share.part.source, share.part.definition


def _otherwise(old: Share, new: Share) -> str:
    if old.part.source != new.part.source:
        return f"now from {new.part.source} ({_figure(new)}), not {old.part.source} ({_figure(old)})"
    return f"by another definition: {_figure(old)} → {_figure(new)}"


def _named(share: Share) -> str:
    what = f"the list {share.artifact}" if share.listing else share.artifact
    return what if share.value is None else f"{what} ({_value(share)})"


def _value(share: Share) -> str:
    return f"{_figure(share)} of {share.day}"


def _figure(share: Share) -> str:
    return "—" if share.value is None else grouped(share.value)


def _brought(share: Share, runs: Mapping[int, Run]) -> str:
    run = runs.get(share.part.run or 0)
    if run is None:
        return ""
    return f", {_BROUGHT.get(run.kind, 'learned')} in {_run(run)}"


def _learned(share: Share, runs: Mapping[int, Run]) -> str:
    run = runs.get(share.part.run or 0)
    return "" if run is None else f", learned in {_run(run)} ({run.kind})"


def _run(run: Run) -> str:
    return f"run {run.id} on {run.started_at.date().isoformat()}"
