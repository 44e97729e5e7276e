"""The stars and pulls of the same catalog by perceval, its constants with the hosts turned to the loopback server.

Its backends are unchanged: one for each repository and image, with a session of its own. Having a token it asks for the
rate limit before each repository. Its option `base_url` would mean GitHub Enterprise, whose paths are others. It knows
no downloads. Runs in its own environment; what it leaves behind can be read without.
"""

import json
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

FILE: Final = "perceval.jsonl"


def main(projects: int) -> None:
    """Write perceval.jsonl into the current folder, an item a line."""
    from perceval.backends.core import dockerhub, github

    github.GITHUB_API_URL = os.environ["TALLYBOOK_GITHUB_URL"]
    dockerhub.DOCKERHUB_API_URL = f"{os.environ['TALLYBOOK_DOCKERHUB_URL']}/v2"

    def items() -> Iterator[dict[str, Any]]:
        for number in (f"{each:04d}" for each in range(projects)):
            repository = github.GitHub(f"org{number}", f"p{number}", api_token=[os.environ["GITHUB_TOKEN"]])
            yield from repository.fetch(category=github.CATEGORY_REPO)
            yield from dockerhub.DockerHub(f"ns{number}", f"p{number}-0").fetch()

    with Path(FILE).open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(item)}\n" for item in items())
    print(json.dumps({"perceval": version("perceval")}))  # noqa: T201


def read(folder: Path) -> dict[str, dict[str, int]]:
    """Read what it has left in a folder: stars by repository, pulls by image."""
    found: dict[str, dict[str, int]] = {"stars": {}, "pulls": {}}
    for line in (folder / FILE).read_text(encoding="utf-8").splitlines():
        data = json.loads(line)["data"]
        if "full_name" in data:
            found["stars"][data["full_name"]] = data["stargazers_count"]
        else:
            found["pulls"][f"{data['namespace']}/{data['name']}"] = data["pull_count"]
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]))
