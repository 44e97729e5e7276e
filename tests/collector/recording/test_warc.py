"""Tests of recordings: what was written comes back, whatever befell the file, in our hands and in others'."""

import gzip
import hashlib
import io
import json
import resource
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from collector.errors import TRANSIENT
from collector.model import Exchange, Failure, Request, Response
from collector.recording import warc
from collector.recording.reader import Answered, read_answered, read_plan, read_response
from collector.recording.warc import RecordingError, read_records, readable_length, unread
from collector.recording.writer import Recorder
from tests.collector.payloads import AT
from tests.collector.recording.sample import ASKED, THREE, URL, answered, record, recorder

SEED = UUID(int=7)


def read(path: Path) -> list[Answered]:
    return list(read_answered(path))


def responses(path: Path) -> list[Response]:
    found = [read_response(one) for one in read_records(path) if one.kind == "response"]
    return [one for one in found if one is not None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "run-1.warc.gz"


# There and back

HEADERS = st.dictionaries(
    st.from_regex(r"x-[a-z][a-z0-9-]{0,10}", fullmatch=True),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    max_size=4,
)
REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST"]),
    url=st.sampled_from(["https://a.example", "https://a.example/", "http://b.example:81/x/y?z=%20&a=%C3%A4", URL]),
    body=st.binary(max_size=60),
)
ANSWERS = st.tuples(
    st.integers(200, 599),
    HEADERS,
    st.binary(max_size=200),
    st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - UTC is put on below
)


@given(st.lists(st.tuples(REQUESTS, ANSWERS), max_size=4))
@settings(deadline=None)
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
        found, back = read(path), responses(path)
    assert [one.kept for one in found] == kept
    assert [one.request for one in found] == [exchange.request for exchange in exchanges]
    for response, written in zip(back, exchanges, strict=True):
        sent = written.responses[0]
        headers = dict(response.headers)
        assert headers.pop("content-length") == str(len(sent.body))
        assert headers == sent.headers
        assert (response.status, response.body, response.url, response.at) == (
            sent.status,
            sent.body,
            sent.url,
            sent.at,
        )


def test_a_body_is_kept_as_decoded_without_the_headers_of_its_transfer(path: Path) -> None:
    sent = answered(ASKED, b"plain", content_encoding="gzip", transfer_encoding="chunked", content_length="3", etag="e")
    record(path, sent)
    (response,) = responses(path)
    assert response.headers == {"etag": "e", "content-length": "5"}
    assert response.body == b"plain"


def test_a_large_body_comes_back_whole(path: Path) -> None:
    body = bytes(range(256)) * 4096
    record(path, answered(ASKED, body))
    assert responses(path)[0].body == body


def test_each_place_holds_a_record_of_its_own_with_the_digest_told(path: Path) -> None:
    data = b""
    for kept in record(path, *THREE):
        data = path.read_bytes()[kept.offset : kept.offset + kept.length]
        assert hashlib.sha256(data).hexdigest() == kept.digest
        assert kept.file == path.name
        (alone,) = ArchiveIterator(io.BytesIO(data))
        assert alone.rec_headers.get_header("WARC-Record-ID") == kept.record
    assert path.read_bytes().endswith(data)


def test_what_comes_back_of_writing_names_its_record(path: Path) -> None:
    with recorder(path) as file:
        exchange = file.write("github", THREE[0], AT)
    assert exchange.answer is not None
    assert exchange.answer.record == exchange.kept[0].record


def test_a_file_is_kept_as_it_was_beside_the_exchanges_and_is_none_of_them(path: Path) -> None:
    with recorder(path) as file:
        place = file.keep("my stars.csv", b"day,stars\n\xff", file.record_id("file-1"), AT)
        file.write("github", answered(ASKED), AT)
    stored = path.read_bytes()[place.offset : place.offset + place.length]
    assert hashlib.sha256(stored).hexdigest() == place.digest
    assert (place.url, place.status, place.at) == ("file:my%20stars.csv", 0, AT)
    (kept,) = ArchiveIterator(io.BytesIO(stored))
    assert (kept.rec_type, kept.rec_headers.get_header("WARC-Record-ID")) == ("resource", place.record)
    assert kept.rec_headers.get_header("WARC-Target-URI") == "file:my%20stars.csv"
    assert [one.request for one in read(path)] == [ASKED]


def test_many_threads_write_into_one_file(path: Path) -> None:
    with recorder(path) as file:
        each = [
            threading.Thread(target=lambda: [file.write("github", one, AT) for one in THREE * 20]) for _ in range(8)
        ]
        for thread in each:
            thread.start()
        for thread in each:
            thread.join()
    found = read(path)
    assert len(found) == len({one.kept.record for one in found if one.kept}) == 8 * 60
    assert readable_length(path) == path.stat().st_size


# Ids


def test_two_machines_that_start_in_the_same_second_give_no_two_responses_one_id(tmp_path: Path) -> None:
    records = [kept.record for name in ("a", "b") for kept in record(tmp_path / name, *THREE)]
    assert len(set(records)) == 6


def test_with_the_same_seed_equal_runs_make_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        record(tmp_path / name, *THREE, seed=SEED)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_digest_is_that_of_the_whole_file(path: Path) -> None:
    with recorder(path) as file:
        file.write("github", THREE[0], AT)
        assert file.digest() == hashlib.sha256(path.read_bytes()).hexdigest()


# The plan, and what got no answer


def test_a_recording_says_what_it_was_made_for(path: Path) -> None:
    with recorder(path) as file:
        file.plan({"kind": "refresh", "sources": {"github": ["ns/öne"]}}, AT)
        file.write("github", THREE[0], AT)
    assert read_plan(path) == {"kind": "refresh", "sources": {"github": ["ns/öne"]}}
    assert len(read(path)) == 1


def test_a_recording_without_a_plan_has_none(path: Path) -> None:
    record(path, *THREE)
    assert read_plan(path) is None


def test_what_got_no_answer_is_recorded_with_its_cause_and_its_time(path: Path) -> None:
    with recorder(path) as file:
        file.write("github", Exchange(ASKED, (), Failure(TRANSIENT, "connection löst")), AT)
    assert read(path) == [Answered("github", ASKED, failure=Failure(TRANSIENT, "connection löst"))]
    (told,) = [one for one in read_records(path) if one.kind == "metadata"]
    assert (told.at, told.url, json.loads(told.block)["cause"]) == (AT, URL, TRANSIENT)


def test_of_a_request_that_was_asked_again_only_the_answer_is_read_back_though_all_are_kept(path: Path) -> None:
    failed, good = (Response(URL, status, {}, b"{}", AT) for status in (503, 200))
    given_up = Failure(TRANSIENT, "connection lost")
    kept = record(path, Exchange(ASKED, (failed, good)), Exchange(ASKED, (failed,), given_up))
    assert [k.status for k in kept] == [503, 200, 503]
    assert [(one.kept, one.failure) for one in read(path)] == [(kept[1], None), (None, given_up)]


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
    record(path, *THREE, Exchange(ASKED, (), Failure(TRANSIENT, "lost")))
    with recorder(path) as file:
        file.plan({"kind": "refresh"}, AT)
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
    record(path, THREE[2])
    assert [one.request for one in read(path)] == [THREE[0].request, THREE[2].request]


def test_what_another_tool_packed_into_one_member_is_refused_with_how_to_repack_it(path: Path) -> None:
    record(path, *THREE)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: holds several records in one gzip member.*recompress"):
        read(path)


def test_even_if_that_member_is_larger_than_any_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(path, *THREE)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    monkeypatch.setattr(warc, "LARGEST_RECORD", 900)
    with pytest.raises(RecordingError, match="several records in one gzip member"):
        read(path)


ODD = ("[]", "{}", "null", "7", "{")


@pytest.mark.parametrize("metadata", ODD)
def test_a_request_that_is_not_of_ours_is_passed_over(path: Path, metadata: str) -> None:
    path.parent.mkdir()
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        http = StatusAndHeaders("GET / HTTP/1.1", [], is_http_request=True)
        writer.write_record(foreign(writer, "request", http, {"WARC-JSON-Metadata": metadata}))
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


def test_a_file_cut_off_at_any_byte_gives_all_that_is_whole_in_it(path: Path) -> None:
    kept = record(path, *THREE)
    whole = path.read_bytes()
    ends = [k.offset + k.length for k in kept]
    first = next(iter(_members(whole)))
    for length in sorted({*range(0, len(whole), 5), *ends, *(end - 1 for end in ends)}):
        path.write_bytes(whole[:length])
        if length < first:
            with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: "):
                read(path)
        else:
            assert len(read(path)) == sum(end <= length for end in ends), length


def _members(data: bytes) -> Iterator[int]:
    archive = ArchiveIterator(io.BytesIO(data))
    for _ in archive:
        yield archive.get_record_offset() + archive.get_record_length()


def test_a_byte_changed_anywhere_never_gives_an_exchange_that_was_not_there(path: Path) -> None:
    record(path, *THREE)
    whole = path.read_bytes()
    good, bodies = read(path), [response.body for response in responses(path)]
    for place in range(0, len(whole), 7):
        for flipped in (whole[place] ^ 0x01, whole[place] ^ 0x80):
            path.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
            try:
                found, read_back = read(path), responses(path)
            except RecordingError:
                continue
            assert all((one.request, one.source) in [(each.request, each.source) for each in good] for one in found)
            assert all(response.body in bodies for response in read_back), place


@pytest.mark.parametrize(
    "rubbish", [b"\0" * 500, b"rubbish\n" * 50, b"\x1f\x8b" + b"\0" * 50, b"\x1f\x8b\x08\0rubbish"]
)
def test_rubbish_behind_the_last_record_is_passed_over_and_told(path: Path, rubbish: bytes) -> None:
    record(path, *THREE)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(rubbish)
    assert len(read(path)) == 3
    assert unread(path).startswith(f"can be read up to byte {size} of {size + len(rubbish)} only")


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 100, b"\x1f\x8b", b"a" * 10_000, b"WARC/1.1\r\n\r\n"])
def test_a_file_that_is_no_recording_is_named(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for reading in (read, readable_length):
        with pytest.raises(
            RecordingError, match=r"run-1\.warc\.gz: is (not a gzipped WARC file|a WARC file that is not packed)"
        ):
            reading(path)


def test_few_bytes_that_unpack_to_many_end_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = record(path, *THREE)
    with path.open("ab") as file:
        file.write(gzip.compress(b"WARC/1.1\r\nContent-Length: 99000000\r\n\r\n" + bytes(5_000_000)))
    monkeypatch.setattr(warc, "LARGEST_RECORD", 1_000_000)
    assert readable_length(path) == kept[-1].offset + kept[-1].length


def test_a_recording_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(RecordingError, match=r"run-1\.warc\.gz: cannot be read: No such file"):
        read(path)


def test_damage_in_the_middle_tells_where_reading_ends(path: Path) -> None:
    kept = record(path, *THREE)
    data = bytearray(path.read_bytes())
    data[kept[1].offset + 20] ^= 0xFF
    path.write_bytes(bytes(data))
    assert readable_length(path) == kept[1].offset
    assert len(read(path)) == 1


# Going on


def test_a_recorder_goes_on_behind_what_is_there(path: Path) -> None:
    before = record(path, *THREE[:2])
    after = record(path, THREE[2])
    assert [one.kept for one in read(path)] == [*before, *after]
    assert sum(one.kind == "warcinfo" for one in read_records(path)) == 1


def test_a_damaged_tail_is_cut_off_and_told(path: Path) -> None:
    record(path, *THREE)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with recorder(path) as file:
        assert file.cut > 9
        file.write("github", THREE[2], AT)
    assert [one.request for one in read(path)] == [exchange.request for exchange in THREE]
    assert unread(path) == ""


def test_a_recorder_leaves_alone_what_is_no_recording(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a letter")
    with pytest.raises(RecordingError, match="is not a gzipped WARC file"):
        recorder(path)
    assert path.read_bytes() == b"a letter"


# A disk that takes no more


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_is_named_and_what_was_whole_stays(path: Path) -> None:
    with recorder(path) as file:
        file.write("github", THREE[0], AT)
        with (
            files_of_at_most(path.stat().st_size + 200),
            pytest.raises(RecordingError, match=r"run-1\.warc\.gz: cannot be written: File too large"),
        ):
            file.write("github", answered(ASKED, bytes(range(256))), AT)
    assert len(read(path)) == 1
    with recorder(path) as file:
        assert file.cut > 0


def _fill_and_fail(file: Recorder) -> None:
    file.write("github", THREE[0], AT)
    raise KeyError


def test_another_fault_is_not_hidden_by_the_end_of_a_recorder(path: Path) -> None:
    with pytest.raises(KeyError), recorder(path) as file:
        _fill_and_fail(file)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordingError, match=r"file/run\.warc\.gz: cannot be written: "):
        recorder(tmp_path / "file" / "run.warc.gz")


@pytest.mark.parametrize("value", ["a b", "é ü", "folded\r\n line", "“quoted”", "\x00\x07", "a\x85b", "", "\r\n\r\n{}"])
def test_an_odd_header_costs_neither_its_record_nor_the_ones_beside_it(path: Path, value: str) -> None:
    record(path, answered(ASKED, b"good", x_odd=value, etag="e"), THREE[0])
    first, second = responses(path)
    assert (first.body, first.headers["etag"]) == (b"good", "e")
    assert second.url == THREE[0].request.url
