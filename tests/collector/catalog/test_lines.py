"""Where the keys of a TOML text stand, and what is there twice."""

import tomllib
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from collector.catalog.lines import key_lines, statements, without_repeated

TEXTS = st.sampled_from(
    [
        *('"a"', '""', "''", "'#'", '"[\\"]"', '"""x\n]"""', '""""a"" b"""""', "'''\n{'' '''"),
        *("1", "-1.5", "true", "2026-04-27 10:00:00", "[]", "[1, [2, 3]]", '{a = 1, "b" = [2]}'),
    ]
)
GAPS = st.sampled_from(["", " ", "\n", "\n\n # it's a ] comment\n", '# """\n'])


@given(st.lists(st.lists(st.tuples(TEXTS, GAPS), max_size=4), max_size=5))
def test_every_key_is_found_on_its_line(document: list[list[tuple[str, str]]]) -> None:
    text = "# a text\n"
    expected: dict[tuple[str | int, ...], int] = {}
    for i, elements in enumerate(document):
        text += f"[table.'t {i}']\n" if i % 2 else f'[ table . "t {i}" ] # t\n'
        expected["table", f"t {i}"] = text.count("\n")
        expected["table", f"t {i}", "key"] = text.count("\n") + 1
        text += "key = [" + "".join(f"{gap}{element}, " for element, gap in elements) + "]\n\n"
    tomllib.loads(text)
    found = key_lines(text)
    assert {place: found[place] for place in expected} == expected


def test_the_tables_of_dotted_keys_are_found_and_what_is_inside_a_value_is_not() -> None:
    assert key_lines("\na.b = 1\nc = {d.e = [1,\n2], f = {}}\n'x.y' = 2\n[[l]]\nz = 1") == {
        ("a",): 2, ("a", "b"): 2, ("c",): 3, ("x.y",): 5, ("l",): 6, ("l", "z"): 7,
    }  # fmt: skip


def test_what_is_there_twice_is_taken_out_and_told_with_both_lines() -> None:
    text = "a = [\n1]\na = 2\n[t]\nb = 1\n[t]\nb = 2\nc = 3\n[u]\n'd' = 1\nd = 2"
    rest, told = without_repeated(text)
    assert told == [
        (3, "key 'a' is there twice, first in line 1; keep one"),
        (6, "table [t] is there twice, first in line 4; keep one"),
        (11, "key 'd' is there twice, first in line 10; keep one"),
    ]
    assert tomllib.loads(rest) == {"a": [1], "t": {"b": 1}, "u": {"d": 1}}
    assert rest.count("\n") == text.count("\n"), "every other line keeps its number"


@given(st.text(st.sampled_from("[]{}=,.#'\"\\ \nab1"), max_size=60))
def test_no_text_is_too_broken_to_be_looked_at(text: str) -> None:
    lines = range(1, text.count("\n") + 2)
    assert all(statement.line in lines for statement in statements(text))
    assert without_repeated(text)[0].count("\n") == text.count("\n")


def test_a_long_text_needs_little_room() -> None:
    """Going back through it a letter at a time would need a hundred times its length."""
    text = "x = '''" + "a" * 2**20 + "'''\ny = \"" + "\\n" * 2**19 + '"\nz = """' + '""a' * 2**19 + '"""\n'
    tracemalloc.start()
    try:
        assert key_lines(text)["z",] == 3
        assert tracemalloc.get_traced_memory()[1] < 8 * len(text)
    finally:
        tracemalloc.stop()
