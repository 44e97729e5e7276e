"""`tallybook history`: the past of some projects as a table, a file or a chart."""

import os
import shutil
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from jobs.commands.options import Day, Form, MetricName
from jobs.commands.options import known_at as known_at_option
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.history import Format, Screen
    from publish.history.periods import Every

_FORMATS: Final = ("text", "csv", "json", "parquet", "svg", "png")
_IMAGES: Final = ("svg", "png")


@click.command()
@click.argument("projects", nargs=-1, required=True, metavar="PROJECT...")
@click.option(
    "--metric", "metrics", type=MetricName(), multiple=True, metavar="M", help="Only this one, such as stars."
)
@click.option("--from", "first", type=Day(), metavar="D", help="The first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.")
@known_at_option
@click.option(
    "--every",
    type=click.Choice(["week", "month"]),
    help="A line for each week or month that is over: the value as of its end, its change and its growth in per cent.",
)
@click.option("--format", "form", type=Form(_FORMATS), help="[by the ending of FILE; else text]")
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
    every: "Every | None",
    form: "Format | None",
    theme: Literal["light", "dark"] | None,
    withheld_too: bool,
    output: Path | None,
) -> None:
    """Print every observation, or the values of weeks or months; on a terminal with a chart.

    The oldest day comes first; of one day, the order is that in which its values were learned. svg and png draw the
    value as of each week: measured solid, reconstructed dashed, restated with diamonds.
    """
    from jobs.history import history
    from publish.charts.lines import ChartError
    from publish.extras import ExtraMissing
    from publish.history.points import Wanted
    from storage.ledger import read_ledger
    from storage.runs.runs import known as known_then

    form = form or _by_ending(output)
    if first and last and first > last:
        raise click.UsageError(f"--from {first.isoformat()} is after --to {last.isoformat()}")
    if theme and form not in _IMAGES:
        raise click.UsageError(f"--theme is for svg and png, not for {form}")
    if withheld_too and (every or form in _IMAGES):
        raise click.UsageError("--all is for single observations, not for weeks, months or charts")
    if output is None and form in {"parquet", *_IMAGES} and sys.stdout.isatty():
        raise click.UsageError(f"{form} is nothing for a terminal: give -o FILE, or send the output elsewhere")
    screen = _screen() if output is None and form == "text" else None
    try:
        with read_ledger(settings.db) as connection:
            wanted = Wanted(projects, metrics, first, last, known_then(connection, known_at))
            written = history(
                connection, wanted, every=every, form=form, theme=theme, screen=screen, withheld_too=withheld_too
            )
    except (ChartError, ExtraMissing) as error:
        raise click.UsageError(str(error)) from error
    _write(written, output)


def _by_ending(output: Path | None) -> "Format":
    """Tell the format by the ending of a file's name."""
    ending = output.suffix.lower().removeprefix(".") if output else ""
    found = next((form for form in _FORMATS if form == {"": "text", "txt": "text"}.get(ending, ending)), None)
    if found is None:
        raise click.UsageError(f".{ending} names no format: give --format, one of {', '.join(_FORMATS)}")
    return found


def _screen() -> "Screen | None":
    """Look at the terminal behind standard output; None if there is none, or if it cannot show a chart."""
    from jobs.history import Screen

    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or "utf" not in sys.stdout.encoding.lower():
        return None
    return Screen(shutil.get_terminal_size().columns, colour="NO_COLOR" not in os.environ)


def _write(written: str | bytes, output: Path | None) -> None:
    """Write to standard output, or to a file that is there whole or not at all."""
    from jobs.editions.staging import staged

    if output is None:
        if isinstance(written, str):
            sys.stdout.write(written)
        else:
            sys.stdout.buffer.write(written)
        return
    data = written.encode() if isinstance(written, str) else written
    if not output.parent.is_dir():
        raise OSError(f"{output}: there is no folder {output.parent}; make it or name another place")
    if output.exists() and not output.is_file():
        # Such as /dev/null or a pipe, which are not to be replaced.
        output.write_bytes(data)
        return
    with staged({output: data}):
        pass
