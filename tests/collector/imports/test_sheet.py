"""Tests of a CSV file as rows of text, whatever its bytes, and of what a cell may hold."""

from datetime import UTC, date, datetime

import pytest

from collector.imports.model import BadCell, File, Marks, NotUnderstood
from collector.imports.sheet import Moment, count, moment, name, number, rows
from tests.collector.imports.reading import NOW

ORG = "org"
PYPI = f"pypi.{ORG}"
MIB = 1024 * 1024
NO_END = "has more than 1,048,576 characters up to line {} in which no row ends"


def read(content: bytes) -> list[tuple[int, list[str]]]:
    return list(rows(File("a.csv", content, NOW)))


def test_rows_are_read_with_the_line_on_which_they_end_and_blank_ones_are_left_out() -> None:
    assert read(b'a,b\r\n\r\n"1\n2",3\n') == [(1, ["a", "b"]), (4, ["1\n2", "3"])]


@pytest.mark.parametrize("blank", ["", ",", " , ", '"",""', ",,,,,"])
def test_a_row_of_separators_alone_is_blank_as_those_that_spreadsheets_write(blank: str) -> None:
    assert read(f"{blank}\na,b\n{blank}\n1,2\n{blank}\n".encode()) == [(2, ["a", "b"]), (4, ["1", "2"])]
    assert len(read(b"a,b\n" + b",,,\n" * MIB)) == 1, "as many as a sheet has"


@pytest.mark.parametrize("mark", [b";", b"\t"])
def test_cells_may_be_divided_as_spreadsheets_of_other_countries_do(mark: bytes) -> None:
    assert read(b"week;stars\n2026-04-27;7,5\n".replace(b";", mark))[1] == (2, ["2026-04-27", "7,5"])
    assert read(b"\xef\xbb\xbfsep=;\r\nweek;stars\r\n1;2\r\n") == [(2, ["week", "stars"]), (3, ["1", "2"])]
    assert read(b"week,a;b\n1,2\n") == [(1, ["week", "a;b"]), (2, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"a\n\0\n" + b"b" * 99, "is not text, for it holds zero bytes", id="zero bytes"),
        pytest.param(b"a\n" + b"b" * 10 * MIB, NO_END.format(2), id="one cell of 10 MiB"),
        pytest.param(b"a\n" + b"b" * 200_000, "line 2 is not CSV: field larger than field limit (131072)", id="a cell"),
        pytest.param(b"," * 2 * MIB, NO_END.format(1), id="millions of columns"),
        pytest.param(b"a\n" + b'"b\n",' * MIB, NO_END.format(209717), id="millions of lines in a row"),
        pytest.param(b"a\n" + b"\n" * 2 * MIB, NO_END.format(1048578), id="millions of blank lines"),
    ],
)
def test_what_would_take_much_room_or_is_no_csv_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        read(content)
    assert str(raised.value) == told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("week,größe\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ("week,größe\n".encode("utf-16-be"), "is UTF-16 text without a mark"),
        ("week,stars\n1,größe\n".encode("latin-1"), "line 2 has the byte 0xF6, as in Latin-1 (Windows-1252)"),
        (b"PK\x03\x04...", "is a workbook or a zip file; save its sheet as CSV"),
        (b"\x1f\x8b\x08...", "is packed with gzip; unpack it first"),
    ],
)
def test_what_is_in_another_encoding_is_refused_by_its_name(content: bytes, told: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        read(content)
    assert told in str(raised.value)


def test_a_file_may_be_longer_than_a_row() -> None:
    assert len(read((b"a" * 100_000 + b"\n") * 30)) == 30


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("2026-04-27", date(2026, 4, 27), None),
        ("2026/4/27", date(2026, 4, 27), None),
        ("2026.04.27", date(2026, 4, 27), None),
        ("2026-04-27T05:00:12Z", date(2026, 4, 27), 5),
        ("2026-04-27 05:00", date(2026, 4, 27), 5),
        ("2026-04-27 05:00:00 UTC", date(2026, 4, 27), 5),
        ("2026-04-13T00:30:00+09:00", date(2026, 4, 12), 15),
        ("2026-04-19T23:30:00.123456-0700", date(2026, 4, 20), 6),
        ("2026-04-19T23:30-07", date(2026, 4, 20), 6),
    ],
)
def test_a_day_is_a_utc_date_and_an_offset_is_applied(text: str, day: date, hour: int | None) -> None:
    found = moment(text)
    assert (found.day, found.at and found.at.hour) == (day, hour)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-20 (partial)",
        "2026-04-27Tbd",
        "2026-04-13 - 2026-04-19",
        "2026-04-13/2026-04-19",
        "2026-04-13T25:00:00Z",
        "2026-04-13T05:00:00+99:00",
        "2026-04-13T05",
        "2026-04-31",
        "2026-04",
        "2026-04/27",
        "20260427",
        "27.04.2026",
        "04/27/2026",
        "1777248000",
        "٢٠٢٦-04-27",
        "0001-01-01T00:00:00+14:00",
        "",
    ],
)
def test_what_may_not_be_a_day_is_none(text: str) -> None:
    with pytest.raises(BadCell, match="is not a day such as 2026-04-27"):
        moment(text)


def test_a_format_reads_other_dates() -> None:
    assert moment("27.04.2026", "%d.%m.%Y") == Moment(date(2026, 4, 27), None)
    assert moment("Apr 27 2026 02:10:45 GMT+0400", "%b %d %Y %H:%M:%S GMT%z") == Moment(
        date(2026, 4, 26), datetime(2026, 4, 26, 22, 10, 45, tzinfo=UTC)
    )
    with pytest.raises(BadCell, match=r"is not a day such as 27\.04\.2026"):
        moment("2026-04-27", "%d.%m.%Y")


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("67921", 67921), ("83340.0", 83340), ("83340.", 83340), ("83340.000", 83340)]
)
def test_a_count_is_whole(text: str, value: float) -> None:
    assert count(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "67.921",
        "67.000",
        "1,234",
        "1 234",
        "1_234",
        "1.2k",
        "1e3",
        "-1",
        "+1",
        "nan",
        "inf",
        "7%",
        "1.5",
        "٧",
        "9" * 16,
        "",
        "12,34",
        "0x10",
        "1'000",
        "1\xa0234",
    ],
)
def test_what_is_not_surely_a_whole_number_is_no_count(text: str) -> None:
    with pytest.raises(BadCell, match="is not a whole number"):
        count(text)


def test_a_number_that_looks_grouped_is_refused_with_the_option_that_reads_it() -> None:
    with pytest.raises(BadCell, match=r"if '\.' groups its digits, a CSV is read by --thousands '\.'"):
        count("1.204.511")


@pytest.mark.parametrize(
    ("text", "marks", "value"),
    [
        ("67.921", Marks(".", ","), 67921),
        ("1.204.511,0", Marks(".", ","), 1204511),
        ("1,234", Marks(",", "."), 1234),
        ("1 234", Marks(" ", ","), 1234),
        ("1\u00a0234", Marks(" ", ","), 1234),
        ("1\u202f234", Marks(" ", ","), 1234),
        ("1’234", Marks("'", "."), 1234),
        ("999", Marks(".", ","), 999),
        ("67.000", Marks(",", "."), 67),
        ("67,000", Marks("", ","), 67),
    ],
)
def test_marks_that_were_told_are_read(text: str, marks: Marks, value: float) -> None:
    assert count(text, marks) == value


@pytest.mark.parametrize("text", ["67.92", "6.7.921", "67.921.", "1234.567", ".921", "67,921", "67.921,5"])
def test_digits_are_grouped_by_three_or_not_at_all(text: str) -> None:
    with pytest.raises(BadCell):
        count(text, Marks(".", ","))


def test_an_index_may_have_a_fraction_but_is_not_below_zero() -> None:
    assert (number("2.5"), number("1e1"), number("2,5", Marks("", ","))) == (2.5, 10.0, 2.5)
    for text in ("-1", "nan", "1e99", "", "1,5"):
        with pytest.raises(BadCell, match="is not a number, zero or above"):
            number(text)


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        ("github", "acme/alpha-sim/", "acme/alpha-sim"),
        ("github", " acme/alpha-sim ", "acme/alpha-sim"),
        ("github", "https://github.com/acme/alpha-sim.git", "acme/alpha-sim"),
        ("github", "github.com/acme/alpha-sim/", "acme/alpha-sim"),
        ("pypi", f"https://{PYPI}/project/Alpha.Sim/", "alpha-sim"),
        ("docker", "https://hub.docker.com/r/acme/sim/", "acme/sim"),
        ("docker", "https://hub.docker.com/_/postgres", "library/postgres"),
        ("docker", "postgres", "library/postgres"),
    ],
)
def test_an_id_with_a_slash_at_its_end_or_an_address_is_that_id(kind: str, text: str, meant: str) -> None:
    assert name(kind, text) == meant


@pytest.mark.parametrize(
    ("kind", "text"),
    [("github", "acme"), ("github", "https://gitlab.com/a/b"), ("github", "/"), ("docker", "ns/*"), ("docker", "")],
)
def test_what_names_no_single_artifact_is_refused(kind: str, text: str) -> None:
    with pytest.raises(BadCell):
        name(kind, text)
