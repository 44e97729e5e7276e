"""Reads recordings back: their plan, and each exchange by what was asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.model import Failure, Recorded, Request, Response
from collector.recording.warc import Record, read_records
from collector.recording.writer import PLAN


@dataclass(frozen=True, slots=True)
class Answered:
    """What a recording says of a request: where the last response to it is kept, or why there is none."""

    source: str
    request: Request
    kept: Recorded | None = None
    failure: Failure | None = None


def read_plan(path: Path) -> dict[str, Any] | None:
    """Return what a recording was made for, as its writer told it; None if it does not say. Raises RecordingError."""
    for record in read_records(path):
        if record.kind == "metadata" and record.url == PLAN:
            plan = _json(record.block)
            return plan if isinstance(plan, dict) else None
        if record.kind != "warcinfo":
            return None
    return None


def read_answered(path: Path) -> Iterator[Answered]:
    """Yield each request of ours with its answer, in the order of the file; the end of a damaged file is left out.

    Responses that were asked again are passed over, and so are records of other tools. Raises RecordingError if the
    file is no recording.
    """
    asked: Record | None = None
    for record in read_records(path):
        if record.kind == "request":
            asked = record
        elif asked is not None and asked.headers.get("warc-concurrent-to") == record.identity:
            found = _answered(asked, record, path.name)
            if found is not None:
                yield found


def _answered(asked: Record, record: Record, file: str) -> Answered | None:
    about = _json(asked.headers.get("warc-json-metadata", "").encode())
    if not isinstance(about, dict) or about.get("retried"):
        return None
    (method, *_), _, body = asked.http()
    source, request = str(about.get("source", "")), Request(method, asked.url, body)
    if record.kind == "metadata":
        told = _json(record.block)
        known = isinstance(told, dict) and {"cause", "detail"} <= told.keys()
        return Answered(source, request, failure=Failure(str(told["cause"]), str(told["detail"]))) if known else None
    response = read_response(record)
    if response is None:
        return None
    place = record.offset, record.length, record.digest, file
    return Answered(source, request, Recorded(record.identity, request.url, response.status, response.at, *place))


def read_response(record: Record) -> Response | None:
    """Return the response that a record holds; None if it holds none."""
    try:
        (_, status, *_), headers, body = record.http()
        return Response(record.url, int(status), headers, body, record.at, record.identity)
    except ValueError:
        return None


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
