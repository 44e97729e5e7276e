"""A history drawn in characters, for a terminal."""

from datetime import date
from importlib import import_module
from typing import Any, Final
from unicodedata import normalize

from rich.cells import cell_len

from publish.charts.lines import Line, Panel, listed
from publish.charts.scale import apart, day_format, day_ticks, domain, tick_label, ticks
from publish.table.escape import clipped
from publish.table.numbers import short

NARROWEST: Final = 40
"""In fewer columns there is no room for a chart."""
WIDEST: Final = 160
_CANVAS_ROWS: Final = 14
_ROWS: Final = _CANVAS_ROWS + 4
"""With the title, the frame, and the days under it."""
_TICKS: Final = 5
_DAY_COLUMNS: Final = 16
_COLOURS: Final = ("blue+", "orange", "green+", "magenta+", "cyan+", "red+")
_NAME_WIDTH: Final = 24
_RECONSTRUCTED: Final = "·"
_RESTATED: Final = "◆"


def render(panel: Panel, width: int, *, colour: bool) -> str:
    """Draw the lines of a metric in `width` columns, each named at its end; notes under it say what the marks mean.

    Raises `ValueError` for fewer columns than NARROWEST.
    """
    if width < NARROWEST:
        raise ValueError(f"a chart needs {NARROWEST} columns, and there are {width}")
    drawn = _drawn(panel, min(width, WIDEST)).string(colorless=not colour)
    lines = [text.rstrip() for text in drawn.rstrip("\n").split("\n")]
    return "\n".join([*lines, *_notes(panel)]) + "\n"


def _drawn(panel: Panel, width: int) -> Any:
    plotext = import_module("plotext")
    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(width, _ROWS)
    figure.title(panel.metric.label)
    low, high = domain([value for line in panel.lines for value in line.values])
    heights = ticks(low, high, _TICKS)
    labels = [f" {_in_cells(_label(line, panel.days[1]))}" for line in panel.lines]
    canvas = width - max(len(tick_label(height)) for height in heights) - 2
    right = _axes(figure, panel, heights, canvas, max(map(cell_len, labels)))
    figure.ruler("y").lim(low, high)
    row = (high - low) / (_CANVAS_ROWS - 1)
    places, rows = [line.last[1] for line in panel.lines], [row] * len(panel.lines)
    spots = apart(places, rows, low - row / 2, high + row / 2)
    for day in sorted({day for one in panel.breaks for day in one.days}):
        figure.line(day.toordinal(), orientation="vertical", relative=True, style="dotted", pixel=plotext.pixel())
    for number, (line, label, spot) in enumerate(zip(panel.lines, labels, spots, strict=True)):
        pixel = plotext.pixel(_COLOURS[number % len(_COLOURS)])
        _draw(figure, plotext, line, pixel)
        figure.draw(figure.text(right, spot, plotext.colorize(label).fill(pixel), alignment="left"))
    return figure.build()


def _label(line: Line, newest: date) -> str:
    """Name a line with its newest value, and with its day if others have newer ones."""
    day, value = line.last
    return f"{clipped(line.name, _NAME_WIDTH)} {short(value)}{f', {day.isoformat()}' if day < newest else ''}"


def _in_cells(text: str) -> str:
    """Leave out what has no cell of its own, such as accents that no letter comes with: it would shift the rest."""
    return "".join(char for char in normalize("NFC", text) if cell_len(char))


def _axes(figure: Any, panel: Panel, heights: list[float], canvas: int, label: int) -> float:
    """Set the ticks, and the room to the right for the names; return where on the axis of days that room begins."""
    first, last = panel.days
    room = max(canvas - label - 1, 1)
    per_column = max((last - first).days, 1) / room
    marked = day_ticks(first, last, max(2, room // _DAY_COLUMNS))
    form = day_format(first, last)
    figure.ruler("x").ticks([day.toordinal() for day in marked], [day.strftime(form) for day in marked])
    figure.ruler("x").lim(first.toordinal(), first.toordinal() + per_column * (canvas - 1))
    figure.ruler("y").ticks(heights, [tick_label(height) for height in heights])
    return last.toordinal() + per_column


def _draw(figure: Any, plotext: Any, line: Line, pixel: Any) -> None:
    for stroke in line.strokes:
        dotted = stroke.method == "reconstructed"
        marker = _RECONSTRUCTED if dotted else "braille" if len(stroke.points) > 1 else "•"
        _signal(figure, plotext, stroke.points, marker, pixel)
    _signal(figure, plotext, tuple((one.day, one.now) for one in line.restated), _RESTATED, pixel, joined=False)


def _signal(
    figure: Any, plotext: Any, points: tuple[tuple[date, float], ...], marker: str, pixel: Any, *, joined: bool = True
) -> None:
    if points:
        days, values = [day.toordinal() for day, _ in points], [value for _, value in points]
        figure.draw(figure.signal(days, values, marker=plotext.marker(marker, pixel)).lines(joined))


def _notes(panel: Panel) -> list[str]:
    notes = []
    if "reconstructed" in panel.methods:
        notes.append(f"{_RECONSTRUCTED * 2} reconstructed")
    if panel.restatements:
        notes.append(f"{_RESTATED} restated: {listed(panel.restatements)}")
    notes += [f"┊ {one.told}: {listed(names)}" for one, names in panel.breaks.items()]
    return notes
