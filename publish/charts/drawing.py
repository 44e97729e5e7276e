"""The one drawing of a line chart, in SVG: for files, notebooks and pages. A pure function of what is to be drawn.

Lengths are pixels of a sheet that is WIDTH wide; places are reckoned in whole tenths of them, so that relative paths
do not drift and the same history is the same bytes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import log10
from typing import Final
from unicodedata import combining, east_asian_width
from xml.sax.saxutils import escape

from publish.charts.lines import Line, Panel, listed
from publish.charts.palette import COLOURS
from publish.charts.scale import apart, calm, day_format, day_ticks, domain, log_domain, log_ticks, tick_label, ticks
from publish.table.numbers import index, short

WIDTH: Final = 800
FONT: Final = "IBM Plex Sans, Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"

_EDGE: Final = 28
_AXIS: Final = 46
"""To the left of a plot, for the words of its value axis."""
_LABEL: Final = 176
"""To the right of a plot, at the most, for the names of its lines."""
_HEIGHT: Final = 230
_HEIGHT_OF_MULTIPLES: Final = {2: 150, 3: 104}
"""By the number of columns."""
_GUTTER: Final = 30
_MOST_TOGETHER: Final = 4
"""More lines than these in one plot are a tangle."""
_MOST_APART: Final = 4.0
"""Lines share an axis if the largest is at most so many times the smallest; else the smaller would be flat."""
_NARROW: Final = 400
_FEW: Final = 10
"""Up to so many values each has a dot; with more, only those that nothing joins."""
_CALM: Final = 0.02
"""An axis covers this share of the largest value at least, so that nothing looks like a storm that is none."""
_BREAK_ROW: Final = 14
_MOST_BREAKS: Final = 8
_NOTE: Final = 15
_STROKES: Final = {
    "observed": 'stroke-width="2"',
    "derived": 'stroke-width="1.1"',
    "reconstructed": 'stroke-width="1.7" stroke-dasharray="6 3.5"',
    "imported": 'stroke-width="1.7" stroke-dasharray="1.6 2.6"',
}
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class _Sheet:
    """What has been drawn so far, and how far down it reaches."""

    colours: dict[str, str]
    """The colour of each project."""
    bottom: float = 0
    pieces: list[str] = field(default_factory=list)

    def text(
        self, x: float, y: float, said: str, *, size: float = 12, ink: str = "ink", anchor: str = "", bold: str = ""
    ) -> None:
        """Write a line of text with its foot at y; what is `bold` comes first."""
        strong = f'<tspan font-weight="600">{_words(bold)}</tspan>' if bold else ""
        place = f'x="{_tenths(x)}" y="{_tenths(y)}" font-size="{size:g}"'
        side = f' text-anchor="{anchor}"' if anchor else ""
        self.pieces.append(f'<text {place} fill="var(--{ink})"{side}>{strong}{_words(said)}</text>')

    def rule(
        self, x: float, y: float, *, across: float = 0, down: float = 0, ink: str = "hair", more: str = ""
    ) -> None:
        """Draw a straight hairline, in the middle of a row or column of pixels, that it may be sharp."""
        x, y, way = (x, round(y) + 0.5, f"h{_tenths(across)}") if across else (round(x) + 0.5, y, f"v{_tenths(down)}")
        self.pieces.append(f'<path d="M{_tenths(x)} {_tenths(y)}{way}" stroke="var(--{ink})" fill="none"{more}/>')

    def dot(self, x: float, y: float, colour: str, radius: float = 3) -> None:
        """Set a dot."""
        self.pieces.append(f'<circle cx="{_tenths(x)}" cy="{_tenths(y)}" r="{radius:g}" fill="{colour}"/>')


@dataclass(frozen=True, slots=True)
class _Plot:
    """The field in which lines stand: its place on the sheet, and the days and values of its edges."""

    x: float
    y: float
    width: float
    height: float
    days: tuple[date, date]
    values: tuple[float, float]
    log: bool = False

    def across(self, day: date) -> float:
        """Place a day."""
        first, last = self.days
        return self.x + self.width * (day - first).days / (last - first).days

    def down(self, value: float) -> float:
        """Place a value."""
        low, high = self.values
        if self.log:
            return self.y + self.height * log10(high / value) / log10(high / low)
        return self.y + self.height * (high - value) / (high - low)


def draw(panels: Sequence[Panel], title: str, subtitle: str = "", *, name: str = "chart") -> str:
    """Draw panels under each other, a metric each; colours are the variables of `palette.COLOURS`, without a sheet.

    `name` begins the ids in it, which must be unique on a page.
    """
    projects = dict.fromkeys(line.project for panel in panels for line in panel.lines)
    colours = {project: f"var(--c{number % COLOURS})" for number, project in enumerate(projects)}
    sheet = _Sheet(colours, 42 if title else 8)
    if title:
        for number, line in enumerate(_wrapped(title, WIDTH - 2 * _EDGE, 21, most=2)):
            sheet.bottom += 26 if number else 0
            sheet.text(_EDGE, sheet.bottom, "", size=21, bold=line)
        if subtitle:
            sheet.bottom += 20
            sheet.text(_EDGE, sheet.bottom, subtitle, ink="muted")
        sheet.bottom += 18
    for panel in panels:
        _panel(sheet, panel)
    _legend(sheet, panels)
    height = round(sheet.bottom + 22)
    names = listed(list(dict.fromkeys(line.name for panel in panels for line in panel.lines)))
    told = title or f"{listed([panel.metric.label for panel in panels])} of {names}"
    heading = f'<title id="{name}-t">{_words(told)}</title>'
    heading += f'<desc id="{name}-d">{_words(describe(panels))}</desc>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="{name}-t {name}-d" font-family="{FONT}">{heading}{"".join(sheet.pieces)}</svg>\n'
    )


def describe(panels: Iterable[Panel]) -> str:
    """Say in words what is shown, for those who do not see it."""
    said: list[str] = []
    for panel in panels:
        ends = "; ".join(
            f"{line.name} from {_figure(panel, line.points[0][1])} on {line.points[0][0].isoformat()} "
            f"to {_figure(panel, line.last[1])} on {line.last[0].isoformat()}"
            for line in panel.lines
        )
        said += [f"{panel.metric.label}: {ends}.", *(f"{note}." for note in _notes(panel))]
    return " ".join(said)


def sparkline(line: Line, colour: str, *, width: float = 120, height: float = 26) -> str:
    """Draw a line without any words, to stand in a table; gaps and breaks stay open.

    Its range is a tenth of its largest value at least, so that half a per cent does not look like a storm.
    """
    if not line.strokes:
        return ""
    low, high = calm(line.values, 0.1)
    # A single value, or nothing but zeros, has no extent of its own.
    days, values = (line.points[0][0] - timedelta(days=len(line.points) == 1), line.last[0]), (low, high or 1.0)
    plot = _Plot(2, 3, width - 5, height - 6, days, values)
    paths = "".join(f'<path d="{_path(plot, stroke.points)}"/>' for stroke in line.strokes if len(stroke.points) > 1)
    day, value = line.last
    end = f'<circle cx="{_tenths(plot.across(day))}" cy="{_tenths(plot.down(value))}" r="2" fill="{colour}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" aria-hidden="true"><g fill="none" stroke="{colour}" stroke-width="1.4" '
        f'stroke-linejoin="round">{paths}</g>{end}</svg>'
    )


def _panel(sheet: _Sheet, panel: Panel) -> None:
    """Draw a metric: a plot of all its lines, or one for each, with what must be said under it."""
    sheet.bottom += 8
    sheet.rule(_EDGE, sheet.bottom, across=WIDTH - 2 * _EDGE, ink="ink")
    sheet.bottom += 23
    sheet.text(_EDGE, sheet.bottom, "", size=15, bold=panel.metric.label)
    sheet.bottom += 12
    first, last = panel.days
    if first == last:
        _figures(sheet, panel)
    elif _alike(panel):
        _together(sheet, panel)
    else:
        _multiples(sheet, panel)
    source = f"Source: {', '.join(panel.sources)}. {_cut(panel) if first < last else ''}".rstrip()
    for note in (source, *(f"{note}." for note in _notes(panel))):
        for text in _wrapped(note, WIDTH - 2 * _EDGE, 11, most=5):
            sheet.bottom += _NOTE
            sheet.text(_EDGE, sheet.bottom, text, size=11, ink="muted")
    sheet.bottom += 20


def _figures(sheet: _Sheet, panel: Panel) -> None:
    """Where nothing but one day is known there is no line to draw: the figures themselves, side by side."""
    columns = 4
    wide = (WIDTH - 2 * _EDGE) / columns
    for start in range(0, len(panel.lines), columns):
        sheet.bottom += 16
        for number, line in enumerate(panel.lines[start : start + columns]):
            x = _EDGE + number * wide
            sheet.dot(x + 4, sheet.bottom - 4, sheet.colours[line.project], 4)
            (name,) = _wrapped(line.name, wide - 30, 12, most=1)
            sheet.text(x + 14, sheet.bottom, name)
            sheet.text(x + 14, sheet.bottom + 25, "", size=21, bold=_figure(panel, line.last[1]))
        sheet.bottom += 38
    sheet.text(_EDGE, sheet.bottom + 12, f"One day so far: {panel.days[0].isoformat()}.", size=11, ink="muted")
    sheet.bottom += 12


def _together(sheet: _Sheet, panel: Panel) -> None:
    """Draw the lines in one plot, each named at its end."""
    labels = [_label(panel, line) for line in panel.lines]
    widest = max(_wide(name + value, 12, bold=True) for label in labels for name, value in label)
    plot = _Plot(
        _EDGE + _AXIS,
        sheet.bottom + 8 + _BREAK_ROW * bool(panel.breaks),
        WIDTH - 2 * _EDGE - _AXIS - widest - 24,
        _HEIGHT,
        panel.days,
        _domain(panel, panel.lines),
        panel.log,
    )
    _axes(sheet, plot, 5)
    _breaks(sheet, plot, panel, panel.lines)
    for line in panel.lines:
        _line(sheet, plot, line)
    heights = [15.0 * len(label) for label in labels]
    ends = [plot.down(line.last[1]) for line in panel.lines]
    middles = apart(ends, heights, plot.y - 4, plot.y + plot.height + 4)
    right = plot.x + plot.width
    for line, label, end, middle, high in zip(panel.lines, labels, ends, middles, heights, strict=True):
        if abs(middle - end) > high / 5 or line.last[0] < panel.days[1]:
            begun = f"M{_tenths(plot.across(line.last[0]) + 5)} {_tenths(end)}"
            way = f"{begun}L{_tenths(right + 8)} {_tenths(end)} {_tenths(right + 14)} {_tenths(middle)}"
            sheet.pieces.append(
                f'<path d="{way}" stroke="{sheet.colours[line.project]}" stroke-width=".6" fill="none"/>'
            )
        for number, (name, value) in enumerate(label):
            sheet.text(right + 18, middle - high / 2 + 11 + 15 * number, value, bold=name)
    sheet.bottom = plot.y + plot.height + 24


def _label(panel: Panel, line: Line) -> list[tuple[str, str]]:
    """Name a line with its newest value: lines of a bold text and a plain one, the value beside the name if it fits."""
    names, value = _wrapped(line.name, _LABEL - 16, 12, most=2, bold=True), _newest(panel, line)
    if _wide(f"{names[-1]} {value}", 12, bold=True) > _LABEL - 16:
        return [*((name, "") for name in names), ("", value)]
    return [*((name, "") for name in names[:-1]), (names[-1], f" {value}")]


def _multiples(sheet: _Sheet, panel: Panel) -> None:
    """Draw a plot for each line, each with an axis of its own; all of the same days."""
    columns = 2 if len(panel.lines) in {1, 2, 4} else 3
    wide = (WIDTH - 2 * _EDGE - (columns - 1) * _GUTTER) / columns
    for start in range(0, len(panel.lines), columns):
        row = panel.lines[start : start + columns]
        names = [
            _wrapped(line.name, wide - 18 - _wide(_newest(panel, line), 12), 12, most=2, bold=True) for line in row
        ]
        room = 15 * max(map(len, names)) + _BREAK_ROW * bool(panel.breaks)
        for number, (line, texts) in enumerate(zip(row, names, strict=True)):
            x = _EDGE + number * (wide + _GUTTER)
            sheet.dot(x + 4, sheet.bottom + 11, sheet.colours[line.project], 4)
            for at, text in enumerate(texts):
                sheet.text(x + 14, sheet.bottom + 15 * (at + 1), "", bold=text)
            sheet.text(x + wide, sheet.bottom + 15, _newest(panel, line), anchor="end")
            plot = _Plot(
                x + _AXIS,
                sheet.bottom + room + 12,
                wide - _AXIS - 4,
                _HEIGHT_OF_MULTIPLES[columns],
                panel.days,
                _domain(panel, panel.lines if panel.shared else [line]),
                panel.log,
            )
            _axes(sheet, plot, 4)
            _breaks(sheet, plot, panel, [line])
            _line(sheet, plot, line)
        sheet.bottom += room + 12 + _HEIGHT_OF_MULTIPLES[columns] + 34
    sheet.bottom -= 10


def _axes(sheet: _Sheet, plot: _Plot, most: int) -> None:
    """Draw a hairline for each round value, and mark a few days under the plot."""
    low, high = plot.values
    foot = plot.y + plot.height
    for value in (log_ticks if plot.log else ticks)(low, high, most):
        y = plot.down(value)
        if value:
            sheet.rule(plot.x, y, across=plot.width)
        sheet.text(plot.x - 8, y + 4, tick_label(value), size=11, ink="muted", anchor="end")
    if low > 0:
        # The sign of an axis that is cut, where nothing would be.
        sheet.pieces.append(
            f'<path d="M{_tenths(plot.x)} {_tenths(foot)}l2-3.5 4 7 4-7 2 3.5" stroke="var(--ink)" fill="none"/>'
        )
        sheet.rule(plot.x + 14, foot, across=plot.width - 14, ink="muted", more=' stroke-dasharray="1 3"')
    else:
        sheet.rule(plot.x, foot, across=plot.width, ink="ink")
    for day in day_ticks(*plot.days, 3 if plot.width < _NARROW else 6):
        x, text = plot.across(day), day.strftime(day_format(*plot.days))
        half = _wide(text, 11) / 2
        sheet.rule(x, foot, down=4, ink="muted")
        middle = min(max(x, plot.x - 8 + half), plot.x + plot.width + 4 - half) if len(text) > len("2026") else x
        sheet.text(middle, foot + 17, text, size=11, ink="muted", anchor="middle")


def _line(sheet: _Sheet, plot: _Plot, line: Line) -> None:
    """Draw the strokes of a line, the marks of what was restated, and dots where nothing is joined."""
    colour = sheet.colours[line.project]
    drawn = [
        f'<path d="{_path(plot, stroke.points)}" {_STROKES[stroke.method]}/>'
        for stroke in line.strokes
        if len(stroke.points) > 1
    ]
    if drawn:
        sheet.pieces.append(f'<g fill="none" stroke="{colour}" stroke-linejoin="round">{"".join(drawn)}</g>')
    for one in line.restated:
        x, now, first = plot.across(one.day), plot.down(one.now), plot.down(one.first)
        marks = f"M{_tenths(x)} {_tenths(now)}V{_tenths(first)}"
        sheet.pieces.append(
            f'<path d="{marks}" stroke="{colour}" fill="none"/>'
            f'<path d="{_diamond(x, first)}" stroke="{colour}" fill="var(--paper)"/>'
            f'<path d="{_diamond(x, now)}" stroke="{colour}" fill="{colour}"/>'
        )
    points = line.points
    lonely = {stroke.points[0] for stroke in line.strokes if len(stroke.points) == 1}
    for day, value in points:
        if len(points) <= _FEW or (day, value) in lonely or (day, value) == points[-1]:
            sheet.dot(plot.across(day), plot.down(value), colour, 3 if (day, value) == points[-1] else 2.2)


def _breaks(sheet: _Sheet, plot: _Plot, panel: Panel, lines: Sequence[Line]) -> None:
    """Draw a rule where values rest on something else than before, named above the plot, where no value stands."""
    drawn = [
        (one, _letter(panel, number) or one.said)
        for number, one in enumerate(panel.breaks)
        if any(one in line.breaks for line in lines)
    ]
    for one, _ in drawn:
        for day in one.days:
            sheet.rule(plot.across(day), plot.y - 6, down=plot.height + 6, ink="muted", more=' stroke-dasharray="2 3"')
    # What was there and back has its letter twice, or its words once in the middle; none covers another.
    placed: list[tuple[float, str]] = []
    for one, text in drawn:
        ends = [plot.across(day) for day in one.days]
        placed += [(x, text) for x in (ends if len(text) == 1 else [sum(ends) / len(ends)])]
    widths = [_wide(text, 11) + 4 for _, text in placed]
    for (_, text), x in zip(placed, apart([x for x, _ in placed], widths, plot.x, plot.x + plot.width), strict=True):
        sheet.text(x, plot.y - 10, text, size=11, ink="muted", anchor="middle")


def _letter(panel: Panel, number: int) -> str:
    """Give the letter that stands for a break, and which the notes explain; none for a single one of few words."""
    spelled = len(panel.breaks) == 1 and all(_wide(one.said, 11) < _NARROW / 2 for one in panel.breaks)
    return "" if spelled else chr(ord("a") + number % 26)


def _legend(sheet: _Sheet, panels: Sequence[Panel]) -> None:
    """Say what the kinds of lines mean, unless all is observed and nothing was restated."""
    found = {method for panel in panels if panel.days[0] < panel.days[1] for method in panel.methods}
    methods = [method for method in _STROKES if method in found]
    restated = any(panel.restatements for panel in panels)
    x = float(_EDGE)
    if methods in ([], ["observed"]) and not restated:
        sheet.bottom -= 12
        return
    sheet.rule(_EDGE, sheet.bottom, across=WIDTH - 2 * _EDGE)
    sheet.bottom += 20
    for method in methods:
        sheet.rule(x, sheet.bottom - 4, across=30, ink="ink", more=f" {_STROKES[method]}")
        sheet.text(x + 38, sheet.bottom, method, size=11, ink="muted")
        x += 38 + _wide(method, 11) + 26
    if restated:
        sheet.pieces.append(
            f'<path d="{_diamond(x + 4, sheet.bottom - 4)}" stroke="var(--ink)" fill="var(--paper)"/>'
            f'<path d="{_diamond(x + 17, sheet.bottom - 4)}" stroke="var(--ink)" fill="var(--ink)"/>'
        )
        sheet.text(x + 30, sheet.bottom, "restated: as first known, as known now", size=11, ink="muted")


def _notes(panel: Panel) -> list[str]:
    """Say in words what was restated, and where lines break and why."""
    said = [f"Restated: {listed(panel.restatements)}"] if panel.restatements else []
    broken = []
    for number, (one, names) in enumerate(panel.breaks.items()):
        whose = "" if len(names) == len(panel.lines) else f" ({listed(names)})"
        broken.append(f"{_letter(panel, number)} {one.told}{whose}".lstrip())
    more = f" and {len(broken) - _MOST_BREAKS} more" if len(broken) > _MOST_BREAKS else ""
    if broken:
        said.append(f"Not comparable across: {'; '.join(broken[:_MOST_BREAKS])}{more}")
    return said


def _domain(panel: Panel, lines: Sequence[Line]) -> tuple[float, float]:
    """Give the ends of the value axis of some lines; on a common scale it is the same for all, from nothing on."""
    if panel.log:
        return log_domain([value for line in lines for value in line.values])
    if panel.metric.type == "index":
        return 0.0, domain([value for line in panel.lines for value in line.values])[1]
    return domain([value for line in lines for value in line.values], _CALM)


def _cut(panel: Panel) -> str:
    """Say so if a value axis does not begin at nothing, or is logarithmic."""
    if panel.log:
        return "The axis is logarithmic."
    plots = [panel.lines] if _alike(panel) else [(line,) for line in panel.lines]
    if not any(_domain(panel, lines)[0] > 0 for lines in plots):
        return ""
    return "The axis does not begin at 0." if len(plots) == 1 else "Axes with a zigzag do not begin at 0."


def _alike(panel: Panel) -> bool:
    """Whether lines can share a plot: few, and none so small beside the largest that it would be flat for no reason."""
    if panel.shared:
        return len(panel.lines) <= COLOURS
    tops = [max(line.values) for line in panel.lines]
    comparable = panel.metric.type == "index" or max(tops) <= _MOST_APART * min(tops)
    return len(panel.lines) <= _MOST_TOGETHER and comparable


def _figure(panel: Panel, value: float) -> str:
    """Write a value as a table does."""
    return index(value) if panel.metric.type == "index" else short(value)


def _newest(panel: Panel, line: Line) -> str:
    day, value = line.last
    return f"{_figure(panel, value)}{f', {day.isoformat()}' if day < panel.days[1] else ''}"


def _path(plot: _Plot, points: Sequence[tuple[date, float]]) -> str:
    """Write a path of relative steps between places in whole tenths."""
    places = [(round(10 * plot.across(day)), round(10 * plot.down(value))) for day, value in points]
    (x, y), *rest = places
    written = f"M{x / 10:g} {y / 10:g}l"
    for across, down in rest:
        step = f"{(across - x) / 10:g} {(down - y) / 10:g}"
        written += step if written[-1] == "l" or step[0] == "-" else f" {step}"
        x, y = across, down
    return written.replace(" -", "-")


def _diamond(x: float, y: float) -> str:
    return f"M{_tenths(x - 4)} {_tenths(y)}l4-4 4 4-4 4z"


def _tenths(number: float) -> str:
    return f"{round(number * 10) / 10:g}"


def _words(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text))


def _wide(text: str, size: float, *, bold: bool = False) -> float:
    """Guess how wide a text is: readers' fonts differ, so rather too wide."""
    ems = sum(
        0.0 if combining(char) else 1.05 if east_asian_width(char) in "WF" else 0.34 if char in "iljtfrI.,:;'|! " else
        0.9 if char in "mwMW@%→" else 0.62
        for char in text
    )  # fmt: skip
    return ems * size * (1.06 if bold else 1)


def _wrapped(text: str, width: float, size: float, *, most: int, bold: bool = False) -> list[str]:
    """Break a text into lines of a width, at spaces if it can; an ellipsis ends what does not fit into `most` lines."""
    lines: list[str] = []
    left = text
    while left and len(lines) < most:
        fits = len(left)
        while fits > 1 and _wide(left[:fits], size, bold=bold) > width:
            fits -= 1
        if fits == len(left):
            return [*lines, left]
        space = left.rfind(" ", 0, fits + 1)
        if len(lines) + 1 == most:
            return [*lines, f"{left[: fits - 1].rstrip()}…"]
        cut = space if space > 0 else fits
        lines.append(left[:cut].rstrip())
        left = left[cut:].lstrip()
    return lines or [""]
