"""Reads comparisons/*.md: which projects a page compares, or every mistake in its front matter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from collector.catalog.problems import DocumentError, Place, Problem, found, instead, line_of, shown
from collector.sources.kinds import display_name
from jobs.names import did_you_mean
from publish.site.pages import Page

_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_ID = r"[a-z0-9][a-z0-9-]{0,99}"
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
    if not _SLUG.fullmatch(slug):
        told = "a page's file is named in small letters, digits and hyphens, such as metaflow-vs-kubeflow.md"
        problems.append(Problem(path, None, told))
    try:
        root, below = _front_matter(text, path)
        content, lines = _content(root, path, problems)
        front = FrontMatter.model_validate(content)
    except PageError as error:
        raise PageError([*problems, *error.problems]) from error
    except ValidationError as error:
        told_of = found(error, {1: list(FrontMatter.model_fields)})
        problems += [Problem(path, line_of(place, lines), message) for place, message in told_of]
    if problems:
        raise PageError(sorted(problems, key=lambda problem: problem.line or 0))
    return Page(slug, front.title or slug, tuple(front.projects), path, lines.get(("projects",)), below)


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
        if isinstance(value, yaml.SequenceNode):
            lines |= {(name, number): one.start_mark.line + 2 for number, one in enumerate(value.value)}
        try:
            content[name] = yaml.SafeLoader("").construct_document(value)
        except yaml.MarkedYAMLError as error:
            problems.append(Problem(path, line, f"the value of {shown(name)} is not for a page: {error.problem}"))
        except (ValueError, OverflowError) as error:
            problems.append(Problem(path, line, f"the value of {shown(name)} is none: {error}"))
    return content, lines


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
