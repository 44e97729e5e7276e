"""What the panels of a chart share: their width, their time axis, colours, dashes and legend; knows no values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from publish.charts.lines import Panel
from publish.charts.scale import day_format, day_ticks
from publish.charts.theme import Palette

WIDTH: Final = 800
"""Pixels of a whole chart, as near as the names at the ends of the lines let it be."""
_EDGE: Final = 16
AXIS: Final = 48
ASIDE: Final = 10
"""Pixels between the end of a line and its name."""
_LETTER: Final = 8.0
"""Pixels of a bold letter in the widest of the fonts, on average: readers' machines differ in the fonts they have."""
_LETTER_HERE: Final = 6.6
"""The same in the font by which the image is laid out."""
_HEIGHT: Final = 300
_HEIGHT_OF_SEVERAL: Final = 220
_DAY_TICKS: Final = 7
_AROUND: Final = timedelta(days=3)
"""Days to each side of a single one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all panels have in common, so that they stand under each other and mean the same by the same sign."""

    alt: Any
    """The module Altair."""
    panels: tuple[Panel, ...]
    palette: Palette

    @property
    def height(self) -> int:
        """Pixels of a panel between its axes."""
        return _HEIGHT if len(self.panels) == 1 else _HEIGHT_OF_SEVERAL

    @property
    def width(self) -> int:
        """Pixels between the axis and the names."""
        return round(WIDTH - 2 * _EDGE - AXIS - ASIDE - _LETTER * self._longest)

    @property
    def padding(self) -> dict[str, int]:
        """Pixels around everything, with room for wider letters than those that the image was laid out by."""
        wider = round((_LETTER - _LETTER_HERE) * self._longest)
        return {"left": _EDGE, "top": _EDGE, "bottom": _EDGE, "right": _EDGE + wider}

    @property
    def _longest(self) -> int:
        return max(len(panel.label(line)) for panel in self.panels for line in panel.lines)

    @property
    def days(self) -> tuple[date, date]:
        """The ends of the time axis."""
        first, last = min(panel.days[0] for panel in self.panels), max(panel.days[1] for panel in self.panels)
        return (first, last) if first < last else (first - _AROUND, last + _AROUND)

    def x(self) -> Any:
        """Place days, in UTC wherever they are drawn."""
        first, last = self.days
        at = [_instant(day) for day in day_ticks(first, last, _DAY_TICKS)]
        axis = self.alt.Axis(values=at, format=day_format(first, last), grid=False, title=None)
        return self.alt.X("day:T", axis=axis, scale=self.alt.Scale(type="utc", domain=list(map(_instant, self.days))))

    def colour(self) -> Any:
        """Give each project its colour."""
        projects = list(dict.fromkeys(line.project for panel in self.panels for line in panel.lines))
        scale = self.alt.Scale(domain=projects, range=list(self.palette.projects[: len(projects)]))
        return self.alt.Color("project:N", scale=scale, legend=None)

    def by_method(self, channel: str, shown_as: Mapping[str, Any]) -> Any:
        """Give each method its dash or its thickness, with a legend that says so unless all is observed."""
        found = {method for panel in self.panels for method in panel.methods}
        methods = [method for method in shown_as if method in found]
        scale = self.alt.Scale(type="ordinal", domain=methods, range=[shown_as[method] for method in methods])
        legend = None if methods == ["observed"] else self._legend()
        return getattr(self.alt, channel)("method:N", scale=scale, legend=legend)

    def _legend(self) -> Any:
        return self.alt.Legend(
            title=None,
            orient="bottom",
            direction="horizontal",
            symbolType="stroke",
            symbolSize=900,
            symbolStrokeColor=self.palette.muted,
            columnPadding=18,
            offset=4,
        )


def _instant(day: date) -> int:
    """Give the beginning of a UTC day in milliseconds, as Vega counts time."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
