"""Search interest of exports of Google Trends: four-week means, all exports of an import on one scale."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum

from collector.calendar import cadence_days
from collector.imports.model import File, NotUnderstood, Options, Read, Value, nothing_of
from collector.imports.trends.export import Export, Values, read_export
from collector.model import Artifact

SOURCE = "google-trends"
METRIC = "search_interest"
KIND = "search"

_DAYS = 28
_APART = {"day": 1, "week": 7}
"""Days from one value to the next; of months no mean of weeks can be made."""
_ROUNDING = 0.5
"""Google rounds to whole numbers, so a value may be off by that much."""
_WEAK, _WEAKEST = 3.0, 1.0
"""Below the first mean of an anchor its rounding is told, below the second the anchor tells nothing."""
_FEWEST_DATES = 4
"""So many dates two exports must share: as many as a single value is made of."""
_ANCHOR = "export it again with a term of middle strength that is in every export"
_MONTHS = "has a row a month, but four weeks are to be averaged; export the past 5 years, for a row a week"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Joint:
    """Exports and the factors that put them on the scale of the first; "" is the anchor of a single export."""

    exports: Sequence[Export]
    factors: Sequence[float]
    anchor: str = ""
    notes: tuple[str, ...] = ()

    def of(self, term: str) -> tuple[Export, float, Values] | None:
        """Return the export that tells of a term (casefolded): the newest, then the one that rounds it least."""
        having = [
            (export.last, _mean(values, values), -place, export, factor, values)
            for place, (export, factor) in enumerate(zip(self.exports, self.factors, strict=True))
            if (values := _of(export, term))
        ]
        return max(having, key=lambda one: one[:3])[3:] if having else None


def read(files: Sequence[File], options: Options) -> Iterator[Read]:
    """Yield what was read of each file, all on the scale of the oldest: of each cadence day the mean of 28 days before.

    Weeks count whole, the four newest that ended before the day; where one has no value, there is no mean. A term of
    the catalog is spelled as there. All files are taken or none, for they make one scale.
    """
    exports, faults = _exports(files, options)
    # The oldest is the reference, in whatever order they are given.
    exports.sort(key=lambda one: (one.exported, one.file.label, one.file.content))
    joint = None if faults else _join(exports, options.anchor.casefold(), faults)
    if joint is None:
        blamed = _list(faults)
        yield from (nothing_of(file, faults.get(file.label, f"is not taken without {blamed}")) for file in files)
        return
    definition = _define(joint)
    exports[0].read.notes += joint.notes
    for term, spelled in _terms(joint).items():
        if (told := joint.of(term)) is not None:
            export, factor, values = told
            for name in [own for own in options.terms if own.casefold() == term] or [spelled]:
                artifact = Artifact(KIND, name)
                for day, mean in _means(export, values, options.cadence):
                    export.read.values.append(Value(artifact, METRIC, SOURCE, definition, day, mean * factor, line=0))
    if not any(export.read.values for export in exports):
        for export in exports:
            export.read.refuse(None, "has no 28 days of whole weeks to be averaged; export a longer range")
    yield from (export.read for export in exports)


def _exports(files: Sequence[File], options: Options) -> tuple[list[Export], dict[str, str]]:
    """Read the files; return also what is wrong, by the names of the files to blame."""
    exports: list[Export] = []
    faults: dict[str, str] = {}
    for file in files:
        try:
            export = read_export(file, exported=options.exported, known=options.terms)
        except NotUnderstood as error:
            faults[file.label] = str(error)
        else:
            exports.append(export)
            if export.step not in _APART:
                faults[file.label] = _MONTHS
    return exports, faults


def _join(exports: Sequence[Export], anchor: str, faults: dict[str, str]) -> _Joint | None:
    """Put exports on the scale of the first by a term that all share: the one asked for, or the strongest of them.

    None if that cannot be; then `faults` says why, by the names of the files to blame.
    """
    reference, *others = exports
    _check_alike(exports, anchor, faults)
    if faults:
        return None
    if not others:
        return _Joint(exports, (1.0,))
    best: tuple[float, str, list[tuple[float, float]]] = (0.0, "", [])
    for term in {anchor} if anchor else {term.casefold() for term in reference.values}:
        pairs = [_measured(reference, other, term) for other in others]
        weakest = min(min(pair) for pair in pairs)
        if weakest >= _WEAKEST:
            best = max(best, (weakest, term, pairs))
    weakest, found, pairs = best
    if not found:
        what = f"the anchor {anchor!r}" if anchor else "a term"
        told = f"does not share {what}, on {_FEWEST_DATES} dates and with a mean of {_WEAKEST:.0f}, with the others"
        faults.update((other.file.label, f"{told}; {_ANCHOR}") for other in others)
        return None
    notes = tuple(
        f"{other.file.label}: the anchor {found} has a mean of {min(pair):.1f} only, so rounding may put its scale off "
        f"by up to {sum(_ROUNDING / mean for mean in pair):.0%}; {_ANCHOR}"
        for other, pair in zip(others, pairs, strict=True)
        if min(pair) < _WEAK
    )
    return _Joint(exports, [1.0, *(ours / theirs for ours, theirs in pairs)], found, notes)


def _check_alike(exports: Sequence[Export], anchor: str, faults: dict[str, str]) -> None:
    """Note the exports that cannot have a scale in common with the first, or lack the anchor that was asked for."""
    reference, *others = exports
    for other in others:
        if other.place.casefold() != reference.place.casefold():
            places = [f"of {export.place}" if export.place else "of no stated place" for export in (other, reference)]
            faults[other.file.label] = (
                f"is {places[0]}, {reference.file.label} {places[1]}; only one place has one scale"
            )
        elif other.step != reference.step:
            steps = f"has a row a {other.step}, {reference.file.label} a row a {reference.step}"
            faults[other.file.label] = f"{steps}; export all for the same range"
    for export in exports:
        if anchor and not _of(export, anchor):
            faults[export.file.label] = f"has no term {anchor!r}, the anchor asked for; it has {_list(export.values)}"


def _measured(reference: Export, other: Export, term: str) -> tuple[float, float]:
    """Return the means of a term in two exports on the dates that they share; zeros if those are too few."""
    ours, theirs = _of(reference, term), _of(other, term)
    dates = sorted(ours.keys() & theirs.keys())
    return (_mean(ours, dates), _mean(theirs, dates)) if len(dates) >= _FEWEST_DATES else (0.0, 0.0)


def _of(export: Export, term: str) -> Values:
    return next((values for spelled, values in export.values.items() if spelled.casefold() == term), {})


def _mean(values: Values, dates: Iterable[date]) -> float:
    found = [values[day] for day in dates]
    return fsum(found) / len(found)


def _means(export: Export, values: Values, cadence: str) -> Iterator[tuple[date, float]]:
    """Yield the mean of the 28 days that had passed in whole weeks, or days, before each cadence day."""
    apart = _APART[export.step]
    # A day just after the last period is as well covered as one within: its 28 days have passed.
    for day in cadence_days(export.first + timedelta(days=_DAYS), export.last + timedelta(days=apart), cadence):
        newest = day - timedelta(days=apart + (day - export.first).days % apart)
        periods = [newest - timedelta(days=back) for back in range(0, _DAYS, apart)]
        if all(period in values for period in periods):
            yield day, _mean(values, periods)


def _define(joint: _Joint) -> str:
    """Say what the values of a joint scale are, in words that are the same for all its terms, and for no other scale.

    The day of the export stands behind `exported`.
    """
    reference, spelled = joint.exports[0], _terms(joint)
    kept = ", ".join(filter(None, ("Google Trends", reference.place or "place not stated", reference.category)))
    mean = (
        "weekly: mean of the last 4 complete weeks" if reference.step == "week" else "daily: mean of the last 28 days"
    )
    days = sorted({export.exported.isoformat() for export in joint.exports})
    parts = [
        f"{kept}, {mean}",
        f"exported {' to '.join(dict.fromkeys((days[0], days[-1])))}, {reference.first} to {reference.last}",
        f"terms {_listed(spelled.values())}",
    ]
    if joint.anchor:
        parts.append(
            f"on the scale of the export of {_listed(reference.values)}, by the anchor {spelled[joint.anchor]}"
        )
    return "; ".join(parts)


def _terms(joint: _Joint) -> dict[str, str]:
    """Return all terms of the exports, spelled as in the first that has them, by their casefolded form."""
    spelled: dict[str, str] = {}
    for export in joint.exports:
        for term in export.values:
            spelled.setdefault(term.casefold(), term)
    return spelled


def _listed(terms: Iterable[str]) -> str:
    """List terms in an order of their own; one with a comma stands in quotes."""
    ordered = sorted(terms, key=lambda term: (term.casefold(), term))
    return ", ".join(f"“{term}”" if "," in term or ";" in term else term for term in ordered)


def _list(names: Iterable[str]) -> str:
    """Name a few and count the others."""
    named = list(names)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
