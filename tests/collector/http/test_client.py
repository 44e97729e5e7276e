"""Tests of sending: time, retries, limits, sizes, and above all where credentials go; time here only seems to pass."""

import gzip
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from collector.errors import BAD_PAYLOAD, CREDENTIALS, LIMIT, NOT_ASKED, TOO_BIG, TRANSIENT
from collector.http.client import ATTEMPTS, LARGEST_BODY, Http, HttpOptions
from collector.model import Exchange, Request
from collector.sources import SOURCES
from tests.collector.payloads import AT

GITHUB, PYPISTATS, CLICKPY = (SOURCES[name] for name in ("github", "pypistats", "clickpy"))
BASE = "https://api.github.example/api"
TOKEN = "ghp_0123456789abcdef"
OPTIONS = HttpOptions("tallybook/1 (https://x.example; me@x.example)", {"github": BASE}, {"github": TOKEN})
START = 1_777_266_000.0


@dataclass
class Time:
    """A clock that moves only when someone waits, and what was waited for."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def epoch(self) -> float:
        return START + self.now


class Stop(threading.Event):
    """The event that ends a run; waiting for it takes no time."""

    def __init__(self, seeming: Time) -> None:
        super().__init__()
        self._time = seeming

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        assert timeout >= 0
        self._time.waits += [timeout] if timeout else []
        self._time.now += timeout
        return self.is_set()


@dataclass
class Client:
    """An Http whose time only seems to pass."""

    time: Time
    stop: Stop
    http: Http

    def fetch(self, url: str = f"{BASE}/repos/ns/one", *, source: Any = GITHUB, **more: Any) -> Exchange:
        return self.http.fetch(source, Request(**({"method": "GET", "url": url} | more)))


def clock() -> datetime:
    return AT


@pytest.fixture
def make() -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def client(options: HttpOptions = OPTIONS, **changes: Any) -> Client:
        seeming = Time()
        stop = Stop(seeming)
        epoch, monotonic = seeming.epoch, seeming.monotonic
        http = Http(replace(options, **changes), clock=clock, stop=stop, monotonic=monotonic, epoch=epoch)
        made.append(Client(seeming, stop, http))
        return made[-1]

    yield client
    for each in made:
        each.http.close()


@pytest.fixture
def client(make: Callable[..., Client]) -> Client:
    return make()


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


URL = f"{BASE}/repos/ns/one"


def sent(net: responses.RequestsMock) -> list[requests.PreparedRequest]:
    return [call.request for call in net.calls]


def failure(exchange: Exchange) -> tuple[str, str]:
    assert exchange.failure is not None
    assert exchange.answer is None
    return exchange.failure.cause, exchange.failure.detail


# The plain way


def test_an_answer_has_its_status_lower_case_headers_decoded_body_and_time(
    client: Client, net: responses.RequestsMock
) -> None:
    net.get(URL, body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip", "ETag": 'W/"1"'})
    exchange = client.fetch()
    assert exchange.answer is not None
    assert (exchange.answer.status, exchange.answer.body, exchange.answer.at) == (200, b'{"a": 1}', AT)
    assert exchange.answer.headers["etag"] == 'W/"1"'
    assert exchange.answer.url == URL
    assert client.time.waits == []


def test_every_request_says_who_asks_and_wants_json(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, json={})
    net.post(f"{BASE}/graphql", json={})
    client.fetch()
    client.fetch(f"{BASE}/graphql", method="POST", body=b'{"query": ""}')
    for request in sent(net):
        assert request.headers["User-Agent"] == OPTIONS.user_agent
        assert request.headers["Accept"] == "application/json"
    assert "Content-Type" not in sent(net)[0].headers
    assert sent(net)[1].headers["Content-Type"] == "application/json"
    assert sent(net)[1].body == b'{"query": ""}'


@pytest.mark.parametrize(("timeout", "both"), [(30.0, (10.0, 30.0)), (2.0, (2.0, 2.0))])
def test_both_timeouts_are_set(
    make: Callable[..., Client], net: responses.RequestsMock, timeout: float, both: tuple[float, float]
) -> None:
    net.get(URL, json={})
    make(timeout=timeout).fetch()
    assert sent(net)[0].req_kwargs["timeout"] == both  # type: ignore[attr-defined]


def test_a_404_is_an_answer_and_not_asked_again(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, json={"message": "Not Found"}, status=404)
    assert [response.status for response in client.fetch().responses] == [404]


# Credentials


def authorization(net: responses.RequestsMock) -> list[str | None]:
    return [request.headers.get("Authorization") for request in sent(net)]


def test_the_token_goes_to_what_lies_under_the_base_url(client: Client, net: responses.RequestsMock) -> None:
    for url in (URL, BASE, f"{BASE}/graphql?a=b"):
        net.get(url, json={})
        client.fetch(url)
    assert authorization(net) == [f"Bearer {TOKEN}"] * 3


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.example/api/repos/ns/one",
        "https://api.github.example:8443/api/repos/ns/one",
        "https://evil.example/api/repos/ns/one",
        "https://api.github.example.evil.example/api/repos/ns/one",
        "https://api.github.example@evil.example/api/repos/ns/one",
        "https://api.github.example/apis/repos/ns/one",
        "https://api.github.example/other",
        "https://api.github.example/",
        "https://api.github.example/api/../other",
        "https://api.github.example/api/%2e%2e/other",
        "https://api.github.example/api/.%2E/other",
    ],
)
def test_the_token_goes_nowhere_else(client: Client, net: responses.RequestsMock, url: str) -> None:
    net.get(requests.Request("GET", url).prepare().url or "", json={})
    client.fetch(url)
    assert authorization(net) == [None]


def test_a_service_gets_no_token_of_another(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, json={})
    client.fetch(source=PYPISTATS)
    assert authorization(net) == [None]


def test_without_a_base_of_the_users_own_the_token_is_bound_to_the_public_one(
    make: Callable[..., Client], net: responses.RequestsMock
) -> None:
    client = make(bases={})
    for url in (f"{GITHUB.base}/graphql", URL):
        net.get(url, json={})
        client.fetch(url)
    assert authorization(net) == [f"Bearer {TOKEN}", None]


def test_a_redirect_is_an_answer_and_followed_by_nobody_here(client: Client, net: responses.RequestsMock) -> None:
    for target in (f"{BASE}/repositories/31", "https://evil.example/"):
        net.get(URL, status=301, headers={"Location": target}, json={"message": "Moved Permanently"})
        exchange = client.fetch()
        assert exchange.answer is not None
        assert exchange.answer.headers["location"] == target
        assert b"Moved" in exchange.answer.body
    assert [request.url for request in sent(net)] == [URL, URL]


def test_passwords_in_netrc_are_left_where_they_are(
    make: Callable[..., Client], net: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine api.github.example login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert requests.utils.get_netrc_auth(URL) == ("me", "secret"), "requests would send it"
    net.get(URL, json={})
    make(tokens={}).fetch()
    assert authorization(net) == [None]


def test_cookies_are_not_kept(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, json={}, headers={"Set-Cookie": "session=1; Path=/"})
    client.fetch()
    client.fetch()
    assert [request.headers.get("Cookie") for request in sent(net)] == [None, None]


def test_a_token_that_is_refused_is_an_answer_and_not_asked_again(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, status=401, json={"message": "Bad credentials"})
    assert [response.status for response in client.fetch().responses] == [401]


def test_the_limit_of_a_query_comes_with_status_200(make: Callable[..., Client], net: responses.RequestsMock) -> None:
    client, url = make(max_wait=2), f"{BASE}/graphql"
    net.post(url, json={"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for x"}]})
    assert failure(client.fetch(url, method="POST", body=b"{}", bucket="graphql"))[0] == LIMIT
    assert len(net.calls) == 1


def test_the_quotas_of_a_service_are_kept_apart(client: Client, net: responses.RequestsMock) -> None:
    told = {"X-RateLimit-Limit": "9", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(START) + 3600)}
    net.get(URL, json={}, headers=told)
    net.post(f"{BASE}/graphql", json={"data": {}})
    assert client.fetch(bucket="core").answer is not None
    assert failure(client.fetch(bucket="core"))[0] == LIMIT
    assert client.fetch(f"{BASE}/graphql", method="POST", body=b"{}", bucket="graphql").answer is not None


def test_the_token_is_struck_out_wherever_a_service_repeats_it(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, json={"you": f"Bearer {TOKEN}"}, headers={"X-Echo": f"token {TOKEN}!"})
    exchange = client.fetch()
    assert exchange.answer is not None
    assert exchange.answer.headers["x-echo"] == "token ***!"
    assert exchange.answer.body == b'{"you": "Bearer ***"}'


def test_an_empty_token_strikes_out_nothing(make: Callable[..., Client], net: responses.RequestsMock) -> None:
    net.get(URL, json={"a": 1})
    exchange = make(tokens={"github": ""}).fetch()
    assert exchange.answer is not None
    assert exchange.answer.body == b'{"a": 1}'
    assert authorization(net) == [None]


@pytest.mark.parametrize("token", ["ghp_secret\nX-Evil: 1", "ghp_secret\r"])
def test_a_token_that_cannot_stand_in_a_header_is_a_failure_that_does_not_tell_it(
    make: Callable[..., Client], net: responses.RequestsMock, token: str
) -> None:
    net.get(URL, json={})
    cause, detail = failure(make(tokens={"github": token}).fetch())
    assert (cause, "ghp" in detail) == (CREDENTIALS, False)


def test_what_went_wrong_on_the_wire_is_told_without_the_token(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, body=requests.ConnectionError(f"sent {TOKEN} and lost it"))
    assert failure(client.fetch()) == (TRANSIENT, "ConnectionError: sent *** and lost it")


@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:secret@127.0.0.1:99999",
        "http://user:secret@127.0.0.1:x",
        "user:secret@127.0.0.1:x",
        "http://user:secret@[bad",
        "http://user:secret@",
        "http://user:a/secret@127.0.0.1:1",
        "http://user:a secret@127.0.0.1:x",
    ],
)
def test_a_proxy_that_is_no_url_is_a_failure_that_does_not_tell_its_password(
    client: Client, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    cause, detail = failure(client.fetch())
    assert (cause, "HTTP_PROXY" in detail, "secret" in detail) == (BAD_PAYLOAD, True, False)


def test_what_went_wrong_on_the_way_is_told_without_names_and_passwords(
    client: Client, net: responses.RequestsMock
) -> None:
    net.get(URL, body=requests.exceptions.ProxyError("no way by http://user:secretpw@proxy.example:1"))
    assert failure(client.fetch())[1] == "ProxyError: no way by http://***@proxy.example:1"


# Passing faults


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502, "body": "<html>"},
        {"status": 522},
        {"body": ""},
        {"body": "<html>"},
        {"body": requests.ConnectionError("reset")},
        {"body": requests.ReadTimeout("too slow")},
    ],
)
def test_a_passing_fault_is_asked_again_after_growing_pauses(
    client: Client, net: responses.RequestsMock, fault: dict[str, Any]
) -> None:
    for _ in range(ATTEMPTS - 1):
        net.get(URL, **fault)
    net.get(URL, json={"a": 1})
    exchange = client.fetch()
    assert exchange.answer is not None
    assert exchange.answer.body == b'{"a": 1}'
    first, second = client.time.waits
    assert 0.5 <= first <= 1.0
    assert 1.0 <= second <= 1.5


def test_the_pauses_are_jittered(make: Callable[..., Client], net: responses.RequestsMock) -> None:
    """Else threads that failed together would come back together."""
    random.seed(1)
    net.get(URL, status=500)
    pauses = {round(wait, 6) for client in (make(), make(), make()) for wait in (client.fetch(), client.time.waits)[1]}
    assert len(pauses) == 6


def test_after_some_attempts_the_last_answer_stands(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, status=503, body="503 TEMPORARILY DISABLED")
    exchange = client.fetch()
    assert exchange.answer is not None
    assert [response.status for response in exchange.responses] == [503] * ATTEMPTS
    assert len(net.calls) == ATTEMPTS


def test_after_some_attempts_without_any_answer_the_failure_says_why(
    client: Client, net: responses.RequestsMock
) -> None:
    net.get(URL, status=500)
    net.get(URL, body=requests.ReadTimeout("nothing for 30 s"))
    exchange = client.fetch()
    assert failure(exchange) == (TRANSIENT, "ReadTimeout: nothing for 30 s")
    assert [response.status for response in exchange.responses] == [500], "and what did come is kept"


def test_what_cannot_be_sent_at_all_is_a_failure_and_not_asked_again(client: Client) -> None:
    for url in ("https://", "no-url", "gopher://x.example/"):
        cause, detail = failure(client.fetch(url))
        assert cause == BAD_PAYLOAD
        assert detail
    assert client.time.waits == []


def test_a_bundle_of_certificates_that_is_not_there_is_a_failure(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    cause, detail = failure(client.fetch("https://127.0.0.1:9/"))
    assert cause == BAD_PAYLOAD
    assert "/nowhere/ca.pem" in detail


# Limits


def limited(net: responses.RequestsMock, headers: dict[str, str], times: int = 1) -> None:
    for _ in range(times):
        net.get(URL, status=429, json={"message": "slow down"}, headers=headers)
    net.get(URL, json={"a": 1})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "Mon, 27 Apr 2026 05:00:40 GMT"}, 40),
        ({"Retry-After": str(int(START) + 90)}, 90),
        ({"X-Retry-After": str(int(START) + 90)}, 90),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(START) + 300)}, 300),
        ({}, 60),
        ({"Retry-After": "soon"}, 60),
    ],
)
def test_a_limit_is_waited_for_as_told_or_for_a_minute(
    client: Client, net: responses.RequestsMock, headers: dict[str, str], seconds: float
) -> None:
    limited(net, headers)
    exchange = client.fetch()
    assert [response.status for response in exchange.responses] == [429, 200]
    assert sum(client.time.waits) == pytest.approx(seconds)


def test_a_secondary_limit_of_github_without_a_time_costs_a_minute_then_two(
    client: Client, net: responses.RequestsMock
) -> None:
    for _ in range(2):
        net.get(URL, status=403, json={"message": "You have exceeded a secondary rate limit."})
    net.get(URL, json={})
    assert [response.status for response in client.fetch().responses] == [403, 403, 200]
    assert client.time.waits == [60, 120]


def test_the_hourly_quota_of_clickpy_without_a_time_ends_it_for_the_hour(
    client: Client, net: responses.RequestsMock
) -> None:
    net.post(CLICKPY.base, status=500, body="Code: 201. DB::Exception: Quota for user `demo` has been exceeded")
    exchange = client.fetch(CLICKPY.base, source=CLICKPY, method="POST", body=b"SELECT 1")
    cause, detail = failure(exchange)
    assert (cause, client.time.waits) == (LIMIT, [])
    assert "until 2026-04-27 06:00" in detail


def test_a_refusal_for_another_reason_is_not_waited_for(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, status=403, json={"message": "Repository access blocked", "block": {"reason": "tos"}})
    assert [response.status for response in client.fetch().responses] == [403]
    assert client.time.waits == []


@pytest.mark.parametrize("told", ["901", str(int(START) + 901), "Mon, 27 Apr 2026 05:15:01 GMT", "999999999999"])
def test_a_wait_longer_than_allowed_ends_with_what_came_and_when_to_come_again(
    client: Client, net: responses.RequestsMock, told: str
) -> None:
    limited(net, {"Retry-After": told})
    exchange = client.fetch()
    cause, detail = failure(exchange)
    assert cause == LIMIT
    assert detail.startswith("the limit of github is used up until ")
    assert [response.status for response in exchange.responses] == [429]
    assert client.time.waits == []


def test_a_wait_as_long_as_allowed_is_waited_for(client: Client, net: responses.RequestsMock) -> None:
    limited(net, {"Retry-After": "900"})
    assert client.fetch().answer is not None


def test_a_limit_that_does_not_end_is_left_after_some_attempts(client: Client, net: responses.RequestsMock) -> None:
    limited(net, {"Retry-After": "10"}, ATTEMPTS)
    exchange = client.fetch()
    assert exchange.answer is not None
    assert [response.status for response in exchange.responses] == [429] * ATTEMPTS


def test_the_quota_that_answers_announce_is_kept_with_its_reserve(client: Client, net: responses.RequestsMock) -> None:
    told = {"X-RateLimit-Limit": "5000", "X-RateLimit-Reset": str(int(START) + 3600)}
    for remaining in ("501", "500"):
        net.get(URL, json={}, headers=told | {"X-RateLimit-Remaining": remaining})
    assert client.fetch().answer is not None
    assert client.fetch().answer is not None
    assert failure(client.fetch()) == (
        LIMIT,
        "the limit of github is used up until 2026-04-27 06:00:01 UTC; come again then",
    )
    assert len(net.calls) == 2


def test_the_published_rates_are_kept(client: Client, net: responses.RequestsMock) -> None:
    url = f"{PYPISTATS.base}/api/packages/kfp/overall"
    net.get(url, json={})
    for _ in range(31):
        client.fetch(url, source=PYPISTATS)
    assert 60 <= client.time.now <= 62


def test_without_budgets_there_is_no_pacing(make: Callable[..., Client], net: responses.RequestsMock) -> None:
    url = f"{PYPISTATS.base}/api/packages/kfp/overall"
    net.get(url, json={})
    client = make(paced=False)
    for _ in range(31):
        client.fetch(url, source=PYPISTATS)
    assert client.time.waits == []


def test_a_run_that_is_ended_sends_nothing_more(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, json={})
    client.stop.set()
    assert failure(client.fetch()) == (NOT_ASKED, "the run was ended")
    assert len(net.calls) == 0


def test_a_run_that_is_ended_while_it_waits_keeps_what_came(client: Client, net: responses.RequestsMock) -> None:

    def answer(_request: object) -> tuple[int, dict[str, str], str]:
        client.stop.set()
        return 500, {}, ""

    net.add_callback(responses.GET, URL, answer)
    exchange = client.fetch()
    assert failure(exchange) == (NOT_ASKED, "the run was ended")
    assert len(exchange.responses) == len(net.calls) == 1


# Sizes


def test_a_body_at_the_limit_is_taken_and_one_above_it_is_not(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, body=b" " * LARGEST_BODY)
    net.get(URL, body=b" " * (LARGEST_BODY + 1))
    net.get(URL, body=gzip.compress(b" " * (4 * LARGEST_BODY)), headers={"Content-Encoding": "gzip"})
    first = client.http.fetch(GITHUB, Request("GET", URL))
    assert len(first.responses[0].body) == LARGEST_BODY
    for _ in range(2):
        waited = len(client.time.waits)
        assert failure(client.fetch()) == (TOO_BIG, "the body is larger than 16 MiB")
        assert len(client.time.waits) == waited, "and it is not asked for again"


def test_the_body_of_a_redirect_has_the_same_limit(client: Client, net: responses.RequestsMock) -> None:
    bomb = gzip.compress(b" " * (LARGEST_BODY + 1))
    net.get(URL, status=301, body=bomb, headers={"Content-Encoding": "gzip", "Location": "/api/x"})
    assert failure(client.fetch())[0] == TOO_BIG


def test_a_body_that_is_not_packed_as_it_says_is_bad(client: Client, net: responses.RequestsMock) -> None:
    net.get(URL, body=b'{"a": 1}', headers={"Content-Encoding": "gzip"})
    assert failure(client.fetch())[0] == BAD_PAYLOAD


# A real line


@contextmanager
def line(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on the loopback; let `talk` handle each connection; give the URL."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(4096)
                        talk(connection)
                    except OSError:
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.mark.usefixtures("direct")
def test_a_body_that_ends_before_it_should_is_a_passing_fault(client: Client) -> None:
    with line(lambda wire: wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")) as url:
        cause, detail = failure(client.fetch(url))
    assert cause == TRANSIENT
    assert detail
    assert len(client.time.waits) == ATTEMPTS - 1


@pytest.mark.usefixtures("direct")
def test_an_answer_of_two_lengths_is_bad_and_no_fault_of_the_token(client: Client) -> None:
    twice = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}"
    with line(lambda wire: wire.sendall(twice)) as url:
        cause, detail = failure(client.fetch(url))
    assert (cause, "Content-Length" in detail) == (BAD_PAYLOAD, True)
    assert client.time.waits == []


@pytest.mark.usefixtures("direct")
def test_a_connection_refused_reset_or_closed_is_a_passing_fault(client: Client) -> None:
    with line(lambda _: None) as url:
        cause, detail = failure(client.fetch(url))
    assert (cause, "closed" in detail or "reset" in detail) == (TRANSIENT, True)
    cause, detail = failure(client.fetch(url))
    assert cause == TRANSIENT
    assert "refused" in detail
    assert " at 0x" not in detail


@pytest.mark.usefixtures("direct")
def test_a_server_that_drips_is_not_listened_to_for_longer_than_four_read_timeouts(
    make: Callable[..., Client],
) -> None:
    """Each byte comes well within the read timeout; by its length the body would take a minute."""
    client, ended = make(timeout=0.05), threading.Event()
    client.http._monotonic = time.monotonic

    def drip(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
        for _ in range(60000):
            wire.sendall(b" ")
            if ended.wait(0.001):
                return

    with line(drip) as url:
        cause, detail = failure(client.fetch(url))
        ended.set()
    assert (cause, "too slowly" in detail or "timed out" in detail) == (TRANSIENT, True), detail


class _Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, tuple[str, int]]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.client_address))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, list[tuple[str, tuple[str, int]]]]]:
    page = type("Page", (_Page,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), page) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        running.daemon_threads = True
        yield f"http://127.0.0.1:{running.server_port}", page.asked  # type: ignore[attr-defined]
        running.shutdown()
        thread.join(5)


@pytest.mark.usefixtures("direct")
def test_a_connection_is_used_again(client: Client, server: tuple[str, list[Any]]) -> None:
    url, asked = server
    for _ in range(3):
        assert client.fetch(f"{url}/a").answer is not None
    client.http.close()
    assert len({address for _, address in asked}) == 1
    assert len(asked) == 3


def test_a_proxy_of_the_environment_is_used(
    client: Client, server: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, asked = server
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", url)
    assert client.fetch("http://service.example/a").answer is not None
    client.http.close()
    assert [path for path, _ in asked] == ["http://service.example/a"]


def test_each_host_goes_the_way_that_the_environment_says_for_it(
    client: Client, server: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is asked once a host, so what it says of one must not be taken for another."""
    url, asked = server
    monkeypatch.setenv("http_proxy", url)
    monkeypatch.setenv("no_proxy", urlsplit(url).hostname or "")
    for path in (f"{url}/direct", "http://service.example/a", f"{url}/direct", "http://service.example/b"):
        assert client.fetch(path).answer is not None
    client.http.close()
    proxied = ["http://service.example/a", "http://service.example/b"]
    assert [path for path, _ in asked] == ["/direct", proxied[0], "/direct", proxied[1]]


def test_one_context_that_verifies_serves_all_connections_also_through_a_proxy(client: Client) -> None:
    adapter: Any = client.http._adapter
    context = adapter.poolmanager.connection_pool_kw["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) > 50
    proxied = [adapter.proxy_manager_for(f"http://{name}.example:3128") for name in ("one", "two")]
    assert all(manager.connection_pool_kw["ssl_context"] is context for manager in proxied)
    connection = adapter.poolmanager.connection_from_url("https://api.github.example/")
    adapter.cert_verify(connection, "https://api.github.example/", True, None)
    assert (connection.cert_reqs, connection.ca_certs) == ("CERT_REQUIRED", None), "the bundle is not parsed again"
