"""Makes the sample export: `python -m jobs.demo.sample.make_export FOLDER`. The values are made up, the shape is real.

It is the format in which Google Trends exports since 2026, under a name as it gives them, with a label above.
The same bytes come out each time, so a test holds the bundled file against this script.
"""

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

NAME = "time_series_Worldwide_20210426-0000_20260426-0915.csv"
"""Made on the day before the sample was recorded, as its second time says."""
LABEL = "tallybook sample data (made up to show the shape, not measured)"
WEEKS = 262
NEWEST = date(2026, 4, 26)
"""The Sunday that begins the running week, which is not counted."""
LOUDEST = 100
"""The week, counted from the oldest, that has the value 100, as one has in every export."""
LAST: Mapping[str, tuple[int | str, ...]] = {"Metaflow": (3, 2, 3, 3, 1), "Kubeflow": (1, 1, 2, 1, "<1")}
"""The last four whole weeks, and the running one."""


def weekly(term: str) -> Iterator[int | str]:
    """Yield made-up interest by week, oldest first: low but for one week, to which the export is scaled."""
    usual = 4 if term == "Metaflow" else 1
    for week in range(WEEKS - len(LAST[term])):
        value = usual + week * 7919 % 11 % 3 - 1
        yield 100 if (term, week) == ("Metaflow", LOUDEST) else value or "<1"
    yield from LAST[term]


def make_export(folder: Path) -> Path:
    """Write the export into a folder and return the file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([LABEL])
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["Time", *LAST])
    for back, values in enumerate(zip(*map(weekly, LAST), strict=True)):
        start = NEWEST - timedelta(weeks=WEEKS - 1 - back)
        writer.writerow([start.isoformat(), *values])
    file = folder / NAME
    file.write_text(text.getvalue(), encoding="utf-8")
    return file


if __name__ == "__main__":
    make_export(Path(sys.argv[1]))
