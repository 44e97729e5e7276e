"""The publication: each page's table as files, and as an edition that can be made again; knows no cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from collector.calendar import cadence_day_on_or_before
from jobs.editions.drafts import Draft, Moment, drafts
from jobs.editions.staging import staged
from jobs.pages import load_pages
from jobs.settings import Settings
from publish.site.pages import Page
from storage.ledger import Ledger
from storage.model import Edition

PAGES = Path("comparisons")
SITE = Path("site")
_ALL = "all"
"""The page of all projects, where nobody has written one."""
_SUFFIXES = ("md", "json")


class PublishError(Exception):
    """What was asked to be published cannot be; the message says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to publish: which pages (by name, empty: all) of which folder, as of which day, where to, how strictly."""

    names: Sequence[str] = ()
    as_of: date | None = None
    output: Path = SITE
    allow_stale: bool = False
    pages: Path = PAGES


@dataclass(frozen=True, slots=True)
class Published:
    """What came of a page: its files, and whether they are a `new` edition; no files if it was refused as too stale."""

    draft: Draft
    files: tuple[Path, ...] = ()
    new: bool = False

    @property
    def refused(self) -> bool:
        """Whether nothing of the page was published."""
        return not self.files


def publish(settings: Settings, order: Order) -> list[Published]:
    """Publish pages. All are checked before any is written; one that is too stale keeps no other back.

    The files are safe on the disk before the edition is recorded, and in their places after it. Raises PageError,
    PublishError, CatalogError, LedgerError and its kinds, OSError.
    """
    pages = load_pages(order.pages, order.names)
    with Ledger.open(settings.db) as ledger:
        made = _drafts(ledger, settings, order, pages)
        sound = [draft for draft in made if order.allow_stale or not draft.too_stale]
        places = {draft.edition.page: _places(order.output, draft.edition) for draft in sound}
        with staged(_contents(sound, places)):
            kept = ledger.archive.keep([draft.edition for draft in sound]) if sound else []
    done = {one.page: (one, new) for one, new in kept}
    return [_published(draft, places, *done.get(draft.edition.page, (draft.edition, False))) for draft in made]


def _drafts(ledger: Ledger, settings: Settings, order: Order, pages: Sequence[Page]) -> list[Draft]:
    """Make the drafts of the pages, or of the one of all projects where there is none."""
    now = settings.clock()
    moment = Moment.read(ledger, now)
    day = order.as_of or cadence_day_on_or_before(now.date(), ledger.cadence(moment.known))
    if day > now.date():
        raise PublishError(f"--as-of {day.isoformat()} is in the future: today is {now.date().isoformat()} (UTC)")
    everything = tuple(entry.id for entry in ledger.projects(moment.known))
    return drafts(ledger, pages or [Page(_ALL, "All projects", everything, "")], day, moment)


def _places(folder: Path, edition: Edition) -> tuple[Path, ...]:
    return tuple(folder / edition.page / f"{edition.day.isoformat()}.{suffix}" for suffix in _SUFFIXES)


def _contents(drafts: Sequence[Draft], places: Mapping[str, tuple[Path, ...]]) -> dict[Path, bytes]:
    return {
        place: text.encode()
        for draft in drafts
        for place, text in zip(places[draft.edition.page], draft.written, strict=True)
    }


def _published(draft: Draft, places: Mapping[str, tuple[Path, ...]], edition: Edition, new: bool) -> Published:
    return Published(replace(draft, edition=edition), places.get(edition.page, ()), new)
