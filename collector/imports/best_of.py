"""Reads the weekly CSV snapshots of best-of lists: stars, downloads and pulls; knows no ledger."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collector.imports.model import Batch, File, Options
from collector.imports.rows import Rows, Value, refusal
from collector.imports.sheet import BadCell, NotUnderstood, header, name, rows, whole
from collector.model import Artifact

SOURCE = "best-of"
_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})_projects\.csv")


@dataclass(frozen=True, slots=True)
class _Measure:
    """One metric: whose it is, the columns of that id and of the value, and of what is mixed into the value."""

    metric: str
    kind: str
    id: str
    value: str
    definition: str
    less: str = ""


_MEASURES = (
    _Measure(
        "github_stars",
        "github",
        "github_id",
        "star_count",
        "stars of the repository, as the best-of list collected them, without those of its Docker image",
        less="dockerhub_stars",
    ),
    _Measure(
        "pypi_downloads_30d",
        "pypi",
        "pypi_id",
        "pypi_monthly_downloads",
        "downloads without mirrors in the last 30 days, as the best-of list had them from pypistats",
    ),
    _Measure(
        "dockerhub_pulls",
        "docker",
        "dockerhub_id",
        "dockerhub_pulls",
        "pulls of the image since its creation, as the best-of list collected them",
    ),
)
_RENAMED = "updated_github_id"
_NEEDED = (_RENAMED, *(c for m in _MEASURES for c in (m.id, m.value, m.less) if c))

DEFINITIONS: Mapping[tuple[str, str], str] = {(SOURCE, one.metric): one.definition for one in _MEASURES}
"""What each number is, by source and metric."""


def read(files: Sequence[File], options: Options) -> Iterator[Batch]:  # noqa: ARG001
    """Yield the batch of each file, whose name says its day: `2026-04-27_projects.csv`."""
    for file in files:
        try:
            yield _read(file)
        except NotUnderstood as error:
            yield refusal(file, str(error))


def _read(file: File) -> Batch:
    day, lines, gathered = _day(file.name), rows(file), Rows(file)
    top = header(lines)
    columns = _columns(top)
    measures = [one for one in _MEASURES if one.id in columns and one.value in columns]
    if not measures:
        wanted = " or ".join(f"{one.id} with {one.value}" for one in _MEASURES)
        raise NotUnderstood(f"is no snapshot of a best-of list: it should have the columns {wanted}")
    for line, row in lines:
        gathered.read += 1
        if len(row) != len(top):
            gathered.refuse(line, f"has {len(row)} cells where the header has {len(top)}")
            continue
        cells = {column: _first(row, places) for column, places in columns.items()}
        for measure in measures:
            try:
                if (value := _value(cells, measure, day, line)) is not None:
                    gathered.add(value)
            except BadCell as error:
                gathered.refuse(line, str(error))
    return gathered.batch()


def _day(name: str) -> date:
    try:
        if found := _FILE.fullmatch(name):
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise NotUnderstood("does not name its day; a snapshot is called like 2026-04-27_projects.csv")


def _columns(top: Sequence[str]) -> dict[str, list[int]]:
    """Find the needed columns, the well spelt first: who misspells a key in the list gets a column of that name."""
    found: dict[str, list[tuple[bool, int]]] = {}
    for place, written in enumerate(top):
        plain = written.strip().casefold().replace(" ", "_").replace("-", "_")
        meant = plain if plain in _NEEDED else next((column for column in _NEEDED if _slip(plain, column)), None)
        if meant:
            found.setdefault(meant, []).append((written != meant, place))
    return {column: [place for _, place in sorted(places)] for column, places in found.items()}


def _slip(written: str, meant: str) -> bool:
    """Tell whether a word is another but for one letter too many, too few or wrong, or two that changed places."""
    if abs(len(written) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), len(meant))
    a, b = written[start:], meant[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])


def _first(row: Sequence[str], places: Sequence[int]) -> str:
    for place in places:
        if cell := row[place].strip():
            return cell
    return ""


def _value(cells: Mapping[str, str], measure: _Measure, day: date, line: int) -> Value | None:
    """Read one metric of a row; a blank is no value. Raises BadCell."""
    if not cells[measure.id] or not cells[measure.value]:
        return None
    artifact = Artifact(measure.kind, _name(measure, cells[measure.id]))
    value = _count(cells, measure.value)
    if cells.get(measure.less):
        value -= _count(cells, measure.less)
        if value < 0:
            raise BadCell(f"{measure.value} {cells[measure.value]} is less than {measure.less} {cells[measure.less]}")
    return Value(artifact, measure.metric, SOURCE, measure.definition, day, value, line, _called(cells, artifact))


def _name(measure: _Measure, text: str) -> str:
    """Read an id; Docker's official images are written without their namespace."""
    full = f"library/{text}" if measure.kind == "docker" and "/" not in text else text
    try:
        return name(measure.kind, full)
    except BadCell as error:
        raise BadCell(f"{measure.id} {error}") from error


def _called(cells: Mapping[str, str], artifact: Artifact) -> str:
    """Return the name under which the list's collector found a repository, if that is another one."""
    renamed = cells.get(_RENAMED, "")
    if artifact.kind != "github" or not renamed or renamed.casefold() == artifact.name.casefold():
        return ""
    try:
        return name("github", renamed)
    except BadCell as error:
        raise BadCell(f"{_RENAMED} {error}") from error


def _count(cells: Mapping[str, str], column: str) -> float:
    try:
        return whole(cells[column])
    except BadCell as error:
        raise BadCell(f"{column} {error}") from error
