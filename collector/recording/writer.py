"""Writes the exchanges of a collection into one WARC file as they come, without credentials."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from http.client import responses as REASONS  # noqa: N812
from itertools import count
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4, uuid5

from collector.model import Exchange, Failure, Recorded, Request, Response
from collector.recording.disk import sync_folder
from collector.recording.warc import RecordingError, http_message, pack, readable_length

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "cookie2", "set-cookie", "set-cookie2"})
_TRANSFER = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection", "keep-alive"})
"""Headers about the transfer, not the content: the body is kept decoded and whole."""
PLAN = "urn:tallybook:plan"
"""The target of the record that says what a recording was made for."""
NO_STATUS = 0
"""The status of what is no response: a file that was imported."""
_SYNC_EVERY = 1.0
"""Seconds: as much of a recording a loss of power may cost."""


class Recorder:
    """A recording that is being written, by several threads; goes on with one that is there.

    What of that cannot be read is cut off: `cut` says how many bytes. `seed` makes the record ids, at random unless
    equal files are wanted. Raises RecordingError, as all that it does.
    """

    def __init__(self, path: Path, *, software: str, at: datetime, seed: UUID | None = None) -> None:
        self.path = path
        self._seed = seed or uuid4()
        self._lock = Lock()
        self._synced = time.monotonic()
        self._numbers = count()
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            size = path.stat().st_size if path.exists() else 0
        self._length = readable_length(path) if size else 0
        self.cut = size - self._length
        with _writing(path):
            # Unbuffered: a record is on its way to the disk when its exchange is told of.
            self._file = path.open("r+b" if size else "wb", buffering=0)
            self._file.truncate(self._length)
            self._file.seek(self._length)
            if not size:
                for folder in (path.parent, path.parent.parent):
                    sync_folder(folder)
        if not self._length:
            body = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
            self._write(_pack("warcinfo", self.record_id("info"), at, "application/warc-fields", body))

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._file.close()
        except OSError as fault:
            if error is None:
                raise RecordingError(f"{self.path}: cannot be written: {fault.strerror or fault}") from fault

    def plan(self, plan: Mapping[str, Any], at: datetime) -> None:
        """Write what the recording is made for; `read_plan` reads it."""
        body = json.dumps(plan, separators=(",", ":")).encode()
        self._write(_pack("metadata", self._next_id(), at, "application/json", body, PLAN))

    def write(self, source: str, exchange: Exchange, ended: datetime) -> Exchange:
        """Append an exchange of a source that has ended at a time; return it with where its responses are kept.

        What got no answer is recorded too: its last request, and why.
        """
        kept, responses = [], []
        for response in exchange.responses:
            identity = self._next_id()
            about = {"source": source, "retried": response is not exchange.answer}
            asked = self._request(exchange.request, response.at, identity, about)
            answered = _response(identity, response)
            offset = self._write(asked, answered) + len(asked)
            digest = hashlib.sha256(answered).hexdigest()
            url, status, at = response.url, response.status, response.at
            kept.append(Recorded(identity, url, status, at, offset, len(answered), digest, self.path.name))
            responses.append(Response(url, status, response.headers, response.body, at, identity))
        if exchange.failure is not None:
            self._write(*self._unanswered(source, exchange.request, exchange.failure, ended))
        return Exchange(exchange.request, tuple(responses), exchange.failure, tuple(kept))

    def keep(self, name: str, content: bytes, record: str, at: datetime) -> Recorded:
        """Append a file that was read at a time, under its base name and an id of `record_id`; return where it is."""
        url = f"file:{quote(name)}"
        data = _pack("resource", record, at, "application/octet-stream", content, url)
        offset, digest = self._write(data), hashlib.sha256(data).hexdigest()
        return Recorded(record, url, NO_STATUS, at, offset, len(data), digest, self.path.name)

    def sync(self) -> None:
        """Hand what was written to the disk, before the ledger refers to it."""
        with _writing(self.path):
            os.fsync(self._file.fileno())

    def digest(self) -> str:
        """Return the SHA-256 of the whole file as it stands."""
        self.sync()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def record_id(self, part: str) -> str:
        """Return the id of a record that has a name of its own within what this recorder writes."""
        return f"<urn:uuid:{uuid5(self._seed, part)}>"

    def _next_id(self) -> str:
        """Return the id of a record that has no name: the seed, counted on."""
        number = f"{(self._seed.int + next(self._numbers)) % 2**128:032x}"
        return f"<urn:uuid:{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}>"

    def _request(self, request: Request, at: datetime, answer: str, about: Mapping[str, Any]) -> bytes:
        parts = urlsplit(request.url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        block = http_message(f"{request.method} {target} HTTP/1.1", {"Host": parts.netloc}, request.body)
        extra = {"WARC-Concurrent-To": answer, "WARC-JSON-Metadata": json.dumps(about, separators=(",", ":"))}
        kind = "application/http; msgtype=request"
        return _pack("request", self._next_id(), at, kind, block, request.url, extra)

    def _unanswered(self, source: str, request: Request, failure: Failure, at: datetime) -> tuple[bytes, bytes]:
        identity = self._next_id()
        body = json.dumps({"cause": failure.cause, "detail": failure.detail}).encode()
        return (
            self._request(request, at, identity, {"source": source, "retried": False}),
            _pack("metadata", identity, at, "application/json", body, request.url),
        )

    def _write(self, *records: bytes) -> int:
        """Append records that belong together; return the byte at which they begin."""
        data, now = b"".join(records), time.monotonic()
        with _writing(self.path), self._lock:
            offset = self._length
            written = self._file.write(data)
            while written < len(data):
                written += self._file.write(data[written:])
            self._length += len(data)
            due = now - self._synced >= _SYNC_EVERY
            self._synced = now if due else self._synced
        if due:
            self.sync()
        return offset


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error.strerror or error}") from error


def _response(identity: str, response: Response) -> bytes:
    kept = {name: value for name, value in response.headers.items() if name not in _SECRET | _TRANSFER}
    first = f"HTTP/1.1 {response.status} {REASONS.get(response.status, '')}".rstrip()
    block = http_message(first, {**kept, "content-length": str(len(response.body))}, response.body)
    return _pack("response", identity, response.at, "application/http; msgtype=response", block, response.url)


def _pack(
    kind: str,
    identity: str,
    at: datetime,
    content: str,
    block: bytes,
    url: str = "",
    extra: Mapping[str, str] | None = None,
) -> bytes:
    headers = {
        "WARC-Type": kind,
        "WARC-Record-ID": identity,
        "WARC-Date": _stamp(at),
        "WARC-Target-URI": url,
        "Content-Type": content,
    }
    return pack(headers | dict(extra or {}), block)


@lru_cache(maxsize=4)
def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
