"""Names that people type, of projects, metrics and sources: what is meant, or the nearest of those that are there."""

from collections.abc import Iterable, Mapping

_LONGEST = 100
"""Characters of a name that are compared: the comparison takes the square of them."""
_MOST = 20
"""So many are listed where none is near."""


class UnknownName(Exception):
    """Something was named that is not there; the message says what is near, or what there is."""

    def __init__(self, what: str, unknown: Iterable[str], there: Iterable[str]) -> None:
        names, known = list(unknown), list(there)
        more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
        hints = {hint: None for name in names if (hint := did_you_mean(name, known))}
        hint = "".join(hints) or f" There are: {', '.join(known[:_MOST]) or 'none'}{more}."
        super().__init__(f"no such {what}: {', '.join(map(repr, names))}.{hint}")


def did_you_mean(name: str, known: Iterable[str], before: str = "") -> str:
    """Return ` Did you mean 'table'?` for `tabel`, "" if nothing is near; `before` is what all names begin with."""
    # Imported here: most names are right.
    import difflib

    by_folded = {one.casefold(): one for one in reversed(list(known))}
    near = difflib.get_close_matches(name[:_LONGEST].casefold(), by_folded, n=1)
    return f" Did you mean {before + by_folded[near[0]]!r}?" if near else ""


def project_ids(named: Iterable[str], there: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of projects that are named by their id or by what people call them, each once.

    `there` are the names by id. Raises UnknownName.
    """
    by_name = {name.casefold(): id_ for id_, name in reversed([*there.items()])}
    found = {one: one if one in there else by_name.get(one.casefold()) for one in named}
    if unknown := [one for one, id_ in found.items() if id_ is None]:
        raise UnknownName("project", unknown, [*there, *there.values()] if len(there) <= _MOST else there)
    return tuple(dict.fromkeys(id_ for id_ in found.values() if id_))


def metric_key(name: str) -> str:
    """Return the key of a metric that is named by it or by what it counts: `stars` are GitHub's. Raises UnknownName."""
    from jobs.metrics import METRICS

    by_unit = {metric.unit: key for key, metric in reversed([*METRICS.items()])}
    key = name if name in METRICS else by_unit.get(name.casefold())
    if key is None:
        raise UnknownName("metric", [name], METRICS)
    return key


def source_name(name: str) -> str:
    """Return the name of a source. Raises UnknownName."""
    from collector.sources import SOURCES

    if name not in SOURCES:
        raise UnknownName("source", [name], SOURCES)
    return name
