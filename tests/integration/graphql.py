"""Reads the GraphQL queries that clients of the played GitHub send; knows the syntax, not the schema."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'\.\.\.|"(?:[^"\\\n]|\\.)*"|\$?[_A-Za-z][_0-9A-Za-z]*|-?\d+|[{}()\[\]:!=@|&]')
_BLANK = re.compile(r"(?:[\s,\ufeff]|#[^\n]*)*")
_ESCAPE = re.compile(r'\\(["\\/])')


class QuerySyntaxError(Exception):
    """The text is not a query."""


@dataclass(frozen=True, slots=True)
class Field:
    """A selected field: the key of its answer, its name, its arguments, and the names selected below it."""

    key: str
    name: str
    arguments: Mapping[str, Any]
    selected: tuple["Field", ...]


def parse(text: str, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    """Give the fields of the one operation in `text`, fragments put in; raises QuerySyntaxError."""
    try:
        return _Reader(list(_tokens(text)), variables).document()
    except (IndexError, KeyError, RecursionError) as error:
        raise QuerySyntaxError(f"the query ends early or names something unknown: {error}") from error


def _tokens(text: str) -> Iterator[str]:
    at = _skip(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise QuerySyntaxError(f"unexpected {text[at]!r} at {at}")
        yield match.group()
        at = _skip(text, match.end())


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


class _Reader:
    def __init__(self, tokens: list[str], variables: Mapping[str, Any]) -> None:
        self._tokens = tokens
        self._at = 0
        self._variables = variables
        self._fragments: dict[str, int] = {}

    def document(self) -> tuple[Field, ...]:
        """Read all definitions: first note where fragments are, then read the operation."""
        operation = None
        while self._at < len(self._tokens):
            kind = self._tokens[self._at]
            if kind == "fragment":
                self._fragments[self._tokens[self._at + 1]] = self._at + 4
            elif operation is None:
                operation = self._at
            else:
                raise QuerySyntaxError("more than one operation")
            self._skip_definition()
        if operation is None:
            raise QuerySyntaxError("no operation")
        self._at = operation
        self._until("{")
        return self._selection()

    def _skip_definition(self) -> None:
        self._until("{")
        depth = 0
        while True:
            depth += {"{": 1, "}": -1}.get(self._take(), 0)
            if depth == 0:
                return

    def _selection(self) -> tuple[Field, ...]:
        self._expect("{")
        fields: list[Field] = []
        while self._peek() != "}":
            fields += self._spread() if self._peek() == "..." else [self._field()]
        self._expect("}")
        return tuple(fields)

    def _spread(self) -> tuple[Field, ...]:
        self._expect("...")
        if self._peek() in {"on", "{"}:
            self._until("{")
            return self._selection()
        back = self._at + 1
        self._at = self._fragments[self._take()]
        fields = self._selection()
        self._at = back
        return fields

    def _field(self) -> Field:
        key = name = self._name()
        if self._peek() == ":":
            self._take()
            name = self._name()
        arguments = self._arguments() if self._peek() == "(" else {}
        return Field(key, name, arguments, self._selection() if self._peek() == "{" else ())

    def _arguments(self) -> dict[str, Any]:
        self._expect("(")
        arguments: dict[str, Any] = {}
        while self._peek() != ")":
            name = self._name()
            self._expect(":")
            arguments[name] = self._value(self._take())
        self._expect(")")
        return arguments

    def _value(self, token: str) -> Any:
        if token.startswith("$"):
            return self._variables[token[1:]]
        if token.startswith('"'):
            return _ESCAPE.sub(r"\1", token[1:-1])
        if token in {"true", "false"}:
            return token == "true"
        return int(token) if token.lstrip("-").isdecimal() else token

    def _name(self) -> str:
        token = self._take()
        if not token.isidentifier():
            raise QuerySyntaxError(f"a name is expected, not {token!r}")
        return token

    def _expect(self, token: str) -> None:
        if (found := self._take()) != token:
            raise QuerySyntaxError(f"{token!r} is expected, not {found!r}")

    def _until(self, token: str) -> None:
        while self._tokens[self._at] != token:
            self._at += 1

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]
