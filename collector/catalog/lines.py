"""Where the keys of a TOML text stand, for what tomllib does not say."""

import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r'''
      (?P<string> """ (?: [^"\\]++ | \\. | "{1,2}(?!") )*+ "{3,5}  |  "(?!"") (?: [^"\\\n]++ | \\. )*+ "
                | \'\'\' (?: [^']++ | '{1,2}(?!') )*+ '{3,5}         |  '(?!'') [^'\n]*+ '
      )
    | (?P<comment> \#[^\n]* )
    | (?P<newline> \n )
    | (?P<mark> [][{},=] )
    | (?P<bare> [^][{},=\s"'\#]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)


class Statement(NamedTuple):
    """A table header, or a key with its value: the whole path of its key, and the line (from 1) on which it begins."""

    path: tuple[str, ...]
    line: int
    is_header: bool


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a TOML text; beyond a syntax error they mean nothing, but it does not fail."""
    table: tuple[str, ...] = ()
    key: list[str] = []
    line = begun = 1
    counted = depth = 0
    in_value = False
    for token in _TOKEN.finditer(f"{text}\n"):
        kind, piece = token.lastgroup, token.group()
        line += text.count("\n", counted, token.start())
        counted = token.start()
        if kind == "newline":
            if not in_value and key[:1] == ["["]:
                table = _parts("".join(key).strip("[]"))
                yield Statement(table, begun, is_header=True)
            if not in_value or depth <= 0:
                key, in_value, depth = [], False, 0
        elif in_value:
            depth += (piece in {"[", "{"}) - (piece in {"]", "}"}) if kind == "mark" else 0
        elif piece == "=" and key[:1] != ["["]:
            yield Statement((*table, *_parts("".join(key))), begun, is_header=False)
            in_value = True
        elif kind != "comment":
            begun = begun if key else line
            key.append(piece)


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the line of every key and of every table around it, where it is first named."""
    lines: dict[tuple[str | int, ...], int] = {}
    for statement in statements(text):
        for length in range(1, len(statement.path) + 1):
            lines.setdefault(statement.path[:length], statement.line)
    return lines


def without_repeated(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the text without what is there twice, and the line and the words for each; lines keep their numbers."""
    first: dict[tuple[str, ...], int] = {}
    told: list[tuple[int, str]] = []
    rows = text.split("\n")
    out_until_header = out = False
    found = [*statements(text), Statement((), len(rows) + 1, is_header=True)]
    for statement, after in pairwise(found):
        out_until_header = out_until_header and not statement.is_header
        out = out_until_header
        if not out and statement.path in first:
            name = ".".join(statement.path if statement.is_header else statement.path[-1:])
            what = f"table [{repr(name)[1:-1]}]" if statement.is_header else f"key {name!r}"
            told.append((statement.line, f"{what} is there twice, first in line {first[statement.path]}; keep one"))
            out, out_until_header = True, statement.is_header
        first.setdefault(statement.path, statement.line)
        if out:
            rows[statement.line - 1 : after.line - 1] = [""] * (after.line - statement.line)
    return "\n".join(rows), told


def _parts(key: str) -> tuple[str, ...]:
    """Part a dotted key; what is none is taken as one part."""
    if "'" not in key and '"' not in key:
        return tuple(key.split("."))
    parts: list[str] = []
    try:
        rest: object = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return (key,)
    while isinstance(rest, dict):
        ((part, rest),) = rest.items()
        parts.append(part)
    return tuple(parts)
