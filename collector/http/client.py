"""Sends requests and brings back responses: connections, time limits, retries, limits and credentials."""

import re
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader, InvalidProxyURL
from requests.utils import default_headers, prepend_scheme_if_needed, select_proxy
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import DecodeError
from urllib3.exceptions import HTTPError as WireError
from urllib3.util import parse_url

from collector.errors import (
    BAD_PAYLOAD,
    CREDENTIALS,
    LIMIT,
    NOT_ASKED,
    TOO_BIG,
    TRANSIENT,
    LimitReached,
    NoValue,
    Stopped,
)
from collector.http.credentials import Tokens, without_userinfo
from collector.http.limits import Gate, retry_after, when
from collector.model import Exchange, Failure, Request, Response
from collector.sources.protocol import Source
from collector.sources.reading import excerpt

LARGEST_BODY = 16 * 1024 * 1024
ATTEMPTS = 3
TIMEOUTS = 4
"""A body may take this many read timeouts; a server that drips a byte a second is not waited for longer."""
_CHUNK = 64 * 1024
_CONNECTION = re.compile(r"^\w+\(host='[^']*', port=\d+\): ")
"""How urllib3's messages begin: with an object, not with a word of use to anybody."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to behave towards the services.

    `timeout` and `max_wait` are seconds; `paced=False` leaves the published rates out; `tokens` are credentials by
    service, `bases` the base URL of each service that is not asked at its own, outside of which its credentials are
    never sent; `reserve` is the share of an announced quota left to others.
    """

    user_agent: str
    bases: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    max_wait: float = 900.0
    paced: bool = True
    reserve: float = 0.1


class Http:
    """The connections of all services and threads; `clock` stamps the responses, waiting and measuring use real time.

    `stop` ends all waiting; `monotonic` and `epoch` (UTC epoch seconds) tell the real time.
    """

    def __init__(
        self,
        options: HttpOptions,
        *,
        clock: Callable[[], datetime],
        stop: Event,
        monotonic: Callable[[], float] = time.monotonic,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        self._options = options
        self.now = clock
        self._stop = stop
        self._monotonic, self._epoch = monotonic, epoch
        self._gates: dict[str, Gate] = {}
        self._tokens = Tokens(options.tokens)
        self._headers = {**default_headers(), "User-Agent": options.user_agent, "Accept": "application/json"}
        self._adapter = _Adapter(pool_maxsize=64)
        self._environment: dict[tuple[str, str], Any] = {}
        self._retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            retry=retry_if_result(lambda attempt: attempt.cause in {TRANSIENT, LIMIT}),
            retry_error_callback=_last,
            sleep=self._sleep,
        )

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def gate(self, source: Source) -> Gate:
        """Return the door to the source's service, the same for all sources of one service."""
        if source.service not in self._gates:
            options = self._options
            self._gates.setdefault(source.service, Gate(source.budget, options.paced, options.reserve))
        return self._gates[source.service]

    def fetch(self, source: Source, request: Request) -> Exchange:
        """Send a request until it has an answer or no hope of one; never raises for what the network or service does.

        Passing faults are tried again with growing, jittered pauses; refusals by a limit are waited for as told, as
        long as one pause is within `max_wait`.
        """
        responses: list[Response] = []

        def attempt() -> _Attempt:
            outcome = self._attempt(source, request)
            if outcome.response is not None:
                responses.append(outcome.response)
            return outcome

        try:
            last: _Attempt = self._retrying(attempt)
        except LimitReached as error:
            return Exchange(request, tuple(responses), Failure(LIMIT, f"{error}; come again then"))
        except Stopped:
            return Exchange(request, tuple(responses), Failure(NOT_ASKED, "the run was ended"))
        return Exchange(request, tuple(responses), last.failure)

    def _attempt(self, source: Source, request: Request) -> "_Attempt":
        self._enter(source, request)
        headers: Mapping[str, str] = {}
        try:
            response = self._send(source, request)
            headers = response.headers
        except NoValue as error:
            return _failed(error.cause, error.detail)
        except DecodeError as error:
            return _failed(BAD_PAYLOAD, _reason(error))
        except (requests.ConnectionError, requests.Timeout, WireError) as error:
            return _failed(TRANSIENT, self._tokens.blot(_reason(error)))
        except (OSError, ValueError) as error:
            # requests' other errors are OSErrors, and so is a bundle of certificates that is not there.
            return _failed(BAD_PAYLOAD, self._tokens.blot(_reason(error)))
        finally:
            self.gate(source).note(request.bucket, headers)
        refused, gate = source.refusal(request, response), self.gate(source)
        if refused is not None and refused.cause == LIMIT:
            gate.refused(retry_after(response.headers, self._epoch()), self._monotonic())
        else:
            gate.answered()
        return _Attempt(refused.cause if refused else "", response, None)

    def _enter(self, source: Source, request: Request) -> None:
        """Wait until the service may be asked. Raises LimitReached and Stopped."""
        gate = self.gate(source)
        while (wait := gate.enter(request.bucket, self._monotonic(), epoch := self._epoch())) > 0:
            if wait > self._options.max_wait:
                raise LimitReached(source.service, when(wait, epoch))
            self._sleep(wait)
        if self._stop.is_set():
            raise Stopped

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def _send(self, source: Source, request: Request) -> Response:
        token = self._tokens.of(source.service, self._options.bases.get(source.service, source.base), request.url)
        headers = {**self._headers, "Authorization": f"Bearer {token}"} if token else {**self._headers}
        if request.body:
            headers["Content-Type"] = "application/json"
        # Without a session, which would keep cookies, follow redirects and look for passwords, and takes as long to
        # think about all that as the request takes to be sent.
        prepared = requests.PreparedRequest()
        prepared.prepare_method(request.method)
        prepared.prepare_url(request.url, None)
        try:
            prepared.prepare_headers(headers)
        except InvalidHeader:
            # Its message quotes the header, that is the token.
            raise NoValue(CREDENTIALS, "the token cannot stand in a header") from None
        prepared.prepare_body(request.body or None, None)
        timeout = min(10.0, self._options.timeout), self._options.timeout
        with self._adapter.send(prepared, timeout=timeout, **self._surroundings(request.url)) as answer:
            body = _read(answer, self._monotonic, self._monotonic() + TIMEOUTS * self._options.timeout)
        return Response(
            url=request.url,
            status=answer.status_code,
            headers={name.lower(): self._tokens.blot(value) for name, value in answer.headers.items()},
            body=self._tokens.blot_bytes(body),
            at=self.now(),
        )

    def _surroundings(self, url: str) -> Any:
        """Return what the environment says of proxies and certificates, asked once a host: it takes long to tell."""
        host = urlsplit(url)[:2]
        found = self._environment.get(host)
        if found is None:
            found = requests.Session().merge_environment_settings(url, {}, True, None, None)
            _check(select_proxy(url, found["proxies"]))
            self._environment[host] = found
        return found


def ping(url: str, user_agent: str, timeout: float = 10.0) -> str:
    """Send a GET with nothing but our name; return "", or why it had no success, without the URL's path.

    No credentials are looked up for it, and no redirect is followed. Tried twice, up to `timeout` seconds each.
    """
    prepared = requests.PreparedRequest()
    why = ""
    for _ in range(2):
        try:
            prepared.prepare_method("GET")
            prepared.prepare_url(url, None)
            prepared.prepare_headers({"User-Agent": user_agent})
            surroundings: Any = requests.Session().merge_environment_settings(url, {}, False, None, None)
            with closing(_Adapter()) as adapter, adapter.send(prepared, timeout=timeout, **surroundings) as answer:
                if answer.ok and not answer.is_redirect:
                    return ""
                why = f"HTTP {answer.status_code}"
        except (OSError, ValueError, WireError) as error:
            why = _reason(error).replace(urlsplit(url).path, "/…")
    return why


class _Adapter(HTTPAdapter):
    """Keeps one context that verifies certificates for all connections: parsing the CA bundle for each costs 19 ms."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        self._context = ssl.create_default_context(cafile=certifi.where())
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Use the same context through a proxy."""
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave the bundle to the shared context, unless the user names another one."""
        if verify is True:
            conn.cert_reqs = "CERT_REQUIRED"
        else:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of sending once; `cause` says whether to send again, "" is an answer."""

    cause: str
    response: Response | None
    failure: Failure | None


def _failed(cause: str, detail: str) -> _Attempt:
    return _Attempt(cause, None, Failure(cause, detail))


_jitter = wait_exponential_jitter(multiplier=0.5, max=8.0, jitter=0.5)


def _pause(state: RetryCallState) -> float:
    attempt: _Attempt = _last(state)
    # After a refusal the gate is closed for the time it told, for every thread; no further pause is due.
    return 0.0 if attempt.cause == LIMIT else _jitter(state)


def _last(state: RetryCallState) -> Any:
    return state.outcome.result() if state.outcome is not None else None


def _read(answer: requests.Response, monotonic: Callable[[], float], end: float) -> bytes:
    parts, size = [], 0
    while part := answer.raw.read1(_CHUNK, decode_content=True):
        size += len(part)
        if size > LARGEST_BODY:
            raise NoValue(TOO_BIG, f"the body is larger than {LARGEST_BODY // 2**20} MiB")
        if monotonic() > end:
            raise NoValue(TRANSIENT, "the answer came too slowly")
        parts.append(part)
    return b"".join(parts)


def _check(proxy: str | None) -> None:
    """Raise InvalidProxyURL for what is none, and do not repeat it: a password may stand in it."""
    host = None
    with suppress(ValueError, TypeError):
        host = parse_url(prepend_scheme_if_needed(proxy, "http")).host if proxy else ""  # type: ignore[no-untyped-call]
    if host is None:
        raise InvalidProxyURL("HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is not a URL such as http://proxy.example:3128")


def _reason(error: Exception) -> str:
    """Say what happened on the wire without the address of an object or a whole chain of wrapped errors."""
    cause: BaseException = error
    while True:
        inner = getattr(cause, "reason", None) or next((arg for arg in cause.args if isinstance(arg, Exception)), None)
        if not isinstance(inner, BaseException):
            break
        cause = inner
    words = {
        "NewConnectionError": "no connection",
        "NameResolutionError": "name not found",
        "ProtocolError": "broken off",
    }
    said = without_userinfo(_CONNECTION.sub("", str(cause).split(">: ")[-1]))
    return excerpt(f"{words.get(type(cause).__name__, type(cause).__name__)}: {said}")
