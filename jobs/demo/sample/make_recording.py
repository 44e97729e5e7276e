"""Makes the sample recording: `python -m jobs.demo.sample.make_recording FILE`. Made-up data, real shapes.

The same bytes come out each time, so a test holds the bundled file against this script.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL

from collector.catalog.schema import read_catalog
from collector.http.workers import collect
from collector.model import Exchange, Request, Response
from collector.recording.writer import Recorder
from collector.sources.protocol import Source
from jobs.collect.plan import Selection, plan_refresh
from jobs.settings import Settings

AT = datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)
"""When the sample was supposedly recorded."""
CATALOG = Path(__file__).with_name("catalog.toml")
LABEL = "tallybook sample data (made up to show the shapes, not measured)"
DAYS = 180

STARS = {
    "Netflix/metaflow": (209120862, 10_123, "2019-09-17T17:48:25Z"),
    "kubeflow/kubeflow": (112647343, 15_618, "2017-11-30T18:46:05Z"),
}
WEEKLY_DOWNLOADS = {"metaflow": 153_800, "kfp": 3_104_000, "__all__": 15_400_000_000}
PULLS = {
    "centraldashboard": 118_240,
    "jupyter-web-app": 64_873,
    "notebook-controller": 151_306,
    "profile-controller": 32_594,
}
WEEKDAY_SHARES = (17, 18, 18, 17, 15, 8, 7)
"""Per cent of a week's downloads by weekday, Monday first: work is done on weekdays."""


def daily_downloads(package: str) -> dict[date, int]:
    """Return made-up downloads by day that grow by 1 per cent a week up to the stated sum of the newest seven days."""
    newest = AT.date() - timedelta(days=1)
    counts = {}
    for back in range(DAYS):
        day = newest - timedelta(days=back)
        week = round(WEEKLY_DOWNLOADS[package] * 0.99 ** (back // 7))
        counts[day] = week * WEEKDAY_SHARES[day.weekday()] // 100
    last = [newest - timedelta(days=back) for back in range(7)]
    counts[newest] += WEEKLY_DOWNLOADS[package] - sum(counts[day] for day in last)
    return counts


def make_recording(path: Path) -> None:
    """Write the recording of one refresh of the sample catalog."""
    catalog = read_catalog(CATALOG.read_text(encoding="utf-8"), str(CATALOG))
    settings = Settings(github_token="x" * 16, now=AT)
    plan = plan_refresh(catalog, Selection(), settings, None)
    path.unlink(missing_ok=True)
    with Recorder(path, software=LABEL, at=AT, seed=NAMESPACE_URL) as recorder:
        recorder.plan(plan.as_json(), AT)
        for name, tasks in plan.tasks().items():
            # One source after the other, for the order of the records.
            list(collect({name: tasks}, _Sample(recorder)))


@dataclass(frozen=True, slots=True)
class _Sample:
    """Answers every request with made-up numbers, and records that."""

    recorder: Recorder
    network = False

    def send(self, source: Source, request: Request) -> Exchange:
        """Answer a request."""
        body = {"github": _repositories, "pypistats": _overall, "dockerhub": _namespace}[source.name](request)
        headers = {"content-type": "application/json", "x-sample-data": "made up"}
        response = Response(request.url, 200, headers, json.dumps(body, separators=(",", ":")).encode(), AT)
        return self.recorder.write(source.name, Exchange(request, (response,)), AT)


def _repositories(request: Request) -> Mapping[str, Any]:
    asked = sorted(STARS, key=lambda name: request.body.index(name.partition("/")[2].encode()))
    nodes = {}
    for index, name in enumerate(asked):
        number, stars, created = STARS[name]
        node = {"databaseId": number, "nameWithOwner": name, "stargazerCount": stars}
        nodes[f"r{index}"] = node | {"createdAt": created}
    return {"data": nodes}


def _overall(request: Request) -> Mapping[str, Any]:
    package = request.url.split("/")[-2]
    rows = [
        {"category": "without_mirrors", "date": day.isoformat(), "downloads": count}
        for day, count in sorted(daily_downloads(package).items())
    ]
    return {"data": rows, "package": package, "type": "overall_downloads"}


def _namespace(request: Request) -> Mapping[str, Any]:
    namespace = request.url.split("/namespaces/")[1].split("/")[0]
    results = [
        {"name": name, "namespace": namespace, "repository_type": "image", "pull_count": pulls, "star_count": 1}
        for name, pulls in sorted(PULLS.items())
    ]
    return {"count": len(results), "next": None, "previous": None, "results": results}


if __name__ == "__main__":
    make_recording(Path(sys.argv[1]))
