"""Makes search interest of exports of Google Trends: four-week means on one scale; knows the metric, not the bytes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import fsum

from collector.calendar import cadence_days
from collector.imports.model import Batch, File, Options
from collector.imports.rows import Rows, Value, refusal
from collector.imports.sheet import NotUnderstood
from collector.imports.trends.export import Export, read_export
from collector.imports.trends.scale import Joint, NotJoined, join
from collector.model import Artifact

SOURCE = "google-trends"
METRIC = "search_interest"
KIND = "search"

_DAYS = 28
_APART = {"day": 1, "week": 7}
"""Days from one value to the next; of months no mean of weeks can be made."""
_NAMED = 5


def read(files: Sequence[File], options: Options) -> Iterator[Batch]:
    """Yield the batch of each file, all on the scale of the first: of each cadence day the mean of the 28 days before.

    Weeks count whole, the four newest that ended before the day; where one has no value, there is no mean. Only the
    terms of the catalog are taken, as it spells them. All files are taken or none, for they make one scale.
    """
    wanted: dict[str, list[str]] = {}
    for term in options.terms:
        wanted.setdefault(term.casefold(), []).append(term)
    exports, faults = _exports(files, options, wanted)
    try:
        joint = None if faults else join(exports, options.anchor)
    except NotJoined as error:
        faults, joint = {error.file: str(error)}, None
    if joint is not None and not any(joint.of(term) for term in wanted):
        there = _named(_terms(joint).values())
        told = f"has no search term of the catalog, only {there}; give a project one of them as its `search`"
        faults, joint = {file.name: told for file in files}, None
    if joint is None:
        blamed = _named(faults)
        yield from (refusal(file, faults.get(file.name, f"is not taken without {blamed}")) for file in files)
    else:
        yield from _batches(joint, wanted, options)


def _exports(
    files: Sequence[File], options: Options, wanted: Mapping[str, object]
) -> tuple[list[Export], dict[str, str]]:
    """Read the files; return also what is wrong, by the names of the files to blame."""
    exports, faults = [], {}
    for file in files:
        try:
            exports.append(read_export(file, exported=options.exported, known=wanted))
        except NotUnderstood as error:
            faults[file.name] = str(error)
    told = "has a row a month, but four weeks are to be averaged; export the past 5 years, for a row a week"
    return exports, {export.file.name: told for export in exports if export.step not in _APART} | faults


def _batches(joint: Joint, wanted: Mapping[str, Sequence[str]], options: Options) -> Iterator[Batch]:
    definition = define(joint)
    odd = [*joint.odd]
    if absent := [spelled for term, spellings in wanted.items() if not joint.of(term) for spelled in spellings]:
        odd.append(f"no export has the catalog's {_named(absent)}; without a common scale they stay without a value")
    for scaled in joint.exports:
        export = scaled.export
        gathered = Rows(export.file, read=export.rows, refused=[*export.refused], odd=[*odd, *export.odd])
        odd = []
        others = [term for term in export.terms if term.casefold() not in {*wanted, *joint.anchors}]
        if others:
            gathered.odd.append(f"{export.file.name}: not in the catalog and not taken: {_named(others)}")
        for term, spellings in wanted.items():
            if joint.of(term) is scaled:
                means = _means(export, export.values[term], options.cadence)
                for day, mean in means:
                    for spelled in spellings:
                        value = mean * scaled.factor
                        gathered.add(Value(Artifact(KIND, spelled), METRIC, SOURCE, definition, day, value, line=0))
        yield gathered.batch()


def _means(export: Export, values: Mapping[date, float], cadence: str) -> Iterator[tuple[date, float]]:
    """Yield the mean of the 28 days that had passed in whole weeks, or days, before each cadence day."""
    apart = _APART[export.step]
    # A day just after the last period is as well covered as one within: its 28 days have passed.
    for day in cadence_days(export.first + timedelta(days=_DAYS), export.last + timedelta(days=apart), cadence):
        newest = day - timedelta(days=apart + (day - export.first).days % apart)
        periods = [newest - timedelta(days=back) for back in range(0, _DAYS, apart)]
        if all(period in values for period in periods):
            yield day, fsum(values[period] for period in periods) / len(periods)


def define(joint: Joint) -> str:
    """Say what the values of a joint scale are, in words that are the same for all its terms, and for no other scale.

    The day of the export stands behind `exported`.
    """
    reference = joint.exports[0].export
    place = reference.place or "place not stated"
    kept = ", ".join(filter(None, ("Google Trends", place, reference.category)))
    mean = (
        "weekly: mean of the last 4 complete weeks" if reference.step == "week" else "daily: mean of the last 28 days"
    )
    days = sorted({one.export.exported.isoformat() for one in joint.exports})
    made = f"exported {' to '.join(dict.fromkeys((days[0], days[-1])))}"
    spelled = _terms(joint)
    parts = [
        f"{kept}, {mean}",
        f"{made}, {reference.first} to {reference.last}",
        f"terms {_listed(spelled.values())}",
    ]
    if joint.anchors:
        anchors = _listed(spelled[anchor] for anchor in joint.anchors)
        parts.append(f"on the scale of the export of {_listed(reference.terms)}, by the anchor {anchors}")
    return "; ".join(parts)


def _terms(joint: Joint) -> dict[str, str]:
    """Return all terms of the exports, spelled as in the first that has them, by their casefolded form."""
    spelled: dict[str, str] = {}
    for scaled in joint.exports:
        for term in scaled.export.terms:
            spelled.setdefault(term.casefold(), term)
    return spelled


def _listed(terms: Iterable[str]) -> str:
    """List terms in an order of their own; one with a comma stands in quotes."""
    ordered = sorted(terms, key=lambda term: (term.casefold(), term))
    return ", ".join(f"“{term}”" if "," in term or ";" in term else term for term in ordered)


def _named(terms: Iterable[str]) -> str:
    """Name a few and count the others."""
    named = list(terms)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
