"""The registry of sources: a new one is a module beside this and a line here."""

from collector.source import Source
from collector.sources import clickpy, dockerhub, github, github_history, pypistats

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (github, github_history, pypistats, clickpy, dockerhub)
}
