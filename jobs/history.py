"""Puts the history of projects together in the form that is wanted; knows no command line and not where it goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

from publish.history import every as history_every
from publish.history.observations import ALL_COLUMNS, COLUMNS, render
from publish.history.periods import Every
from publish.history.points import Point, lines
from publish.history.reading import Wanted, first_week_ends, observations, read_points
from storage.ledger import Ledger

Format = Literal["text", "csv", "json", "parquet", "svg", "png"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
IMAGES: Final = ("svg", "png")
_MOST_WEEKS: Final = 156
"""More weeks than these run into each other in a terminal; for longer, it draws months."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A terminal that a person looks at."""

    columns: int
    colour: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted: projects by id, metrics by key (none: all), UTC days, both included, and how it is to look.

    `withheld_too` adds what is held or was rejected.
    """

    projects: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    known_at: int | date | datetime | None = None
    every: Every | None = None
    form: Format = "text"
    theme: Literal["light", "dark"] | None = None
    screen: Screen | None = None
    withheld_too: bool = False


def history(ledger: Ledger, request: Request) -> Iterator[str] | Iterator[bytes]:
    """Give the history in pieces: of bytes if it is Parquet or PNG, else of text.

    Raises LedgerError's kinds, ChartError if there is nothing to draw, ExtraMissing for a format that needs an extra.
    """
    known = ledger.known(request.known_at)
    wanted = Wanted(request.projects, request.metrics, request.first, request.last, known, request.withheld_too)
    if request.form in IMAGES:
        return _image(ledger, wanted, request)
    if request.form == "parquet":
        return _parquet(ledger, wanted, request.every)
    if request.form == "text":
        return _text(ledger, wanted, request)
    if request.every is None:
        return render(observations(ledger, wanted), request.form, _columns(wanted))
    return history_every.render(read_points(ledger, wanted, request.every), request.form)


def _image(ledger: Ledger, wanted: Wanted, request: Request) -> Iterator[str] | Iterator[bytes]:
    # Imported late, here and below: numbers need nothing of what draws.
    from publish.charts.image import png, svg
    from publish.charts.lines import panels

    drawn = panels(read_points(ledger, wanted, request.every or "week"))
    if request.form == "png":
        return iter([png(drawn, wanted.known, request.theme)])
    return iter([svg(drawn, wanted.known, request.theme)])


def _parquet(ledger: Ledger, wanted: Wanted, every: Every | None) -> Iterator[bytes]:
    from publish.history import parquet as history_parquet

    if every is None:
        return history_parquet.observations(observations(ledger, wanted), _columns(wanted))
    return history_parquet.points(read_points(ledger, wanted, every))


def _columns(wanted: Wanted) -> Sequence[str]:
    return ALL_COLUMNS if wanted.withheld_too else COLUMNS


def _text(ledger: Ledger, wanted: Wanted, request: Request) -> Iterator[str]:
    if request.every is None:
        if request.screen:
            yield from _charts(_drawn_beside(ledger, wanted), request.screen)
        yield from render(observations(ledger, wanted), "text", _columns(wanted))
        return
    points = read_points(ledger, wanted, request.every)
    if not points:
        yield _nothing(ledger, wanted)
    for number, (_, of_projects) in enumerate(lines(points)):
        of_metric = [point for line in of_projects for point in line]
        yield "\n" if number else ""
        if request.screen:
            yield from _charts(of_metric, request.screen)
        yield from history_every.render(of_metric, "text")


def _nothing(ledger: Ledger, wanted: Wanted) -> str:
    end = first_week_ends(ledger, wanted)
    return f"No week has ended in these days; one ends on {end.isoformat()}.\n" if end else "No observations.\n"


def _drawn_beside(ledger: Ledger, wanted: Wanted) -> Sequence[Point]:
    """Read what the chart beside a table of observations shows."""
    oldest = next(observations(ledger, wanted), None)
    if oldest is None:
        return ()
    weeks = ((wanted.last or wanted.known.at.date()) - oldest.day).days / 7
    return read_points(ledger, wanted, "week" if weeks <= _MOST_WEEKS else "month")


def _charts(points: Sequence[Point], screen: Screen) -> Iterator[str]:
    """Draw what has more than one day, where there is room; a table follows that has it all."""
    from publish.charts.lines import MOST_PROJECTS, panels
    from publish.charts.terminal import NARROWEST, render

    if screen.columns < NARROWEST or len({point.project.id for point in points}) > MOST_PROJECTS:
        return
    for panel in panels(points):
        if panel.days[0] < panel.days[1]:
            yield f"{render(panel, screen.columns, colour=screen.colour)}\n"
