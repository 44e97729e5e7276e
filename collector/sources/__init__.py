"""The registry of sources: a new one is a module beside this and a line here."""

from collector.sources import clickpy, dockerhub, github, github_history, pypistats
from collector.sources.protocol import Source

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (github, github_history, pypistats, clickpy, dockerhub)
}
