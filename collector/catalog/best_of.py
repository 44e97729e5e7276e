"""Makes a catalog of the list of a best-of page, its projects.yaml; writes no file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from collector.calendar import WEEKDAYS
from collector.catalog.problems import shown
from collector.catalog.schema import Catalog, Project, catalog_text, read_catalog
from collector.imports.best_of import METRICS
from collector.imports.sheet import BadCell, NotUnderstood, name
from collector.model import Artifact
from collector.sources import KINDS, OPTIONAL_METRICS
from collector.sources.kinds import BadName, display_name

LARGEST = 8 * 1024 * 1024
_MOST = 100_000
_LONGEST = 80
_EXAMPLES = 3
_KEYS = {f"{kind}_id": kind for kind in KINDS if kind != "docker"} | {"dockerhub_id": "docker"}
"""The keys of a project by which a best-of list names its artifacts, with their kinds."""
_HISTORY = "history"
_SNAPSHOT = re.compile(r"(\d{4}-\d{2}-\d{2})_projects\.csv")
_NONE = frozenset({"", "~", "null", "Null", "NULL", "false", "False", "FALSE"})
"""How a list says that there is none."""


@dataclass(frozen=True, slots=True)
class Made:
    """The text of a catalog, how many projects it has and how many of the list it has not.

    `notes` are what was left out, a line for each kind, and where its cadence is from.
    """

    text: str
    projects: int
    left_out: int
    notes: tuple[str, ...]


@dataclass(slots=True)
class _LeftOut:
    """What was left out, by kind: how often, and the first few of it."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, example: str) -> None:
        self.counts[kind] += 1
        if len(first := self.examples.setdefault(kind, [])) < _EXAMPLES:
            first.append(example)

    def lines(self) -> Iterator[str]:
        for kind, number in self.counts.most_common():
            yield f"{kind}: {number:,}, {'such as ' if number > _EXAMPLES else ''}{', '.join(self.examples[kind])}"


def make_catalog(content: bytes, folder: Path | None = None) -> Made:
    """Make the catalog of a list's bytes. Raises NotUnderstood for what is no such list.

    A project without any artifact that we know how to count is left out, and so is an id that no service can know. The
    cadence is that of the list's snapshots, which are looked for in its history folder, beside it in `folder`.
    """
    listed, history = _read(content)
    left_out = _LeftOut()
    projects: list[Project] = []
    used: Counter[str] = Counter()
    for place, item in enumerate(listed, 1):
        called = _called(item, place, left_out)
        artifacts = tuple(_artifacts(item, called, left_out))
        if not artifacts:
            left_out.add("projects without any artifact that is counted", shown(called))
            continue
        id_ = slug = _slug(called) or _slug(artifacts[0].name)
        while used[id_]:
            used[slug] += 1
            id_ = f"{slug}-{used[slug]}"
        used[id_] += 1
        projects.append(Project(id_, called, artifacts))
    if not projects:
        raise NotUnderstood("has no project with an id that can be used")
    cadence = _cadence(folder / history) if folder else None
    whence = f"as the snapshots in {history}/ are" if cadence else f"for there are no snapshots in {history}/"
    catalog = Catalog(
        tuple(projects), cadence or WEEKDAYS[0], 0.1, 0.2, "", "catalog.toml", metrics=tuple(sorted(_counted(projects)))
    )
    head = "# Made of a best-of list. A project has a name and any number of artifacts; a string is a list of one.\n\n"
    text = head + catalog_text(catalog)
    read_catalog(text, "catalog.toml")
    notes = *left_out.lines(), f"cadence: {catalog.cadence}, {whence}"
    return Made(text, len(projects), len(listed) - len(projects), notes)


def _counted(projects: Iterable[Project]) -> set[str]:
    """Return the optional metrics that a list counts itself, so that what it began goes on."""
    kinds = {artifact.kind for project in projects for artifact in project.artifacts}
    return {one for one, kind in METRICS.items() if one in OPTIONAL_METRICS and kind in kinds}


def _read(content: bytes) -> tuple[list[dict[str, str]], str]:
    """Return the projects of a list with their plain values as they are written, and its history folder."""
    if len(content) > LARGEST:
        raise NotUnderstood(f"is larger than {LARGEST // 2**20} MiB; this is not the list of a best-of page")
    try:
        # A loader that leaves all values as they are written: to YAML, On is true, 3.10 is 3.1 and 2020-02-02 a date.
        document = yaml.load(content, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 - safe too
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotUnderstood(f"is not YAML: {' '.join(str(error).split())[:200]}") from error
    listed = document.get("projects") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise NotUnderstood("has no list of projects; the projects.yaml of a best-of page has one")
    if len(listed) > _MOST:
        raise NotUnderstood(f"has {len(listed)} projects; at most {_MOST} are taken")
    configuration = document.get("configuration")
    history = configuration.get("projects_history_folder") if isinstance(configuration, dict) else None
    texts = [
        {key: value.strip() for key, value in item.items() if isinstance(key, str) and isinstance(value, str)}
        if isinstance(item, dict)
        else {}
        for item in listed
    ]
    return texts, history.strip("/") if isinstance(history, str) and history.strip("/") else _HISTORY


def _called(item: Mapping[str, str], place: int, left_out: _LeftOut) -> str:
    """Return a project's name, else that of its repository, else its place in the list."""
    given = item.get("name")
    try:
        if given is not None:
            return display_name(given)
    except BadName as error:
        left_out.add("names that cannot be shown", f"{shown(given)} {error}")
    repository = item.get("github_id", "").rstrip("/").rpartition("/")[2]
    return repository if _slug(repository) and repository.isascii() else f"Project {place}"


def _artifacts(item: Mapping[str, str], called: str, left_out: _LeftOut) -> Iterator[Artifact]:
    """Yield what can be counted of a project, in the order of the kinds."""
    for key in sorted(key for key in item if key.endswith("_id") and key not in _KEYS and item[key] not in _NONE):
        left_out.add(f"{key}, which is not counted", f"{shown(item[key])} of {shown(called)}")
    for kind in KINDS:
        for key in (key for key in _KEYS if _KEYS[key] == kind and item.get(key, "") not in _NONE):
            try:
                yield Artifact(kind, name(kind, item[key]))
            except BadCell as error:
                left_out.add(f"{key} that cannot be one", f"{error} ({shown(called)})")


def _cadence(history: Path) -> str | None:
    """Return the weekday of most of the snapshots in a folder, None if there are none."""
    days: Counter[str] = Counter()
    for path in history.glob("*_projects.csv"):
        if found := _SNAPSHOT.fullmatch(path.name):
            try:
                days[WEEKDAYS[date.fromisoformat(found[1]).weekday()]] += 1
            except ValueError:
                continue
    return max(days, key=lambda day: days[day]) if days else None


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-")
