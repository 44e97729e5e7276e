"""When the next export of Google Trends is due, and the links that make it; knows neither clock nor ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from collector.imports.model import MOST_TERMS
from publish.table.scales import CURRENT_DAYS, export_day

_EXPLORE = "https://trends.google.com/trends/explore?date=today%205-y&q="


@dataclass(frozen=True, slots=True)
class ExportDue:
    """Exports that are due: the day of the newest one before (None: there is none), and a link for each to be made.

    With several links, `anchor` is the term that is in all of them, and the first is the reference.
    """

    newest: date | None
    links: tuple[str, ...]
    anchor: str = ""


def export_due(
    terms: Sequence[str], definitions: Iterable[str], today: date, interest: Mapping[str, float]
) -> ExportDue | None:
    """Return what is due for the catalog's terms, if the newest of the exports is older than CURRENT_DAYS, or none is.

    `definitions` are those of the values so far; `interest` is what is known of terms by now, on one scale.
    """
    newest = max(filter(None, map(export_day, definitions)), default=None)
    if not terms or (newest is not None and (today - newest).days <= CURRENT_DAYS):
        return None
    anchor = middle(terms, interest) if len(set(terms)) > MOST_TERMS else ""
    return ExportDue(newest, tuple(_EXPLORE + ",".join(map(_quoted, few)) for few in _parts(terms, anchor)), anchor)


def middle(terms: Sequence[str], interest: Mapping[str, float]) -> str:
    """Return the term of middle strength, which rounding hurts least in every export; the first if nothing is known."""
    known = sorted((interest[term], term) for term in set(terms) if interest.get(term))
    return known[len(known) // 2][1] if known else terms[0]


def _parts(terms: Sequence[str], anchor: str) -> list[list[str]]:
    """Divide the terms, each part with the anchor at its head if there is one."""
    head = [anchor] if anchor else []
    others = sorted(set(terms) - set(head), key=lambda term: (term.casefold(), term))
    room = MOST_TERMS - len(head)
    return [head + others[start : start + room] for start in range(0, len(others), room)]


def _quoted(term: str) -> str:
    return quote(term, safe="")
