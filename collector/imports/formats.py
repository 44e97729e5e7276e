"""The registry of what can be imported: a new format is a reader beside this and a line here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from collector.imports import best_of, tidy_csv
from collector.imports.model import Batch, File, Options
from collector.imports.trends import google_trends


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file and how it is read; pure, as the readers of sources are.

    `read(files, options)` yields what it made of them, in their order. It is handed one file at a time, or all of an
    import `together` where they can only be understood so. `suffix` is how the names end that are taken from a folder
    or an archive.
    """

    name: str
    read: Callable[[Sequence[File], Options], Iterator[Batch]]
    suffix: str = ".csv"
    together: bool = False


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        made.name: made
        for made in (
            Format("best-of", best_of.read, suffix="_projects.csv"),
            Format("csv", tidy_csv.read),
            Format("google-trends", google_trends.read, together=True),
        )
    }
)
"""Every format by the name that `import --from` knows it by; recordings are read as responses, not as files."""
