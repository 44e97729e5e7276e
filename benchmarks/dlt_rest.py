"""The same refresh by dlt's REST source, into SQLite; runs in an environment of its own.

As kind to dlt as can be: the same requests and batches, windows instead of daily rows, one schema, no evolution.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from typing import Any

from benchmarks.optimum import BATCH, CONNECTIONS, package_reader, query


def _escaped(body: dict[str, Any]) -> dict[str, Any]:
    """Double the braces, which dlt would take for places to be filled in."""
    return body | {"query": body["query"].replace("{", "{{").replace("}", "}}")}


def main(projects: int, today: date) -> None:
    """Fill dlt.db in the current folder."""
    os.environ |= {
        "EXTRACT__WORKERS": str(CONNECTIONS),
        "EXTRACT__MAX_PARALLEL_ITEMS": str(2 * CONNECTIONS),
        "RUNTIME__LOG_LEVEL": "ERROR",
    }
    import dlt
    import requests
    from dlt.sources.rest_api import rest_api_source

    pipeline = dlt.pipeline(
        "refresh",
        pipelines_dir=".dlt-pipelines",
        destination=dlt.destinations.sqlalchemy("sqlite:///dlt.db"),
        dataset_name="main",
    )
    numbers = [f"{number:04d}" for number in range(projects)]
    answer = requests.get(
        f"{os.environ['TALLYBOOK_PYPISTATS_URL']}/api/packages/__all__/overall?mirrors=false", timeout=30
    )
    loaded = frozenset(row["date"] for row in answer.json()["data"])

    def windows(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for kind, name, day, value in package_reader(body["package"], loaded, today)(body):
            yield {"kind": kind, "name": name, "day": day, "value": value}

    def repositories(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for node in body["data"].values():
            yield {"name": node["nameWithOwner"], "day": today.isoformat(), "value": node["stargazerCount"]}

    def image(body: dict[str, Any]) -> dict[str, Any]:
        return {"name": f"{body['namespace']}/{body['name']}", "day": today.isoformat(), "value": body["pull_count"]}

    @dlt.resource(selected=False)  # type: ignore[untyped-decorator]
    def listed() -> Iterator[list[dict[str, str]]]:
        yield [{"number": number} for number in numbers]

    downloads = rest_api_source(
        {
            "client": {"base_url": os.environ["TALLYBOOK_PYPISTATS_URL"], "paginator": "single_page"},
            "resources": [
                listed(),
                {
                    "name": "downloads",
                    "endpoint": {
                        "path": "api/packages/pkg-p{resources.listed.number}/overall?mirrors=false",
                        "data_selector": "$",
                    },
                    "processing_steps": [{"yield_map": windows}],
                    "parallelized": True,
                },
            ],
        },
        name="pypistats",
    )
    pulls = rest_api_source(
        {
            "client": {"base_url": os.environ["TALLYBOOK_DOCKERHUB_URL"], "paginator": "single_page"},
            "resources": [
                listed(),
                {
                    "name": "pulls",
                    "endpoint": {
                        "path": "v2/namespaces/ns{resources.listed.number}/repositories/p{resources.listed.number}-0",
                        "data_selector": "$",
                    },
                    "processing_steps": [{"map": image}],
                    "parallelized": True,
                },
            ],
        },
        name="dockerhub",
    )
    batches = [numbers[start : start + BATCH] for start in range(0, projects, BATCH)]
    stars = rest_api_source(
        {
            "client": {
                "base_url": os.environ["TALLYBOOK_GITHUB_URL"],
                "paginator": "single_page",
                "auth": {"type": "bearer", "token": "x"},
            },
            "resources": [
                {
                    "name": f"stars_{number}",
                    "table_name": "stars",
                    "endpoint": {
                        "path": "graphql",
                        "method": "POST",
                        "json": _escaped(query(some)),
                        "data_selector": "$",
                    },
                    "processing_steps": [{"yield_map": repositories}],
                    "parallelized": True,
                }
                for number, some in enumerate(batches)
            ],
        },
        name="github",
    )
    pipeline.run([downloads, pulls, stars])
    print(json.dumps({"dlt": version("dlt")}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), date.fromisoformat(sys.argv[2]))
