"""Reads comparisons/*.md: which projects a page compares, or every mistake in it; knows no ledger."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_FENCE = "---"
_NAMED = "a page's file is named in small letters, digits and hyphens, such as metaflow-vs-kubeflow.md"
_LARGEST = 1024 * 1024
_LARGEST_FRONT_MATTER = 64 * 1024
_DEEPEST = 20
_LONGEST_TITLE = 200
_MOST_PROJECTS = 1000
_MOST_TOLD = 100
_SHOWN = 60

Value: TypeAlias = object
"""What YAML can hold; nothing is taken for granted about it."""
Place: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of the front matter."""
Mistakes: TypeAlias = list[tuple[Place, str]]


@dataclass(frozen=True, slots=True)
class PageProblem:
    """One mistake; `line` counts from 1 and is None if the file as a whole is meant."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class PageError(Exception):
    """Pages that cannot be used, with all that is wrong in them; its text has a line for each problem, to a limit."""

    def __init__(self, problems: Sequence[PageProblem]) -> None:
        more = [f"and {len(problems) - _MOST_TOLD} more"] if len(problems) > _MOST_TOLD else []
        super().__init__("\n".join([*map(str, problems[:_MOST_TOLD]), *more]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Page:
    """A comparison: `slug` is its name in commands and addresses, `projects` are ids in the order of the table.

    `line` is that of its projects in the file `path`, for what the catalog has to say of them.
    """

    slug: str
    title: str
    projects: tuple[str, ...]
    path: str
    line: int | None = None


def load_pages(folder: Path, names: Sequence[str] = ()) -> list[Page]:
    """Read the pages in a folder, by name, or those named; none if there is no such folder.

    Raises PageError for all that is wrong in those that are read, or for a name that is no page's.
    """
    files = {path.name.removesuffix(".md"): path for path in sorted(folder.glob("*.md")) if path.is_file()}
    pages, problems = [], [_unknown(folder, name, list(files)) for name in dict.fromkeys(names) if name not in files]
    for slug in dict.fromkeys(name for name in names or files if name in files):
        try:
            pages.append(read_page(_text(files[slug]), slug, str(files[slug])))
        except PageError as error:
            problems += error.problems
    if problems:
        raise PageError(problems)
    return pages


def read_page(text: str, slug: str, path: str) -> Page:
    """Read the text of a page; `path` only names it in messages. Raises PageError with every mistake in it."""
    named = () if _SLUG.fullmatch(slug) else (PageProblem(path, None, _NAMED),)
    try:
        content, lines = _front_matter(text, path)
    except PageError as error:
        raise PageError([*named, *error.problems]) from error
    mistakes: Mistakes = []
    page = Page(slug, _title(content, slug, mistakes), _projects(content, mistakes), path, lines.get(("projects",)))
    problems = [PageProblem(path, lines.get(place, lines.get(place[:1])), message) for place, message in mistakes]
    if named or problems:
        raise PageError([*named, *sorted(problems, key=lambda problem: problem.line or 0)])
    return page


def _title(content: dict[str, Value], slug: str, mistakes: Mistakes) -> str:
    """Read the title; a page without one is called by its file."""
    value = content.get("title", slug)
    if not isinstance(value, str):
        mistakes.append((("title",), f"'title' is {_type(value)}; it should be text, in quotes if need be"))
    elif not value.strip() or len(value) > _LONGEST_TITLE:
        mistakes.append((("title",), f"'title' is empty or has more than {_LONGEST_TITLE} characters"))
    elif any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in value.strip()):
        mistakes.append((("title",), "'title' holds a control character or an invisible mark; leave it out"))
    else:
        return value.strip()
    return slug


def _projects(content: dict[str, Value], mistakes: Mistakes) -> tuple[str, ...]:
    place: Place = ("projects",)
    if "projects" not in content:
        mistakes.append((place, "there is no 'projects'; name them by their ids, such as `projects: [a, b]`"))
        return ()
    value = content["projects"]
    if not isinstance(value, list) or not value:
        told = "an empty list" if isinstance(value, list) else _type(value)
        mistakes.append((place, f"'projects' is {told}; it should be a list of ids, such as [metaflow, kubeflow]"))
        return ()
    if len(value) > _MOST_PROJECTS:
        mistakes.append((place, f"'projects' has {len(value)} elements; {_MOST_PROJECTS} are the most"))
        return ()
    seen: dict[str, None] = {}
    for position, one in enumerate(value):
        if not isinstance(one, str):
            mistakes.append(
                (
                    (*place, position),
                    f"an element of 'projects' is {_type(one)}; it should be an id, in quotes if need be",
                )
            )
        elif not _ID.fullmatch(one):
            mistakes.append(((*place, position), f"{_shown(one)} is no project's id: small letters, digits, hyphens"))
        elif one in seen:
            mistakes.append(((*place, position), f"project '{one}' is there twice; keep one"))
        else:
            seen[one] = None
    return tuple(seen)


def _front_matter(text: str, path: str) -> tuple[dict[str, Value], dict[Place, int]]:
    """Return what stands between the two lines `---`, and the line of every key and of every element of a list."""
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
        return _parse(source, path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 2
        raise _error(path, line, f"is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise _error(path, None, f"the front matter is not YAML: {_shown(str(error))}") from error


def _parse(source: str, path: str) -> tuple[dict[str, Value], dict[Place, int]]:
    _refuse_traps(source, path)
    root = yaml.compose(source, yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise _error(path, 2, "the front matter is not made of keys and values, such as `title: A and B`")
    content: dict[str, Value] = {}
    lines: dict[Place, int] = {}
    problems = []
    for key, value in root.value:
        name, line = str(key.value), _line(key)
        if name in content:
            problems.append(PageProblem(path, line, f"key {_shown(name)} is there twice; keep one"))
        lines[name,] = line
        if isinstance(value, yaml.SequenceNode):
            lines |= {(name, number): _line(one) for number, one in enumerate(value.value)}
        try:
            content[name] = yaml.SafeLoader("").construct_document(value)
        except yaml.MarkedYAMLError as error:
            problems.append(PageProblem(path, line, f"the value of {_shown(name)} is not for a page: {error.problem}"))
        except (ValueError, OverflowError) as error:
            problems.append(PageProblem(path, line, f"the value of {_shown(name)} is none: {error}"))
    if problems:
        raise PageError(problems)
    return content, lines


def _line(node: yaml.Node) -> int:
    """Return the line of the file that a node begins on; the front matter begins on the second."""
    return int(node.start_mark.line) + 2


def _refuse_traps(source: str, path: str) -> None:
    """Refuse what a few bytes can make huge: references to other places, and nesting without end."""
    depth = 0
    for event in yaml.parse(source, yaml.SafeLoader):
        line = None if event.start_mark is None else event.start_mark.line + 2
        if isinstance(event, yaml.AliasEvent):
            raise _error(path, line, "refers to another place (`*`), which a page does not need; write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _error(path, line, f"is nested deeper than {_DEEPEST} levels")


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


def _unknown(folder: Path, name: str, known: Sequence[str]) -> PageProblem:
    near = difflib.get_close_matches(name[:100], known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known[:20]) or 'none'}"
    return PageProblem(str(folder), None, f"there is no page {_shown(name)}; {hint}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _type(value: Value) -> str:
    """Name the YAML type of a value, for a message."""
    kinds: tuple[tuple[type, str], ...] = (
        (str, "text"),
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (list, "a list"),
        (dict, "a mapping"),
        (type(None), "empty"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a date or another kind of value")


def _error(path: str | Path, line: int | None, message: str) -> PageError:
    return PageError([PageProblem(str(path), line, message)])
