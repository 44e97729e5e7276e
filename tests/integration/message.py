"""A request as the played services see it and a reply as they give it; knows no sockets and no service."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

Manner = Literal["whole", "reset", "reset-midway", "hang", "drip", "truncated"]
"""How the bytes of a reply go out."""

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names are lower case, `path` is below the service's base, `base` is that base's URL."""

    method: str
    path: str
    query_text: str
    headers: Mapping[str, str]
    body: bytes
    service: str = ""
    base: str = ""

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_text, keep_blank_values=True))

    def target(self) -> str:
        return f"{self.path}?{self.query_text}" if self.query_text else self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply and the manner in which it is sent; `pause` is the time in seconds between two dripped bytes."""

    status: int
    body: bytes = b""
    type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = "whole"
    pause: float = 0.0
    length: int | None = field(default=None)

    def adding(self, *headers: tuple[str, str]) -> Self:
        return replace(self, headers=(*self.headers, *headers))

    def head(self) -> bytes:
        """Write the status line and the headers; `length` overrides the true Content-Length."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"Content-Type: {self.type}"] if self.type else []
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status not in {204, 304}:
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def reply_json(raw: Any, status: int = 200, *headers: tuple[str, str]) -> Reply:
    return Reply(status, json.dumps(raw, separators=(",", ":")).encode(), headers=headers)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
