"""Docker Hub pulls: one request an image, or a namespace's paged list where the catalog has a pattern."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collector.errors import BAD_PAYLOAD, GONE, TRANSIENT, BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, Metric, Problem, Reading, Request, Response
from collector.sources.protocol import Budget, How, Measure, Source
from collector.sources.reading import NOT_AS_DOCUMENTED, birth, count, failed, get, json_body, shown, text

PULLS = Metric("dockerhub_pulls", "Docker Hub pulls", "pulls", "counter")
PAGE_SIZE = 100
MOST_PAGES = 200
"""A list that never ends is not followed further; the largest namespaces have a few thousand images."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")


def batches(artifacts: Sequence[Artifact], _how: How) -> Iterator[Sequence[Artifact]]:
    """Yield the images of each namespace with a pattern together, for its list has the single ones; then the rest."""
    by_namespace: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        by_namespace.setdefault(_namespace(artifact), []).append(artifact)
    patterned = {name for name, listed in by_namespace.items() if any(artifact.is_pattern for artifact in listed)}
    for namespace in sorted(patterned):
        yield by_namespace[namespace]
    for artifact in artifacts:
        if _namespace(artifact) not in patterned:
            yield [artifact]


def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask for one image, or for the list of a namespace."""
    namespace = _namespace(artifacts[0])
    repositories = f"{how.base}/v2/namespaces/{namespace}/repositories"
    if any(artifact.is_pattern for artifact in artifacts):
        return (yield from _list(artifacts, namespace, repositories))
    (artifact,) = artifacts
    response = yield from get(Request("GET", f"{repositories}/{artifact.name.split('/', 1)[1]}"))
    body = json_body(response)
    name = f"{body.get('namespace')}/{body.get('name')}"
    if name != artifact.name:
        raise BadPayload(f"the answer is about {name[:200]!r}, not {artifact.name}")
    return Answer((_reading(artifact, body, response),))


def _list(artifacts: Sequence[Artifact], namespace: str, repositories: str) -> Asking[Answer]:
    """Read a namespace's list page by page; where it breaks off, what was read of it until then is kept."""
    answer, page, seen = Answer(), 1, 0
    while page:
        try:
            response = yield from get(Request("GET", f"{repositories}?page_size={PAGE_SIZE}&page={page}&ordering=name"))
            body = json_body(response)
            total, read = count(body.get("count"), "count"), _page(body, artifacts, namespace, response)
            following = _following(body, page) if body["results"] and page < MOST_PAGES else 0
        except NOT_AS_DOCUMENTED as error:
            if page == 1:
                raise
            gone = isinstance(error, NoValue) and error.state == "missing"
            broken_off = NoValue(TRANSIENT, f"the list broke off after {seen} images: {error}") if gone else error
            return answer + failed(_unread(artifacts, answer), broken_off)
        answer, seen, page = answer + read, seen + len(body["results"]), following
    if not seen and not total:
        raise NoValue(GONE, "the namespace is unknown or has no public image", "missing")
    if seen < total:
        short = NoValue(TRANSIENT, f"the list ended after {seen} of {total} images")
        return answer + failed(_unread(artifacts, answer), short)
    return answer + Answer(listed=tuple(artifacts))


def _page(body: dict[str, Any], artifacts: Sequence[Artifact], namespace: str, response: Response) -> Answer:
    readings: list[Reading] = []
    problems: list[Problem] = []
    if not isinstance(body["results"], list):
        raise BadPayload("results is not a list")
    for item in body["results"]:
        name = text(item["name"], "name")
        if not _NAME.fullmatch(name):
            raise BadPayload(f"{name!r} is no image name")
        if item.get("namespace", namespace) != namespace:
            raise BadPayload(f"an image of {shown(item['namespace'])} in the list of {namespace}")
        artifact = Artifact("docker", f"{namespace}/{name}")
        if any(fnmatchcase(artifact.name, wanted.name) for wanted in artifacts):
            try:
                readings.append(_reading(artifact, item, response))
            except BadPayload as error:
                problems.append(Problem(artifact, "failed", BAD_PAYLOAD, error.detail))
    return Answer(tuple(readings), problems=tuple(problems))


def _unread(artifacts: Sequence[Artifact], answer: Answer) -> Sequence[Artifact]:
    read = {reading.artifact for reading in answer.readings}
    return [artifact for artifact in artifacts if artifact not in read]


def _reading(artifact: Artifact, item: dict[str, Any], response: Response) -> Reading:
    born = birth(item.get("date_registered"), response.at.date())
    return Reading(artifact, PULLS.key, count(item.get("pull_count"), "pull_count"), born=born, record=response.record)


def _following(body: dict[str, Any], page: int) -> int:
    """Return the page that comes next, 0 if none: only its number is taken from the service's link."""
    if body.get("next") is None:
        return 0
    number = parse_qs(urlsplit(text(body["next"], "next")).query).get("page", [""])[0]
    if not re.fullmatch(r"[0-9]{1,4}", number):
        raise BadPayload("next does not name a page")
    if int(number) <= page:
        raise BadPayload(f"next goes back to page {number}")
    return int(number)


def _namespace(artifact: Artifact) -> str:
    return artifact.name.split("/", 1)[0]


SOURCE = Source(
    name="dockerhub",
    service="dockerhub",
    kind="docker",
    measures=(Measure(PULLS, "pulls of the image since its creation"),),
    base="https://hub.docker.com",
    budget=Budget(rates=((180, 60.0),), connections=8),
    ask=ask,
    batch=PAGE_SIZE,
    batches=batches,
)
