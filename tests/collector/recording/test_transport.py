"""Tests of what answers requests: the network, recorded; recordings; recordings first and then the network."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from collector.errors import CREDENTIALS, LIMIT, NOT_ASKED, TRANSIENT
from collector.http.client import Http
from collector.http.workers import collect
from collector.model import Answer, Artifact, Exchange, Failure, Request, Response
from collector.recording.reader import read_answered
from collector.recording.transport import Live, Recordings, Resuming
from collector.recording.warc import RecordingError
from collector.sources import SOURCES
from collector.sources.protocol import How, Source
from tests.collector.payloads import AT, overall, repository, response
from tests.collector.recording.sample import ASKED, THREE, answered, record, recorder
from tests.collector.sources.conversations import repositories

GITHUB = SOURCES["github"]


@dataclass
class Wire:
    """Stands where Http stands, and notes what was sent."""

    exchanges: list[Exchange] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)

    def fetch(self, _source: Source, request: Request) -> Exchange:
        self.sent.append(request)
        return self.exchanges.pop(0) if self.exchanges else Exchange(request, (response(request, repository()),))

    def now(self) -> object:
        return AT


def as_http(wire: Wire) -> Http:
    return cast("Http", wire)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "one.warc.gz"


# The network


def test_every_exchange_is_in_the_recording_when_it_is_handed_on(path: Path) -> None:
    with recorder(path) as file:
        live = Live(as_http(Wire()), file)
        exchange = live.send(GITHUB, ASKED)
        assert [one.kept for one in read_answered(path)] == list(exchange.kept)
    assert exchange.answer is not None
    assert exchange.answer.record == exchange.kept[0].record


def test_what_got_no_answer_is_recorded_but_not_what_was_never_asked(path: Path) -> None:
    causes = (TRANSIENT, LIMIT, NOT_ASKED)
    wire = Wire([Exchange(ASKED, failure=Failure(cause, "no")) for cause in causes])
    with recorder(path) as file:
        for _ in causes:
            assert Live(as_http(wire), file).send(GITHUB, ASKED).failure is not None
    assert [one.failure.cause for one in read_answered(path) if one.failure] == [TRANSIENT, LIMIT]


# Recordings


def test_a_recorded_request_is_found_by_its_method_url_and_body(path: Path) -> None:
    kept = record(path, *THREE)
    recordings = Recordings([path])
    for exchange, place in zip(THREE, kept, strict=True):
        found = recordings.send(GITHUB, exchange.request)
        assert found.answer is not None
        assert (found.answer.body, found.answer.status) == (exchange.responses[0].body, exchange.responses[0].status)
        assert found.kept == (place,)
        assert found.answer.record == place.record
    other = Request("GET", THREE[1].request.url)
    assert recordings.send(GITHUB, other).failure == Failure(NOT_ASKED, "the recording has no answer for it")


def test_what_got_no_answer_gets_none_again(path: Path) -> None:
    record(path, Exchange(ASKED, failure=Failure(LIMIT, "used up")))
    assert Recordings([path]).send(GITHUB, ASKED).failure == Failure(LIMIT, "used up")


def test_of_several_exchanges_of_a_request_the_last_answered_one_counts(path: Path) -> None:
    lost = Exchange(ASKED, failure=Failure(TRANSIENT, "lost"))
    record(path, lost, answered(ASKED, b"1"), answered(ASKED, b"2"), lost)
    found = Recordings([path]).send(GITHUB, ASKED).answer
    assert found is not None
    assert found.body == b"2"


def test_several_recordings_answer_as_one(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.warc.gz" for number in range(3)]
    for file, exchange in zip(files, THREE, strict=True):
        record(file, exchange)
    recordings = Recordings(files)
    assert [recordings.send(GITHUB, one.request).kept[0].file for one in THREE] == [file.name for file in files]
    assert len(recordings.requests) == 3


def test_two_records_of_one_id_that_are_not_the_same_are_an_error(tmp_path: Path) -> None:
    one, other = tmp_path / "one.warc.gz", tmp_path / "other.warc.gz"
    (kept,) = record(one, THREE[0])
    (second,) = record(other, THREE[0])
    other.write_bytes(_renamed(other.read_bytes(), second.offset, kept.record, b'{"stargazers_count": 1}'))
    with pytest.raises(RecordingError, match="are not the same"):
        Recordings([one, other])


def _renamed(whole: bytes, offset: int, identity: str, body: bytes) -> bytes:
    from collector.recording.warc import http_message, pack

    headers = {
        "WARC-Type": "response",
        "WARC-Record-ID": identity,
        "WARC-Date": "2026-04-27T05:00:00Z",
        "WARC-Target-URI": ASKED.url,
    }
    asked = {
        "WARC-Type": "request",
        "WARC-Record-ID": "<urn:x>",
        "WARC-Concurrent-To": identity,
        "WARC-Target-URI": ASKED.url,
        "WARC-JSON-Metadata": '{"source": "github"}',
    }
    request = pack(asked, http_message("GET / HTTP/1.1", {}, b""))
    return whole[:offset] + request + pack(headers, http_message("HTTP/1.1 200 OK", {}, body))


def test_the_same_record_twice_is_no_error(tmp_path: Path) -> None:
    one, copy = tmp_path / "one.warc.gz", tmp_path / "copy.warc.gz"
    record(one, *THREE)
    copy.write_bytes(one.read_bytes())
    assert len(Recordings([one, copy]).requests) == 3


def test_a_recording_that_changes_while_it_is_read_is_an_error(path: Path) -> None:
    record(path, THREE[0])
    recordings = Recordings([path])
    path.write_bytes(b"")
    with pytest.raises(RecordingError, match="was changed"):
        recordings.send(GITHUB, ASKED)


# Recordings first, then the network


def resumed(path: Path, *exchanges: Exchange) -> tuple[Exchange, Wire]:
    record(path, *exchanges)
    recordings, wire = Recordings([path]), Wire()
    with recorder(path) as file:
        return Resuming(recordings, Live(as_http(wire), file)).send(GITHUB, ASKED), wire


@pytest.mark.parametrize("status", [200, 301, 403, 404, 422, 451])
def test_what_was_answered_is_not_sent_again(path: Path, status: int) -> None:
    exchange, wire = resumed(path, answered(ASKED, b'{"a": 1}', status))
    assert wire.sent == []
    assert exchange.kept


@pytest.mark.parametrize(
    "before",
    [
        answered(ASKED, b"", 503),
        answered(ASKED, b"", 200),
        answered(ASKED, b"{}", 429),
        answered(ASKED, b"{}", 401),
        Exchange(ASKED, failure=Failure(LIMIT, "used up")),
        Exchange(ASKED, failure=Failure(CREDENTIALS, "no")),
    ],
)
def test_what_a_later_try_may_better_is_asked_again_and_recorded(path: Path, before: Exchange) -> None:
    exchange, wire = resumed(path, before)
    assert wire.sent == [ASKED]
    assert exchange.answer is not None
    found = Recordings([path]).send(GITHUB, ASKED)
    assert found.answer is not None
    assert found.answer.body == exchange.answer.body


# A collection


def test_a_replay_says_what_the_collection_said(path: Path) -> None:
    """Of a batch, halved on the way, and of a source with a request that all tasks share."""

    def answer(request: Request) -> Response:
        if request.url.endswith("/graphql"):
            too_big = b" r2: " in request.body
            return response(request, raw=b"<html>", status=502) if too_big else response(request, repositories(request))
        return response(request, overall(request.url.split("/packages/")[1].split("/")[0]))

    class Services(Wire):
        def fetch(self, _source: Source, request: Request) -> Exchange:
            return Exchange(request, (answer(request),))

    how = How("https://x.example", authenticated=True)
    names = {"github": [f"ns/r{number}" for number in range(5)], "pypistats": ["kfp", "metaflow"]}
    artifacts = {name: [Artifact(SOURCES[name].kind, one) for one in listed] for name, listed in names.items()}

    def tasks() -> dict[str, object]:
        return {name: SOURCES[name].tasks(listed, how) for name, listed in artifacts.items()}

    def told(transport: Live | Recordings | Resuming) -> dict[tuple[Artifact, ...], tuple[Answer, object]]:
        return {one.task.artifacts: (one.answer, one.day) for one in collect(tasks(), transport)}  # type: ignore[arg-type]

    with recorder(path) as file:
        first = told(Live(as_http(Services()), file))
    assert told(Recordings([path])) == first
    with recorder(path) as file:
        assert told(Resuming(Recordings([path]), Live(as_http(Wire()), file))) == first
    assert threading.active_count() < 50
