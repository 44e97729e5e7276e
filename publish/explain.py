"""Where a number comes from, as text: the sum, each artifact, and the response behind it; pure, knows no ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from urllib.parse import unquote

from publish.table.cells import Cell, Table
from publish.table.escape import printable
from publish.table.metrics import Metric
from publish.table.numbers import grouped, utc
from publish.table.shares import Share
from storage.model import Earlier, Origin
from storage.quarantine.held import Decision, HeldValue

Facts = Iterator[tuple[str, str]]
_MOST_HELD = 10
_STATUS = {304: "304: the answer before still held"}
_DONE = {"accept": "accepted", "reject": "rejected", "reopen": "opened again", "note": "noted"}


@dataclass(frozen=True, slots=True)
class Doubts:
    """What guards held of the artifacts behind a cell, and what was decided of their values."""

    holds: Sequence[HeldValue] = ()
    decisions: Sequence[Decision] = ()


def responses(table: Table, project: str, metric: str) -> list[int]:
    """List the ids of the responses whose origins `explain` needs. Raises `KeyError` as `Table.cell` does."""
    shares = table.cell(project, metric).shares
    return sorted({share.part.response for share in shares if share.part.response is not None})


def series(table: Table, project: str, metric: str) -> list[int]:
    """List the series whose doubts `explain` needs. Raises `KeyError` as `Table.cell` does."""
    shares = table.cell(project, metric).shares
    return sorted({share.part.series for share in shares if share.part.series is not None})


def explain(
    table: Table,
    project: str,
    metric: str,
    origins: Mapping[int, Origin],
    doubts: Doubts | None = None,
    before: Mapping[int, Sequence[Earlier]] = MappingProxyType({}),
) -> str:
    """Tell how the cell of a project (id) and a metric (key) came about; ends with a newline.

    `origins` are the requests behind the observations by response id; a value whose response was not kept says so.
    `doubts` are those of the cell's series, `before` what was known of their days earlier.
    Raises `KeyError` as `Table.cell` does.
    """
    cell, described = table.cell(project, metric), table.rules.by_key[metric]
    blocks = [_head(table, project, described, cell)]
    if cell.shares:
        blocks.append(_sum(cell, described))
    blocks.extend(_block(share, described, origins, doubts or Doubts(), before) for share in cell.shares)
    return "\n\n".join(blocks) + "\n"


def _head(table: Table, project: str, metric: Metric, cell: Cell) -> str:
    name = next(printable(entry.name) for entry in table.projects if entry.id == project)
    known = f"known at run {table.known.run}, {utc(table.known.at)}"
    head = f"{name}, {metric.label} as of {table.as_of.isoformat()}: {cell.text} ({_state(cell)})"
    return "\n".join([head, known, *(f"note: {printable(remark.full)}" for remark in cell.remarks)])


def _state(cell: Cell) -> str:
    if cell.state == "none":
        return "not applicable: the catalog names no such artifact"
    return f"{cell.state}: {cell.obstacle}" if cell.obstacle else cell.state


def _sum(cell: Cell, metric: Metric) -> str:
    """Write the addition as on paper."""
    counted = [share for share in cell.shares if not share.listing]
    figures = [_figure(share.value) for share in counted]
    total = _figure(cell.value)
    width = max(map(len, [*figures, total]))
    terms = [f"{figure:>{width}}  {printable(share.artifact)}" for figure, share in zip(figures, counted, strict=True)]
    if len(terms) <= 1:
        return "".join(terms) or "no artifact is known yet"
    return "\n".join([*terms, "-" * width, f"{total:>{width}}  {metric.unit if cell.value is not None else 'no sum'}"])


def _figure(value: float | None) -> str:
    return "—" if value is None else grouped(value)


def _block(
    share: Share,
    metric: Metric,
    origins: Mapping[int, Origin],
    doubts: Doubts,
    before: Mapping[int, Sequence[Earlier]],
) -> str:
    told = (
        _observation(share, metric),
        _response(share, origins),
        _before(before.get(share.part.series or 0, ())),
        _doubts(share, doubts),
    )
    facts = [("artifact", share.artifact), *chain.from_iterable(told)]
    width = max(len(name) for name, _ in facts)
    head, *rest = (f"{name:<{width}}  {printable(fact)}" for name, fact in facts)
    return "\n".join([head, *(f"  {line}" for line in rest)])


def _observation(share: Share, metric: Metric) -> Facts:
    part = share.part
    if share.listing:
        yield "list", f"last read whole on {part.day.isoformat()}" if part.day else "never read whole"
        yield "state", share.state
    elif part.value is None or part.day is None:
        yield "value", "none"
    else:
        yield "value", f"{grouped(part.value)} {metric.unit}"
        yield "day", part.day.isoformat()
        yield "state", share.state
        yield "method", part.method or ""
    if share.reason:
        because = f" ({share.cause})" if share.cause else ""
        yield "reason", ", ".join(filter(None, (share.reason + because, share.detail)))
    for name, fact in (("source", part.source), ("definition", part.definition)):
        if fact:
            yield name, fact


def _response(share: Share, origins: Mapping[int, Origin]) -> Facts:
    part = share.part
    if share.listing or part.value is None:
        return
    yield "run", str(part.run)
    origin = None if part.response is None else origins.get(part.response)
    if origin is None:
        yield "response", "not kept"
        return
    if origin.status:
        yield "requested", utc(origin.at)
        if origin.url:
            yield "URL", origin.url
        yield "status", _STATUS.get(origin.status, str(origin.status))
    else:  # no response, but a file that was imported
        yield "imported", utc(origin.at)
        yield "file", unquote(origin.url.removeprefix("file:"))
    yield "recording", origin.recording
    yield "record", origin.record


def _before(values: Sequence[Earlier]) -> Facts:
    """Tell what the value of this day was before it was restated, the newest first."""
    for one in reversed(values):
        yield "before", f"{grouped(one.value)} (run {one.run}, known since {utc(one.known_at)})"


def _doubts(share: Share, doubts: Doubts) -> Facts:
    """Tell the newest holds and decisions of a series, by day and in their order."""
    held = [one for one in doubts.holds if one.series == share.part.series]
    decided = [one for one in doubts.decisions if one.series == share.part.series]
    told = [(one.day, one.run, "held", f"{grouped(one.value)} of {one.day}, {one.guard}: {one.reason}") for one in held]
    told += [(one.day, one.run, _DONE[one.verdict], f"that of {one.day}: {one.reason}") for one in decided]
    told.sort(key=lambda one: one[:2])
    if len(told) > _MOST_HELD:
        yield "reviews", f"{len(told) - _MOST_HELD} older ones are not shown"
    for _, run, what, text in told[-_MOST_HELD:]:
        yield what, f"{text} (run {run})"
