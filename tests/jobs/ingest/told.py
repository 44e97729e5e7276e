"""What tasks were told, made up for tests."""

from datetime import UTC, date, datetime, time, timedelta

from collector.http.workers import Told
from collector.model import Answer, Artifact, DailyCounts, Recorded
from collector.sources import SOURCES
from collector.sources.protocol import How, Task

MONDAY = date(2026, 4, 27)
WEEK = timedelta(days=7)
PACKAGE, REPOSITORY = Artifact("pypi", "kfp"), Artifact("github", "ns/one")
RECORD = "<urn:uuid:00000000-0000-4000-8000-{:012}>"


def answered(source: str, artifact: Artifact, answer: Answer, number: int = 1) -> Told:
    """Make what a task about an artifact was told, by a response with a number."""
    at = datetime.combine(MONDAY, time(5), UTC)
    kept = Recorded(RECORD.format(number), "https://h", 200, at, 100 * number, 100, "0" * 64, "r.warc.gz")
    return Told(Task(SOURCES[source], (artifact,), How("https://h")), answer, (kept,), MONDAY)


def downloads(days: int, *holes: int, artifact: Artifact = PACKAGE, number: int = 1) -> Told:
    """Make a package's counts of one a day, of the days before Monday, but for holes so many days ago."""
    counts = {MONDAY - timedelta(days=ago): 1 for ago in range(1, days + 1) if ago not in holes}
    return answered("pypistats", artifact, Answer(daily=(DailyCounts(artifact, "pypi_downloads_7d", counts),)), number)
