"""Keeps and reads back the raw exchanges of a run as one WARC file, without credentials; knows no source."""

import gzip
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import responses as REASONS  # noqa: N812
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordbuilder import RecordBuilder
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from collector.model import Artifact, Exchange, Request, Response
from collector.recording.disk import sync_folder
from collector.recording.gzipped import members

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "cookie2", "set-cookie", "set-cookie2"})
_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"})
"""Headers about the transfer, not the content: the body is kept decoded and whole."""
_CONTEXT = "WARC-JSON-Metadata"
"""What the request was for, in a header field of the request record, so that a recording can be read without a plan."""

_BUILDER = RecordBuilder(warc_version="1.1")
_LEVEL = 6
"""The compression level: 9, which the WARC writer would use, costs several times the time and saves a few per cent."""
_FAST = 1
"""The compression level of imported files, which come many megabytes at once."""
NO_STATUS = 0
"""The status of what is no response: a file that was imported."""


class RecordingError(Exception):
    """A recording cannot be written or read; the message names the file."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a response is kept: its WARC-Record-ID, and offset, length and SHA-256 of its compressed record."""

    record: str
    url: str
    status: int
    at: datetime
    offset: int
    length: int
    digest: str


class Recorder:
    """Appends exchanges to one WARC file; each record is a gzip member of its own, so a cut-off end costs only itself.

    `keep` is the length in bytes up to which an existing file is good; what stands behind it is dropped. `name` seeds
    the record ids, so that equal runs make equal files.
    """

    def __init__(self, path: Path, *, name: str, software: str, at: datetime, keep: int = 0) -> None:
        self.path = path
        self._name = name
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_length(path, keep)
            self._file: BinaryIO = path.open("r+b" if keep else "wb")
            self._file.truncate(keep)
            self._length = self._file.seek(0, os.SEEK_END)
            if self._length == 0:
                for folder in (path.parent, path.parent.parent):
                    sync_folder(folder)
                self._write(_info(self.record_id("info"), software, at))

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._file.close()
        except OSError as fault:
            if error is None:
                raise RecordingError(f"{self.path}: cannot be written: {fault.strerror or fault}") from fault

    def write(self, exchange: Exchange) -> list[Recorded]:
        """Append an exchange's responses, each with its request; return where they are."""
        final = exchange.answer
        return [
            self._pair(exchange.request, response, retried=response is not final) for response in exchange.responses
        ]

    def keep(self, name: str, content: bytes, record: str, at: datetime) -> Recorded:
        """Append a file that was read at a time, under its base name and an id of `record_id`; return where it is."""
        url, start = f"file:{quote(name)}", self._length
        data = self._write(_record("resource", url, record, at, content), _FAST)
        return Recorded(record, url, NO_STATUS, at, start, len(data), hashlib.sha256(data).hexdigest())

    def sync(self) -> None:
        """Hand what was written to the disk, before the ledger refers to it."""
        with _writing(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())

    def digest(self) -> str:
        """Return the SHA-256 of the whole file as it stands."""
        self.sync()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _pair(self, request: Request, response: Response, *, retried: bool) -> Recorded:
        offset = self._length
        record = self.record_id(f"response-{offset}")
        self._write(_request_record(self.record_id(f"request-{offset}"), record, request, response, retried=retried))
        data = self._write(_response_record(record, response))
        start, digest = self._length - len(data), hashlib.sha256(data).hexdigest()
        return Recorded(record, response.url, response.status, response.at, start, len(data), digest)

    def _write(self, record: ArcWarcRecord, level: int = _LEVEL) -> bytes:
        plain = io.BytesIO()
        WARCWriter(plain, gzip=False, warc_version="1.1").write_record(record)
        data = gzip.compress(plain.getvalue(), level, mtime=0)
        with _writing(self.path):
            self._file.write(data)
        self._length += len(data)  # `tell` is a system call, after which Python's lock would be waited for
        return data

    def record_id(self, part: str) -> str:
        """Return the id of a record that has a name of its own within this recording."""
        return f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{self._name}/{part}')}>"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error.strerror or error}") from error


def _check_length(path: Path, keep: int) -> None:
    length = path.stat().st_size if path.exists() else 0
    if length < keep:
        raise RecordingError(f"{path}: has {length} of the {keep} bytes that the ledger refers to; put the file back")


def read_exchanges(path: Path) -> Iterator[tuple[Exchange, Recorded]]:
    """Yield the answered exchanges of a recording with where each answer is kept, in the order of the file.

    A cut-off last record is passed over. Responses that were asked again, records of other tools without a request of
    ours, and all other record types are left out. Raises RecordingError if the file is not a WARC.
    """
    request: tuple[Request, str, bool] | None = None
    for record, offset, data in _records(path):
        if record.rec_type == "request":
            request = _read_request(record)
        elif record.rec_type == "response" and request is not None:
            asked, answered, retried = request
            identity = record.rec_headers.get_header("WARC-Record-ID")
            response = _read_response(record)
            if identity == answered and not retried and response is not None:
                digest = hashlib.sha256(data).hexdigest()
                kept = Recorded(identity, asked.url, response.status, response.at, offset, len(data), digest)
                yield Exchange(asked, (response,)), kept
            request = None


def readable_length(path: Path) -> int:
    """Return the byte up to which a recording can be read, its size if all of it; holds one record at a time.

    Raises RecordingError if nothing can be read, or no WARC.
    """
    end = 0
    for _, offset, data in _records(path):
        end = offset + len(data)
    return end


def unread(path: Path) -> str:
    """Say up to where a recording can be read, "" if that is its end. Raises RecordingError as `readable_length`."""
    readable, size = readable_length(path), path.stat().st_size
    if readable >= size:
        return ""
    return f"can be read up to byte {readable} of {size} only: the record there is damaged, cut off or too large"


def _records(path: Path) -> Iterator[tuple[ArcWarcRecord, int, bytes]]:
    """Yield whole records with their offset and stored bytes; a record that is cut off or damaged ends the file."""
    loader, known = ArcWarcRecordLoader(), False
    try:
        with path.open("rb") as file:
            for offset, data, plain in members(file):
                try:
                    record = loader.parse_record_stream(io.BytesIO(plain), known_format="warc")
                    record.content = record.content_stream().read()
                except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, AttributeError):
                    break
                known = True
                yield record, offset, data
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not known:
        raise RecordingError(f"{path}: is not a gzipped WARC file, or its first record is damaged")


def _read_request(record: ArcWarcRecord) -> tuple[Request, str, bool] | None:
    headers = record.rec_headers
    try:
        context: dict[str, Any] = json.loads(headers.get_header(_CONTEXT) or "")
        request = Request(
            source=str(context["source"]),
            url=headers.get_header("WARC-Target-URI"),
            artifacts=tuple(Artifact.parse(artifact) for artifact in context["artifacts"]),
            method=record.http_headers.protocol,
            body=record.content,
            bucket=str(context["bucket"]),
            context=bool(context["context"]),
            hops=int(context["hops"]),
            seen=int(context["seen"]),
            carry=str(context.get("carry", "")),
            known=str(context.get("known", "")),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return request, headers.get_header("WARC-Concurrent-To"), bool(context["retried"])


def _read_response(record: ArcWarcRecord) -> Response | None:
    try:
        return Response(
            url=record.rec_headers.get_header("WARC-Target-URI"),
            status=int(record.http_headers.get_statuscode()),
            headers={name.lower(): value for name, value in record.http_headers.headers},
            body=record.content,
            at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")).astimezone(UTC),
        )
    except (ValueError, TypeError, AttributeError):
        return None


def _info(identity: str, software: str, at: datetime) -> ArcWarcRecord:
    body = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
    return _record("warcinfo", "", identity, at, body)


def _request_record(
    identity: str, concurrent: str, request: Request, response: Response, *, retried: bool
) -> ArcWarcRecord:
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    http = StatusAndHeaders(f"{request.method} {target} HTTP/1.1", [("Host", parts.netloc)], is_http_request=True)
    context = {
        "source": request.source,
        "artifacts": [str(artifact) for artifact in request.artifacts],
        "bucket": request.bucket,
        "context": request.context,
        "hops": request.hops,
        "seen": request.seen,
        "retried": retried,
    } | {key: said for key, said in (("carry", request.carry), ("known", request.known)) if said}
    extra = {"WARC-Concurrent-To": concurrent, _CONTEXT: json.dumps(context, separators=(",", ":"))}
    return _record("request", request.url, identity, response.at, request.body, http, extra)


def _response_record(identity: str, response: Response) -> ArcWarcRecord:
    kept = [(name, value) for name, value in response.headers.items() if name not in _SECRET | _TRANSFER]
    headers = [*kept, ("content-length", str(len(response.body)))]
    status = f"{response.status} {REASONS.get(response.status, '')}".strip()
    http = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
    return _record("response", response.url, identity, response.at, response.body, http)


def _record(
    kind: str,
    url: str,
    identity: str,
    at: datetime,
    body: bytes,
    http: StatusAndHeaders | None = None,
    extra: Mapping[str, str] | None = None,
) -> ArcWarcRecord:
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {"WARC-Record-ID": identity, "WARC-Date": stamp, **(extra or {})}
    return _BUILDER.create_warc_record(
        url, kind, payload=io.BytesIO(body), length=len(body), warc_headers_dict=headers, http_headers=http
    )
