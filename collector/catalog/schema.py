"""Reads catalog.toml, and the files that it includes, into projects and settings, or names every mistake in them."""

import json
import re
import tomllib
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import Any

from collector.catalog.lines import key_lines, without_repeated
from collector.catalog.problems import DocumentError, Place, Problem, found, line_of, shown
from collector.model import Artifact

LARGEST = 64 * 1024 * 1024
"""Bytes of all files together: 100,000 projects with artifacts of every kind are a third of it."""
_TWICE = re.compile(r"Cannot (declare .* twice|overwrite a value|mutate immutable)")


class CatalogError(DocumentError):
    """A catalog that cannot be used."""


@dataclass(frozen=True, slots=True)
class Project:
    """What people compare: an id for commands and addresses, a name for people, and at least one artifact.

    `pypi_source` is who is asked for its downloads.
    """

    id: str
    name: str
    artifacts: tuple[Artifact, ...]
    pypi_source: str = "pypistats"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What is tracked and how; `cadence` is a weekday, `metrics` those that are asked for beside the usual ones.

    `text` is the file as read; with other files included, all of it in one text.
    """

    projects: tuple[Project, ...]
    cadence: str
    reserve: float
    max_stale: float
    text: str
    path: str
    pypi_source: str = "pypistats"
    metrics: tuple[str, ...] = ()


@dataclass(slots=True)
class _File:
    """A file of a catalog: its text without what is there twice, its tables, and the lines of its keys once needed."""

    path: str
    text: str
    tables: dict[str, Any]
    lines: dict[Place, int] | None = None

    def problem(self, place: Place, message: str) -> Problem:
        if self.lines is None:
            self.lines = key_lines(self.text)
        return Problem(self.path, line_of(place, self.lines), message)


def load_catalog(path: str | Path) -> Catalog:
    """Read a catalog file and what it includes. Raises CatalogError, also for a file that cannot be read."""
    try:
        text = _text(Path(path))
    except FileNotFoundError:
        told = "there is no such file; `tallybook init` makes a catalog to start from"
        raise CatalogError([Problem(str(path), None, told)]) from None
    return read_catalog(text, str(path), Path(path).parent)


def read_catalog(text: str, path: str, folder: Path | None = None) -> Catalog:
    """Read the text of a catalog; `path` only names it in messages. Raises CatalogError with every mistake in it.

    Files are included from `folder`; without one, for a text on its own, none are.
    """
    # Imported late: most commands read no catalog.
    from pydantic import ValidationError

    from collector.catalog.document import KNOWN, Document

    problems: list[Problem] = []
    main = _parsed(text, path, problems)
    files = [main, *_included(main, folder, problems)]
    owners: dict[str, _File] = {}
    tables: dict[str, Any] = {}
    for file in files:
        projects = file.tables.get("projects", {})
        if not isinstance(projects, dict):
            told = "'projects' holds no tables; a project is written as one, such as [projects.kubeflow]"
            problems.append(file.problem(("projects",), told))
            continue
        for id_, table in projects.items():
            owner = owners.setdefault(id_, file)
            if owner is file:
                tables[id_] = table
            else:
                first = owner.problem(("projects", id_), "")
                told = f"project {shown(id_)} is in {first.path} too, in line {first.line}; keep one"
                problems.append(file.problem(("projects", id_), told))
    try:
        document = Document.model_validate(main.tables | {"projects": tables})
    except ValidationError as error:
        for place, message in found(error, KNOWN):
            owner = owners[str(place[1])] if place[0] == "projects" else main
            problems.append(owner.problem(place, message))
    else:
        if not tables and not problems:
            problems.append(main.problem(("projects",), "there is no project; add one, such as [projects.kubeflow]"))
    if problems:
        order = {file.path: number for number, file in enumerate(files)}
        raise CatalogError(sorted(problems, key=lambda one: (order.get(one.path, len(files)), one.line or 0)))
    catalog = _catalog(document, text, path)
    return replace(catalog, text=catalog_text(catalog)) if len(files) > 1 or document.include else catalog


def catalog_text(catalog: Catalog) -> str:
    """Write a catalog as TOML, to be read again as the same one; without the text that it was made of."""
    lines = [f"cadence = {_quoted(catalog.cadence)}", f"reserve = {catalog.reserve}"]
    lines += [f"max_stale = {catalog.max_stale}", f"pypi_source = {_quoted(catalog.pypi_source)}"]
    lines += [f"metrics = {_quoted(catalog.metrics)}"] if catalog.metrics else []
    for project in catalog.projects:
        lines += ["", f"[projects.{project.id}]", f"name = {_quoted(project.name)}"]
        by_kind: dict[str, list[str]] = {}
        for artifact in project.artifacts:
            by_kind.setdefault(artifact.kind, []).append(artifact.name)
        lines += [f"{kind} = {_quoted(names if names[1:] else names[0])}" for kind, names in by_kind.items()]
        if project.pypi_source != catalog.pypi_source:
            lines.append(f"pypi_source = {_quoted(project.pypi_source)}")
    return "\n".join(lines) + "\n"


def _quoted(value: object) -> str:
    """Write texts as TOML has them: as JSON does, for control characters are in no name."""
    return json.dumps(value, ensure_ascii=False)


def _catalog(document: Any, text: str, path: str) -> Catalog:
    from collector.sources import KINDS

    return Catalog(
        projects=tuple(
            Project(
                id_,
                table.name or id_,
                tuple(Artifact(kind, name) for kind in KINDS for name in getattr(table, kind)),
                table.pypi_source or document.pypi_source,
            )
            for id_, table in document.projects.items()
        ),
        cadence=document.cadence,
        reserve=document.reserve,
        max_stale=document.max_stale,
        text=text,
        path=path,
        pypi_source=document.pypi_source,
        metrics=tuple(dict.fromkeys(document.metrics)),
    )


def _parsed(text: str, path: str, problems: list[Problem]) -> _File:
    """Parse a text, without what is there twice, which TOML forbids; one that is not TOML has no tables."""
    rest, twice = text, list[tuple[int, str]]()
    while True:
        try:
            return _File(path, rest, tomllib.loads(rest))
        except RecursionError:
            problem = Problem(path, None, "is not TOML: it is nested too deeply")
        except ValueError as error:
            problem = _syntax_error(str(error), rest, path)
            if not twice and _TWICE.match(str(error)):
                rest, twice = without_repeated(text)
                problems += [Problem(path, line, told) for line, told in twice]
                if twice:
                    continue
        problems.append(problem)
        return _File(path, text, {})


def _syntax_error(message: str, text: str, path: str) -> Problem:
    """Take the line out of a message of tomllib, and put it as a person would."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if place is None:
        return Problem(path, None, "is not TOML: a number in it has too many digits")
    line = int(place[1]) if place[1] else text.rstrip().count("\n") + 1
    where = f" at column {place[2]}" if place[2] else " at the end of the file"
    hint = "; text stands in quotes" if message.startswith("Invalid value") else ""
    return Problem(path, line, f"is not TOML: {message[: place.start()]}{where}{hint}")


def _included(main: _File, folder: Path | None, problems: list[Problem]) -> list[_File]:
    """Read the files that a catalog includes, each once, by the order of their names; they hold projects only."""
    patterns = main.tables.get("include", [])
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if folder is None or not isinstance(patterns, list):
        return []
    files: dict[Path, _File] = {}
    room = LARGEST - len(main.text)
    for pattern in (one for one in patterns if isinstance(one, str)):
        # Path.glob takes no absolute pattern.
        matched = [Path(name) for name in sorted(glob(str(folder / pattern), recursive=True))]  # noqa: PTH207
        if not matched:
            problems.append(main.problem(("include",), f"'include' names {shown(pattern)}, but there is no such file"))
        for path in matched:
            if path.resolve() == Path(main.path).resolve() or path in files:
                continue
            try:
                text = _text(path, room)
            except CatalogError as error:
                problems += error.problems
                continue
            room -= len(text)
            files[path] = file = _parsed(text, str(path), problems)
            for key in file.tables.keys() - {"projects"}:
                told = f"unknown key {shown(key)}; an included file has only projects, the rest is in {main.path}"
                problems.append(file.problem((key,), told))
    return list(files.values())


def _text(path: Path, room: int = LARGEST) -> str:
    """Read a file. Raises CatalogError, and FileNotFoundError."""
    try:
        with path.open("rb") as file:
            raw = file.read(room + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CatalogError([Problem(str(path), None, f"cannot be read: {error.strerror}")]) from error
    if len(raw) > room:
        told = f"makes more than {LARGEST // 2**20} MiB of all the catalog; is this one?"
        raise CatalogError([Problem(str(path), None, told)])
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        told = "is not UTF-8 text; save the file in that encoding"
        raise CatalogError([Problem(str(path), line, told)]) from error
