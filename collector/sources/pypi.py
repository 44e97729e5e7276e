"""What the sources of PyPI downloads share: the metric, and what the days of a young package can say."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from collector.errors import GONE, NoValue
from collector.model import Metric

DOWNLOADS = Metric("pypi_downloads_7d", "PyPI weekly downloads", "downloads", "window")
MONTHLY = Metric("pypi_downloads_30d", "PyPI monthly downloads", "downloads", "window", days=30)


def check_age(first: date, newest: date) -> None:
    """Raise NoValue (missing) if a package whose first downloads are of a day is too young for a window."""
    if newest - first < timedelta(days=DOWNLOADS.days - 1):
        raise NoValue(GONE, f"its first downloads are of {first}, and a sum needs {DOWNLOADS.days} days", "missing")


def with_zeros(counts: Mapping[date, int], loaded: Collection[date]) -> dict[date, int]:
    """Return the counts with a zero for each day without a row that the service has loaded.

    None before the first row: who knows whether the package was there. Raises NoValue as `check_age`.
    """
    first = min(counts)
    check_age(first, max(loaded, default=max(counts)))
    return {day: 0 for day in loaded if day >= first} | dict(counts)
