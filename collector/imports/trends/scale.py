"""Joins exports of Google Trends to one scale by anchor terms that they share; pure arithmetic, knows no format."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum

from collector.imports.trends.export import Export

ROUNDING = 0.5
"""Google rounds to whole numbers, so a value may be off by that much."""
WEAK = 3.0
"""Below this mean of an anchor its rounding dominates the ratio, and the joint scale is reported as odd."""
WEAKEST = 1.0
"""Below this mean an anchor tells nothing, and the exports are not joined by it."""
FEWEST_DATES = 4
"""So many dates two exports must share: as many as a single value is made of."""

_ANCHOR = "export it again with a term of middle strength that is in every export"
_NAMED = 3


class NotJoined(Exception):
    """Exports that have no scale in common; the message says why, and what to do. `file` is the one to blame."""

    def __init__(self, export: Export, reason: str) -> None:
        super().__init__(reason)
        self.file = export.file.name


@dataclass(frozen=True, slots=True)
class Link:
    """What leads from an export to the scale of another: the anchor's ratio, and its means on both sides."""

    anchor: str
    ratio: float
    means: tuple[float, float]

    @property
    def strength(self) -> float:
        """The smaller of the anchor's means: the larger it is, the less rounding counts."""
        return min(self.means)

    @property
    def error(self) -> float:
        """The share of 1 by which rounding alone may have put the ratio off, at the most."""
        return sum(ROUNDING / mean for mean in self.means)


@dataclass(frozen=True, slots=True)
class Scaled:
    """An export and the factor that puts its values on the joint scale."""

    export: Export
    factor: float


@dataclass(frozen=True, slots=True)
class Joint:
    """Exports on one scale, that of the first; `anchors` are the terms (casefolded) by which the others came to it."""

    exports: tuple[Scaled, ...]
    anchors: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    def of(self, term: str) -> Scaled | None:
        """Return the export that tells of a term (casefolded): the reference, else the one that rounds it least."""
        having = [one for one in self.exports if one.export.values.get(term)]
        if not having or having[0] is self.exports[0]:
            return having[0] if having else None
        return max(
            having, key=lambda one: (_mean(one.export.values[term], one.export.values[term]), one.export.file.name)
        )


def join(exports: Sequence[Export], anchor: str = "") -> Joint:
    """Put exports on the scale of the first: by the term `anchor`, or else by the best of those that all share.

    Where none is in all, each is led to the first through others, by the strongest term that two of them share.
    Raises NotJoined.
    """
    _same_kind(exports)
    if len(exports) == 1:
        return Joint((Scaled(exports[0], 1.0),))
    common = _common(exports, anchor.casefold())
    found = _star(exports, common)
    if found is None and anchor:
        other = next(other for other in exports[1:] if _link(exports[0], other, anchor.casefold()) is None)
        raise NotJoined(other, _why(exports[:1], other, common))
    if found is None:
        found = _chain(exports)
    factors = {0: 1.0}
    for index, (via, link) in found.items():
        factors[index] = factors[via] * link.ratio
    return Joint(
        tuple(Scaled(export, factors[index]) for index, export in enumerate(exports)),
        tuple(sorted({link.anchor for _, link in found.values()})),
        tuple(_weak(exports[index], link) for index, (_, link) in found.items() if link.strength < WEAK),
    )


Links = dict[int, tuple[int, Link]]
"""By the place of an export: the place of the one that it is measured against, which stands before it, and how."""


def _star(exports: Sequence[Export], common: Collection[str]) -> Links | None:
    """Measure each export against the first by the one term that is strongest where it is weakest, if there is one."""
    reference, *others = exports
    best: Links | None = None
    strength = 0.0
    for term in sorted(common):
        links = [_link(reference, other, term) for other in others]
        weakest = min((link.strength if link else 0.0 for link in links), default=0.0)
        if weakest > strength:
            strength = weakest
            best = {index: (0, link) for index, link in enumerate(links, 1) if link}
    return best


def _chain(exports: Sequence[Export]) -> Links:
    """Measure one after the other against one that is on the scale already, the strongest link first."""
    joined: Links = {}
    while len(joined) < len(exports) - 1:
        on_scale = [0, *joined]
        left = [index for index in range(len(exports)) if index not in on_scale]
        found = [
            (link.strength, link.anchor, exports[index].file.name, index, via, link)
            for index in left
            for via in on_scale
            for term in exports[index].values
            if (link := _link(exports[via], exports[index], term))
        ]
        if not found:
            raise NotJoined(exports[left[0]], _why([exports[place] for place in on_scale], exports[left[0]]))
        *_, index, via, link = max(found, key=lambda one: one[:3])
        joined[index] = via, link
    return joined


def _link(via: Export, other: Export, term: str) -> Link | None:
    """Measure a term on the dates that two exports share; None if it is not in both, or tells nothing."""
    dates = _shared(via, other, term)
    if len(dates) < FEWEST_DATES:
        return None
    means = _mean(via.values[term], dates), _mean(other.values[term], dates)
    return Link(term, means[0] / means[1], means) if min(means) >= WEAKEST else None


def _shared(via: Export, other: Export, term: str) -> list[date]:
    if term not in via.values or term not in other.values:
        return []
    return sorted(via.values[term].keys() & other.values[term].keys())


def _mean(values: Mapping[date, float], dates: Collection[date]) -> float:
    return fsum(values[day] for day in dates) / len(dates)


def _common(exports: Sequence[Export], anchor: str) -> set[str]:
    """Return the terms that all exports have, or the one that was asked for."""
    if not anchor:
        return set.intersection(*(set(export.values) for export in exports))
    for export in exports:
        if anchor not in export.values:
            raise NotJoined(export, f"has no term {anchor!r}, the anchor asked for; it has {', '.join(export.terms)}")
    return {anchor}


def _same_kind(exports: Sequence[Export]) -> None:
    reference, *others = exports
    for other in others:
        if other.place.casefold() != reference.place.casefold():
            places = [f"of {export.place}" if export.place else "of no stated place" for export in (other, reference)]
            raise NotJoined(other, f"is {places[0]}, {reference.file.name} {places[1]}; only one place has one scale")
        if other.step != reference.step:
            steps = f"has a row a {other.step}, {reference.file.name} a row a {reference.step}"
            raise NotJoined(other, f"{steps}; export all for the same range")


def _why(on_scale: Sequence[Export], other: Export, terms: Collection[str] | None = None) -> str:
    """Say why nothing leads from an export to those on the scale, by the nearest miss."""
    names = ", ".join(export.file.name for export in on_scale[:_NAMED])
    tried = [(via, term) for via in on_scale for term in terms or other.values if term in via.values]
    enough = [(via, term) for via, term in tried if len(_shared(via, other, term)) >= FEWEST_DATES]
    if not tried:
        told = f"shares no term with {names}"
    elif not enough:
        told = f"shares fewer than {FEWEST_DATES} dates with {names}; export all for the same range"
    else:
        rare = ", ".join(sorted({term for _, term in enough})[:_NAMED])
        told = f"shares with {names} only what rounding hides, a mean below {WEAKEST:.0f}: {rare}"
    return f"{told}; {_ANCHOR}"


def _weak(export: Export, link: Link) -> str:
    low = f"the anchor {link.anchor} has a mean of {link.strength:.1f} only"
    return f"{export.file.name}: {low}, so rounding may put its scale off by up to {link.error:.0%}; {_ANCHOR}"
