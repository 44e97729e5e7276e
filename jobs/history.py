"""Puts the history of projects together in the form that is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from jobs.metrics import RULES
from publish.history import text
from publish.history.periods import Every
from publish.history.points import Point, Wanted, lines, no_points, read_points
from storage.ledger import Connection
from storage.query.history import history as observations

Format = Literal["text", "csv", "json", "parquet", "svg", "png"]
IMAGES: Final = ("svg", "png")
_MOST_WEEKS: Final = 156
"""More weeks than these run into each other in a terminal; for longer, it draws months."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A terminal that a person looks at."""

    columns: int
    colour: bool


def history(
    connection: Connection,
    wanted: Wanted,
    *,
    every: Every | None = None,
    form: Format = "text",
    theme: Literal["light", "dark"] | None = None,
    screen: Screen | None = None,
    withheld_too: bool = False,
) -> str | bytes:
    """Give a history by the observation, week or month: whole, as text or, if it is Parquet or PNG, as bytes.

    `withheld_too` adds, to the observations, what is held for review or was rejected. Raises UnknownProject, ChartError
    if there is nothing to draw, ExtraMissing for a format that needs an extra.
    """
    # What draws and what makes frames is slow to load, and imported where it is needed only.
    if form in IMAGES:
        from publish.charts import image
        from publish.charts.lines import panels

        drawn = panels(read_points(connection, wanted, every or "week", RULES))
        return (image.png if form == "png" else image.svg)(drawn, wanted.known, theme)
    if form == "text" and every is not None:
        return "".join(_by_period(connection, wanted, every, screen))
    if every is not None:
        from publish.history import frames

        return frames.FORMATS[form](frames.points(read_points(connection, wanted, every, RULES)))
    days = wanted.first, wanted.last
    rows = observations(
        connection, wanted.projects, wanted.metrics or None, *days, wanted.known, withheld_too=withheld_too
    )
    if form == "text":
        charts = _charts(_drawn_beside(connection, wanted), screen) if screen else ()
        return "".join([*charts, text.observations(rows, standing=withheld_too)])
    from publish.history import frames

    return frames.FORMATS[form](frames.observations(rows, standing=withheld_too))


def _by_period(connection: Connection, wanted: Wanted, every: Every, screen: Screen | None) -> Iterator[str]:
    points = read_points(connection, wanted, every, RULES)
    if not points:
        yield f"{no_points(connection, wanted, every)}\n"
    for number, (_, of_projects) in enumerate(lines(points)):
        of_metric = [point for line in of_projects for point in line]
        yield "\n" if number else ""
        if screen:
            yield from _charts(of_metric, screen)
        yield from text.points(of_metric)


def _drawn_beside(connection: Connection, wanted: Wanted) -> Sequence[Point]:
    """Read what the chart beside a table of observations shows: weeks, or months if these are too many."""
    points = read_points(connection, wanted, "week", RULES)
    if len({point.as_of for point in points}) <= _MOST_WEEKS:
        return points
    return read_points(connection, wanted, "month", RULES)


def _charts(points: Sequence[Point], screen: Screen) -> Iterator[str]:
    """Draw what has more than one day, where there is room; a table follows that has it all."""
    from publish.charts.lines import MOST_PROJECTS, panels
    from publish.charts.terminal import NARROWEST, render

    if screen.columns < NARROWEST or len({point.project.id for point in points}) > MOST_PROJECTS:
        return
    for panel in panels(points):
        if panel.days[0] < panel.days[1]:
            yield f"{render(panel, screen.columns, colour=screen.colour)}\n"
