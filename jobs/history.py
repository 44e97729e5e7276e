"""Puts the history of projects together in the form that is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

from jobs.metrics import RULES
from publish.history import text
from publish.history.periods import LENGTHS, Every
from publish.history.points import Point, Wanted, lines, no_points, read_points
from publish.history.since import Grown, Since, grown, indexed
from publish.table.rules import Rules
from storage.identity.membership import Membership
from storage.ledger import Connection
from storage.query.grid import oldest_day
from storage.query.history import history as observations

if TYPE_CHECKING:
    from publish.charts.lines import Panel

Format = Literal["text", "csv", "json", "parquet", "svg", "png"]
IMAGES: Final = ("svg", "png")
_MOST_WEEKS: Final = 156
"""More weeks than these run into each other in a terminal; for longer, it draws months."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A terminal that a person looks at."""

    columns: int
    colour: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How a chart is drawn: with a logarithmic axis, in per cent of the values as of a day, under a title."""

    theme: Literal["light", "dark"] | None = None
    log: bool = False
    index: date | None = None
    title: str = ""


def history(
    connection: Connection,
    wanted: Wanted,
    *,
    every: Every | None = None,
    since: Since | None = None,
    wide: bool = False,
    form: Format = "text",
    look: Look | None = None,
    screen: Screen | None = None,
    withheld_too: bool = False,
) -> str | bytes:
    """Give a history by the observation or period: whole, as text or, if it is Parquet or PNG, as bytes.

    `since` adds the growth since then to the values of periods; `wide` gives each project a column. `withheld_too`
    adds, to the observations, what is held for review or was rejected. Raises UnknownProject, ChartError if there is
    nothing to draw, ExtraMissing for a format that needs an extra.
    """
    if form in IMAGES:
        # What draws and what makes frames is slow to load, and imported where it is needed only.
        from publish.charts import image

        look = look or Look()
        drawn = drawing(connection, wanted, every or "week", look)
        return (image.png if form == "png" else image.svg)(drawn, wanted.known, look.theme, look.title)
    if every is not None:
        return _by_period(connection, wanted, every, since, form, screen, wide=wide)
    days = wanted.first, wanted.last
    rows = observations(
        connection, wanted.projects, wanted.metrics or None, *days, wanted.known, withheld_too=withheld_too
    )
    if form == "text":
        told = text.observations(rows, standing=withheld_too, width=screen.columns if screen else None)
        charts = _charts(_drawn_beside(connection, wanted), screen) if screen else ()
        # The chart comes last: after a long table, it is what stands on the screen.
        return "\n".join([told, *charts])
    from publish.history import frames

    return frames.FORMATS[form](frames.observations(rows, standing=withheld_too))


def metrics_there(connection: Connection, wanted: Wanted) -> list[str]:
    """Return the metrics of which there is a value up to the last day that is wanted. Raises UnknownProject."""
    membership = Membership(connection, wanted.known, wanted.projects)
    oldest = {key: oldest_day(connection, wanted.known, membership, [key]) for key in RULES.by_key}
    last = wanted.last or date.max
    return [key for key, day in oldest.items() if day is not None and day <= last]


def drawing(
    connection: Connection, wanted: Wanted, every: Every, look: Look, rules: Rules = RULES
) -> Sequence["Panel"]:
    """Return what is to be drawn of a history. Raises UnknownProject, ChartError."""
    from publish.charts.lines import ChartError, panels

    points: Sequence[Point] = read_points(connection, wanted, every, rules)
    if look.index is not None and points:
        points = indexed(points, look.index, every)
        if not points:
            raise ChartError(f"there is no value as of {look.index} to make 100: choose a day on which there is one")
    return panels(points, log=look.log, shared=look.index is not None)


def _by_period(
    connection: Connection,
    wanted: Wanted,
    every: Every,
    since: Since | None,
    form: Format,
    screen: Screen | None,
    *,
    wide: bool,
) -> str | bytes:
    points, since_then = compared(connection, wanted, every, since)
    if form == "text":
        return "".join(_text(connection, wanted, every, points, since_then, screen, wide=wide))
    from publish.history import frames

    return frames.FORMATS[form](frames.wide(points) if wide else frames.points(points, since_then))


def compared(
    connection: Connection, wanted: Wanted, every: Every, since: Since | None, rules: Rules = RULES
) -> tuple[Sequence[Point], Sequence[Grown] | None]:
    """Read points, and compare them with what may lie before the first day that is wanted."""
    if since is None:
        return read_points(connection, wanted, every, rules), None
    first = wanted.first
    if first is not None:
        earlier = first - timedelta(days=LENGTHS["year"]) if since == "year" else min(first, since)
        wanted = replace(wanted, first=earlier - timedelta(days=LENGTHS[every]))
    points = read_points(connection, wanted, every, rules)
    found = [one for one in grown(points, since, every) if first is None or one.point.as_of >= first]
    return [one.point for one in found], found


def _text(
    connection: Connection,
    wanted: Wanted,
    every: Every,
    points: Sequence[Point],
    since_then: Sequence[Grown] | None,
    screen: Screen | None,
    *,
    wide: bool,
) -> Iterator[str]:
    if not points:
        yield f"{no_points(connection, wanted, every)}\n"
    rest = None if since_then is None else iter(since_then)
    for number, (_, of_projects) in enumerate(lines(points)):
        of_metric = [point for line in of_projects for point in line]
        yield "\n" if number else ""
        mine = None if rest is None else [next(rest) for _ in of_metric]
        width = screen.columns if screen else None
        yield from text.wide(of_metric, width) if wide else text.points(of_metric, mine, width)
        for chart in _charts(of_metric, screen) if screen else ():
            yield f"\n{chart}"


def _drawn_beside(connection: Connection, wanted: Wanted) -> Sequence[Point]:
    """Read what the chart beside a table of observations shows: weeks, or months if these are too many."""
    from publish.charts.lines import MOST_PROJECTS

    if len(Membership(connection, wanted.known, wanted.projects).now) > MOST_PROJECTS:
        return ()
    points = read_points(connection, wanted, "week", RULES)
    if len({point.as_of for point in points}) <= _MOST_WEEKS:
        return points
    return read_points(connection, wanted, "month", RULES)


def _charts(points: Sequence[Point], screen: Screen) -> Iterator[str]:
    """Draw what has more than one day, where there is room; the table before has it all."""
    from publish.charts.lines import MOST_PROJECTS, panels
    from publish.charts.terminal import NARROWEST, render

    if screen.columns < NARROWEST or len({point.project.id for point in points}) > MOST_PROJECTS:
        return
    for panel in panels(points):
        if panel.days[0] < panel.days[1]:
            yield f"{render(panel, screen.columns, colour=screen.colour)}\n"
