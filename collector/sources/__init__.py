"""The registry of sources: a new one is a module beside this and a line here, or an installed package.

Its values are made when they are first asked for: a package that brings a source imports this one.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from collector.model import Metric
from collector.sources.kinds import SHARED, Kind
from collector.sources.protocol import Source

OWN: Final = (
    "github",
    "github_history",
    "pypistats",
    "clickpy",
    "dockerhub",
    "npm",
)
"""The modules that each declare a SOURCE, in the order of tables; of one metric, the preferred first."""
GROUP: Final = "tallybook.sources"
"""The group of entry points by which installed packages bring a Source each."""

SOURCES: Mapping[str, Source]
"""The sources by name, our own before those of installed packages."""
BROKEN: tuple[str, ...]
"""Which installed packages bring a source that cannot be used, and why."""
KINDS: Mapping[str, Kind]
"""The kinds of artifact by name, in the order in which a project lists them."""
METRICS: Mapping[str, Metric]
"""Every metric that a source measures, by its key."""
OPTIONAL_METRICS: tuple[str, ...]
"""The metrics that are asked for only where a catalog wants them."""
PYPI_SOURCES: tuple[str, ...]
"""Who may be asked for downloads, the usual one first."""


def __getattr__(name: str) -> Any:
    if name not in __annotations__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    sources: dict[str, Source] = {}
    for module in OWN:
        source: Source = import_module(f"{__name__}.{module}").SOURCE
        sources[source.name] = source
    broken = _installed(sources)
    measures = [measure for source in sources.values() for measure in source.measures]
    kinds = (*SHARED, *(source.names for source in sources.values() if source.names is not None))
    globals().update(
        SOURCES=sources,
        BROKEN=broken,
        KINDS={kind.name: kind for kind in kinds},
        METRICS={measure.metric.key: measure.metric for measure in measures},
        OPTIONAL_METRICS=tuple(dict.fromkeys(measure.metric.key for measure in measures if measure.optional)),
        PYPI_SOURCES=tuple(source.name for source in sources.values() if source.kind == "pypi"),
    )
    return globals()[name]


def _installed(sources: dict[str, Source]) -> tuple[str, ...]:
    """Add the sources of installed packages; return which of them cannot be used, and why."""
    # Imported here: it takes a tenth of the start of a command.
    from importlib.metadata import entry_points

    broken = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            source = point.load()
            if not isinstance(source, Source):
                raise TypeError(f"it is a {type(source).__name__}, not a collector.sources.protocol.Source")  # noqa: TRY301
            if source.name in sources:
                raise ValueError(f"there is a source {source.name} already")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001 - the outermost edge of a package that is not ours
            broken.append(f"{GROUP}: {point.name} = {point.value} cannot be used: {error} ({type(error).__name__})")
        else:
            sources[source.name] = source
    return tuple(broken)
