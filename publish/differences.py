"""What differs, cell by cell, between a table as it was published and as it is known now; knows no ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publish.formats.json import cell_object
from publish.reasons import Reason, reasons
from publish.table.cells import Cell, Table
from publish.table.escape import printable
from publish.table.metrics import Metric
from publish.table.numbers import grouped
from storage.model import ProjectEntry, Run

_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell of one place that shows something else now than it did, and why."""

    project: ProjectEntry
    metric: Metric
    old: Cell
    new: Cell
    reasons: tuple[Reason, ...]

    @property
    def line(self) -> str:
        """The difference in one line: project, metric, old and new, and the first reasons."""
        told = [printable(reason.text) for reason in self.reasons[:_MOST_REASONS]]
        if len(self.reasons) > _MOST_REASONS:
            told.append(f"and {len(self.reasons) - _MOST_REASONS} more")
        place = f"{printable(self.project.name)}, {self.metric.label}"
        return f"{place}: {_shown(self.old)} → {_shown(self.new)}: {'; '.join(told)}"

    def as_json(self) -> dict[str, object]:
        """Give the difference as plain data for machines."""
        return {
            "project": self.project.id,
            "metric": self.metric.key,
            "old": cell_object(self.old),
            "new": cell_object(self.new),
            "reasons": [{"kind": one.kind, "artifact": one.artifact, "text": one.text} for one in self.reasons],
        }


def differences(published: Table, now: Table, runs: Mapping[int, Run]) -> tuple[Difference, ...]:
    """List the cells that differ, row by row; `now` is of the same projects and day.

    `runs` are those of `learned_in(now)`.
    """
    pairs = ((project, metric, old, now.cell(project.id, metric.key)) for project, metric, old in _cells(published))
    return tuple(
        Difference(project, metric, old, new, reasons(old, new, runs))
        for project, metric, old, new in pairs
        if _seen(old) != _seen(new)
    )


def learned_in(table: Table) -> set[int]:
    """Return the numbers of the runs in which the values of a table were learned."""
    shares = (share for *_, cell in _cells(table) for share in cell.shares)
    return {share.part.run for share in shares if share.part.run is not None}


def _cells(table: Table) -> Iterator[tuple[ProjectEntry, Metric, Cell]]:
    for row in (*table.rows, *table.left_out):
        for entry, cell in zip(table.projects, row.cells, strict=True):
            yield entry, row.metric, cell


def _seen(cell: Cell) -> tuple[object, ...]:
    """Return what a reader of the published files sees of a cell, but for its footnote."""
    return cell.value, cell.text, cell.state, cell.day, cell.source, cell.method


def _shown(cell: Cell) -> str:
    exact = "" if cell.value is None else grouped(cell.value)
    mark = f", {cell.state}" if cell.state not in {"fresh", "none"} and cell.value is not None else ""
    return f"{cell.text} ({exact}{mark})" if exact and (exact != cell.text or mark) else cell.text
