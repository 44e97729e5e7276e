"""Tests of finding the lines of keys and elements in a TOML text."""

import tomllib
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from collector.catalog.lines import Place, line_of, lines, repeated, statements

TEXTS = st.sampled_from(
    [
        *('"a"', '""', "''", "'#'", '"[\\"]"', '"""x\n]"""', '""""a"" b"""""', "'''\n{'' '''"),
        *("1", "-1.5", "true", "2026-04-27 10:00:00", "[]", "[1, [2, 3]]", '{a = 1, "b" = [2]}'),
    ]
)
GAPS = st.sampled_from(["", " ", "\n", "\n\n # it's a ] comment\n", '# """\n'])


@given(st.lists(st.lists(st.tuples(TEXTS, GAPS), max_size=4), max_size=5))
def test_every_key_and_element_is_found_on_its_line(document: list[list[tuple[str, str]]]) -> None:
    text = "# a text\n"
    expected: dict[Place, int] = {}
    for i, elements in enumerate(document):
        text += f"[table.'t {i}']\n" if i % 2 else f'[ table . "t {i}" ] # t\n'
        expected["table", f"t {i}"] = text.count("\n")
        expected["table", f"t {i}", "key"] = text.count("\n") + 1
        text += "key = ["
        for position, (element, gap) in enumerate(elements):
            text += gap
            expected["table", f"t {i}", "key", position] = text.count("\n") + 1
            text += f"{element}, "
        text += "]\n\n"
    tomllib.loads(text)
    found = lines(text)
    assert {place: found[place] for place in expected} == expected


@given(st.lists(st.tuples(TEXTS, GAPS), max_size=6))
def test_every_statement_is_whole_by_itself(values: list[tuple[str, str]]) -> None:
    text = "".join(f"k{i} = [{gap}{value}]\n" for i, (value, gap) in enumerate(values))
    rows = text.split("\n")
    parts = [tomllib.loads("\n".join(rows[part.first - 1 : part.last])) for part in statements(text)]
    assert {key: value for part in parts for key, value in part.items()} == tomllib.loads(text)


def test_keys_inside_a_line_and_dotted_keys_are_found() -> None:
    found = lines("\na.b = 1\nc = {d.e = [1,\n2], f = {}}\n'x.y' = 2")
    assert found == {
        ("a",): 2, ("a", "b"): 2, ("c",): 3, ("c", "d"): 3, ("c", "d", "e"): 3, ("c", "d", "e", 0): 3,
        ("c", "d", "e", 1): 4, ("c", "f"): 4, ("x.y",): 5,
    }  # fmt: skip


def test_of_what_is_wanted_only_the_line_is_found_and_those_of_what_encloses_it() -> None:
    text = "[a.b]\nc = 1\nd = [1,\n2]\n[e]\nf = 1"
    assert lines(text, [("a", "b", "d", 1), ("e", "g")]) == {
        ("a",): 1, ("a", "b"): 1, ("a", "b", "d"): 3, ("a", "b", "d", 1): 4, ("e",): 5,
    }  # fmt: skip


def test_nothing_is_read_behind_what_is_wanted() -> None:
    """Behind it stands what ends in an error if it is read as keys."""
    assert lines("a = 1\nb = 1\n= [", [("a",)]) == {("a",): 1}


def test_a_place_without_a_line_has_that_of_what_holds_it() -> None:
    found = lines("[[a.b]]\nc = 1")
    assert line_of(("a", "b", 0, "c"), found) == 1
    assert line_of(("z",), found) is None


def test_taking_a_repetition_out_leaves_every_other_line_where_it_was() -> None:
    text = '[a]\nx = 1\n[b]\ny = 1\n[a]\nz = """\n[c]\n"""\n[d]\nw = 1'
    taken = repeated(text, 5)
    assert taken is not None
    assert taken[0].key == ("a",)
    assert taken[1] == "[a]\nx = 1\n[b]\ny = 1\n\n\n\n\n[d]\nw = 1"
    assert repeated(text, 99) is None


def test_the_cost_grows_with_the_length_and_not_with_its_square() -> None:
    """The square of it would take minutes."""
    rows = 30_000
    text = "x = [\n" + '"aaaa/bbbb",\n' * rows + "]\n"
    assert lines(text)["x", rows - 1] == rows + 1


def test_a_long_text_needs_little_room() -> None:
    """Going back through it a letter at a time would need a hundred times its length."""
    text = "x = '''" + "a" * 2**20 + "'''\ny = \"" + "\\n" * 2**19 + '"\nz = """' + '""a' * 2**19 + '"""\n'
    tracemalloc.start()
    try:
        assert lines(text)["z",] == 3
        assert tracemalloc.get_traced_memory()[1] < 8 * len(text)
    finally:
        tracemalloc.stop()
