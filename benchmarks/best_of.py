"""The same catalog by best-of-generator, its fixed hosts turned to the loopback server; runs in its own environment.

Its requests, their order and its pauses are its own; only its query is cut to what the played GitHub knows, for after a
failure it sleeps two and a half minutes.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

HOSTS = {"https://api.github.com": "GITHUB", "https://github.com": "GITHUB", "https://hub.docker.com": "DOCKERHUB"}
QUERY = """query($owner: String!, $repo: String!) {
  repository(owner: $owner, name: $repo) { name nameWithOwner createdAt stargazerCount forkCount }
}"""


def turned(url: str) -> str:
    """Return where on the loopback server a service's URL leads; others are left, to fail."""
    host = url[: url.find("/", len("https://"))]
    return os.environ[f"TALLYBOOK_{HOSTS[host]}_URL"] + url.removeprefix(host) if host in HOSTS else url


def catalog(projects: int) -> str:
    """Write projects.yaml for best-of-generator."""
    numbers = [f"{number:04d}" for number in range(projects)]
    listed = [
        {
            "name": f"Project {number}",
            "github_id": f"org{number}/p{number}",
            "pypi_id": f"pkg-p{number}",
            "dockerhub_id": f"ns{number}/p{number}-0",
            "category": "all",
        }
        for number in numbers
    ]
    settings = {"markdown_header_file": "", "markdown_footer_file": "", "projects_history_folder": "history"}
    # JSON is YAML.
    return json.dumps(
        {"configuration": settings, "categories": [{"category": "all", "title": "All"}], "projects": listed}
    )


def main(projects: int) -> None:
    """Write README.md and history/*.csv into the current folder."""
    # What the client of pypistats has in its cache it does not ask for again, that is until tomorrow.
    os.environ["XDG_CACHE_HOME"] = str(Path.cwd() / "cache")
    Path("projects.yaml").write_text(catalog(projects), encoding="utf-8")
    import pypistats
    import requests
    from best_of.generator import generate_markdown

    get, post = requests.get, requests.post
    pypistats.BASE_URL = f"{os.environ['TALLYBOOK_PYPISTATS_URL']}/api/"
    requests.get = lambda url, **more: get(turned(url), **more)
    requests.post = lambda url, json, **more: post(turned(url), json=json | {"query": QUERY}, **more)
    generate_markdown("projects.yaml", github_api_key="x")
    print(json.dumps({"best-of": version("best-of")}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
