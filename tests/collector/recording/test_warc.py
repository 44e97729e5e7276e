"""Tests of recordings: what was written comes back, whatever befell the file, in our hands and in others'."""

import hashlib
import io
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collector.errors import TRANSIENT
from collector.model import Artifact, Exchange, Failure, Request, Response
from collector.recording.warc import Recorded, Recorder, RecordingError, read_exchanges, readable_length
from tests.collector.payloads import AT

URL = "https://service.example/base/repos/ns/one?page=2"
ASKED = Request(
    "github", URL, (Artifact("github", "ns/one"), Artifact("github", "ns/*")), bucket="core", hops=1, seen=7
)
POSTED = Request("github", "https://service.example/graphql", (), "POST", b'{"query": "\xc3\xa4"}', context=True)


def answered(request: Request, body: bytes = b"{}", status: int = 200, **headers: str) -> Exchange:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(request, (Response(request.url, status, named, body, AT),))


def recorder(path: Path, keep: int = 0) -> Recorder:
    return Recorder(path, name="run-1", software="tallybook/1", at=AT, keep=keep)


def record(path: Path, *exchanges: Exchange, keep: int = 0) -> list[Recorded]:
    with recorder(path, keep) as file:
        return [kept for exchange in exchanges for kept in file.write(exchange)]


def read(path: Path) -> list[Exchange]:
    return [exchange for exchange, _ in read_exchanges(path)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "run-1.warc.gz"


def test_a_file_is_kept_as_it_was_beside_the_exchanges_and_is_none_of_them(path: Path) -> None:
    with recorder(path) as file:
        place = file.keep("my stars.csv", b"day,stars\n\xff", file.record_id("file-1"), AT)
        file.write(answered(ASKED))
    stored = path.read_bytes()[place.offset : place.offset + place.length]
    assert hashlib.sha256(stored).hexdigest() == place.digest
    assert (place.url, place.status, place.at) == ("file:my%20stars.csv", 0, AT)
    (kept,) = ArchiveIterator(io.BytesIO(stored))
    assert (kept.rec_type, kept.rec_headers.get_header("WARC-Record-ID")) == ("resource", place.record)
    assert kept.rec_headers.get_header("WARC-Target-URI") == "file:my%20stars.csv"
    assert [exchange.request.url for exchange in read(path)] == [URL]


THREE = (
    answered(ASKED, b'{"stargazers_count": 7001}', content_type="application/json"),
    answered(POSTED, b"", 204),
    answered(ASKED, b"<html>\r\n\r\nWARC/1.1\r\n", 502),
)

# There and back

HEADERS = st.dictionaries(
    st.from_regex(r"x-[a-z][a-z0-9-]{0,10}", fullmatch=True),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    max_size=4,
)
REQUESTS = st.builds(
    Request,
    source=st.sampled_from(["github", "dockerhub"]),
    url=st.sampled_from(["https://a.example", "https://a.example/", "http://b.example:81/x/y?z=%20&a=%C3%A4", URL]),
    artifacts=st.lists(
        st.builds(Artifact, st.sampled_from(["github", "docker"]), st.text(min_size=1, max_size=9)), max_size=3
    ).map(tuple),
    method=st.sampled_from(["GET", "POST"]),
    body=st.binary(max_size=60),
    bucket=st.sampled_from(["", "core", "graphql"]),
    context=st.booleans(),
    hops=st.integers(0, 3),
    seen=st.integers(0, 20_000),
    carry=st.text(max_size=30),
    known=st.text(max_size=30),
)
ANSWERS = st.tuples(
    st.integers(200, 599),
    HEADERS,
    st.binary(max_size=200),
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - UTC is put on below
)


@given(st.lists(st.tuples(REQUESTS, ANSWERS), max_size=4))
@settings(max_examples=80, deadline=None)
def test_whatever_was_exchanged_comes_back_the_same(
    pairs: list[tuple[Request, tuple[int, dict[str, str], bytes, datetime]]],
) -> None:
    exchanges = [
        Exchange(request, (Response(request.url, status, headers, body, at.replace(microsecond=0, tzinfo=UTC)),))
        for request, (status, headers, body, at) in pairs
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.warc.gz"
        kept = record(path, *exchanges)
        found = list(read_exchanges(path))
    assert [recorded for _, recorded in found] == kept
    for (exchange, _), written in zip(found, exchanges, strict=True):
        assert exchange.request == written.request
        assert exchange.answer is not None
        assert written.answer is not None
        headers = dict(exchange.answer.headers)
        assert headers.pop("content-length") == str(len(written.answer.body))
        assert headers == written.answer.headers
        assert (exchange.answer.status, exchange.answer.body) == (written.answer.status, written.answer.body)
        assert (exchange.answer.url, exchange.answer.at) == (written.answer.url, written.answer.at)


def test_a_body_is_kept_as_decoded_without_the_headers_of_its_transfer(path: Path) -> None:
    sent = answered(ASKED, b"plain", content_encoding="gzip", transfer_encoding="chunked", content_length="3", etag="e")
    record(path, sent)
    ((exchange, _),) = read_exchanges(path)
    assert exchange.answer is not None
    assert exchange.answer.headers == {"etag": "e", "content-length": "5"}
    assert exchange.answer.body == b"plain"


def test_a_large_body_comes_back_whole(path: Path) -> None:
    body = bytes(range(256)) * 4096
    record(path, answered(ASKED, body))
    ((exchange, _),) = read_exchanges(path)
    assert exchange.answer is not None
    assert exchange.answer.body == body


def test_each_place_holds_a_record_of_its_own_with_the_digest_told(path: Path) -> None:
    data = b""
    for kept in record(path, *THREE):
        data = path.read_bytes()[kept.offset : kept.offset + kept.length]
        assert hashlib.sha256(data).hexdigest() == kept.digest
        (alone,) = ArchiveIterator(io.BytesIO(data))
        assert alone.rec_headers.get_header("WARC-Record-ID") == kept.record
    assert path.read_bytes().endswith(data)


def test_equal_runs_make_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        record(tmp_path / name, *THREE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_digest_is_that_of_the_whole_file(path: Path) -> None:
    with recorder(path) as file:
        file.write(THREE[0])
        digest = file.digest()
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_only_the_answer_is_read_back_of_a_request_that_was_asked_again(path: Path) -> None:
    failed, good = (Response(URL, status, {}, b"{}", AT) for status in (503, 200))
    given_up = Failure(TRANSIENT, "connection lost")
    kept = record(
        path, Exchange(ASKED, (failed, good)), Exchange(ASKED, (failed,), given_up), Exchange(ASKED, (), given_up)
    )
    assert [k.status for k in kept] == [503, 200, 503], "but all are kept"
    ((exchange, recorded),) = read_exchanges(path)
    assert exchange.answer is not None
    assert exchange.answer.status == 200
    assert recorded == kept[1]


# Other tools


def test_another_tool_reads_it_and_finds_every_digest_right(path: Path) -> None:
    record(path, *THREE)
    with path.open("rb") as file:
        kinds = [
            (r.rec_type, r.rec_headers.get_header("WARC-Target-URI"))
            for r in ArchiveIterator(file, check_digests="raise")
        ]
    assert kinds[0] == ("warcinfo", None)
    assert kinds[1:] == [(kind, e.request.url) for e in THREE for kind in ("request", "response")]


class _Arguments:
    verbose = True
    inputs: tuple[str, ...] = ()


def test_the_checker_of_another_tool_has_no_complaint(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(path, *THREE)
    with recorder(path, path.stat().st_size) as file:
        file.keep("stars.csv", b"day,stars", file.record_id("file-1"), AT)
    checker = Checker(_Arguments())
    checker.process_one(str(path))
    assert checker.exit_value == 0
    assert "fail" not in capsys.readouterr().out


def foreign(writer: Any, kind: str, http: Any, extra: dict[str, str]) -> Any:
    payload = io.BytesIO(b"other")
    return writer.create_warc_record(URL, kind, payload=payload, length=5, warc_headers_dict=extra, http_headers=http)


def test_records_of_other_tools_are_passed_over(path: Path) -> None:
    record(path, THREE[0])
    with path.open("ab") as file:
        writer = WARCWriter(file, gzip=True)
        for kind, extra in (("response", {}), ("request", {"WARC-JSON-Metadata": "[]"}), ("metadata", {})):
            http = StatusAndHeaders("200 OK", [], protocol="HTTP/1.1") if kind == "response" else None
            http = StatusAndHeaders("GET / HTTP/1.1", [], is_http_request=True) if kind == "request" else http
            writer.write_record(foreign(writer, kind, http, extra))
    record(path, THREE[2], keep=path.stat().st_size)
    assert [exchange.request for exchange in read(path)] == [THREE[0].request, THREE[2].request]


ODD = ("[]", "{}", "null", "7", '{"source": []}', '{"source": "github", "artifacts": 7, "bucket": "", "hops": "x"}')


@pytest.mark.parametrize("metadata", ODD)
def test_a_request_that_is_not_of_ours_is_passed_over(path: Path, metadata: str) -> None:
    path.parent.mkdir()
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        http = StatusAndHeaders("GET / HTTP/1.1", [], is_http_request=True)
        extra = {"WARC-JSON-Metadata": metadata}
        writer.write_record(foreign(writer, "request", http, extra))
        http = StatusAndHeaders("200 OK", [], protocol="HTTP/1.1")
        writer.write_record(foreign(writer, "response", http, {}))
    assert read(path) == []


# Nothing that is nobody's business

SECRETS = {
    "authorization": "Bearer SECRET",
    "proxy-authorization": "Basic SECRET",
    "cookie": "a=SECRET",
    "set-cookie": "a=SECRET",
    "set-cookie2": "a=SECRET",
}


def test_neither_credentials_nor_cookies_are_in_it(path: Path) -> None:
    record(path, Exchange(ASKED, (Response(URL, 200, SECRETS | {"etag": "e"}, b"{}", AT),)))
    plain = b""
    with path.open("rb") as file:
        for made in ArchiveIterator(file, no_record_parse=True):
            plain += made.rec_headers.to_bytes() + made.raw_stream.read()
    assert b"etag: e" in plain
    assert b"SECRET" not in plain
    assert b"ookie" not in plain


# Ends of files


def test_a_file_cut_off_at_any_byte_gives_all_that_is_whole_in_it(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = record(path, *THREE)
    whole = path.read_bytes()
    ends = [k.offset + k.length for k in kept]
    first = next(iter(_members(whole)))
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        if length < first:
            with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: "):
                read(path)
        else:
            assert len(read(path)) == sum(end <= length for end in ends), length
    assert capfd.readouterr() == ("", "")


def _members(data: bytes) -> Iterator[int]:
    archive = ArchiveIterator(io.BytesIO(data))
    for _ in archive:
        yield archive.get_record_offset() + archive.get_record_length()


def test_a_byte_changed_anywhere_never_gives_an_exchange_that_was_not_there(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    record(path, *THREE)
    whole = path.read_bytes()
    good = read(path)
    for place in range(len(whole)):
        for flipped in (whole[place] ^ 0x01, whole[place] ^ 0x80):
            path.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
            try:
                found = read(path)
            except RecordingError:
                found = []
            assert all(exchange in good for exchange in found), place
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "rubbish", [b"\0" * 500, b"rubbish\n" * 50, b"\x1f\x8b" + b"\0" * 50, b"\x1f\x8b\x08\0rubbish"]
)
def test_rubbish_behind_the_last_record_is_passed_over(path: Path, rubbish: bytes) -> None:
    record(path, *THREE)
    with path.open("ab") as file:
        file.write(rubbish)
    assert len(read(path)) == 3


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 100, b"\x1f\x8b", b"a" * 10_000, b"WARC/1.1\r\n\r\n"])
def test_a_file_that_is_no_recording_is_named(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: is not a gzipped WARC file"):
        read(path)


def test_a_recording_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: cannot be read: No such file"):
        read(path)


# Going on


def test_a_run_that_is_taken_up_drops_what_the_ledger_does_not_know_and_goes_on_behind_it(path: Path) -> None:
    first, second, third = record(path, *THREE)
    again = record(path, THREE[2], THREE[1], keep=second.offset)
    assert [exchange.request for exchange in read(path)] == [THREE[0].request, THREE[2].request, THREE[1].request]
    assert first.record not in {kept.record for kept in again}
    assert third.record not in {kept.record for kept in again}


def test_without_anything_to_keep_a_file_begins_anew(path: Path) -> None:
    record(path, *THREE)
    record(path, THREE[0], keep=0)
    assert len(read(path)) == 1


def test_what_the_ledger_refers_to_must_be_there_before_a_run_goes_on(path: Path) -> None:
    """To go on would put zeros where the records were."""
    with pytest.raises(RecordingError, match="has 0 of the 500 bytes that the ledger refers to"):
        recorder(path, keep=500)
    record(path, THREE[0])
    length = path.stat().st_size
    with pytest.raises(RecordingError, match=f"has {length} of the {length + 1} bytes"):
        recorder(path, keep=length + 1)
    assert path.stat().st_size == length


# A disk that takes no more


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_is_named_at_the_next_checkpoint(path: Path) -> None:
    file = recorder(path)
    with files_of_at_most(200):
        file.write(answered(ASKED, bytes(range(256))))
        with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: cannot be written: File too large"):
            file.sync()
        with pytest.raises(RecordingError, match="cannot be written"), file:
            pass


def _fill_and_fail(file: Recorder) -> None:
    file.write(answered(ASKED, bytes(range(256))))
    raise KeyError


def test_a_disk_that_takes_no_more_does_not_hide_another_fault(path: Path) -> None:
    with files_of_at_most(200), pytest.raises(KeyError), recorder(path) as file:
        _fill_and_fail(file)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordingError, match=r"file/run\.warc\.gz: cannot be written: "):
        recorder(tmp_path / "file" / "run.warc.gz")


@pytest.mark.parametrize("value", ["a b", "é ü", "folded\r\n line", "“quoted”", "\x00\x07", "a\x85b", ""])
def test_an_odd_header_costs_neither_its_record_nor_the_ones_beside_it(path: Path, value: str) -> None:
    record(path, answered(ASKED, b"good", x_odd=value, etag="e"), THREE[0])
    first, second = read(path)
    assert first.answer is not None
    assert (first.answer.body, first.answer.headers["etag"]) == (b"good", "e")
    assert second.request == THREE[0].request


# How far it can be read


def test_a_sound_recording_can_be_read_to_its_end(path: Path) -> None:
    record(path, *THREE)
    assert readable_length(path) == path.stat().st_size


def test_damage_in_the_middle_tells_where_reading_ends(path: Path) -> None:
    kept = record(path, *THREE)
    data = bytearray(path.read_bytes())
    data[kept[1].offset + 20] ^= 0xFF
    path.write_bytes(bytes(data))
    assert readable_length(path) == kept[1].offset
    assert len(read(path)) == 1


def test_what_is_no_recording_cannot_be_read_at_all(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no recording")
    with pytest.raises(RecordingError):
        readable_length(path)
