"""The weeks that should have a refresh, held against those that have one."""

import json
from collections.abc import Sequence
from datetime import date

from collector.calendar import cadence_day_on_or_before, cadence_days
from jobs.settings import Settings
from storage.database.errors import LedgerMissing
from storage.ledger import Ledger


def scope(projects: Sequence[str] = (), sources: Sequence[str] = (), of: str = "") -> str:
    """Return what a run is asked to do, as text to compare runs by; without arguments, the whole catalog."""
    return json.dumps({"projects": sorted(projects), "sources": sorted(sources), "of": of})


def missing_weeks(settings: Settings, cadence: str) -> list[date]:
    """Return the cadence days, from the first refresh to today, whose week has no refresh of the whole catalog."""
    today = settings.clock().date()
    running = cadence_day_on_or_before(today, cadence)
    try:
        with Ledger.open(settings.db) as ledger:
            days = ledger.refresh_days(scope())
    except LedgerMissing:
        days = []
    have = {cadence_day_on_or_before(day, cadence) for day in days}
    first = min(have, default=running)
    return [week for week in cadence_days(first, running, cadence) if week not in have]


def say_missed(weeks: Sequence[date]) -> str:
    """Say which past weeks have no refresh, and what can be done: a refresh is of its own week."""
    days = f"{weeks[0]} to {weeks[-1]}, {len(weeks)} weeks" if len(weeks) > 1 else str(weeks[0])
    return f"without a refresh: {days}; `tallybook gaps` says what is missing of them and what can be filled"
