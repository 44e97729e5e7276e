"""Text from outside is shown, never obeyed."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.table.escape import clipped, markdown, printable, spreadsheet

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Kubeflow", "Kubeflow"),
        ("two\nlines\r\n\tand more ", "two lines and more"),
        ("\x1b[31mred\x9b0m\x00", "[31mred0m"),
        ("abc\u202edef\u2066", "abcdef"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud800 pair", "half pair"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("Größe — 数", "Größe — 数"),
    ],
)
def test_text_is_one_line_without_marks_that_cannot_be_seen(raw: str, shown: str) -> None:
    assert printable(raw) == shown


@given(ANY_TEXT)
def test_printable_text_can_be_written_and_moves_no_cursor(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert printable(shown) == shown


@given(ANY_TEXT, st.integers(2, 40))
def test_clipped_text_keeps_its_width(text: str, width: int) -> None:
    assert len(clipped(text, width)) <= width


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("<script>", r"&lt;script\>"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("R&D", "R&amp;D"),
        ("[x](http://y)", r"\[x\](http://y)"),
        ("`code` *bold* ~gone~", r"\`code\` \*bold\* \~gone\~"),
        ("_it_ is my_package", r"\_it\_ is my_package"),
    ],
)
def test_markdown_shows_markup_as_text(raw: str, escaped: str) -> None:
    assert markdown(raw) == escaped


@pytest.mark.parametrize("raw", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1", "＝1"])
def test_a_spreadsheet_is_given_no_formula(raw: str) -> None:
    assert spreadsheet(raw).startswith("'")


@given(ANY_TEXT)
def test_a_spreadsheet_cell_survives_the_csv_module(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([spreadsheet(text), "next"])
    assert next(csv.reader(io.StringIO(out.getvalue()))) == [spreadsheet(text), "next"]
