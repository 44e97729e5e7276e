"""What a notebook shows: a text, and a chart."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publish.charts import image
from publish.charts.lines import Panel, listed

if TYPE_CHECKING:
    from storage.model import Known


class Text(str):
    """A text that shows itself as it is, with its lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self)}</pre>"


class Chart:
    """A chart that a notebook shows; `svg` is its text."""

    def __init__(
        self, drawn: Sequence[Panel], known: "Known", theme: Literal["light", "dark"], title: str = ""
    ) -> None:
        self._drawn = drawn, known, theme, title
        self.svg = image.svg(*self._drawn)

    def png(self) -> bytes:
        """Give it as PNG. Raises `publish.extras.ExtraMissing` without the extra `charts`."""
        return image.png(*self._drawn)

    def save(self, path: str | Path) -> None:
        """Write it to a file, as PNG if its name ends so, else as SVG."""
        place = Path(path)
        place.write_bytes(self.png() if place.suffix.lower() == ".png" else self.svg.encode())

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        panels = self._drawn[0]
        names = listed(list(dict.fromkeys(line.name for panel in panels for line in panel.lines)))
        metrics = listed([panel.metric.label for panel in panels])
        first, last = min(panel.days[0] for panel in panels), max(panel.days[1] for panel in panels)
        return f"<Chart: {metrics} of {names}, {first} to {last}>"
