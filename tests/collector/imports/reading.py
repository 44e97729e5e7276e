"""Files of the tests, read: what was taken of them, and what was refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from collector.imports.formats import FORMATS
from collector.imports.gather import Gathering, Settled
from collector.imports.model import Counted, File, Options, Read, Table
from collector.model import Artifact

NOW = datetime(2026, 5, 1, tzinfo=UTC)
METRICS = {
    "github_stars": Counted("github"),
    "pypi_downloads_7d": Counted("pypi"),
    "dockerhub_pulls": Counted("docker"),
    "search_interest": Counted("search", relative=True),
}
OPTIONS = Options(now=NOW, metrics=METRICS, definitions={("github", "github_stars"): "stars when asked"})
FLASK = Artifact("github", "acme/flask")


def wide(*columns: str, metric: str = "github_stars", date_column: str = "week", **rest: Any) -> Options:
    """Return options for a table with a column a repository: `stars` is that of acme/stars."""
    kind = METRICS[metric].kind
    table = Table(date_column, metric, {column: Artifact(kind, f"acme/{column}") for column in columns})
    more = {name: rest.pop(name) for name in list(rest) if name in Table.__dataclass_fields__}
    return replace(OPTIONS, table=replace(table, **more), **rest)


def long(artifact_column: str, value_column: str = "", *, metric: str = "github_stars", on: str = "date") -> Options:
    """Return options for a table with an artifact a row."""
    return replace(OPTIONS, table=Table(on, metric, artifact_column=artifact_column, value_column=value_column))


def read_text(kind: str, text: str | bytes, options: Options = OPTIONS, name: str = "t.csv") -> Read:
    """Read one file of a format."""
    content = text.encode() if isinstance(text, str) else text
    (read,) = FORMATS[kind].read([File(name, content, NOW)], options)
    return read


def gathered(kind: str, files: Mapping[str, str], options: Options = OPTIONS) -> tuple[Gathering, Settled]:
    """Read several files, in their order, and decide between them."""
    gathering = Gathering(options, NOW, FORMATS[kind].snapshot)
    for name, text in files.items():
        gathering.add(read_text(kind, text, options, name), f"<{name}>")
    return gathering, gathering.settle()


def taken(gathering: Gathering) -> dict[tuple[str, str], float]:
    """Return what was settled of files whose metrics do not matter, by name and day."""
    return {
        (name, day.isoformat()): value
        for frame in gathering.frames(None)
        for name, day, value in frame[["name", "day", "value"]].itertuples(index=False)
    }


def values(read: Read) -> list[tuple[str, date, float]]:
    """Return name, day and value of what was read."""
    return [(value.artifact.name, value.day, value.value) for value in read.values]


def refused(read: Read | Settled) -> list[str]:
    """Return what was refused, in words."""
    return list(map(str, read.refused))
