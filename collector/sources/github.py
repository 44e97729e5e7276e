"""GitHub stars and forks: many repositories in one query with a token, one request each without; apis.md section 1."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, GONE, LIMIT, REFUSED, TOO_BIG, BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, Problem, Request
from collector.sources.github_api import (
    BASE,
    BUDGET,
    FORKS,
    GRAPHQL,
    QUERY_MEMBERS,
    REST_MEMBERS,
    STARS,
    errors_of,
    is_limit,
    kind_of,
    message_of,
    read_repository,
    refusal,
)
from collector.sources.protocol import How, Measure, Source
from collector.sources.reading import attempt, get, json_body, of_whole_query

ALIASES = 50
"""Repositories in one query: there is no documented limit, 120 were seen to pass and 227 to fail (2026)."""
_TAKEN_DOWN = re.compile(r"block|dmca|taken down|takedown|terms of service|legal|disabled", re.IGNORECASE)
"""How GitHub says that it keeps a repository from everybody; other refusals concern who asks, as by SAML."""


def batches(artifacts: Sequence[Artifact], how: How) -> Iterator[Sequence[Artifact]]:
    """Yield 50 repositories at a time with a token, one at a time without."""
    size = ALIASES if how.authenticated else 1
    return (artifacts[start : start + size] for start in range(0, len(artifacts), size))


def ask(artifacts: Sequence[Artifact], how: How) -> Asking[Answer]:
    """Ask for one repository, or with a token for many; what was too much for GitHub is asked again in halves."""
    metrics = SOURCE.asked(how)
    if not how.authenticated:
        (artifact,) = artifacts
        request = Request("GET", f"{how.base}/repos/{artifact.unpinned}", bucket="core")
        response = yield from get(request, refusal)
        return read_repository(artifact, json_body(response), REST_MEMBERS, metrics, response)
    answer, too_big = Answer(), artifacts
    try:
        response = yield from get(_query(artifacts, how, metrics), refusal)
        body = json_body(response)
        data, errors = body.get("data"), errors_of(body)
        if not isinstance(data, dict):
            raise _of_whole(errors.get("") or next(iter(errors.values()), body))
        too_big = []
        for index, artifact in enumerate(artifacts):
            node, error = data.get(f"r{index}"), errors.get(f"r{index}", {})
            try:
                if not isinstance(node, dict):
                    raise _of_alias(error)
                answer += read_repository(artifact, node, QUERY_MEMBERS, metrics, response)
            except NoValue as no:
                if no.cause == TOO_BIG and len(artifacts) > 1:
                    too_big.append(artifact)
                else:
                    answer += Answer(problems=(Problem(artifact, no.state, no.cause, no.detail),))
    except NoValue as error:
        if error.cause != TOO_BIG or len(artifacts) == 1:
            raise of_whole_query(error) from None
    middle = (len(too_big) + 1) // 2
    for half in (too_big[:middle], too_big[middle:]):
        if half:
            answer += yield from attempt(half, ask(half, how))
    return answer


def _query(artifacts: Sequence[Artifact], how: How, metrics: Sequence[str]) -> Request:
    names = [artifact.unpinned.split("/", 1) for artifact in artifacts]
    declared = ", ".join(f"$o{i}: String!, $n{i}: String!" for i in range(len(names)))
    aliases = " ".join(f"r{i}: repository(owner: $o{i}, name: $n{i}) {{ ...f }}" for i in range(len(names)))
    counts = " ".join(QUERY_MEMBERS.counts[metric] for metric in metrics)
    fragment = f"fragment f on Repository {{ databaseId nameWithOwner {counts} createdAt }}"
    variables = {f"{key}{i}": part for i, name in enumerate(names) for key, part in zip("on", name, strict=True)}
    body = {"query": f"query({declared}) {{ {aliases} }} {fragment}", "variables": variables}
    return Request("POST", f"{how.base}/graphql", json.dumps(body).encode(), bucket=GRAPHQL)


def _of_alias(error: Mapping[str, Any]) -> NoValue:
    kind, said = kind_of(error), message_of(error) or "null without an error"
    told = f"{kind or 'GraphQL'}: {said}"
    if kind == "NOT_FOUND" or (kind == "FORBIDDEN" and _TAKEN_DOWN.search(said)):
        return NoValue(GONE, told, "missing")
    causes = {"FORBIDDEN": REFUSED, "RESOURCE_LIMITS_EXCEEDED": TOO_BIG}
    return NoValue(LIMIT if is_limit(error) else causes.get(kind, BAD_PAYLOAD), told)


def _of_whole(error: Mapping[str, Any]) -> NoValue:
    said = message_of(error)
    if kind_of(error) == "RESOURCE_LIMITS_EXCEEDED":
        return NoValue(TOO_BIG, f"GraphQL: {said}")
    return NoValue(BAD_REQUEST, f"GraphQL: {said}") if said else BadPayload("GraphQL: neither data nor an error")


SOURCE = Source(
    name="github",
    service="github",
    kind="github",
    measures=(
        Measure(STARS, "stars of the repository when asked"),
        Measure(FORKS, "forks of the repository when asked", optional=True),
    ),
    base=BASE,
    budget=BUDGET,
    ask=ask,
    batch=ALIASES,
    batches=batches,
    refusal=refusal,
)
