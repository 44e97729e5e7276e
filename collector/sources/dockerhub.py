"""Docker Hub pulls: one request an image, or a namespace's paged list where the catalog has a pattern."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qs, urlsplit

from collector.errors import BAD_PAYLOAD, GONE, TRANSIENT, BadPayload
from collector.http.limits import Budget
from collector.model import Answer, Artifact, Problem, Reading, Request, Response
from collector.sources.protocol import Ask, Source, all_fail, birth, count, json_body, refusal, shown, text

PAGE_SIZE = 100
MOST_PAGES = 200
"""A list that never ends is not followed further; the largest namespaces have a few thousand images."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")
_DOCUMENTED, _OLD = "/v2/namespaces/{}/repositories", "/v2/repositories/{}"


def requests(artifacts: Sequence[Artifact], ask: Ask) -> Iterator[Request]:
    """Yield a list request for each namespace with a pattern, which is for its single images too; then the rest."""
    patterned = {_namespace(artifact) for artifact in artifacts if artifact.is_pattern}
    for namespace in sorted(patterned):
        wanted = tuple(artifact for artifact in artifacts if _namespace(artifact) == namespace)
        path = _DOCUMENTED.format(namespace)
        yield Request("dockerhub", f"{ask.base}{path}?page_size={PAGE_SIZE}&page=1&ordering=name", wanted)
    for artifact in artifacts:
        if _namespace(artifact) not in patterned:
            namespace, image = artifact.name.split("/", 1)
            yield Request("dockerhub", f"{ask.base}{_DOCUMENTED.format(namespace)}/{image}", (artifact,))


def read(request: Request, response: Response) -> Answer:
    """Read one image or one page of a list; where the documented path is gone, ask the old one."""
    if response.status in {404, 405, 410} and not _says_not_found(response):
        old = _old_url(request.url)
        if old != request.url:
            return Answer(follow_ups=(replace(request, url=old),))
    if response.status == 404 and request.seen:  # noqa: PLR2004
        return all_fail(request, TRANSIENT, f"the list broke off after {request.seen} images: HTTP 404")
    refused = refusal(request, response)
    if refused is not None:
        return refused
    body = json_body(response)
    today = response.at.date()
    return _read_page(request, body, today) if "page_size=" in request.url else _read_image(request, body, today)


def _read_image(request: Request, body: dict[str, Any], today: date) -> Answer:
    (artifact,) = request.artifacts
    name = f"{body.get('namespace')}/{body.get('name')}"
    if name != artifact.name:
        raise BadPayload(f"the answer is about {name[:200]!r}, not {artifact.name}")
    return Answer((_reading(artifact, body, today),))


def _read_page(request: Request, body: dict[str, Any], today: date) -> Answer:
    results, total = body.get("results"), count(body.get("count"), "count")
    if not isinstance(results, list):
        raise BadPayload("results is not a list")
    if total == 0 and not results and request.seen == 0:
        return all_fail(request, GONE, "the namespace is unknown or has no public image", state="missing")
    readings: list[Reading] = []
    problems: list[Problem] = []
    for item in results:
        _take(request, item, today, readings, problems)
    seen = request.seen + len(results)
    following = body.get("next")
    if following is not None and results and seen < MOST_PAGES * PAGE_SIZE:
        return Answer(tuple(readings), problems=tuple(problems), follow_ups=(_next_page(request, following, seen),))
    if seen < total:
        short = all_fail(request, TRANSIENT, f"the list ended after {seen} of {total} images")
        return Answer(tuple(readings), problems=(*problems, *short.problems))
    return Answer(tuple(readings), problems=tuple(problems), listed=request.artifacts)


def _take(request: Request, item: Any, today: date, readings: list[Reading], problems: list[Problem]) -> None:
    name = text(item["name"], "name")
    if not _NAME.fullmatch(name):
        raise BadPayload(f"{name!r} is no image name")
    namespace = _namespace(request.artifacts[0])
    if item.get("namespace", namespace) != namespace:
        raise BadPayload(f"an image of {shown(item['namespace'])} in the list of {namespace}")
    artifact = Artifact("docker", f"{namespace}/{name}")
    if not any(fnmatchcase(artifact.name, wanted.name) for wanted in request.artifacts):
        return
    try:
        readings.append(_reading(artifact, item, today))
    except BadPayload as error:
        problems.append(Problem(artifact, "failed", BAD_PAYLOAD, str(error)))


def _reading(artifact: Artifact, item: dict[str, Any], today: date) -> Reading:
    born = birth(item.get("date_registered"), today)
    return Reading(artifact, count(item.get("pull_count"), "pull_count"), born=born)


def _next_page(request: Request, following: Any, seen: int) -> Request:
    """Ask the next page at the place this one came from: only the page number is taken from the service's link."""
    page = parse_qs(urlsplit(text(following, "next")).query).get("page", [""])[0]
    if not re.fullmatch(r"[0-9]{1,4}", page):
        raise BadPayload("next does not name a page")
    if int(page) <= int(parse_qs(urlsplit(request.url).query)["page"][0]):
        raise BadPayload(f"next goes back to page {page}")
    return replace(request, url=re.sub(r"([?&]page=)\d+", rf"\g<1>{page}", request.url), seen=seen)


def _says_not_found(response: Response) -> bool:
    try:
        return "errinfo" in json_body(response)
    except BadPayload:
        return False


def _old_url(url: str) -> str:
    """Return the path that was documented until 2025; images end in a slash there."""
    base, found, rest = url.partition("/v2/namespaces/")
    if not found:
        return url
    namespace, _, tail = rest.partition("/repositories")
    ending = "" if "?" in tail else "/"
    return f"{base}{_OLD.format(namespace)}{'/' if tail.startswith('?') else ''}{tail}{ending}"


def _namespace(artifact: Artifact) -> str:
    return artifact.name.split("/", 1)[0]


SOURCE = Source(
    name="dockerhub",
    service="dockerhub",
    kind="docker",
    metric="dockerhub_pulls",
    definition="pulls of the image since its creation",
    base="https://hub.docker.com",
    budget=Budget(rates=((180, 60.0),), connections=8),
    requests=requests,
    read=read,
    batch=PAGE_SIZE,
)
