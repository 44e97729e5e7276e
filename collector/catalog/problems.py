"""Mistakes in what people write, the catalog and the pages: all of them at once, with their lines and what is right."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]
"""The way to a value from the top of a document: keys, and positions in lists."""

_MOST_TOLD = 100
_MOST_LOOKED_AT = 1000
"""Each unknown key is compared with those that are known, and nobody reads more."""
_SHOWN = 80
_RIGHT = {
    "string_type": "text, in quotes",
    "float_type": "a number",
    "list_type": "text or a list of texts",
    "dict_type": "made of keys and values",
    "model_type": "made of keys and values",
}
"""What should stand there, by pydantic's name of the mistake."""
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (str, "text"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (list, "a list"),
    (dict, "a table"),
    (type(None), "empty"),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake; `line` counts from 1 and is None if the file as a whole is meant."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class DocumentError(Exception):
    """Documents that cannot be used, with all that is wrong in them; the text has a line for each, to a limit."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        more = [f"and {len(self.problems) - _MOST_TOLD} more"] if len(self.problems) > _MOST_TOLD else []
        super().__init__("\n".join([*map(str, self.problems[:_MOST_TOLD]), *more]))


def found(error: "ValidationError", known: Mapping[int, Sequence[str]]) -> list[tuple[Place, str]]:
    """Say in words what a model found wrong, each with its place; `known` are the keys that there are, by depth."""
    details = error.errors(include_url=False)[:_MOST_LOOKED_AT]
    return list(dict.fromkeys((one["loc"], _message(one, known)) for one in details))


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """Return the line of a place, else of what encloses it; None if that is the whole document."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place)


def instead(word: str, known: Sequence[str]) -> str:
    """Propose what was meant by a word that is not known, else name what is."""
    near = difflib.get_close_matches(word[:_SHOWN].casefold(), known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"


def shown(text: object) -> str:
    """Show text in quotes on one line, cut if it is long."""
    text = str(text)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _message(error: "ErrorDetails", known: Mapping[int, Sequence[str]]) -> str:
    kind, place, value = error["type"], error["loc"], error["input"]
    if kind == "extra_forbidden":
        keys = known[len(place)]
        hint = instead(str(place[-1]), keys)
        if len(place) == 1 and "projects" in keys and isinstance(value, dict) and not hint.startswith("did"):
            hint = f"a project is written [projects.{shown(place[0])[1:-1]}]"
        return f"unknown key {shown(place[-1])}{_within(place)}; {hint}"
    if kind == "literal_error" and isinstance(value, str):
        words = [word.strip("' ") for word in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return f"{_called(place)} is {shown(value)}; {instead(value, words)}"
    if kind == "value_error":
        # A validator of ours: its words go on after what they are about.
        about = "" if place[-1] == "[key]" or not isinstance(value, str) else f" {shown(value)}"
        return f"{_called(place, about)} {error['ctx']['error']}"
    if kind == "missing":
        return f"there is no {_called(place)}"
    told = f"is {_type(value)}; it should be {_RIGHT.get(kind, '')}"
    if kind not in _RIGHT:
        told = error["msg"].removeprefix("Input ").removeprefix("String ")
    return f"{_called(place)} {told}"


def _called(place: Place, text: str = "") -> str:
    """Name a value by its key, its text if that is given, and in a catalog its project."""
    keys = [part for part in place if isinstance(part, str) and part != "[key]"]
    if len(keys) == 2 and keys[0] == "projects":  # noqa: PLR2004 - projects, id
        return f"project {shown(keys[1])}{text}"
    if text:
        return f"{keys[-1]}{text}{_within(place)}"
    element = "an element of " if isinstance(place[-1], int) else ""
    return f"{element}{shown(keys[-1])}{_within(place)}"


def _within(place: Place) -> str:
    return f" in project {shown(place[1])}" if place[0] == "projects" and len(place) > 2 else ""  # noqa: PLR2004


def _type(value: object) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "a date or time")
