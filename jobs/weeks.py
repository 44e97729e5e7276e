"""The weeks that should have a refresh, held against those that have one."""

from collections.abc import Sequence
from datetime import date

from collector.calendar import cadence_day_on_or_before, cadence_days
from jobs.ingest.plan import scope
from jobs.settings import Settings
from storage.database.errors import LedgerMissing
from storage.ledger import Connection, Ledger
from storage.runs import runs


def missing_weeks(settings: Settings, cadence: str) -> list[date]:
    """Return the weeks without a refresh of the whole catalog, as of now; without a ledger, the running one."""
    today = settings.clock().date()
    try:
        with Ledger.open(settings.db) as ledger, ledger.reading() as connection:
            return weeks_without_refresh(connection, cadence, today)
    except LedgerMissing:
        return [cadence_day_on_or_before(today, cadence)]


def weeks_without_refresh(connection: Connection, cadence: str, today: date) -> list[date]:
    """Return the cadence days, from the first refresh to today, whose week has no refresh of the whole catalog."""
    running = cadence_day_on_or_before(today, cadence)
    have = {cadence_day_on_or_before(day, cadence) for day in runs.refresh_days(connection, scope())}
    return [week for week in cadence_days(min(have, default=running), running, cadence) if week not in have]


def say_missed(weeks: Sequence[date]) -> str:
    """Say which past weeks have no refresh, and what can be done: a refresh is of its own week."""
    days = f"{weeks[0]} to {weeks[-1]}, {len(weeks)} weeks" if len(weeks) > 1 else str(weeks[0])
    return f"without a refresh: {days}; `tallybook gaps` says what is missing of them and what can be filled"
