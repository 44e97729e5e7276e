"""Words for cells that are not fresh or need a remark: short ones for readers, full ones for who operates it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from publish.table.escape import clipped
from publish.table.metrics import Metric
from publish.table.shares import Share
from storage.model import ProjectEntry

_MOST_NAMES = 3
_MOST_REASONS = 3
_NAME_WIDTH = 60
_DETAIL_WIDTH = 100
_REMARK_WIDTH = 300
_SCALE_WIDTH = 200
_BROUGHT_BY = {"reconstructed": "reconstructed by", "imported": "imported from"}
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

Place = tuple[str, str]
"""A cell of the table: the metric's key and the project's id."""


class Remark(NamedTuple):
    """What must be said of a cell even when it is fresh, in a reader's words and in full."""

    short: str
    full: str


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
    remarks: tuple[Remark, ...] = ()

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
    """What readers are told of the cells at `places`, or of whole `rows` (metrics' keys), at whose labels it stands.

    `details` are the operator's words, one for each place: artifacts, causes, definitions. `mark` is None for a row
    that was left out.
    """

    mark: int | None
    text: str
    places: tuple[Place, ...]
    rows: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The footnote behind its mark, or behind words that say why there is no mark to look for."""
        return f"{superscript(self.mark) or 'Left out:'} {self.text}"


def superscript(*marks: int | None) -> str:
    """Write the numbers of footnotes in raised digits; nothing for None."""
    return " ".join(str(mark).translate(_DIGITS) for mark in marks if mark is not None)


def footnotes(
    notes: Iterable[Note],
    scales: Mapping[Metric, str] = MappingProxyType({}),
    sizes: Mapping[str, int] = MappingProxyType({}),
) -> tuple[Footnote, ...]:
    """Put notes that tell readers the same into one footnote, numbered as the table is read.

    `scales` are those of indexes, which hold for their rows; `sizes` say how many cells of a row (by metric's key)
    could have a note: one that all of them share stands at the label. What was left out comes last.
    """
    groups: dict[tuple[bool, str], list[Note]] = defaultdict(list)
    for note in notes:
        groups[note.marked, _short(note)].append(note)
    order = list(dict.fromkeys([*(note.metric for of in groups.values() for note in of), *scales]))
    found = [
        (
            order.index(metric),
            Footnote(0, f"{metric.label}: {clipped(scale, _SCALE_WIDTH)}", (), (metric.key,), (scale,)),
        )
        for metric, scale in scales.items()
        if scale
    ]
    for (marked, why), group in groups.items():
        of_metric = Counter(note.metric for note in group)
        whole = [metric for metric, count in of_metric.items() if marked and 1 < count == sizes.get(metric.key)]
        subject = "; ".join([*(metric.label for metric in whole), *_subjects(group, whole)])
        places = tuple((note.metric.key, note.project.id) for note in group)
        rows, details = tuple(metric.key for metric in whole), tuple(map(_details, group))
        found.append(
            (order.index(group[0].metric), Footnote(0 if marked else None, f"{subject}: {why}", places, rows, details))
        )
    found.sort(key=lambda one: (one[1].mark is None, one[0]))
    return tuple(
        replace(line, mark=number) if line.mark is not None else line for number, (_, line) in enumerate(found, start=1)
    )


def _subjects(group: Iterable[Note], whole: Sequence[Metric]) -> Iterator[str]:
    """Name the projects of cells that stand in no whole row, by metric."""
    names: dict[str, list[str]] = defaultdict(list)
    for note in group:
        if note.metric not in whole:
            names[note.metric.label].append(note.project.name)
    return (f"{_listed(projects)}, {label}" for label, projects in names.items())


def _short(note: Note) -> str:
    """Say in a reader's words what is wrong with a cell: which day, and what happened; names no artifact."""
    said = [note.obstacle] if note.obstacle else [_plainly(one, note.partial) for one in _reasons(note.weak)]
    return "; ".join(
        dict.fromkeys([*said[:_MOST_REASONS], *(clipped(one.short, _REMARK_WIDTH) for one in note.remarks)])
    )


def _details(note: Note) -> str:
    """Say it in the operator's words."""
    said = [note.obstacle] if note.obstacle else _weaknesses(note)
    return "; ".join([*said, *(clipped(one.full, _REMARK_WIDTH) for one in note.remarks)])


def _plainly(reason: "_Reason", partial: bool) -> str:
    days = " to ".join(day.isoformat() for day in reason.days)
    if reason.listing:
        what = f"list of its images last read on {days}" if days else "list of its images never read whole"
    elif reason.state == "missing":
        what = "a part of the sum is missing" if partial else "no value"
    else:
        what = f"value{'s' if len(reason.days) > 1 else ''} of {days}"
    return f"{what}, {reason.plain}"


@dataclass(frozen=True, slots=True)
class _Reason:
    """What shares have in common that are weak for the same cause, and the oldest and newest of their days."""

    state: str
    listing: bool
    said: str
    plain: str
    cause: str
    days: tuple[date, ...]


def _reasons(weak: Iterable[Share]) -> dict[_Reason, list[Share]]:
    """Group the weak shares by what is said of them; lists first, for they hide other artifacts."""
    alike: dict[tuple[str, bool, str, str, str], list[Share]] = defaultdict(list)
    for share in sorted(weak, key=lambda share: not share.listing):
        alike[share.state, share.listing, share.reason, share.plain, share.cause].append(share)
    return {_Reason(*key, _first_and_last(group)): group for key, group in alike.items()}


def _first_and_last(group: Iterable[Share]) -> tuple[date, ...]:
    days = sorted({share.day for share in group if share.day is not None})
    return (days[0], days[-1]) if len(days) > 1 else tuple(days)


def _weaknesses(note: Note) -> list[str]:
    texts = [_text(reason, shares, note) for reason, shares in _reasons(note.weak).items()]
    more = [f"and {len(texts) - _MOST_REASONS} more reasons"] if len(texts) > _MOST_REASONS else []
    return texts[:_MOST_REASONS] + more


def _text(reason: _Reason, shares: Sequence[Share], note: Note) -> str:
    artifacts = _listed([share.artifact for share in shares])
    return f"{_what(reason, artifacts, several=len(shares) > 1, partial=note.partial)}, {_cause(reason, shares)}"


def _what(reason: _Reason, artifacts: str, *, several: bool, partial: bool) -> str:
    plural = "s" if several else ""
    days = " to ".join(day.isoformat() for day in reason.days)
    if reason.listing:
        return f"list{plural} of {artifacts} {f'last read whole on {days}' if days else 'never read whole'}"
    if reason.state == "missing":
        return f"no sum without {artifacts}" if partial else f"no value ({artifacts})"
    return f"value{plural} of {days} ({artifacts})"


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


def remarks(metric: Metric, project: ProjectEntry, shares: Iterable[Share]) -> tuple[Remark, ...]:
    """Return the remarks on a cell, each once, in the order of its shares; none for a plain cell."""
    on_values = (_rests_on(metric, share) for share in shares if share.value is not None)
    return tuple(dict.fromkeys(filter(None, (*on_values, *_changes(metric, project)))))


def _rests_on(metric: Metric, share: Share) -> Remark | None:
    """Say the definition of a value that is not what the row's label promises at first sight."""
    part = share.part
    if metric.type == "index":
        return None  # one scale holds for the row, and is said of it
    if part.source == metric.sources[0] and part.method not in _BROUGHT_BY:
        return None
    by = f"{_BROUGHT_BY.get(part.method or '', 'from')} {part.source}"
    return Remark(f"{by}: {clipped(part.definition or '', _DETAIL_WIDTH)}", f"{by}: {part.definition}")


def _changes(metric: Metric, project: ProjectEntry) -> Iterator[Remark]:
    """Say so, for whoever compares with an earlier table must not take the step for growth or loss."""
    for change in project.changes:
        if change.kind == metric.kind:
            after, before = (_names(change.kind, names) for names in (change.after, change.before))
            since = change.day.isoformat()
            yield Remark(
                f"other artifacts since {since}: no growth or loss",
                f"since {since} counted from {after}, before from {before}: no growth or loss",
            )


def _names(kind: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(f"{kind}:{clipped(name, _NAME_WIDTH)}" for name in names[:_MOST_NAMES]) + more
