"""Parts to cells to a table: how a project's artifacts make one number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import fsum

from publish.table.footnotes import Footnote, Note, Remark, footnotes, remarks, superscript
from publish.table.metrics import Metric
from publish.table.numbers import index, short
from publish.table.rules import Rules
from publish.table.scales import on_scale, scale_of
from publish.table.shares import Share, State, shares
from storage.model import Held, Known, Part, ProjectEntry

NO_VALUE = "—"

_WEAKEST_FIRST: tuple[State, ...] = ("missing", "held", "carried", "fresh")
_METHODS_WEAKEST_FIRST = ("imported", "reconstructed", "derived", "observed")


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one project: a value with the oldest day in it, or None; `mark` is the number of its footnote."""

    value: float | None
    text: str
    state: State
    day: date | None = None
    source: str | None = None
    method: str | None = None
    shares: tuple[Share, ...] = ()
    obstacle: str = ""
    """What stands in the way of a number, where no single share is to blame."""
    remarks: tuple[Remark, ...] = ()
    """What must be said of it even when it is fresh."""
    mark: int | None = None
    held: Held | None = None
    """What the cell would show if what is held for review counted; None unless its state is held."""
    definition: str = ""
    """What exactly the value counts, as its source says; several are joined."""


@dataclass(frozen=True, slots=True)
class Row:
    """One metric: a cell a project, in the order of the table's projects; the `scale` of all if it is an index."""

    metric: Metric
    cells: tuple[Cell, ...]
    scale: str = ""
    marks: tuple[int, ...] = ()
    """The numbers of the footnotes that hold for all of it."""

    @property
    def label(self) -> str:
        """The metric's label with the raised numbers of the row's footnotes."""
        return f"{self.metric.label}{superscript(*self.marks)}"

    @property
    def shown(self) -> bool:
        """Whether any project has a value."""
        return any(cell.value is not None for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """What was known after the run `known` as of a UTC day, by `rules`; a row without any value is left out."""

    as_of: date
    known: Known
    rules: Rules
    projects: tuple[ProjectEntry, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[Footnote, ...]
    left_out: tuple[Row, ...] = ()
    page: str = ""
    title: str = ""
    """Name and title of the page that the table is published on."""

    @property
    def caption(self) -> str:
        """The line that stands under every rendering."""
        return self.rules.caption.format(day=self.as_of.isoformat())

    def cells(self) -> dict[tuple[str, str], Cell]:
        """Give all cells, shown or not, by project (id) and metric (key)."""
        return {
            (entry.id, row.metric.key): one
            for row in (*self.rows, *self.left_out)
            for entry, one in zip(self.projects, row.cells, strict=True)
        }

    def cell(self, project: str, metric: str) -> Cell:
        """Give the cell of a project (id) and a metric (key), shown or not. Raises `KeyError` if there is none."""
        for row in (*self.rows, *self.left_out):
            for entry, one in zip(self.projects, row.cells, strict=True):
                if (entry.id, row.metric.key) == (project, metric):
                    return one
        raise KeyError((project, metric))


def build(parts: Iterable[Part], projects: Iterable[ProjectEntry], as_of: date, known: Known, rules: Rules) -> Table:
    """Make the table of `projects`, in their order, as of a UTC day from the parts known after the run `known`.

    Parts of other projects are ignored.
    """
    entries = tuple(projects)
    of_project = _by_project(parts)
    rows = [_row(metric, entries, of_project, as_of, rules) for metric in rules.metrics]
    told = [row for row in rows if row.shown or row.metric.expected]
    notes = [note for row in sorted(told, key=lambda row: not row.shown) for note in _notes(row, entries)]
    sizes = {row.metric.key: sum(one.state != "none" for one in row.cells) for row in rows}
    lines = footnotes(notes, {row.metric: row.scale for row in rows if row.shown}, sizes)
    table = Table(as_of, known, rules, entries, tuple(row for row in rows if row.shown), lines)
    return replace(marked(table), left_out=tuple(row for row in rows if not row.shown))


def marked(table: Table) -> Table:
    """Put the numbers of the footnotes to the cells and labels that they are about."""
    of_rows = {
        key: [line.mark for line in table.footnotes if line.mark and key in line.rows]
        for key in {key for line in table.footnotes for key in line.rows}
    }
    of_cells = {place: line.mark for line in table.footnotes for place in line.places if place[0] not in line.rows}
    return replace(
        table,
        rows=tuple(
            replace(
                row,
                marks=tuple(of_rows.get(row.metric.key, ())),
                cells=tuple(
                    replace(one, mark=of_cells.get((row.metric.key, entry.id)))
                    for entry, one in zip(table.projects, row.cells, strict=True)
                ),
            )
            for row in table.rows
        ),
    )


def _row(
    metric: Metric, entries: Sequence[ProjectEntry], parts: Mapping[str, Sequence[Part]], as_of: date, rules: Rules
) -> Row:
    """Make a row; that of an index from one scale only."""
    of_all = (part for entry in entries for part in parts.get(entry.id, ()))
    scale = scale_of(of_all, metric, as_of, rules.scale_days)
    of_each = ((entry, on_scale(parts.get(entry.id, ()), metric, scale)) for entry in entries)
    cells = (cell(metric, entry, mine, as_of, rules, scale=scale) for entry, mine in of_each)
    return Row(metric, tuple(cells), scale)


def cell(
    metric: Metric,
    project: ProjectEntry,
    parts: Iterable[Part],
    as_of: date,
    rules: Rules,
    *,
    scale: str = "",
) -> Cell:
    """Make one cell from the parts of one project.

    No artifact of the kind: none. Any artifact without a value: missing, for a part of a sum is not the sum. A value
    that is not on the `scale` of the row, if it has one: missing. Else the sum, in the state of its weakest share.
    """
    of_kind = shares(parts, metric, as_of, rules)
    said = remarks(metric, project, of_kind)
    if not of_kind and all(kind != metric.kind for kind, _ in project.members):
        return Cell(None, NO_VALUE, "none")
    state: State = min((share.state for share in of_kind), key=_WEAKEST_FIRST.index, default="missing")
    counted = [share for share in of_kind if not share.listing]
    obstacle = _obstacle(metric, of_kind, counted, scale)
    if state == "missing" or obstacle:
        return Cell(None, NO_VALUE, "missing", shares=of_kind, obstacle=obstacle, remarks=said)
    return _sum(metric, counted, state, of_kind, said)


def _obstacle(metric: Metric, of_kind: Sequence[Share], counted: Sequence[Share], scale: str) -> str:
    if scale and any(share.value is not None and share.part.definition != scale for share in counted):
        return "no value on this row's scale, only on others, which cannot be compared"
    if not of_kind:
        return "no value, never collected"
    if len(counted) > 1 and metric.combine is None:
        return "no value, for those of several artifacts cannot be added"
    listed_none = not counted and all(share.state != "missing" for share in of_kind)
    return "no value, nothing is listed up to this day" if listed_none else ""


def _sum(
    metric: Metric, counted: Sequence[Share], state: State, of_kind: tuple[Share, ...], said: tuple[Remark, ...]
) -> Cell:
    value = fsum(share.value for share in counted if share.value is not None)
    sources = {share.part.source for share in counted if share.part.source}
    methods = {share.part.method for share in counted}
    return Cell(
        value=value,
        text=index(value) if metric.type == "index" else short(value),
        state=state,
        day=min(share.day for share in counted if share.day is not None),
        source=", ".join(sorted(sources)),
        method=next(method for method in _METHODS_WEAKEST_FIRST if method in methods),
        shares=of_kind,
        remarks=said,
        held=_held(counted) if state == "held" else None,
        definition="; ".join(dict.fromkeys(share.part.definition for share in counted if share.part.definition)),
    )


def _held(counted: Sequence[Share]) -> Held:
    """Add up what the cell would show if what is held counted."""
    held = [share.held for share in counted if share.held is not None]
    values = [share.held.value if share.held else share.value for share in counted]
    reasons = dict.fromkeys(f"{one.guard}: {one.reason}" for one in held)
    value = fsum(value for value in values if value is not None)
    return Held(max(one.day for one in held), value, held[0].guard, "; ".join(reasons))


def _by_project(parts: Iterable[Part]) -> dict[str, list[Part]]:
    grouped: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        grouped[part.project].append(part)
    return grouped


def _notes(row: Row, projects: Sequence[ProjectEntry]) -> list[Note]:
    return [
        Note(row.metric, project, one.shares, one.obstacle, marked=row.shown, remarks=one.remarks)
        for project, one in zip(projects, row.cells, strict=True)
        if one.remarks or one.state not in {"fresh", "none"}
    ]
