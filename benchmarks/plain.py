"""What a script does first: one request after the other with one session of requests, numbers printed into a file."""

import json
import os
import sys
from pathlib import Path

import requests


def main(projects: int) -> None:
    """Write plain.json into the current folder."""
    github, pypistats, dockerhub = (
        os.environ[f"TALLYBOOK_{name}_URL"] for name in ("GITHUB", "PYPISTATS", "DOCKERHUB")
    )
    found = {}
    with requests.Session() as session:

        def ask(url: str) -> dict[str, int]:
            answer = session.get(url, timeout=30)
            answer.raise_for_status()
            return dict(answer.json())

        for number in (f"{each:04d}" for each in range(projects)):
            stars = ask(f"{github}/repos/org{number}/p{number}")["stargazers_count"]
            pulls = ask(f"{dockerhub}/v2/namespaces/ns{number}/repositories/p{number}-0")["pull_count"]
            downloads = ask(f"{pypistats}/api/packages/pkg-p{number}/recent")["data"]
            found[number] = {"stars": stars, "pulls": pulls, "downloads": downloads}
    Path("plain.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]))
