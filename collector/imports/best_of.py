"""Reads the weekly CSV snapshots of best-of lists: stars, downloads and pulls."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from collector.imports.model import BadCell, File, NotUnderstood, Options, Read, Value, nothing_of
from collector.imports.sheet import cell, count, fitting, header, name, rows
from collector.model import Artifact

SOURCE = "best-of"
_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})_projects\.csv", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Measure:
    """One metric: whose it is, the columns of that id and of the value, and of what is mixed into the value."""

    metric: str
    kind: str
    id: str
    value: str
    definition: str
    mixed: str = ""


_MEASURES = (
    _Measure(
        "github_stars",
        "github",
        "github_id",
        "star_count",
        "stars of the repository, as the best-of list collected them, without those of its Docker image",
        mixed="dockerhub_stars",
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
_NEEDED = frozenset({_RENAMED, *(column for one in _MEASURES for column in (one.id, one.value, one.mixed) if column)})

DEFINITIONS: Mapping[tuple[str, str], str] = {(SOURCE, one.metric): one.definition for one in _MEASURES}
"""What each number is, by source and metric."""
METRICS: Mapping[str, str] = {one.metric: one.kind for one in _MEASURES}
"""The metrics that these lists count, each with its kind of artifact."""


def read(files: Sequence[File], options: Options) -> Iterator[Read]:  # noqa: ARG001
    """Yield what was read of each file, whose name says its day: `2026-04-27_projects.csv`."""
    for file in files:
        try:
            yield _read(file)
        except NotUnderstood as error:
            yield nothing_of(file, str(error))


def _read(file: File) -> Read:
    day, lines, got = _day(file.name), rows(file), Read(file)
    top = header(lines)
    columns = {column: place for place, column in enumerate(top) if column in _NEEDED}
    measures = [one for one in _MEASURES if one.id in columns and one.value in columns]
    if not measures:
        wanted = " or ".join(f"{one.id} with {one.value}" for one in _MEASURES)
        raise NotUnderstood(f"is no snapshot of a best-of list: it should have the columns {wanted}")
    for line, row in lines:
        got.rows += 1
        try:
            found = fitting(row, len(top))
        except BadCell as error:
            got.refuse(line, str(error))
            continue
        cells = {column: found[place].strip() for column, place in columns.items()}
        for measure in measures:
            try:
                if (value := _value(cells, measure, day, line)) is not None:
                    got.values.append(value)
            except BadCell as error:
                got.refuse(line, str(error))
    return got


def _day(file: str) -> date:
    try:
        if found := _FILE.fullmatch(file):
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise NotUnderstood("does not name its day; a snapshot is called like 2026-04-27_projects.csv")


def _value(cells: Mapping[str, str], measure: _Measure, day: date, line: int) -> Value | None:
    """Read one metric of a row; a blank is no value. Raises BadCell."""
    if not cells[measure.id] or not cells[measure.value]:
        return None
    artifact = Artifact(measure.kind, cell(measure.id, lambda text: name(measure.kind, text), cells[measure.id]))
    value = cell(measure.value, count, cells[measure.value])
    if cells.get(measure.mixed):
        mixed = cell(measure.mixed, count, cells[measure.mixed])
        if value < mixed:
            raise BadCell(f"{measure.value} {cells[measure.value]} is less than {measure.mixed} {cells[measure.mixed]}")
        if value == mixed:
            # The list added Docker's stars to what it had of GitHub, which is nothing where its request had failed.
            return None
        value -= mixed
    called = ""
    if measure.kind == "github" and (renamed := cells.get(_RENAMED)):
        # The name under which the list's collector found the repository, if that is another one.
        found = cell(_RENAMED, lambda text: name("github", text), renamed)
        called = "" if found.casefold() == artifact.name.casefold() else found
    return Value(artifact, measure.metric, SOURCE, measure.definition, day, value, line, called=called)
