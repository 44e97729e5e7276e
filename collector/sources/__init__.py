"""The registry of sources: a new one is a module beside this and a line here."""

from collector.source import Source
from collector.sources import clickpy, dockerhub, github, pypistats

SOURCES: dict[str, Source] = {module.SOURCE.name: module.SOURCE for module in (github, pypistats, clickpy, dockerhub)}
