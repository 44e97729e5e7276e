"""Sends requests and brings back responses: sessions, time limits, retries, limits, credentials; knows no meaning."""

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidHeader, InvalidProxyURL
from requests.utils import default_headers, prepend_scheme_if_needed, select_proxy
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import DecodeError
from urllib3.exceptions import HTTPError as WireError
from urllib3.util import parse_url

from collector.errors import BAD_PAYLOAD, CREDENTIALS, LIMIT, NOT_ASKED, TOO_BIG, TRANSIENT, LimitReached, Stopped
from collector.http.credentials import Tokens, without_userinfo
from collector.http.deadline import Adapter
from collector.http.limits import SOON, Gate, retry_after, when
from collector.model import Exchange, Failure, Request, Response
from collector.sources.protocol import Source, Verdict, excerpt

LARGEST_BODY = 16 * 1024 * 1024
ATTEMPTS = 3
_CHUNK = 64 * 1024
_LIMITS = (Verdict.LIMITED, Verdict.SPENT)
_CONNECTION = re.compile(r"^\w+\(host='[^']*', port=\d+\): ")
"""How urllib3's messages begin: with an object, not with a word of use to anybody."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to behave towards the services.

    `timeout` and `max_wait` are seconds; `paced=False` leaves the published rates out; `tokens` are credentials by
    service, `bases` the base URL of each service, outside of which its credentials are never sent; `reserve` is the
    share of an announced quota left to others.
    """

    user_agent: str
    bases: Mapping[str, str]
    tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
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
        self._clock = clock
        self._stop = stop
        self._monotonic, self._epoch = monotonic, epoch
        self._gates: dict[str, Gate] = {}
        self.tokens = Tokens(options.tokens, options.bases)
        self._headers = {**default_headers(), "User-Agent": options.user_agent, "Accept": "application/json"}
        self._adapter = Adapter(pool_maxsize=64)
        self._environment: dict[tuple[str, str], Any] = {}
        self._retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            retry=retry_if_result(lambda attempt: attempt.verdict is not Verdict.FINAL),
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
        long as one pause is within `max_wait`. To ask again as another account is no attempt, once for each.
        """
        responses: list[Response] = []
        spent: set[str] = set()

        def attempt() -> _Attempt:
            while True:
                outcome = self._attempt(source, request)
                if outcome.response is not None:
                    responses.append(outcome.response)
                if outcome.verdict is not Verdict.SPENT or outcome.token in spent:
                    return outcome
                spent.add(outcome.token)
                if spent.issuperset(self.tokens.usable(source, request.url)):
                    return outcome

        try:
            last: _Attempt = self._retrying(attempt)
        except LimitReached as error:
            return Exchange(request, tuple(responses), Failure(LIMIT, f"{error}; come again then"))
        except Stopped:
            return Exchange(request, tuple(responses), Failure(NOT_ASKED, "the run was ended"))
        return Exchange(request, tuple(responses), last.failure)

    def _attempt(self, source: Source, request: Request) -> "_Attempt":
        token = self._enter(source, request)
        headers: Mapping[str, str] = {}
        try:
            response = self._send(request, token)
            headers = response.headers
        except _TooLarge as error:
            return _Attempt(Verdict.FINAL, None, Failure(TOO_BIG, str(error)))
        except _Unsendable as error:
            return _Attempt(Verdict.FINAL, None, Failure(CREDENTIALS, str(error)))
        except DecodeError as error:
            return _Attempt(Verdict.FINAL, None, Failure(BAD_PAYLOAD, _reason(error)))
        except (requests.ConnectionError, requests.Timeout, WireError) as error:
            return _Attempt(Verdict.TRANSIENT, None, Failure(TRANSIENT, self.tokens.blot(_reason(error))))
        except (OSError, ValueError) as error:
            # requests' other errors are OSErrors, and so is a bundle of certificates that is not there.
            return _Attempt(Verdict.FINAL, None, Failure(BAD_PAYLOAD, self.tokens.blot(_reason(error))))
        finally:
            self.gate(source).note(self._account(request, token), headers)
        return _Attempt(self._verdict(source, request, response, token), response, None, token)

    def _verdict(self, source: Source, request: Request, response: Response, token: str) -> Verdict:
        """Judge a response, and close the door or lay the token aside if it says so."""
        if response.status == 401 and self.tokens.lay_aside(token):  # noqa: PLR2004
            return Verdict.SPENT
        gate, account = self.gate(source), self._account(request, token)
        verdict = source.verdict(request, response)
        if verdict in _LIMITS:
            whom = account if verdict is Verdict.SPENT else None
            gate.refused(retry_after(response.headers, self._epoch()), self._monotonic(), whom)
        else:
            gate.answered(account)
        return verdict

    def _enter(self, source: Source, request: Request) -> str:
        """Wait until the service may be asked; return the token to ask with.

        Of several it is the one whose mark of the answer we have, as a 304 costs nothing, else the one with most left.
        """
        gate = self.gate(source)
        while True:
            accounts = {token: self._account(request, token) for token in self.tokens.usable(source, request.url)}
            rank = {token: (bool(self.tokens.etag(request, token)), gate.left(accounts[token])) for token in accounts}
            epoch, shortest = self._epoch(), inf
            for token in sorted(rank, key=rank.__getitem__, reverse=True):
                wait = gate.enter(accounts[token], self._monotonic(), epoch)
                if wait == 0:
                    return self._unless_stopped(token)
                shortest = min(shortest, wait)
                if wait <= SOON and rank[token][0]:
                    break
            if shortest > self._options.max_wait:
                raise LimitReached(source.service, when(shortest, epoch))
            self._sleep(shortest)

    def _account(self, request: Request, token: str) -> str:
        return f"{request.bucket}/{self.tokens.account(token)}" if token else request.bucket

    def _unless_stopped(self, token: str) -> str:
        if self._stop.is_set():
            raise Stopped
        return token

    def _sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def _send(self, request: Request, token: str) -> Response:
        headers = {**self._headers, "Authorization": f"Bearer {token}"} if token else {**self._headers}
        if etag := self.tokens.etag(request, token):
            headers["If-None-Match"] = etag
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
            raise _Unsendable("the token cannot stand in a header") from None
        prepared.prepare_body(request.body or None, None)
        timeout = min(10.0, self._options.timeout), self._options.timeout
        with self._adapter.send(prepared, timeout=timeout, **self._surroundings(request.url)) as answer:
            body = _read(answer)
        return Response(
            url=request.url,
            status=answer.status_code,
            headers={name.lower(): self.tokens.blot(value) for name, value in answer.headers.items()},
            body=self.tokens.blot_bytes(body),
            at=self._clock(),
            account=self.tokens.account(token),
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


@dataclass(frozen=True, slots=True)
class _Attempt:
    verdict: Verdict
    response: Response | None
    failure: Failure | None
    token: str = field(default="", repr=False)


class _TooLarge(Exception):
    pass


class _Unsendable(Exception):
    pass


_jitter = wait_exponential_jitter(multiplier=0.5, max=8.0, jitter=0.5)


def _pause(state: RetryCallState) -> float:
    attempt: _Attempt = _last(state)
    # After a refusal the gate is closed for the time it told, for every thread; no further pause is due.
    return 0.0 if attempt.verdict in _LIMITS else _jitter(state)


def _last(state: RetryCallState) -> Any:
    return state.outcome.result() if state.outcome is not None else None


def _read(answer: requests.Response) -> bytes:
    parts, size = [], 0
    while part := answer.raw.read1(_CHUNK, decode_content=True):
        size += len(part)
        if size > LARGEST_BODY:
            raise _TooLarge(f"the body is larger than {LARGEST_BODY // 2**20} MiB")
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
