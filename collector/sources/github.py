"""GitHub stars: many repositories in one GraphQL query with a token, one REST request each without."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, GONE, LIMIT, REFUSED, TOO_BIG, BadPayload
from collector.model import Answer, Artifact, ETag, Problem, Reading, Request, Response
from collector.sources.github_api import (
    BASE,
    BUDGET,
    GRAPHQL,
    REST,
    etag_of,
    is_spent,
    message_of,
    refusal_of,
    repository,
    rest_verdict,
    speaks_of_limit,
    speaks_of_secondary,
)
from collector.sources.protocol import Ask, Source, Verdict, all_fail, excerpt, json_body, of_whole_query

ALIASES = 50
"""Repositories in one query: there is no documented limit, 120 were seen to pass and 227 to fail (2026)."""
_LONGEST_SAID = 1000
"""Characters of what is kept of a repository with its ETag; four members take some 150."""
_TOO_LONG = frozenset({502, 504})
_LIMIT_TYPES = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_FRAGMENT = "fragment f on Repository { databaseId nameWithOwner stargazerCount createdAt }"


def requests(artifacts: Sequence[Artifact], ask: Ask) -> Iterator[Request]:
    """Yield a GraphQL query for each 50 repositories, or without credentials a REST request for each.

    Those go with the ETag of the answer before. That saves the body, not the point: without credentials a 304 counts.
    """
    if ask.authenticated:
        for start in range(0, len(artifacts), ALIASES):
            yield _query(f"{ask.base}/graphql", artifacts[start : start + ALIASES])
    else:
        for artifact in artifacts:
            url = marked(artifact.name, ask)
            marks = ask.marks.get(url, ())
            known = marks[0].etag.said if marks else ""
            yield Request("github", url, (artifact,), bucket="core", marks=marks, known=known)


def marked(name: str, ask: Ask) -> str:
    """Return the URL of a repository, whose ETag marks its stars too; a query has none."""
    return "" if ask.authenticated else f"{ask.base}/repos/{name}"


def read(request: Request, response: Response) -> Answer:
    """Read either kind of response."""
    return _read_query(request, response) if request.bucket == "graphql" else _read_repository(request, response)


def verdict(request: Request, response: Response) -> Verdict:
    """Judge as for any JSON service, and know GitHub's limits, which come as 403 and, from GraphQL, as 200."""
    if len(request.artifacts) > 1 and response.status in _TOO_LONG:
        return Verdict.FINAL  # it took too long: to be split, never repeated unchanged
    limited = _query_limit(response) if request.bucket == "graphql" and response.status == 200 else None  # noqa: PLR2004
    return limited or rest_verdict(request, response)


def _query(url: str, artifacts: Sequence[Artifact]) -> Request:
    names = [artifact.name.split("/", 1) for artifact in artifacts]
    declared = ", ".join(f"$o{i}: String!, $n{i}: String!" for i in range(len(names)))
    aliases = " ".join(f"r{i}: repository(owner: $o{i}, name: $n{i}) {{ ...f }}" for i in range(len(names)))
    variables = {f"{key}{i}": part for i, name in enumerate(names) for key, part in zip("on", name, strict=True)}
    body = {"query": f"query({declared}) {{ {aliases} }} {_FRAGMENT}", "variables": variables}
    return Request("github", url, tuple(artifacts), "POST", json.dumps(body).encode(), bucket="graphql")


def _halves(request: Request, artifacts: Sequence[Artifact]) -> tuple[Request, ...]:
    middle = (len(artifacts) + 1) // 2
    return tuple(_query(request.url, half) for half in (artifacts[:middle], artifacts[middle:]) if half)


def _read_query(request: Request, response: Response) -> Answer:
    if response.status in _TOO_LONG and len(request.artifacts) > 1:
        return Answer(follow_ups=_halves(request, request.artifacts))
    refused = refusal_of(request, response)
    if refused is not None:
        return of_whole_query(request, refused)
    body = json_body(response)
    today = response.at.date()
    data, errors = body.get("data"), _errors(body)
    if not isinstance(data, dict):
        return _whole_query_failed(request, errors.get("") or next(iter(errors.values()), body))
    readings: list[Reading] = []
    problems: list[Problem] = []
    too_big: list[Artifact] = []
    for index, artifact in enumerate(request.artifacts):
        node, error = data.get(f"r{index}"), errors.get(f"r{index}", {})
        if isinstance(node, dict):
            _take(artifact, node, GRAPHQL, today, readings, problems)
        elif error.get("type") == "RESOURCE_LIMITS_EXCEEDED" and len(request.artifacts) > 1:
            too_big.append(artifact)
        else:
            problems.append(_alias_problem(artifact, error))
    return Answer(tuple(readings), problems=tuple(problems), follow_ups=_halves(request, too_big))


def _errors(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a query's errors by the alias they concern; those of the whole query under the empty name."""
    errors: dict[str, dict[str, Any]] = {}
    listed = body.get("errors") or []
    for error in listed if isinstance(listed, list) else []:
        if isinstance(error, dict):
            path = error.get("path")
            alias = path[0] if isinstance(path, list) and path and str(path[0]).startswith("r") else ""
            errors.setdefault(str(alias), error)
    return errors


def _alias_problem(artifact: Artifact, error: dict[str, Any]) -> Problem:
    kind, said = _kind(error), message_of(error) or "null without an error"
    causes = {
        "NOT_FOUND": ("missing", GONE),
        "FORBIDDEN": ("failed", REFUSED),
        "RESOURCE_LIMITS_EXCEEDED": ("failed", TOO_BIG),
    } | dict.fromkeys(_LIMIT_TYPES, ("failed", LIMIT))
    state, cause = causes.get(kind, ("failed", BAD_PAYLOAD))
    return Problem(artifact, state, cause, f"{kind or 'GraphQL'}: {said}")


def _whole_query_failed(request: Request, error: dict[str, Any]) -> Answer:
    kind, said = _kind(error), message_of(error)
    if kind == "RESOURCE_LIMITS_EXCEEDED" and len(request.artifacts) > 1:
        return Answer(follow_ups=_halves(request, request.artifacts))
    if _of_limit(error):
        return all_fail(request, LIMIT, said or kind, halt=True)
    if said:
        return all_fail(request, BAD_REQUEST, f"GraphQL: {said}")
    return all_fail(request, BAD_PAYLOAD, "GraphQL: neither data nor an error")


def _of_limit(error: dict[str, Any]) -> bool:
    return _kind(error) in _LIMIT_TYPES or speaks_of_limit(message_of(error))


def _kind(error: dict[str, Any]) -> str:
    kind = error.get("type")
    return excerpt(kind) if isinstance(kind, str) else ""


def _read_repository(request: Request, response: Response) -> Answer:
    still_holds = response.status == 304 and request.known and not request.hops  # noqa: PLR2004
    refused = None if still_holds else refusal_of(request, response)
    if refused is not None:
        return refused
    node = json_body(replace(response, body=request.known.encode()) if still_holds else response)
    readings: list[Reading] = []
    problems: list[Problem] = []
    _take(request.artifacts[0], node, REST, response.at.date(), readings, problems)
    etag = etag_of(response)
    said = json.dumps({key: node.get(key) for key in REST})
    keeps = readings and etag and not request.hops and len(said) <= _LONGEST_SAID
    return Answer(tuple(readings), problems=tuple(problems), etags={request.url: ETag(etag, said)} if keeps else {})


def _take(
    artifact: Artifact,
    node: dict[str, Any],
    keys: tuple[str, str, str, str],
    today: date,
    good: list[Reading],
    bad: list[Problem],
) -> None:
    try:
        found = repository(node, keys, today)
        good.append(Reading(artifact, found.stars, found.number, found.name, found.born))
    except BadPayload as error:
        bad.append(Problem(artifact, "failed", BAD_PAYLOAD, str(error)))


def _query_limit(response: Response) -> Verdict | None:
    """Return which limit refused a query; None if none did."""
    try:
        body = json_body(response)
    except BadPayload:
        return None
    if isinstance(body.get("data"), dict):
        return None  # what it has is good; the refusal comes with the next request
    errors = [body, *_errors(body).values()]  # a secondary limit may come in the shape of REST
    limits = [error for error in errors if _of_limit(error)]
    if not limits:
        return None
    secondary = "retry-after" in response.headers or any(speaks_of_secondary(message_of(error)) for error in limits)
    spent = any(_kind(error) in _LIMIT_TYPES for error in limits) or is_spent(response)
    return Verdict.SPENT if spent and not secondary else Verdict.LIMITED


SOURCE = Source(
    name="github",
    service="github",
    kind="github",
    metric="github_stars",
    definition="stars of the repository when asked",
    base=BASE,
    budget=BUDGET,
    requests=requests,
    read=read,
    verdict=verdict,
    batch=ALIASES,
    marked=marked,
)
