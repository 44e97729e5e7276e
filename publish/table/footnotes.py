"""Words for cells that are not fresh or need a remark: which value and why, cells of one reason in one footnote."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from publish.table.escape import clipped
from publish.table.metrics import Metric
from publish.table.shares import Share
from storage.model import ProjectEntry

_MOST_NAMES = 3
_MOST_REASONS = 3
_NAME_WIDTH = 60
_DETAIL_WIDTH = 100
_REMARK_WIDTH = 300
_SCALE_WIDTH = 1000
_BROUGHT_BY = {"reconstructed": "reconstructed by", "imported": "imported from"}
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

Place = tuple[str, str]
"""A cell of the table: the metric's key and the project's id."""


@dataclass(frozen=True, slots=True)
class Note:
    """A cell to be explained: it is not fresh, or there are remarks on it.

    `marked` if its row is shown, so that a mark can stand in it.
    """

    metric: Metric
    project: ProjectEntry
    shares: tuple[Share, ...]
    obstacle: str
    marked: bool
    remarks: tuple[str, ...] = ()

    @property
    def weak(self) -> list[Share]:
        """The shares that are to blame: those that are missing, or if none is, those that are not fresh."""
        missing = [share for share in self.shares if share.state == "missing"]
        lists = {share.part.member_name: share for share in self.shares if share.listing}
        return missing or [share for share in self.shares if share.state != "fresh" and not _explained(share, lists)]

    @property
    def partial(self) -> bool:
        """Whether other artifacts of the cell do have values."""
        return any(share.value is not None for share in self.shares)


def _explained(share: Share, lists: Mapping[str, Share]) -> bool:
    """Whether an image is as old as its list only because the whole list is."""
    behind = lists.get(share.part.member_name)
    if share.listing or behind is None or behind.state == "fresh":
        return False
    return share.state == "carried" and share.day == behind.day


@dataclass(frozen=True, slots=True)
class Footnote:
    """What is said of the cells at `places`, or of a row as a whole if there are none.

    `mark` is None for a row: for one that was left out, and for one that is named in the text.
    """

    mark: int | None
    text: str
    places: tuple[Place, ...]

    @property
    def line(self) -> str:
        """The footnote behind its mark, or behind words that say why there is no mark to look for."""
        return f"{superscript(self.mark) or 'Left out:'} {self.text}" if self.places else self.text


def superscript(mark: int | None) -> str:
    """Write the number of a footnote in raised digits; nothing for None."""
    return "" if mark is None else str(mark).translate(_DIGITS)


def footnotes(notes: Iterable[Note], scales: Mapping[Metric, str] = MappingProxyType({})) -> tuple[Footnote, ...]:
    """Put notes with the same reasons into one footnote each, numbered in the order of the notes.

    Behind them the scale of each row that has one, which holds for all its cells, then what was left out.
    """
    groups: dict[object, list[Note]] = defaultdict(list)
    for note in notes:
        groups[(note.marked, note.partial, note.obstacle, tuple(_reasons(note.weak)), note.remarks)].append(note)
    lines: list[Footnote] = []
    for group in groups.values():
        mark = len(lines) + 1 if group[0].marked else None
        places = tuple((note.metric.key, note.project.id) for note in group)
        lines.append(Footnote(mark, f"{_subject(group)}: {_why(group)}", places))
    of_rows = [
        Footnote(None, f"{metric.label}: {clipped(scale, _SCALE_WIDTH)}", ())
        for metric, scale in scales.items()
        if scale
    ]
    marked = [line for line in lines if line.mark is not None]
    return (*marked, *of_rows, *lines[len(marked) :])


@dataclass(frozen=True, slots=True)
class _Reason:
    """What shares have in common that are weak for the same cause, and the oldest and newest of their days."""

    state: str
    listing: bool
    said: str
    cause: str
    days: tuple[date, ...]


def _reasons(weak: Iterable[Share]) -> dict[_Reason, list[Share]]:
    """Group the weak shares by what is said of them; lists first, for they hide other artifacts."""
    alike: dict[tuple[str, bool, str, str], list[Share]] = defaultdict(list)
    for share in sorted(weak, key=lambda share: not share.listing):
        alike[(share.state, share.listing, share.reason, share.cause)].append(share)
    return {_Reason(*key, _first_and_last(group)): group for key, group in alike.items()}


def _first_and_last(group: Iterable[Share]) -> tuple[date, ...]:
    days = sorted({share.day for share in group if share.day is not None})
    return (days[0], days[-1]) if len(days) > 1 else tuple(days)


def _subject(group: Sequence[Note]) -> str:
    names: dict[str, list[str]] = defaultdict(list)
    for note in group:
        names[note.metric.label].append(note.project.name)
    return "; ".join(f"{_listed(projects)}, {label}" for label, projects in names.items())


def _why(group: Sequence[Note]) -> str:
    said = [group[0].obstacle] if group[0].obstacle else _weaknesses(group)
    return "; ".join([*said, *(clipped(remark, _REMARK_WIDTH) for remark in group[0].remarks)])


def _weaknesses(group: Sequence[Note]) -> list[str]:
    reasons = _reasons(share for note in group for share in note.weak)
    texts = [_text(reason, shares, group) for reason, shares in reasons.items()]
    more = [f"and {len(texts) - _MOST_REASONS} more reasons"] if len(texts) > _MOST_REASONS else []
    return texts[:_MOST_REASONS] + more


def _text(reason: _Reason, shares: Sequence[Share], group: Sequence[Note]) -> str:
    # Where many projects are named by their marks only, naming their artifacts would drown the reason.
    artifacts = _listed([share.artifact for share in shares]) if len(group) <= _MOST_NAMES else ""
    return f"{_what(reason, artifacts, several=len(shares) > 1, partial=group[0].partial)}, {_cause(reason, shares)}"


def _what(reason: _Reason, artifacts: str, *, several: bool, partial: bool) -> str:
    plural = "s" if several else ""
    days = " to ".join(day.isoformat() for day in reason.days)
    if reason.listing:
        of = artifacts or "a namespace"
        return f"list{plural} of {of} last read whole on {days}" if days else f"list{plural} of {of} never read whole"
    if reason.state == "missing":
        if partial:
            return f"no sum without {artifacts or 'all artifacts'}"
        return f"no value{f' ({artifacts})' if artifacts else ''}"
    return f"value{plural} of {days}{f' ({artifacts})' if artifacts else ''}"


def _cause(reason: _Reason, shares: Sequence[Share]) -> str:
    details = {share.detail for share in shares}
    detail = clipped(details.pop(), _DETAIL_WIDTH).rstrip(".") if len(details) == 1 else ""
    cause = clipped(reason.cause, _NAME_WIDTH)
    return ", ".join(filter(None, (f"{reason.said} ({cause})" if cause else reason.said, detail)))


def _listed(names: Sequence[str]) -> str:
    """Name a few and count the rest: `a`, `a and b`, `a, b and c`, `a, b, c and 9 more`."""
    shown = [clipped(name, _NAME_WIDTH) for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        shown = [", ".join(shown), f"{len(names) - _MOST_NAMES} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def remarks(metric: Metric, project: ProjectEntry, shares: Iterable[Share]) -> tuple[str, ...]:
    """Return the remarks on a cell, each once, in the order of its shares; none for a plain cell."""
    on_values = (_rests_on(metric, share) for share in shares if share.value is not None)
    return tuple(dict.fromkeys(filter(None, (*on_values, *_changes(metric, project)))))


def _rests_on(metric: Metric, share: Share) -> str:
    """Say the definition of a value that is not what the row's label promises at first sight."""
    part = share.part
    if metric.type == "index":
        return ""  # one scale holds for the row, and is said of it
    if part.source == metric.sources[0] and part.method not in _BROUGHT_BY:
        return ""
    return f"{_BROUGHT_BY.get(part.method or '', 'from')} {part.source}: {part.definition}"


def _changes(metric: Metric, project: ProjectEntry) -> Iterator[str]:
    """Say so, for whoever compares with an earlier table must not take the step for growth or loss."""
    for change in project.changes:
        if change.kind == metric.kind:
            after, before = (_names(change.kind, names) for names in (change.after, change.before))
            yield f"since {change.day.isoformat()} counted from {after}, before from {before}: no growth or loss"


def _names(kind: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(f"{kind}:{clipped(name, _NAME_WIDTH)}" for name in names[:_MOST_NAMES]) + more
