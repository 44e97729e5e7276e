"""Exchanges of our own, and recordings of them."""

from pathlib import Path
from uuid import UUID

from collector.model import Exchange, Recorded, Request, Response
from collector.recording.writer import Recorder
from tests.collector.payloads import AT

URL = "https://service.example/base/repos/ns/one?page=2"
ASKED = Request("GET", URL)
POSTED = Request("POST", "https://service.example/graphql", b'{"query": "\xc3\xa4"}')


def answered(request: Request, body: bytes = b"{}", status: int = 200, **headers: str) -> Exchange:
    """Return an exchange with one response."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(request, (Response(request.url, status, named, body, AT),))


THREE = (
    answered(ASKED, b'{"stargazers_count": 7001}', content_type="application/json"),
    answered(POSTED, b"", 204),
    answered(Request("GET", f"{URL}1"), b"<html>\r\n\r\nWARC/1.1\r\n", 502),
)


def recorder(path: Path, seed: UUID | None = None) -> Recorder:
    """Return the recorder of a file, that goes on with one that is there."""
    return Recorder(path, software="tallybook/1", at=AT, seed=seed)


def record(path: Path, *exchanges: Exchange, seed: UUID | None = None) -> list[Recorded]:
    """Record exchanges, and return where their responses are kept."""
    with recorder(path, seed) as file:
        return [kept for exchange in exchanges for kept in file.write("github", exchange, AT).kept]
