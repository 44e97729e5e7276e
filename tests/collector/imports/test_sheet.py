"""Tests of a CSV file as rows of text, whatever its bytes."""

import pytest

from collector.imports.model import File
from collector.imports.sheet import NotUnderstood, rows

MIB = 1024 * 1024
NO_END = "has more than 1,048,576 characters up to line {} in which no row ends"


def read(content: bytes) -> list[tuple[int, list[str]]]:
    return list(rows(File("a.csv", content)))


def test_rows_are_read_with_the_line_on_which_they_end_and_blank_ones_are_left_out() -> None:
    assert read(b'a,b\r\n\r\n"1\n2",3\n') == [(1, ["a", "b"]), (4, ["1\n2", "3"])]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"a\n\0\n", "is not text, for it holds zero bytes", id="zero bytes"),
        pytest.param(b"a\n\xff\n", "is not UTF-8 text; save it in that encoding", id="another encoding"),
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


def test_a_file_may_be_longer_than_a_row() -> None:
    assert len(read((b"a" * 100_000 + b"\n") * 30)) == 30
