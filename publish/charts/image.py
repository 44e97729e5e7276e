"""A chart as a file of its own: SVG or PNG, the same bytes for the same chart."""

import hashlib
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from publish.charts.drawing import FONT, draw
from publish.charts.lines import ChartError, Panel, listed
from publish.charts.palette import PALETTES, Theme
from publish.extras import ExtraMissing, load

if TYPE_CHECKING:
    from storage.model import Known

_SCALE: Final = 2
"""Pixels of a PNG for each of the chart, as screens have them by now."""
_FONT_OF_PNG: Final = "fontpkg_ibm_plex_sans"


def svg(panels: Sequence[Panel], known: "Known", theme: Theme | None = None, title: str = "") -> str:
    """Draw the history as known then, under a title or the names of its projects.

    Without a theme it is light, or dark where the reader's system is.

    Raises ChartError without a panel.
    """
    if not panels:
        raise ChartError("there is nothing to draw: no week of these days has a value")
    names = listed(list(dict.fromkeys(line.name for panel in panels for line in panel.lines)))
    drawn = draw(
        panels, title or names, f"As known on {known.at.date().isoformat()} (run {known.run})", name="tallybook"
    )
    # In a notebook several charts stand on one page.
    drawn = drawn.replace("tallybook-", f"tallybook-{hashlib.sha256(drawn.encode()).hexdigest()[:8]}-")
    colours = PALETTES[theme or "light"]
    drawn = re.sub(r"var\(--(\w+)\)", lambda found: colours[found[1]], drawn)
    head, end, body = drawn.partition("</desc>")
    style = "" if theme else _both_themes()
    return f'{head}{end}{style}<rect width="100%" height="100%" fill="{colours["paper"]}"/>{body}'.replace(
        "<svg ", '<svg class="tallybook" ', 1
    )


def png(panels: Sequence[Panel], known: "Known", theme: Theme | None = None, title: str = "") -> bytes:
    """Draw the history as PNG, light unless a theme is given, two pixels for one of the SVG.

    Raises as `svg`, and ExtraMissing without the extra `charts`.
    """
    resvg = load("resvg_py", purpose="a PNG", extra="charts")
    font = find_spec(_FONT_OF_PNG)
    if font is None or font.origin is None:
        raise ExtraMissing("a PNG", "charts")
    # With a font of its own the picture is the same on every machine, one without any fonts too.
    files = sorted(
        str(file) for file in (Path(font.origin).parent / "files").glob("*.ttf") if "Italic" not in file.name
    )
    drawn = svg(panels, known, theme or "light", title)
    image: bytes = resvg.svg_to_bytes(
        svg_string=drawn, zoom=_SCALE, font_files=files, sans_serif_family=FONT.split(",", maxsplit=1)[0]
    )
    return image


def _both_themes() -> str:
    """Give the style by which each light colour turns dark where the reader's system is dark.

    A rule of a style sheet wins over an attribute, and a program that does not know `light-dark()` keeps the attribute.
    The class keeps the rules within this image if it stands in a page.
    """
    pairs = ((PALETTES["light"][name], PALETTES["dark"][name]) for name in PALETTES["light"])
    rules = "".join(
        f'.tallybook [{kind}="{light}"]{{{kind}:light-dark({light},{dark})}}'
        for light, dark in pairs
        for kind in ("fill", "stroke")
    )
    return f"<style>.tallybook{{color-scheme:light dark}}{rules}</style>"
