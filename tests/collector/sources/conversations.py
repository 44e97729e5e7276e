"""Conversations with each service as it answers well: what the conformance suite is held against."""

import json
from datetime import timedelta
from typing import Any

from collector.model import Artifact, Request, Window
from collector.sources import SOURCES
from collector.sources.conformance import BASE, Case
from collector.sources.protocol import How
from tests.collector.payloads import TODAY, clickhouse, image, node, overall, page, repository, star_weeks

GITHUB = [Artifact("github", f"ns/{name}") for name in ("one", "two", "three")]
PYPI = [Artifact("pypi", "kfp"), Artifact("pypi", "metaflow")]
DAYS = [TODAY - timedelta(days=back) for back in range(10, 0, -1)]
DOWNLOADS = {
    name: {day: first + index for index, day in enumerate(DAYS)}
    for name, first in (("kfp", 5000), ("metaflow", 6000), ("pip", 7000))
}
PAST = Window(TODAY - timedelta(days=3), TODAY)
FORKS = frozenset({"github_forks"})


def repositories(request: Request) -> Any:
    """Answer a query for any repositories of one namespace, each with stars of its own."""
    variables = json.loads(request.body)["variables"]
    names = [f"ns/{variables[f'n{index}']}" for index in range(len(variables) // 2)]
    return {
        "data": {
            f"r{index}": node(name, 7000 + len(name), 30 + len(name)) | {"forkCount": 40 + len(name)}
            for index, name in enumerate(names)
        }
    }


def packages(request: Request) -> Any:
    """Answer a query of ClickPy for any of the packages."""
    wanted = [name for name in DOWNLOADS if f"%27{name}%27" in request.url]
    return clickhouse({name: DOWNLOADS[name] for name in wanted})


def pages(request: Request) -> Any:
    """Answer with the two pages of a namespace's list."""
    if "page=1&" in request.url:
        following = "https://hub.docker.com/v2/x?page=2&page_size=100"
        return page(image("ns/app", 231874), image("ns/other", 501), total=3, following=following)
    return page(image("ns/last", 88), total=3)


STARS = {
    "/stargazers/history": star_weeks({TODAY - timedelta(days=back): 40 + back for back in range(9)}),
    "/repos/ns/one": repository(stars=7001),
}
CASES = {
    "github without a token": Case(SOURCES["github"], GITHUB[:1], {"/repos/": repository()}),
    "github": Case(SOURCES["github"], GITHUB, repositories, How(BASE, authenticated=True)),
    "github with forks": Case(
        SOURCES["github"], GITHUB[:1], repositories, How(BASE, authenticated=True, metrics=FORKS)
    ),
    "github without a token, with forks": Case(
        SOURCES["github"], GITHUB[:1], {"/repos/": repository()}, How(BASE, metrics=FORKS)
    ),
    "github-history": Case(SOURCES["github-history"], GITHUB[:1], STARS, How(BASE, window=PAST)),
    "pypistats": Case(
        SOURCES["pypistats"], PYPI[:1], {"__all__": overall("__all__"), "/kfp/": overall("kfp")}, How(BASE)
    ),
    "clickpy": Case(SOURCES["clickpy"], PYPI, packages),
    "clickpy, the past": Case(SOURCES["clickpy"], PYPI, packages, How(BASE, window=PAST)),
    "dockerhub image": Case(SOURCES["dockerhub"], [Artifact("docker", "ns/app")], {"/app": image()}),
    "dockerhub list": Case(SOURCES["dockerhub"], [Artifact("docker", "ns/*"), Artifact("docker", "ns/app")], pages),
}
"""Of each source every kind of conversation; a new source is not done before it stands here."""
