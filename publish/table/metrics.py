"""What a metric is to a table: its words, and how the artifacts of a project combine."""

from dataclasses import dataclass
from typing import Literal

Type = Literal["gauge", "counter", "window", "index"]
"""Gauge: may rise and fall. Counter: only rises. Window: counted over whole days. Index: relative, has no unit."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted, of which kind of artifact, and how a project's artifacts combine.

    `combine` is `"sum"`, or None where values must not be added. `sources` are in order of preference: a table shows
    an artifact by the first that has a value. What is not `expected` comes from imports only, so that nothing is said
    of it where it has never come.
    """

    key: str
    kind: str
    label: str
    unit: str
    type: Type
    combine: Literal["sum"] | None
    sources: tuple[str, ...]
    expected: bool = True

    def preference(self, source: str) -> tuple[int, str]:
        """Sort key of a source: the listed ones in their order, then the others by name."""
        place = self.sources.index(source) if source in self.sources else len(self.sources)
        return place, source
