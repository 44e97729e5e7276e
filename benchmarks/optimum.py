"""The least that a refresh can cost: threads, the same batches, connections kept, plain sqlite3; no care for anything.

It records nothing, explains nothing, tries nothing again, and a second run would not know what is new.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing
from datetime import date, timedelta
from itertools import accumulate
from typing import Any, Final

import urllib3

CONNECTIONS: Final = 32
BATCH: Final = 50
WINDOW: Final = 7
FRAGMENT: Final = "fragment f on Repository { databaseId nameWithOwner stargazerCount createdAt }"

Row = tuple[str, str, str, int]
"""Kind, name, day, value."""
Read = Callable[[Any], list[Row]]


class Service:
    """One service's threads and connections."""

    def __init__(self, name: str) -> None:
        self.base = os.environ[f"TALLYBOOK_{name.upper()}_URL"]
        self.threads = ThreadPoolExecutor(CONNECTIONS)
        self.connections = urllib3.PoolManager(maxsize=CONNECTIONS, headers={"User-Agent": "optimum"})

    def ask(self, read: Read, path: str, body: Any = None) -> Future[list[Row]]:
        """Send a request, and read the answer in the same thread."""
        return self.threads.submit(self._ask, read, path, body)

    def _ask(self, read: Read, path: str, body: Any) -> list[Row]:
        method, headers = ("GET", None) if body is None else ("POST", {"Authorization": "Bearer x"})
        sent = self.connections.request(
            method, self.base + path, body=None if body is None else json.dumps(body), headers=headers
        )
        if sent.status != 200:  # noqa: PLR2004
            raise ValueError(f"{path}: HTTP {sent.status}")
        return read(json.loads(sent.data))


def collect(projects: int, today: date) -> Iterator[list[Row]]:
    """Ask all three services at once, and yield each answer's rows as they come."""
    github, pypistats, dockerhub = (Service(name) for name in ("github", "pypistats", "dockerhub"))
    numbers = [f"{number:04d}" for number in range(projects)]
    answers = [
        github.ask(_repositories([f"org{number}/p{number}" for number in some], today), "/graphql", query(some))
        for some in (numbers[start : start + BATCH] for start in range(0, projects, BATCH))
    ]
    loaded = pypistats.ask(lambda body: [("", "", row["date"], 0) for row in body["data"]], _downloads("__all__"))
    answers += [
        dockerhub.ask(_image(f"ns{n}/p{n}-0", today), f"/v2/namespaces/ns{n}/repositories/p{n}-0") for n in numbers
    ]
    days = frozenset(day for _, _, day, _ in loaded.result())
    answers += [pypistats.ask(package_reader(f"pkg-p{n}", days, today), _downloads(f"pkg-p{n}")) for n in numbers]
    for answer in as_completed(answers):
        yield answer.result()


def query(numbers: list[str]) -> Any:
    """Return the body of a GraphQL request for the repositories of some projects."""
    declared = ", ".join(f"$o{i}: String!, $n{i}: String!" for i in range(len(numbers)))
    aliases = " ".join(f"r{i}: repository(owner: $o{i}, name: $n{i}) {{ ...f }}" for i in range(len(numbers)))
    variables = {f"o{i}": f"org{n}" for i, n in enumerate(numbers)} | {f"n{i}": f"p{n}" for i, n in enumerate(numbers)}
    return {"query": f"query({declared}) {{ {aliases} }} {FRAGMENT}", "variables": variables}


def _repositories(names: list[str], today: date) -> Read:
    return lambda body: [
        ("github", name, today.isoformat(), body["data"][f"r{i}"]["stargazerCount"]) for i, name in enumerate(names)
    ]


def _image(name: str, today: date) -> Read:
    return lambda body: [("docker", name, today.isoformat(), body["pull_count"])]


def _downloads(package: str) -> str:
    return f"/api/packages/{package}/overall?mirrors=false"


def package_reader(name: str, loaded: frozenset[str], today: date) -> Read:
    """Sum the seven days before each Monday, and before the newest day that can be, where all of them are there."""

    def read(body: Any) -> list[Row]:
        counts = dict.fromkeys(loaded, 0) | {row["date"]: row["downloads"] for row in body["data"]}
        first = date.fromisoformat(min(counts))
        days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
        sums = [0, *accumulate(counts.get(day.isoformat(), 0) for day in days)]
        there = [0, *accumulate(day.isoformat() in counts for day in days)]
        whole = [n for n in range(WINDOW, len(days)) if there[n] - there[n - WINDOW] == WINDOW]
        return [
            ("pypi", name, days[n].isoformat(), sums[n] - sums[n - WINDOW])
            for n in whole
            if days[n].weekday() == 0 or n == whole[-1]
        ]

    return read


def main(projects: int, today: date) -> None:
    """Fill optimum.db in the current folder."""
    with closing(sqlite3.connect("optimum.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(
            "CREATE TABLE observation (kind TEXT, name TEXT, day TEXT, value INTEGER, PRIMARY KEY (kind, name, day))"
            " WITHOUT ROWID"
        )
        for rows in collect(projects, today):
            database.executemany("INSERT INTO observation VALUES (?, ?, ?, ?)", rows)
        database.commit()


if __name__ == "__main__":
    main(int(sys.argv[1]), date.fromisoformat(sys.argv[2]))
