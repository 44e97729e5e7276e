"""The stars of the same catalog by github-to-sqlite, its fixed host turned to the loopback server.

It is the unchanged command `repos`, one process for all repositories, with one request and one connection for each. It
knows neither downloads nor pulls. Runs in its own environment; what it leaves behind can be read without.
"""

import json
import sqlite3
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.best_of import turned

FILE: Final = "github.db"


def main(projects: int) -> None:
    """Write github.db into the current folder; the token is GITHUB_TOKEN."""
    import requests
    from github_to_sqlite.cli import cli

    get = requests.get
    requests.get = lambda url, **more: get(turned(url), **more)
    names = [f"org{number:04d}/p{number:04d}" for number in range(projects)]
    cli(["repos", FILE, *(word for name in names for word in ("--repo", name))], standalone_mode=False)
    print(json.dumps({"github-to-sqlite": version("github-to-sqlite")}))  # noqa: T201


def read(folder: Path) -> dict[str, dict[str, int]]:
    """Read what it has left in a folder: stars by repository."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return {"stars": dict(connection.execute("SELECT full_name, stargazers_count FROM repos"))}


if __name__ == "__main__":
    main(int(sys.argv[1]))
