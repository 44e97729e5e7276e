"""The metrics that tables show, in the order of their rows; knows no values."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
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


_IN_ORDER = (
    Metric("github_stars", "github", "GitHub stars", "stars", "gauge", "sum", ("github", "github-history")),
    Metric(
        "pypi_downloads_7d", "pypi", "PyPI weekly downloads", "downloads", "window", "sum", ("pypistats", "clickpy")
    ),
    Metric(
        "pypi_downloads_30d",
        "pypi",
        "PyPI monthly downloads",
        "downloads",
        "window",
        "sum",
        ("best-of",),
        expected=False,
    ),
    Metric("dockerhub_pulls", "docker", "Docker Hub pulls", "pulls", "counter", "sum", ("dockerhub",)),
    Metric("search_interest", "search", "Search interest", "points", "index", None, ("google-trends", "wikimedia")),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in _IN_ORDER})
"""Every metric by its key, in table order."""
