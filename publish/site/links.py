"""Where people can look at an artifact at its registry; knows no API."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

_PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "github": ("https://github.com/{name}",),
        "pypi": ("https://pypistats.org/packages/{name}",),
        "docker": ("https://hub.docker.com/r/{name}",),
        "search": ("https://trends.google.com/trends/explore?q={name}",),
    }
)
_OFFICIAL = "library/"


def links(kind: str, name: str) -> tuple[str, ...]:
    """Return the addresses of an artifact's pages; none for a kind that has no such page."""
    if kind == "docker" and name.startswith(_OFFICIAL):
        return (f"https://hub.docker.com/_/{quote(name.removeprefix(_OFFICIAL))}",)
    return tuple(page.format(name=quote(name)) for page in _PAGES.get(kind, ()))
