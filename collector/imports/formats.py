"""The registry of what can be imported: a new format is a reader beside this and a line here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from collector.imports import best_of, star_history, tidy
from collector.imports.model import File, Options, Read
from collector.imports.trends import google_trends


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file and how it is read.

    `read(files, options)` yields what it made of them, in their order. It is handed one file at a time, or all of an
    import `together` where they can only be understood so. `suffix` is how the names end that are taken from a folder.
    `snapshot`: a file is read off within minutes, so that an artifact that it has twice may have two values.
    `definitions` say what its numbers are, by source and metric.
    """

    name: str
    about: str
    read: Callable[[Sequence[File], Options], Iterator[Read]]
    suffix: str = ".csv"
    together: bool = False
    snapshot: bool = False
    definitions: Mapping[tuple[str, str], str] = field(default_factory=dict)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        made.name: made
        for made in (
            Format(
                "best-of",
                "weekly snapshots of best-of lists, called YYYY-MM-DD_projects.csv",
                best_of.read,
                suffix="_projects.csv",
                snapshot=True,
                definitions=best_of.DEFINITIONS,
            ),
            Format(
                "csv",
                "what `tallybook history --format csv` prints; with --map, a table with a column a project; with "
                "--artifact-column, one with an artifact a row",
                tidy.read,
            ),
            Format(
                "star-history",
                "the CSV that star-history.com exports",
                star_history.read,
                definitions=star_history.DEFINITIONS,
            ),
            Format("google-trends", "exports of Google Trends", google_trends.read, together=True),
        )
    }
)
"""Every format by the name that `import --from` knows it by; recordings are read as responses, not as files."""
