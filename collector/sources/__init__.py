"""The registry of sources: a new one is a module beside this and a line here."""

from collector.sources import clickpy, dockerhub, github, github_history, pypistats
from collector.sources.kinds import SHARED, Kind
from collector.sources.protocol import Source

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (github, github_history, pypistats, clickpy, dockerhub)
}

KINDS: dict[str, Kind] = {kind.name: kind for kind in SHARED}
"""The kinds of artifact by name, in the order in which a project lists them."""

PYPI_SOURCES = tuple(source.name for source in SOURCES.values() if source.kind == "pypi")
"""Who may be asked for downloads, the usual one first."""

OPTIONAL_METRICS: tuple[str, ...] = ()
"""The metrics that are asked for only where a catalog wants them."""
