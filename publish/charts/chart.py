"""A history as an Altair chart: panels, dashes, marks and words; knows no ledger and no file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from publish.charts.frame import ASIDE, AXIS, Frame
from publish.charts.lines import ChartError, Line, Panel, listed
from publish.charts.scale import apart, domain, ticks
from publish.charts.theme import PALETTES, Theme
from publish.extras import load
from publish.table.numbers import short

if TYPE_CHECKING:
    import altair as alt

    from storage.model import Known

_NAME_ROW: Final = 15
_FONT: Final = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
_TICKS: Final = 5
_MOST_DOTTED: Final = 60
"""With more points than these a line has no dots."""
_BREAK_ROW: Final = 13
_BREAK_ROWS: Final = 3
"""Words of neighbouring breaks stand in rows, so that they do not run into each other."""
_DIAMOND: Final = {"shape": "diamond", "size": 90, "opacity": 1, "strokeWidth": 1.6}
_DASHES: Final = {"observed": [1, 0], "derived": [1, 0], "reconstructed": [7, 4], "imported": [2, 3]}
_WIDTHS: Final = {"observed": 2.4, "derived": 1.3, "reconstructed": 1.8, "imported": 1.8}


def chart(panels: Sequence[Panel], known: "Known", theme: Theme = "light") -> "alt.VConcatChart":
    """Make the chart of a history as known then, a panel a metric.

    What is measured is solid (thin if derived), what is reconstructed dashed, what is imported dotted; diamonds are
    values that were restated, the hollow one as first known. Raises ChartError without a panel, ExtraMissing without
    the extra `charts`.
    """
    if not panels:
        raise ChartError("there is nothing to draw: no week of these days has a value")
    altair = load("altair", purpose="a chart", extra="charts")
    frame = Frame(altair, tuple(panels), PALETTES[theme])
    drawn = [_Drawing(frame, panel).layers() for panel in panels]
    title = altair.Title(
        listed(names(panels)),
        subtitle=f"As known on {known.at.date().isoformat()} (run {known.run})",
        anchor="start",
        fontSize=18,
        subtitleFontSize=12,
        subtitlePadding=5,
        offset=14,
    )
    whole = altair.vconcat(*drawn, spacing=26, title=title, description=describe(panels, known))
    made: alt.VConcatChart = _configured(whole, frame)
    return made


def names(panels: Iterable[Panel]) -> list[str]:
    """Give the names of the projects, each once."""
    return list({line.project: line.name for panel in panels for line in panel.lines}.values())


def describe(panels: Iterable[Panel], known: "Known") -> str:
    """Say in words what the chart shows, for those who do not see it."""
    said = [f"As known on {known.at.date().isoformat()}."]
    for panel in panels:
        ends = "; ".join(_ends(line) for line in panel.lines)
        said += [f"{panel.metric.label}: {ends}.", *(f"{note}." for note in notes(panel))]
    return " ".join(said)


def notes(panel: Panel) -> list[str]:
    """Say in words what was restated."""
    return [f"Restated: {listed(panel.restatements)}"] if panel.restatements else []


def _ends(line: Line) -> str:
    (first, began), (last, ended) = line.points[0], line.last
    return f"{line.name} from {short(began)} on {first.isoformat()} to {short(ended)} on {last.isoformat()}"


def _configured(whole: Any, frame: Frame) -> Any:
    palette = frame.palette
    return whole.configure(
        font=_FONT,
        background=palette.paper,
        padding=frame.padding,
        view={"stroke": None},
        title={"color": palette.ink, "subtitleColor": palette.muted, "fontWeight": 600},
        axis={
            "labelColor": palette.muted,
            "labelFontSize": 12,
            "gridColor": palette.grid,
            "domainColor": palette.muted,
            "tickColor": palette.muted,
        },
        legend={"labelColor": palette.muted, "labelFontSize": 12},
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One panel on its way into Altair."""

    frame: Frame
    panel: Panel

    def layers(self) -> Any:
        """Put the layers together, those behind first."""
        found = [*self._breaks(), self._strokes(), self._dots(), *self._restated(), self._names()]
        alt, frame = self.frame.alt, self.frame
        title = alt.Title(self.panel.metric.label, anchor="start", fontSize=14, offset=8, subtitle=notes(self.panel))
        return alt.layer(*found, title=title, width=frame.width, height=frame.height)

    def _strokes(self) -> Any:
        """Draw the lines, dashed by their method."""
        rows = [
            {"project": line.project, "stroke": f"{line.project}/{number}", "method": stroke.method} | _at(*point)
            for line in self.panel.lines
            for number, stroke in enumerate(line.strokes)
            for point in stroke.points
        ]
        dash, thickness = self.frame.by_method("StrokeDash", _DASHES), self.frame.by_method("StrokeWidth", _WIDTHS)
        marks = self._chart(rows).mark_line(strokeCap="butt", strokeJoin="round")
        return marks.encode(*self._place(), self.frame.colour(), dash, thickness, detail="stroke:N")

    def _dots(self) -> Any:
        """Set a dot for each value where there are few, else only for those that no line joins, and for the newest."""
        rows = [row for line in self.panel.lines for row in _dotted(line)]
        alt = self.frame.alt
        tooltip = ["project:N", alt.Tooltip("day:T", format="%Y-%m-%d"), "value:Q", "method:N"]
        return (
            self._chart(rows)
            .mark_circle(size=20, opacity=1)
            .encode(*self._place(), self.frame.colour(), tooltip=tooltip)
        )

    def _restated(self) -> list[Any]:
        """Set a hollow diamond at the value first known, a full one at that known now, and a line between them."""
        rows = [
            {"project": line.project, "first": one.first} | _at(one.day, one.now)
            for line in self.panel.lines
            for one in line.restated
        ]
        if not rows:
            return []
        data, colour, x = self._chart(rows), self.frame.colour(), self.frame.x()
        hollow = {"filled": False, "fill": self.frame.palette.paper}
        return [
            data.mark_rule(strokeWidth=1.6).encode(x, self._y("value"), self.frame.alt.Y2("first"), colour),
            data.mark_point(**_DIAMOND, **hollow).encode(x, self._y("first"), colour),
            data.mark_point(**_DIAMOND, filled=True).encode(x, self._y("value"), colour),
        ]

    def _breaks(self) -> list[Any]:
        """Draw a dotted line where values rest on another source or definition than before, and say so at the top."""
        first, last = self.frame.days
        middle = first + (last - first) / 2
        rows = [
            {"day": day.isoformat(), "said": said, "row": _BREAK_ROW * (number % _BREAK_ROWS), "left": day > middle}
            for number, (day, said) in enumerate(self.panel.breaks)
        ]
        if not rows:
            return []
        rule = self._chart(rows).mark_rule(strokeDash=[2, 3], color=self.frame.palette.muted).encode(self.frame.x())
        return [
            rule,
            *(self._words(rows, left=left) for left in (False, True) if any(row["left"] == left for row in rows)),
        ]

    def _words(self, rows: Sequence[dict[str, Any]], *, left: bool) -> Any:
        """Write the words of breaks to the left or to the right of their lines."""
        ours = [row for row in rows if row["left"] == left]
        align, aside = ("right", -5) if left else ("left", 5)
        mark = {"align": align, "dx": aside, "baseline": "top", "fontSize": 11, "color": self.frame.palette.muted}
        place = self.frame.alt.Y("row:Q", scale=None, axis=None)
        return self._chart(ours).mark_text(**mark).encode(self.frame.x(), place, text="said:N")

    def _names(self) -> Any:
        """Write the name of each line and its newest value at its end, moved so that none covers another."""
        low, high = domain(self.panel.values)
        gap = (high - low) * _NAME_ROW / self.frame.height
        places = apart([line.last[1] for line in self.panel.lines], gap, low, high)
        rows = [
            {"project": line.project, "label": self.panel.label(line)} | _at(self.frame.days[1], place)
            for line, place in zip(self.panel.lines, places, strict=True)
        ]
        marks = self._chart(rows).mark_text(align="left", baseline="middle", dx=ASIDE, fontSize=12, fontWeight=600)
        return marks.encode(*self._place(), self.frame.colour(), text="label:N")

    def _chart(self, rows: Sequence[dict[str, Any]]) -> Any:
        return self.frame.alt.Chart(self.frame.alt.InlineData(values=list(rows)))

    def _place(self) -> tuple[Any, Any]:
        return self.frame.x(), self._y("value")

    def _y(self, field: str) -> Any:
        low, high = domain(self.panel.values)
        axis = self.frame.alt.Axis(
            values=ticks(low, high, _TICKS),
            labelExpr="replace(format(datum.value, '~s'), 'G', 'B')",
            title=None,
            domain=False,
            ticks=False,
            labelPadding=8,
            minExtent=AXIS,
            maxExtent=AXIS,
        )
        return self.frame.alt.Y(f"{field}:Q", axis=axis, scale=self.frame.alt.Scale(domain=[low, high], zero=False))


def _dotted(line: Line) -> list[dict[str, Any]]:
    points, last = line.points, line.last
    return [
        {"project": line.project, "method": stroke.method} | _at(*point)
        for stroke in line.strokes
        for point in stroke.points
        if len(points) <= _MOST_DOTTED or len(stroke.points) == 1 or point == last
    ]


def _at(day: date, value: float) -> dict[str, Any]:
    return {"day": day.isoformat(), "value": value}
