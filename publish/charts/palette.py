"""The colours of charts, light and dark: paper and ink, and eight that are told apart by whoever sees none, or some."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Theme = Literal["light", "dark"]

_LINES: Final = {
    "light": ("#272b76", "#b13f02", "#319b7f", "#7d4665", "#8b870f", "#92212f", "#6638a4", "#207a92"),
    "dark": ("#7da0ff", "#f3ac4a", "#8bf6d4", "#b37594", "#efdf6f", "#ee6a53", "#8a72dd", "#4ed1e0"),
}
COLOURS: Final = len(_LINES["light"])
"""How many projects have a colour of their own; the next one has the first again."""

PALETTES: Final[Mapping[Theme, Mapping[str, str]]] = MappingProxyType(
    {
        "light": {"paper": "#fdfcf9", "ink": "#1f1d1a", "muted": "#635f58", "hair": "#dcd8cf"}
        | {f"c{number}": colour for number, colour in enumerate(_LINES["light"])},
        "dark": {"paper": "#17181a", "ink": "#ece9e2", "muted": "#a5a198", "hair": "#3b3a37"}
        | {f"c{number}": colour for number, colour in enumerate(_LINES["dark"])},
    }
)
"""Each colour, as #rrggbb, by the name of its CSS variable without the dashes; c0 … c7 are the projects'."""
