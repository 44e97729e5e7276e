"""HTTP/1.1 with keep-alive over asyncio, just enough and fast; knows no service."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote

from tests.integration.message import Reply, Request

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Stage(Protocol):
    """What answers the requests of a connection."""

    def arrive(self, request: Request) -> tuple[Reply, float]:
        """Take a request; give the reply and the seconds after which it is sent."""

    def leave(self, request: Request) -> None:
        """Hear that a request that arrived has been dealt with, or that its sender has gone."""


class Connection(asyncio.Protocol):
    """One client's connection: requests in turn, each answered before the next is looked at."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._buffer = bytearray()
        self._request: Request | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._timer is not None:
            self._timer.cancel()
        self._done()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next()

    def _next(self) -> None:
        if self._request is not None or self._transport.is_closing():
            return
        request = take_request(self._buffer)
        if request is None:
            return
        self._request = request
        reply, latency = self._stage.arrive(request)
        if latency > 0:
            self._after(latency, lambda: self._send(reply))
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.manner == "whole":
            self._transport.write(reply.head() + reply.body)
            self._finish()
        elif reply.manner == "reset":
            self._reset()
        elif reply.manner == "reset-midway":
            self._transport.write(reply.head() + reply.body[: len(reply.body) // 2])
            self._after(0.02, self._reset)
        elif reply.manner == "truncated":
            self._transport.write(reply.head() + reply.body[: len(reply.body) // 2])
            self._transport.close()
        elif reply.manner == "drip":
            self._transport.write(reply.head())
            self._drip(reply.body, reply.pause)

    def _drip(self, rest: bytes, pause: float) -> None:
        self._transport.write(rest[:1])
        if len(rest) > 1:
            self._after(pause, lambda: self._drip(rest[1:], pause))
        else:
            self._finish()

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, action)

    def _reset(self) -> None:
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _finish(self) -> None:
        self._timer = None
        request = self._done()
        if request is not None and request.headers.get("connection", "").lower() == "close":
            self._transport.close()
        elif self._buffer:
            self._next()

    def _done(self) -> Request | None:
        request, self._request = self._request, None
        if request is not None:
            self._stage.leave(request)
        return request


def take_request(buffer: bytearray) -> Request | None:
    """Take the first whole request off the buffer; None if it is not there yet."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = buffer[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    whole = end + 4 + int(headers.get("content-length", 0))
    if len(buffer) < whole:
        return None
    body = bytes(buffer[end + 4 : whole])
    del buffer[:whole]
    method, target, _ = first.split(" ", 2)
    path, _, query = target.partition("?")
    return Request(method, unquote(path), query, headers, body)
