"""A chart as an SVG or PNG image, the same bytes for the same chart; knows no ledger."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from publish.charts.chart import chart, describe, names
from publish.charts.lines import Panel, listed
from publish.charts.theme import PALETTES, Theme
from publish.extras import load

if TYPE_CHECKING:
    from storage.model import Known

_SCALE: Final = 2
"""Pixels of a PNG for each of the chart, as screens have them by now."""
_CLASS: Final = "tallybook-chart"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(panels: Sequence[Panel], known: "Known", theme: Theme | None = None) -> str:
    """Draw the chart as SVG, with a title and a description for those who do not see it, and without scripts.

    Without a theme it is light or dark as its reader's system is, in pages and in `<img>`. Raises as `chart` does.
    """
    drawn = _drawn(panels, known, theme or "light")
    opening, end, inside = drawn.partition(">")
    opening = opening.replace('class="marks"', f'class="{_CLASS}" role="img"')
    return f"{opening}{end}{_words(panels, known)}{'' if theme else _dark()}{inside}\n"


def png(panels: Sequence[Panel], known: "Known", theme: Theme | None = None) -> bytes:
    """Draw the chart as PNG, light unless a theme is given, two pixels for one of the chart. Raises as `chart`."""
    image: bytes = _converter().svg_to_png(_drawn(panels, known, theme or "light"), scale=_SCALE)
    return image


def _drawn(panels: Sequence[Panel], known: "Known", theme: Theme) -> str:
    spec = chart(panels, known, theme).to_dict()
    # Words for the whole rather than for each of hundreds of marks.
    spec["config"]["aria"] = False
    image: str = _converter().vegalite_to_svg(spec, allowed_base_urls=[])
    return _NOT_IN_XML.sub("", image)


def _converter() -> Any:
    return load("vl_convert", purpose="an image of a chart", extra="charts")


def _words(panels: Sequence[Panel], known: "Known") -> str:
    title = f"{listed([panel.metric.label for panel in panels])} of {listed(names(panels))}"
    return _NOT_IN_XML.sub("", f"<title>{escape(title)}</title><desc>{escape(describe(panels, known))}</desc>")


def _dark() -> str:
    """Give the style that turns each light colour into its dark one where the reader's system is dark.

    A rule of a style sheet wins over an attribute; the class keeps it within this image if that stands in a page.
    """
    pairs = zip(PALETTES["light"].colours, PALETTES["dark"].colours, strict=True)
    rules = "".join(
        f'.{_CLASS} [{kind}="{light}"]{{{kind}:{dark}}}' for light, dark in pairs for kind in ("fill", "stroke")
    )
    return f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
