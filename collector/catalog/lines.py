"""Where things stand in a TOML text: the line of every key and list element; does not know what a catalog is."""

import re
import tomllib
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

Place = tuple[str | int, ...]
"""The way to a value from the top of the document: keys, and positions in lists."""

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

_DEEP = re.compile(r"""(?<![\w-]) (?: (?: [\w-]++ | "[^"\n]*+" | '[^'\n]*+' ) [ \t]*+ \. [ \t]*+ ){50}""", re.VERBOSE)


class Token(NamedTuple):
    """A piece of the text and the line (from 1) on which it begins; strings keep their quotes."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A table header, or a key with its value: its tokens without line ends and comments, never none; its last line."""

    tokens: tuple[Token, ...]
    last: int

    @property
    def first(self) -> int:
        """The line on which it begins."""
        return self.tokens[0].line

    @property
    def is_header(self) -> bool:
        """Whether it opens a table, `[a.b]`, or an array of tables, `[[a.b]]`."""
        return self.tokens[0].text == "["

    @property
    def key(self) -> tuple[str, ...]:
        """The way that its header, or the key before its `=`, spells out."""
        texts = [token.text for token in self.tokens]
        return _parts("".join(texts).strip("[]") if self.is_header else "".join(texts[: texts.index("=")]))


def parse(text: str) -> dict[str, object]:
    """Parse a text. Raises TOMLDecodeError, and RecursionError if it is nested too deeply, by dots or brackets."""
    if _DEEP.search(text):
        # tomllib would take the square of their number in time and room.
        raise RecursionError
    return tomllib.loads(text)


def syntax_error(message: str, text: str) -> tuple[int | None, str]:
    """Take the line out of a message of `tomllib` about a text; return it, and the message as a person would put it."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return None, "a number in it has too many digits"
    line = int(place[1]) if place[1] else text.rstrip().count("\n") + 1
    where = f" at column {place[2]}" if place[2] else " at the end of the file"
    hint = "; text stands in quotes" if message.startswith("Invalid value") else ""
    return line, message[: place.start()] + where + hint


def statements(text: str) -> Iterator[Statement]:
    """Split a TOML text into its statements; beyond a syntax error they mean nothing, but it does not fail."""
    tokens: list[Token] = []
    depth = 0
    for token in _tokens(text):
        if token.kind == "newline" and depth == 0 and tokens:
            yield Statement(tuple(tokens), token.line)
            tokens = []
        elif token.kind in {"string", "mark", "bare"}:
            tokens.append(token)
            depth = max(0, depth + (token.text in {"[", "{"}) - (token.text in {"]", "}"}))


def lines(text: str, wanted: Collection[Place] | None = None) -> dict[Place, int]:
    """Return the line of every key and list element of a TOML text that `tomllib` has read without complaint.

    Or of those only that are wanted, and of what encloses them; then it reads no further than to the last of them.
    """
    needed = None if wanted is None else {place[:length] for place in wanted for length in range(1, len(place) + 1)}
    found: dict[Place, int] = {}
    for place, line in _places(text):
        if needed is None or place in needed:
            found.setdefault(place, line)
            if needed is not None and len(found) == len(needed):
                break
    return found


def line_of(place: Place, found: Mapping[Place, int]) -> int | None:
    """Return the line of a place, else of what encloses it; None if that is the whole document."""
    while place and place not in found:
        place = place[:-1]
    return found.get(place)


def repeated(text: str, line: int) -> tuple[Statement, str] | None:
    """Return the statement that covers a line, and the text without it; None if the line holds none.

    Of a table everything up to the next header goes with it. Every other line keeps its number.
    """
    rest = statements(text)
    found = next((statement for statement in rest if statement.first <= line <= statement.last), None)
    if found is None:
        return None
    first, last = found.first, found.last
    if found.is_header:
        last = next((statement.first - 1 for statement in rest if statement.is_header), text.count("\n") + 1)
    rows = text.split("\n")
    rows[first - 1 : last] = [""] * len(rows[first - 1 : last])
    return found, "\n".join(rows)


def _tokens(text: str) -> Iterator[Token]:
    line, counted = 1, 0
    for match in _TOKEN.finditer(f"{text}\n"):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield Token(match.lastgroup or "", match.group(), line)


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """Yield every key and list element with its line, and again what encloses it."""
    table: Place = ()
    for statement in statements(text):
        if statement.is_header:
            table = statement.key
            for length in range(1, len(table) + 1):
                yield table[:length], statement.first
        else:
            yield from _pair(deque(statement.tokens), table)


def _pair(tokens: deque[Token], table: Place) -> Iterator[tuple[Place, int]]:
    line, key = tokens[0].line, ""
    while tokens[0].text != "=":
        key += tokens.popleft().text
    tokens.popleft()
    path = (*table, *_parts(key))
    for length in range(len(table) + 1, len(path) + 1):
        yield path[:length], line
    yield from _value(tokens, path)


def _value(tokens: deque[Token], path: Place) -> Iterator[tuple[Place, int]]:
    opening = tokens.popleft().text
    if opening == "[":
        position = 0
        while tokens[0].text != "]":
            yield (*path, position), tokens[0].line
            yield from _value(tokens, (*path, position))
            position += 1
        tokens.popleft()
    elif opening == "{":
        while tokens[0].text != "}":
            yield from _pair(tokens, path)
        tokens.popleft()
    while tokens and tokens[0].kind == "bare":  # a date and its time
        tokens.popleft()
    if tokens and tokens[0].text == ",":
        tokens.popleft()


def _parts(key: str) -> tuple[str, ...]:
    if "'" not in key and '"' not in key:
        return tuple(key.split("."))
    parts, rest = [], tomllib.loads(f"{key} = 0")
    while isinstance(rest, dict):
        ((part, rest),) = rest.items()
        parts.append(part)
    return tuple(parts)
