"""Tests of connections: certificates are verified whatever the environment says; names, proxies that lead nowhere."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.errors import BAD_PAYLOAD, TRANSIENT
from collector.http.client import Http, HttpOptions
from collector.model import Artifact, Exchange, Request
from collector.sources import SOURCES

TOKEN = "ghp_thisIsNobodysToken"
SELF_SIGNED = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgADUhaAZ5uWXhUjwZ
VyRTV1rfgVq7j8r+PlSbjhIiIX2hRANCAASrJWu1TMDvVoowdA7fr7BZqIZU4UjG
56pDKj+XgBFeYAV6EdD/PUNbRQ2wVVHjIEtNE5oBYKHnWF0jKGeqllou
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUSt/lYIW/Fpt2ijkKUJTb1w6yDlowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTE3NDYwOVoYDzIxMjYxMTAx
MTc0NjA5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASrJWu1TMDvVoowdA7fr7BZqIZU4UjG56pDKj+XgBFeYAV6EdD/PUNb
RQ2wVVHjIEtNE5oBYKHnWF0jKGeqllouo2QwYjAdBgNVHQ4EFgQUzorOyfoXDNqd
W4hG2osJ8GBcI4UwHwYDVR0jBBgwFoAUzorOyfoXDNqdW4hG2osJ8GBcI4UwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IG0MOlrjQh5+mbOYDgEOroQLG3kSnyGCAE/QsnlRLg43AiB2hma3ABCMjEj4wGhH
1UEOpS2DXB4oODeHnnddOlnTag==
-----END CERTIFICATE-----
"""
"""A certificate for 127.0.0.1 that nobody vouches for, made for these tests, with its key."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "self-signed.pem"
    path.write_text(SELF_SIGNED)
    return path


@pytest.fixture
def heard() -> list[bytes]:
    return []


@pytest.fixture
def server(certificate: Path, heard: list[bytes]) -> Iterator[int]:
    """Give the port of a server that answers everything over TLS, and notes what it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as wire:
                    heard.append(wire.recv(4096))
                    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def fetch(base: str) -> Exchange:
    class Impatient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
            return False

    options = HttpOptions("tallybook/1", {"github": base}, {"github": (TOKEN,)}, timeout=5.0)
    http = Http(options, clock=lambda: datetime(2026, 4, 27, tzinfo=UTC), stop=Impatient(), epoch=time.time)
    with closing(http):
        return http.fetch(SOURCES["github"], Request("github", f"{base}/x", (Artifact("github", "ns/one"),)))


def failed(exchange: Exchange) -> tuple[str, str]:
    assert exchange.failure is not None
    assert TOKEN not in exchange.failure.detail
    return exchange.failure.cause, exchange.failure.detail


@pytest.mark.parametrize(
    "environment",
    [{}, {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""}, {"PYTHONHTTPSVERIFY": "0"}],
    ids=["plain", "no bundle", "Python's switch"],
)
def test_a_certificate_that_nobody_vouches_for_ends_the_talk_before_it_begins(
    server: int, heard: list[bytes], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in ({"NO_PROXY": "*"} | environment).items():
        monkeypatch.setenv(name, value)
    cause, detail = failed(fetch(f"https://127.0.0.1:{server}"))
    assert (cause, "self-signed certificate" in detail or "self signed certificate" in detail) == (TRANSIENT, True)
    assert heard == []


def test_a_bundle_that_the_user_names_is_what_vouches(
    server: int, heard: list[bytes], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    exchange = fetch(f"https://127.0.0.1:{server}")
    assert exchange.answer is not None
    assert (exchange.answer.body, len(heard)) == (b"{}", 1)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.parent / "gone.pem"))
    cause, detail = failed(fetch(f"https://127.0.0.1:{server}"))
    assert (cause, "gone.pem" in detail) == (BAD_PAYLOAD, True)


def test_a_server_that_speaks_no_tls_is_a_failure_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    wire, _ = listener.accept()
                    with wire:
                        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        threading.Thread(target=serve, daemon=True).start()
        cause, _ = failed(fetch(f"https://127.0.0.1:{listener.getsockname()[1]}"))
        listener.shutdown(socket.SHUT_RDWR)
    assert cause == TRANSIENT


def test_a_name_that_leads_nowhere_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    cause, detail = failed(fetch("https://no-such-host.invalid"))
    assert (cause, detail.split(" (")[0]) == (
        TRANSIENT,
        "name not found: Failed to resolve 'no-such-host.invalid'",
    )


def test_a_proxy_of_the_environment_is_used_and_its_password_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://me:hidden@127.0.0.1:{port}")
    cause, detail = failed(fetch("https://api.github.example"))
    assert (cause, "refused" in detail, "hidden" in detail) == (TRANSIENT, True, False)
