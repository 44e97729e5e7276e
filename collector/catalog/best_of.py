"""Makes a catalog of the list of a best-of page, its projects.yaml; writes no file."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from collector.catalog.names import BadName, display_name
from collector.catalog.schema import read_catalog
from collector.imports.sheet import BadCell, NotUnderstood, name
from collector.model import Artifact
from collector.sources.protocol import shown

LARGEST = 8 * 1024 * 1024
_IDS = {"github": "github_id", "pypi": "pypi_id", "docker": "dockerhub_id"}
_MOST = 20_000
_LONGEST = 80
_HEAD = """# Made of a best-of list. A project has a name and any number of artifacts; a string is a list of one.

cadence = "monday"   # the day of the week that the numbers are of
"""


@dataclass(frozen=True, slots=True)
class Made:
    """The text of a catalog, how many projects it has, and what was left out of it, each in a line."""

    text: str
    projects: int
    left_out: tuple[str, ...]


@dataclass(slots=True)
class _Entries:
    """The projects as they come, each with an id that no other has."""

    lines: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def add(self, called: str, artifacts: list[Artifact]) -> None:
        """Write a project."""
        first = _slug(called) or _slug(artifacts[0].name)
        id_, number = first, 2
        while id_ in self.ids:
            id_, number = f"{first}-{number}", number + 1
        self.ids.add(id_)
        self.lines += ["", f"[projects.{id_}]", f"name = {_quoted(called)}"]
        self.lines += [f"{artifact.kind} = {_quoted(artifact.name)}" for artifact in artifacts]


def make_catalog(content: bytes) -> Made:
    """Make the catalog of a list's bytes. Raises NotUnderstood for what is no such list.

    A project without any artifact that we know how to count is left out, and so is an id that no service can know.
    """
    entries = _Entries()
    for place, item in enumerate(_projects(content), 1):
        called = _called(item, place, entries)
        artifacts = list(_artifacts(item, called, entries))
        if artifacts:
            entries.add(called, artifacts)
        else:
            entries.left_out.append(f"{shown(called)}: has none of {', '.join(_IDS.values())}")
    if not entries.ids:
        raise NotUnderstood("has no project with an id that can be used")
    text = _HEAD + "\n".join(entries.lines) + "\n"
    read_catalog(text, "catalog.toml")
    return Made(text, len(entries.ids), tuple(entries.left_out))


def _projects(content: bytes) -> list[Mapping[str, object]]:
    if len(content) > LARGEST:
        raise NotUnderstood(f"is larger than {LARGEST // 2**20} MiB; this is not the list of a best-of page")
    try:
        document = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotUnderstood(f"is not YAML: {' '.join(str(error).split())[:200]}") from error
    listed = document.get("projects") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise NotUnderstood("has no list of projects; the projects.yaml of a best-of page has one")
    if len(listed) > _MOST:
        raise NotUnderstood(f"has {len(listed)} projects; at most {_MOST} are taken")
    return [item if isinstance(item, dict) else {} for item in listed]


def _called(item: Mapping[str, object], place: int, entries: _Entries) -> str:
    """Return a project's name, else that of its repository, else its place in the list."""
    given = item.get("name")
    try:
        if given is not None:
            return display_name(str(given))
    except BadName as error:
        entries.left_out.append(f"the name {shown(given)} {error}")
    repository = str(item.get("github_id", "")).rpartition("/")[2]
    return repository if _slug(repository) and repository.isascii() else f"Project {place}"


def _artifacts(item: Mapping[str, object], called: str, entries: _Entries) -> Iterator[Artifact]:
    """Yield what can be counted of a project; a package may be an empty text in the list."""
    for kind, key in _IDS.items():
        given = item.get(key)
        text = "" if given is None else str(given).strip()
        if not text:
            continue
        try:
            yield Artifact(kind, name(kind, f"library/{text}" if kind == "docker" and "/" not in text else text))
        except BadCell as error:
            entries.left_out.append(f"{shown(called)}: {key} {error}")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-")


def _quoted(text: str) -> str:
    """Write text as TOML has it: as JSON does, for control characters are in no name."""
    return json.dumps(text, ensure_ascii=False)
