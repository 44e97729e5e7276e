"""Connections on which a whole answer, headers and all, comes within a time or not at all; knows no service."""

import io
import socket
import ssl
import time
from http.client import HTTPResponse
from typing import Any

import certifi
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

TIMEOUTS = 4
"""An answer may take this many read timeouts; a server that drips a byte a second is not waited for longer."""


class _Stream(io.RawIOBase):
    """What a socket brings until a deadline: its own timeout counts from the last byte, and so never strikes a drip."""

    def __init__(self, stream: io.RawIOBase, seconds: float) -> None:
        self._stream = stream
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is. Raises TimeoutError past the deadline, or if nothing comes."""
        if time.monotonic() > self._end:
            raise TimeoutError("the answer came too slowly")
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Close the socket's stream too."""
        self._stream.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer that is read through a stream with a deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        if timeout is not None:
            self.fp = io.BufferedReader(_Stream(self.fp.detach(), TIMEOUTS * timeout))


class _Plain(HTTPConnection):
    response_class = _Answer


class _Secure(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class Adapter(HTTPAdapter):
    """Keeps connections with deadlines, and one context that verifies certificates.

    For all connections together, because parsing the CA bundle for each costs 19 ms of CPU.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        self._context = ssl.create_default_context(cafile=certifi.where())
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Use the same context and deadlines through a proxy."""
        manager: Any = super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the bundle to the shared context, unless the user names another one."""
        if verify is True:
            conn.cert_reqs = "CERT_REQUIRED"
        else:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
