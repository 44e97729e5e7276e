"""The colours of charts, light and dark; knows no chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb, each once: of the paper, of words, of lines that help, and of the projects in their order."""

    paper: str
    ink: str
    muted: str
    grid: str
    projects: tuple[str, ...]

    @property
    def colours(self) -> tuple[str, ...]:
        """All of them, in the same order in each palette."""
        return self.paper, self.ink, self.muted, self.grid, *self.projects


PALETTES: Mapping[Theme, Palette] = MappingProxyType(
    {
        "light": Palette(
            paper="#ffffff",
            ink="#1f2328",
            muted="#59636e",
            grid="#e4e7eb",
            projects=(
                "#1769c6",
                "#b94a00",
                "#0b7a5c",
                "#9b2f93",
                "#7a6200",
                "#c02a45",
                "#4a4fc4",
                "#3d6b1f",
                "#0f7490",
                "#8a4b2b",
                "#b0307a",
                "#565f6a",
            ),
        ),
        "dark": Palette(
            paper="#16181c",
            ink="#e8eaed",
            muted="#9aa4af",
            grid="#2d3239",
            projects=(
                "#63adff",
                "#ff9a4d",
                "#3fcf9f",
                "#e48adc",
                "#d9bb3f",
                "#ff8496",
                "#a3a8ff",
                "#9fd06c",
                "#55cbe6",
                "#dfa27f",
                "#ff8cc4",
                "#b3bcc6",
            ),
        ),
    }
)
