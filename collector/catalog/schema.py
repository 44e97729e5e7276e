"""Reads catalog.toml into projects and settings, or names every mistake in it; knows no database and no service."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from collector.calendar import WEEKDAYS
from collector.catalog.lines import Place, parse, repeated, syntax_error
from collector.catalog.mistakes import CatalogError, CatalogProblem, Mistakes, TooMany, unread
from collector.catalog.names import READERS, BadName, covers, display_name, identity
from collector.model import Artifact

KINDS = tuple(READERS)
"""The kinds of artifact, in the order in which a project lists them."""

PYPI_SOURCES = ("pypistats", "clickpy")
"""The sources of downloads that an ordinary refresh may ask, the usual one first."""

_SETTINGS = ("cadence", "reserve", "max_stale", "pypi_source", "projects")
_ONE_EACH = ("search", "wikipedia")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_LARGEST = 4 * 1024 * 1024
"""More bytes no catalog has: 10,000 projects with artifacts of every kind are half of it."""
_MOST_PATTERNS = 20
"""So many a project may have, for each of its images is held against all of them."""
_MOST_REPEATS = 20
_REREAD = 1024 * 1024
"""So many characters are read again, of all readings together, for the sake of what comes after a repetition."""
_SHOWN = 80
_REPEAT = re.compile(r"Cannot (declare .* twice|overwrite a value)")

Value: TypeAlias = object
"""What TOML can hold; nothing is taken for granted about it."""


@dataclass(frozen=True, slots=True)
class Project:
    """What people compare: an id for commands and addresses, a name for people, and at least one artifact."""

    id: str
    name: str
    artifacts: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is tracked and how; `text` is the file as read, `cadence` a weekday, `pypi_source` one of PYPI_SOURCES."""

    projects: tuple[Project, ...]
    cadence: str
    reserve: float
    max_stale: float
    text: str
    path: str
    pypi_source: str = PYPI_SOURCES[0]


def load_catalog(path: str | Path) -> Catalog:
    """Read a catalog file. Raises CatalogError, also for a file that is not there or cannot be read."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise _error(path, None, "there is no such file; `tallybook init` makes a catalog to start from") from None
    except OSError as error:
        raise _error(path, None, f"cannot be read: {error.strerror}") from error
    if len(raw) > _LARGEST:
        raise _error(path, None, "is larger than 4 MiB; this is not a catalog, or it should be split")
    try:
        return read_catalog(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(path, line, "is not UTF-8 text; save the file in that encoding") from error


def read_catalog(text: str, path: str) -> Catalog:
    """Read the text of a catalog; `path` only names it in messages. Raises CatalogError with every mistake in it."""
    document, sound, problems = _document(text, path)
    mistakes = Mistakes()
    try:
        catalog = _catalog(document, text, path, mistakes)
    except TooMany:
        problems.append(unread(path))
    problems += mistakes.problems(sound, path)
    if problems:
        raise CatalogError(sorted(problems, key=lambda problem: problem.line or 0))
    return catalog


def _document(text: str, path: str) -> tuple[dict[str, Value], str, list[CatalogProblem]]:
    """Parse, setting aside what is there twice; returns the data, the text that they are of, and what was set aside."""
    problems: list[CatalogProblem] = []
    while True:
        try:
            return parse(text), text, problems
        except RecursionError:
            raise _error(path, None, "is nested too deeply; a project's keys hold names or lists of names") from None
        except ValueError as error:
            line, message = syntax_error(str(error), text)
            twice = repeated(text, line) if line and _REPEAT.match(message) else None
            if line is None or twice is None:
                raise CatalogError([*problems, CatalogProblem(path, line, f"is not TOML: {message}")]) from error
            statement, text = twice
            name = ".".join(statement.key)
            what = f"table [{_plain(name)}] is there twice; put both into one, or give one another name"
            told = what if statement.is_header else f"key {_shown(name)} is there twice; keep one"
            problems.append(CatalogProblem(path, statement.first, told))
            if len(problems) == _MOST_REPEATS or len(problems) * len(text) > _REREAD:
                raise CatalogError([*problems, unread(path)]) from error


def _catalog(document: dict[str, Value], text: str, path: str, mistakes: Mistakes) -> Catalog:
    unknown = [key for key in document if key not in _SETTINGS]
    for key in unknown:
        nested = isinstance(document[key], dict) and not _nearest(key, _SETTINGS)
        hint = f"a project is written [projects.{_plain(key)}]" if nested else _instead(key, _SETTINGS)
        mistakes.add((key,), f"unknown key {_shown(key)}; {hint}")
    tables = document.get("projects", {})
    if not isinstance(tables, dict):
        mistakes.add(("projects",), f"'projects' is {_type(tables)}; a project is written as a table [projects.ID]")
    elif not tables and not unknown:
        mistakes.add(("projects",), "there is no project; add one, such as [projects.kubeflow]")
    return Catalog(
        projects=tuple(_projects(tables, mistakes)) if isinstance(tables, dict) else (),
        cadence=_choice(document, "cadence", WEEKDAYS, "not a weekday", mistakes),
        reserve=_share(document, "reserve", 0.1, mistakes),
        max_stale=_share(document, "max_stale", 0.2, mistakes),
        text=text,
        path=path,
        pypi_source=_choice(document, "pypi_source", PYPI_SOURCES, "not the name of a source", mistakes),
    )


def _choice(document: dict[str, Value], key: str, known: Sequence[str], not_one: str, mistakes: Mistakes) -> str:
    """Read a setting that is one of a few words, of which the first is the default."""
    value = document.get(key, known[0])
    if isinstance(value, str) and value.casefold() in known:
        return value.casefold()
    told = f"{_shown(value)}; {_instead(value, known)}" if isinstance(value, str) else f"{_type(value)}, {not_one}"
    mistakes.add((key,), f"{_shown(key)} is {told}")
    return known[0]


def _share(document: dict[str, Value], key: str, default: float, mistakes: Mistakes) -> float:
    """Read a share of 1; the reserve must leave something."""
    value = document.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        mistakes.add((key,), f"{_shown(key)} is {_type(value)}; it should be a number such as {default}")
    elif not (0 <= value < 1 or (value == 1 and key == "max_stale")):
        limits = "from 0 to 1" if key == "max_stale" else "from 0 to less than 1"
        mistakes.add((key,), f"{_shown(key)} is not a share {limits}, such as {default}")
    else:
        return float(value)
    return default


def _projects(tables: dict[str, Value], mistakes: Mistakes) -> Iterator[Project]:
    seen: dict[str, str] = {}
    for id_, table in tables.items():
        place: Place = ("projects", id_)
        first = seen.setdefault(id_.casefold(), id_)
        if first != id_:
            mistakes.add(place, f"project {_shown(id_)} is there already as {_shown(first)}; ids are small letters")
        elif not _ID.fullmatch(id_):
            hint = re.sub(r"[^a-z0-9]+", "-", id_.lower()).strip("-")[:100]
            told = f"; did you mean '{hint}'?" if hint else ""
            mistakes.add(place, f"project id {_shown(id_)} is not made of small letters, digits and hyphens{told}")
        if isinstance(table, dict):
            yield _project(id_, table, mistakes)
        else:
            mistakes.add(
                place, f"project {_shown(id_)} is {_type(table)}; it should be a table [projects.{_plain(id_)}]"
            )


def _project(id_: str, table: dict[str, Value], mistakes: Mistakes) -> Project:
    place: Place = ("projects", id_)
    unknown = [key for key in table if key not in ("name", *KINDS)]
    for key in unknown:
        told = f"unknown key {_shown(key)} in project {_shown(id_)}; {_instead(key, ('name', *KINDS))}"
        mistakes.add((*place, key), told)
    artifacts = [found for kind in KINDS if kind in table for found in _artifacts(id_, kind, table[kind], mistakes)]
    if not unknown and all(table.get(kind, []) == [] for kind in KINDS):
        mistakes.add(place, f"project {_shown(id_)} has no artifact; give it one of {', '.join(KINDS)}")
    _same_twice(id_, artifacts, mistakes)
    return Project(id_, _name(id_, table.get("name", id_), mistakes), tuple(artifact for _, artifact in artifacts))


def _name(id_: str, value: Value, mistakes: Mistakes) -> str:
    try:
        if isinstance(value, str):
            return display_name(value)
        told = f"is {_type(value)}; it should be text"
    except BadName as error:
        told = str(error)
    mistakes.add(("projects", id_, "name"), f"the name of project {_shown(id_)} {told}")
    return id_


def _artifacts(id_: str, kind: str, value: Value, mistakes: Mistakes) -> Iterator[tuple[Place, Artifact]]:
    place: Place = ("projects", id_, kind)
    where = f"in project {_shown(id_)}"
    if not isinstance(value, str | list):
        mistakes.add(place, f"{_shown(kind)} {where} is {_type(value)}; it should be text or a list of texts")
        return
    if isinstance(value, list) and kind in _ONE_EACH and len(value) > 1:
        mistakes.add((*place, 1), f"{_shown(kind)} {where} has {len(value)} elements; it takes one")
    for i, element in enumerate(value if isinstance(value, list) else [value]):
        at: Place = (*place, i) if isinstance(value, list) else place
        try:
            if isinstance(element, str):
                yield at, Artifact(kind, READERS[kind](element))
            else:
                mistakes.add(at, f"an element of {_shown(kind)} {where} is {_type(element)}; it should be text")
        except BadName as error:
            mistakes.add(at, f"{kind} {_shown(element)} {where} {error}")


def _same_twice(id_: str, artifacts: Sequence[tuple[Place, Artifact]], mistakes: Mistakes) -> None:
    seen: set[tuple[str, str]] = set()
    patterns = [artifact for _, artifact in artifacts if artifact.is_pattern and artifact.kind == "docker"]
    if len(patterns) > _MOST_PATTERNS:
        told = f"project {_shown(id_)} has {len(patterns)} patterns of images; {_MOST_PATTERNS} are the most"
        mistakes.add(("projects", id_, "docker"), told)
        return
    for place, artifact in artifacts:
        wider = next((p for p in patterns if p != artifact and covers(p, artifact)), None)
        if identity(artifact) in seen:
            mistakes.add(place, f"{artifact} is in project {_shown(id_)} twice; keep one")
        elif wider:
            mistakes.add(place, f"{artifact} in project {_shown(id_)} is covered by '{wider.name}'; keep one")
        seen.add(identity(artifact))


def _instead(word: str, known: Sequence[str]) -> str:
    near = _nearest(word, known)
    return f"did you mean '{near}'?" if near else f"known are {', '.join(known)}"


def _nearest(word: str, known: Sequence[str]) -> str | None:
    return next(iter(difflib.get_close_matches(word[:100].casefold(), known, n=1)), None)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _plain(text: str) -> str:
    """Show a text without quotes, on one line all the same."""
    return _shown(text)[1:-1]


def _type(value: Value) -> str:
    """Name the TOML type of a value, for a message."""
    for type_, name in (
        (str, "text"),
        (bool, "true or false"),
        (int | float, "a number"),
        (list, "a list"),
        (dict, "a table"),
    ):
        if isinstance(value, type_):
            return name
    return "a date or time"


def _error(path: str | Path, line: int | None, message: str) -> CatalogError:
    return CatalogError([CatalogProblem(str(path), line, message)])
