"""Makes the sample recording: `python -m jobs.demo.sample.make_recording FILE`. Made-up data, real shapes.

The same bytes come out each time, so a test holds the bundled file against this script.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from collector.catalog.schema import read_catalog
from collector.model import Artifact, Exchange, Request, Response
from collector.recording.warc import Recorder
from collector.sources import SOURCES
from collector.sources.protocol import Ask

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
    artifacts = [artifact for project in catalog.projects for artifact in project.artifacts]
    with Recorder(path, name="sample", software=LABEL, at=AT) as recorder:
        for request in _requests(artifacts):
            body = json.dumps(_body(request), separators=(",", ":")).encode()
            headers = {"content-type": "application/json", "x-sample-data": "made up"}
            recorder.write(Exchange(request, (Response(request.url, 200, headers, body, AT),)))


def _requests(artifacts: Sequence[Artifact]) -> Iterator[Request]:
    for source in (SOURCES[name] for name in ("github", "pypistats", "dockerhub")):
        ours = [artifact for artifact in artifacts if artifact.kind == source.kind]
        yield from source.requests(ours, Ask(source.base, authenticated=source.name == "github"))


def _body(request: Request) -> Mapping[str, Any]:
    shapes = {"github": _repositories, "pypistats": _overall, "dockerhub": _namespace}
    return shapes[request.source](request.artifacts)


def _repositories(artifacts: Sequence[Artifact]) -> Mapping[str, Any]:
    nodes = {}
    for index, artifact in enumerate(artifacts):
        number, stars, created = STARS[artifact.name]
        node = {"databaseId": number, "nameWithOwner": artifact.name, "stargazerCount": stars}
        nodes[f"r{index}"] = node | {"createdAt": created}
    return {"data": nodes}


def _overall(artifacts: Sequence[Artifact]) -> Mapping[str, Any]:
    package = artifacts[0].name
    rows = [
        {"category": "without_mirrors", "date": day.isoformat(), "downloads": count}
        for day, count in sorted(daily_downloads(package).items())
    ]
    return {"data": rows, "package": package, "type": "overall_downloads"}


def _namespace(artifacts: Sequence[Artifact]) -> Mapping[str, Any]:
    namespace = artifacts[0].name.split("/", 1)[0]
    results = [
        {"name": name, "namespace": namespace, "repository_type": "image", "pull_count": pulls, "star_count": 1}
        for name, pulls in sorted(PULLS.items())
    ]
    return {"count": len(results), "next": None, "previous": None, "results": results}


if __name__ == "__main__":
    make_recording(Path(sys.argv[1]))
