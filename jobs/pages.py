"""Reads comparisons/*.md: which projects a page compares, or every mistake in its front matter."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from collector.catalog.problems import DocumentError, Place, Problem, found, instead, line_of, shown
from collector.sources.kinds import display_name
from jobs.names import did_you_mean
from publish.site.pages import Claim, Page

_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_ID = r"[a-z0-9][a-z0-9-]{0,99}"
_TAKEN = "projects"
_FENCE = "---"
_LARGEST = 1024 * 1024
_LARGEST_FRONT_MATTER = 64 * 1024
_MOST_PROJECTS = 1000


class PageError(DocumentError):
    """Pages that cannot be used."""


@dataclass(frozen=True, slots=True)
class Found:
    """The pages of a folder that can be used, and what is wrong with the others."""

    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]


def _id(text: str) -> str:
    if not re.fullmatch(_ID, text):
        raise ValueError("is no project's id: it is made of small letters, digits and hyphens")
    return text


def _each_once(ids: list[str]) -> list[str]:
    if not ids:
        raise ValueError("is empty; name the projects by their ids, such as [metaflow, kubeflow]")
    if len(ids) > _MOST_PROJECTS:
        raise ValueError(f"has {len(ids)} elements; {_MOST_PROJECTS} are the most")
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise ValueError(f"has {', '.join(map(shown, twice))} twice; keep one")
    return ids


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or re.search(r"[\s\x00-\x1f<>\"]", text):
        raise ValueError("is no address; give one that begins with https://")
    return text


_Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Verdict(_Part):
    """Which one for whom: an opinion, so that it says whose, and of when."""

    text: _Words = Field(description="The opinion in a sentence or two; Markdown.")
    date: date
    author: _Words


class Said(_Part):
    """A cell: `value`, `text` or both, with the page that says so and the day it was read. An empty one is unknown."""

    # YAML takes a bare yes for true.
    value: Annotated[
        Literal["yes", "no", "partly"] | None,
        BeforeValidator(lambda value: {True: "yes", False: "no"}[value] if isinstance(value, bool) else value),
    ] = None
    text: Annotated[str, StringConstraints(max_length=1000)] = ""
    source: Annotated[str, AfterValidator(_address)] | None = None
    checked: date | None = None


class Feature(_Part):
    """A row: what is compared, and a cell a project, by its id."""

    name: _Words
    cells: dict[str, Said] = Field(default_factory=dict)


class Group(_Part):
    """Features that belong together, under a name."""

    group: _Words
    features: list[Feature]


class Question(_Part):
    """A question that readers have, and its answer, in Markdown."""

    question: _Words
    answer: _Words


class FrontMatter(BaseModel):
    """What stands between the lines --- of a page, before its text. Keys that are not here are left alone."""

    model_config = ConfigDict(extra="allow", strict=True)

    title: Annotated[str, AfterValidator(display_name)] | None = Field(
        None, description="What the page is called; without one, it is called by its file.", examples=["A and B"]
    )
    projects: Annotated[
        list[Annotated[str, AfterValidator(_id)]],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
        AfterValidator(_each_once),
        WithJsonSchema(
            {
                "type": "array",
                "items": {"type": "string", "pattern": f"^{_ID}$"},
                "minItems": 1,
                "maxItems": _MOST_PROJECTS,
                "uniqueItems": True,
            }
        ),
    ] = Field(
        description="The projects by their ids in the catalog, in the order of the table.",
        examples=[["metaflow", "kubeflow"]],
    )
    description: Annotated[str, StringConstraints(max_length=1000)] = Field("", description="The page in a sentence.")
    verdict: Verdict | None = Field(None, description="Which one for whom, signed and dated.")
    qualities: list[Feature] = Field(default_factory=list, description="What each is like, in words.")
    features: list[Group] = Field(default_factory=list, description="What each can do, in groups.")
    faq: list[Question] = Field(default_factory=list, description="Questions and answers.")


_KEYS: Mapping[int, Sequence[str]] = {
    1: list(FrontMatter.model_fields),
    2: list(Verdict.model_fields),
    3: [*Group.model_fields, *Feature.model_fields, *Question.model_fields],
    5: [*Feature.model_fields, *Said.model_fields],
    7: list(Said.model_fields),
}
"""The keys that there are, by how deep they stand."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a page's front matter."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | FrontMatter.model_json_schema()


def find_pages(folder: Path, names: Sequence[str] = ()) -> Found:
    """Read the pages in a folder, by name, or those named, so that a bad one need not stop the others."""
    files = {path.name.removesuffix(".md"): path for path in sorted(folder.glob("*.md")) if path.is_file()}
    pages: list[Page] = []
    problems: list[Problem] = []
    for slug in dict.fromkeys(names or files):
        if slug not in files:
            hint = did_you_mean(slug, files) or f" There are: {', '.join(list(files)[:20]) or 'none'}."
            problems.append(Problem(str(folder), None, f"there is no page {shown(slug)}.{hint}"))
            continue
        try:
            pages.append(read_page(_text(files[slug]), slug, str(files[slug])))
        except PageError as error:
            problems += error.problems
    return Found(tuple(pages), tuple(problems))


def read_page(text: str, slug: str, path: str) -> Page:
    """Read the text of a page; `path` only names it in messages. Raises PageError with every mistake in it."""
    problems: list[Problem] = []
    claims: tuple[Claim, ...] = ()
    if not _SLUG.fullmatch(slug):
        told = "a page's file is named in small letters, digits and hyphens, such as metaflow-vs-kubeflow.md"
        problems.append(Problem(path, None, told))
    if slug == _TAKEN:
        problems.append(Problem(path, None, f"a page cannot be called {_TAKEN}: the site has its projects there"))
    try:
        root, below = _front_matter(text, path)
        content, lines = _content(root, path, problems)
        front = FrontMatter.model_validate(content)
    except PageError as error:
        raise PageError([*problems, *error.problems]) from error
    except ValidationError as error:
        problems += [Problem(path, line_of(place, lines), message) for place, message in found(error, _KEYS)]
    else:
        claims = tuple(_claims(front, lines, path, problems))
    if problems:
        raise PageError(sorted(problems, key=lambda problem: problem.line or 0))
    said = front.model_dump(mode="json", include=set(FrontMatter.model_fields) - {"title", "projects"})
    said = {key: value for key, value in said.items() if value}
    line = lines.get(("projects",))
    return Page(slug, front.title or slug, tuple(front.projects), path, line, below, said, claims, text)


def _claims(front: FrontMatter, lines: Mapping[Place, int], path: str, problems: list[Problem]) -> Iterator[Claim]:
    """Yield what the cells claim; what is of no project of the page, or has no source, becomes a problem."""
    rows: list[tuple[Place, Feature]] = [(("qualities", at), one) for at, one in enumerate(front.qualities)]
    for number, group in enumerate(front.features):
        rows += [(("features", number, "features", at), one) for at, one in enumerate(group.features)]
    names: set[str] = set()
    for place, row in rows:
        if row.name in names:
            problems.append(Problem(path, line_of(place, lines), f"{shown(row.name)} is there twice; keep one"))
        names.add(row.name)
        for project, cell in row.cells.items():
            line = line_of((*place, "cells", project), lines)
            if project not in front.projects:
                told = f"{shown(project)} under {shown(row.name)} is no project of this page"
                problems.append(Problem(path, line, f"{told}; {instead(project, front.projects)}"))
            elif cell.value or cell.text:
                lacking = [key for key in ("source", "checked") if getattr(cell, key) is None]
                if lacking:
                    told = f"{shown(row.name)} of {shown(project)} says something without {' and '.join(lacking)}"
                    problems.append(Problem(path, line, f"{told}; give both, or leave the cell empty"))
                checked = None if cell.checked is None else cell.checked.isoformat()
                yield Claim(line, project, row.name, cell.source, checked)


def _front_matter(text: str, path: str) -> tuple[yaml.MappingNode, str]:
    """Return what stands between the two lines `---`, and the text below. Raises PageError."""
    first, *rest = text.replace("\r\n", "\n").split("\n")
    if first.rstrip() != _FENCE:
        raise _error(path, 1, f"a page begins with a line {_FENCE}, then `title` and `projects`, then {_FENCE} again")
    end = next((number for number, line in enumerate(rest) if line.rstrip() == _FENCE), None)
    if end is None:
        raise _error(path, 1, f"the front matter has no end: close it with a line {_FENCE}")
    source = "\n".join(rest[:end])
    if len(source) > _LARGEST_FRONT_MATTER:
        raise _error(path, 1, f"the front matter has more than {_LARGEST_FRONT_MATTER // 1024} KiB")
    try:
        root = yaml.compose(source, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = f"is not YAML: {error.problem or error.context}"
        raise _error(path, None if mark is None else mark.line + 2, told) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _error(path, None, f"the front matter is not YAML: {shown(error)}") from error
    if not isinstance(root, yaml.MappingNode):
        raise _error(path, 2, "the front matter is not made of keys and values, such as `title: A and B`")
    return root, "\n".join(rest[end + 1 :]).strip()


def _content(root: yaml.MappingNode, path: str, problems: list[Problem]) -> tuple[dict[str, Any], dict[Place, int]]:
    """Return the values by their keys, and the line of every key and of every element of a list.

    What can be no value, and keys that are there twice or misspelt, become problems.
    """
    content: dict[str, Any] = {}
    lines: dict[Place, int] = {}
    known = list(FrontMatter.model_fields)
    for key, value in root.value:
        # The front matter begins on the second line of the file, and YAML counts lines from 0.
        name, line = str(key.value), key.start_mark.line + 2
        if name in content:
            problems.append(Problem(path, line, f"key {shown(name)} is there twice; keep one"))
        elif name not in known and (hint := instead(name, known)).startswith("did"):
            problems.append(Problem(path, line, f"unknown key {shown(name)}; {hint}"))
        lines[name,] = line
        try:
            content[name] = yaml.SafeLoader("").construct_document(value)
            lines |= _lines((name,), value)
        except yaml.MarkedYAMLError as error:
            problems.append(Problem(path, line, f"the value of {shown(name)} is not for a page: {error.problem}"))
        except (ValueError, OverflowError) as error:
            problems.append(Problem(path, line, f"the value of {shown(name)} is none: {error}"))
    return content, lines


def _lines(place: Place, node: yaml.Node) -> dict[Place, int]:
    """Return the line of every key and of every element below a place."""
    lines: dict[Place, int] = {}
    below: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        below = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [(number, one, one) for number, one in enumerate(node.value)]
    for part, at, value in below:
        lines |= {(*place, part): at.start_mark.line + 2} | _lines((*place, part), value)
    return lines


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise _error(path, None, f"cannot be read: {error.strerror or error}") from error
    if len(raw) > _LARGEST:
        raise _error(path, None, f"is larger than {_LARGEST // 1024 // 1024} MiB; a page is text for people")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(path, line, "is not UTF-8 text; save the file in that encoding") from error


def _error(path: str | Path, line: int | None, message: str) -> PageError:
    return PageError([Problem(str(path), line, message)])
