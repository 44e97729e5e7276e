"""`tallybook history`: the past of some projects as a table, a file or a chart."""

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import click

from jobs.commands.options import Day
from jobs.commands.options import known_at as known_at_option
from jobs.editions.staging import staged
from jobs.history import FORMATS, IMAGES, Format, Request, Screen, history
from jobs.reading import UnknownMetric
from jobs.settings import Settings
from publish.charts.lines import ChartError
from publish.extras import ExtraMissing
from publish.history.periods import EVERY, Every
from publish.table.metrics import METRICS
from storage.ledger import Ledger

_BY_ENDING: dict[str, Format] = {"": "text", ".txt": "text", **{f".{form}": form for form in FORMATS if form != "text"}}
_NOT_FOR_TERMINALS = ("parquet", *IMAGES)


@click.command()
@click.argument("projects", nargs=-1, required=True, metavar="PROJECT...")
@click.option("--metric", "metrics", multiple=True, metavar="M", help=f"Only this one of {', '.join(METRICS)}.")
@click.option("--from", "first", type=Day(), metavar="D", help="The first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.")
@known_at_option
@click.option(
    "--every",
    type=click.Choice(EVERY),
    help="A line for each week or month: the value as of its end, its change and its growth in per cent.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="[by the ending of FILE; else text]")
@click.option(
    "--theme", type=click.Choice(["light", "dark"]), help="Of svg and png.  [svg: as the reader's; png: light]"
)
@click.option(
    "--all", "withheld_too", is_flag=True, help="Also what is held or was rejected, as the column standing tells."
)
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there.")
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    metrics: tuple[str, ...],
    first: date | None,
    last: date | None,
    known_at: int | date | datetime | None,
    every: Every | None,
    form: Format | None,
    theme: Literal["light", "dark"] | None,
    withheld_too: bool,
    output: Path | None,
) -> None:
    """Print every observation, or the values of weeks or months; on a terminal with a chart.

    The oldest day comes first; of one day, the order is that in which its values were learned. svg and png draw the
    value as of each week: measured solid, reconstructed dashed, restated with diamonds.
    """
    form = form or _form(output)
    _check(metrics, first, last, form, theme, output)
    if withheld_too and (every or form in IMAGES):
        raise click.UsageError("--all is for single observations, not for weeks, months or charts")
    screen = _screen() if output is None and form == "text" else None
    request = Request(projects, metrics, first, last, known_at, every, form, theme, screen, withheld_too)
    try:
        with Ledger.open(settings.db) as ledger:
            _write(history(ledger, request), output)
    except (ChartError, ExtraMissing) as error:
        raise click.UsageError(str(error)) from error


def _form(output: Path | None) -> Format:
    ending = output.suffix.lower() if output else ""
    if ending not in _BY_ENDING:
        raise click.UsageError(f"{ending} names no format: give --format, one of {', '.join(FORMATS)}")
    return _BY_ENDING[ending]


def _check(
    metrics: tuple[str, ...],
    first: date | None,
    last: date | None,
    form: Format,
    theme: str | None,
    output: Path | None,
) -> None:
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise UnknownMetric(unknown[0])
    if first and last and first > last:
        raise click.UsageError(f"--from {first.isoformat()} is after --to {last.isoformat()}")
    if theme and form not in IMAGES:
        raise click.UsageError(f"--theme is for svg and png, not for {form}")
    if output is None and form in _NOT_FOR_TERMINALS and sys.stdout.isatty():
        raise click.UsageError(f"{form} is nothing for a terminal: give -o FILE, or send the output elsewhere")


def _screen() -> Screen | None:
    """Look at the terminal behind standard output; None if there is none, or if it cannot show a chart."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or "utf" not in sys.stdout.encoding.lower():
        return None
    return Screen(shutil.get_terminal_size().columns, colour="NO_COLOR" not in os.environ)


def _write(pieces: Iterator[str] | Iterator[bytes], output: Path | None) -> None:
    """Write to standard output, or to a file that is there whole or not at all."""
    encoded = (piece.encode() if isinstance(piece, str) else piece for piece in pieces)
    if output is None:
        for piece in pieces:
            _print(piece)
        return
    if not output.parent.is_dir():
        raise OSError(f"{output}: there is no folder {output.parent}; make it or name another place")
    if output.exists() and not output.is_file():
        # Such as /dev/null or a pipe, which are not to be replaced.
        with output.open("wb") as file:
            file.writelines(encoded)
        return
    with staged({output: encoded}):
        pass


def _print(piece: str | bytes) -> None:
    if isinstance(piece, bytes):
        sys.stdout.buffer.write(piece)
    else:
        sys.stdout.write(piece)
