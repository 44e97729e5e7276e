"""`tallybook history`: the past of some projects as a table, a file or a chart."""

import os
import shutil
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import click

from jobs.commands.options import Day, Form, MetricName
from jobs.commands.options import known_at as known_at_option
from jobs.commands.output import form_of, write
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.history import Format, Screen
    from publish.history.periods import Every
    from publish.history.since import Since

_FORMATS: Final = ("text", "csv", "json", "parquet", "svg", "png")
_IMAGES: Final = ("svg", "png")
_OF_METRIC: Final = "{metric}"


class _Since(Day):
    """A day, or `year`: a year before each value."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "year":
            return value
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            self.fail(f"{error.message}, nor the word year", param, ctx)


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option(
    "--metric", "metrics", type=MetricName(), multiple=True, metavar="M", help="Only this one, such as stars."
)
@click.option("--from", "first", type=Day(), metavar="D", help="The first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.")
@known_at_option
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    help="A line for each that is over: the value as of its end, its change and its growth in per cent; "
    "by the day where there is a value.",
)
@click.option(
    "--since", type=_Since(), metavar="D|year", help="With --every, also the growth since D, or since a year before."
)
@click.option("--wide", is_flag=True, help="A column for each project; of weeks unless --every says otherwise.")
@click.option("--format", "form", type=Form(_FORMATS), help="[by the ending of FILE; else text]")
@click.option(
    "--theme", type=click.Choice(["light", "dark"]), help="Of svg and png.  [svg: as the reader's; png: light]"
)
@click.option("--title", metavar="TEXT", help="Of svg and png.  [the names of the projects]")
@click.option("--log", is_flag=True, help="Draw svg and png on a logarithmic axis.")
@click.option("--index", type=Day(), metavar="D", help="Draw svg and png in per cent of the value as of D.")
@click.option(
    "--all", "withheld_too", is_flag=True, help="Also what is held or was rejected, as the column standing tells."
)
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it there; with {metric} in its name, a file for each metric.",
)
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    metrics: tuple[str, ...],
    first: date | None,
    last: date | None,
    known_at: int | date | datetime | None,
    every: "Every | None",
    since: "Since | None",
    wide: bool,
    form: "Format | None",
    theme: Literal["light", "dark"] | None,
    title: str | None,
    log: bool,
    index: date | None,
    withheld_too: bool,
    output: Path | None,
) -> None:
    """Print every observation, or the values of weeks or months; on a terminal with a chart.

    Of all projects, or those named. The oldest day comes first; of one day, the order is that in which its values were
    learned. svg and png draw the value as of each week: measured solid, reconstructed dashed, restated with diamonds.
    """
    from jobs.history import Look, history, metrics_there
    from publish.charts.lines import ChartError
    from publish.extras import ExtraMissing
    from publish.history.points import Wanted
    from storage.ledger import read_ledger
    from storage.runs.runs import known as known_then

    form = form or cast("Format", form_of(output, _FORMATS))
    every = every or ("week" if wide else None)
    is_image = form in _IMAGES
    of_images = {"--theme": theme, "--title": title, "--log": log, "--index": index}
    of_tables = {"--wide": wide, "--since": since, "--all": withheld_too}
    amiss = [name for name, given in (of_tables if is_image else of_images).items() if given]
    elsewhere = "give -o FILE, or send the output elsewhere"
    for wrong, said in (
        (first and last and first > last, f"--from {first} is after --to {last}"),
        (amiss, f"{', '.join(amiss)} is for {'tables' if is_image else 'svg and png'}, not for {form}"),
        (since and (wide or not every), "--since goes with --every, and not with --wide"),
        (withheld_too and every, "--all is for single observations, not for weeks or months"),
        (
            (is_image or form == "parquet") and not output and sys.stdout.isatty(),
            f"{form} is nothing for a terminal: {elsewhere}",
        ),
    ):
        if wrong:
            raise click.UsageError(said)
    screen = _screen() if output is None and form == "text" else None
    try:
        with read_ledger(settings.db) as connection:
            wanted = Wanted(projects or None, metrics, first, last, known_then(connection, known_at))
            each: dict[Path | None, Wanted] = {output: wanted}
            if output is not None and _OF_METRIC in output.name:
                keys = metrics or metrics_there(connection, wanted)
                each = {_named(output, key): replace(wanted, metrics=(key,)) for key in keys}
            look = Look(theme, log, index, title or "")
            written = {
                place: history(
                    connection,
                    one,
                    every=every,
                    since=since,
                    wide=wide,
                    form=form,
                    look=look,
                    screen=screen,
                    withheld_too=withheld_too,
                )
                for place, one in each.items()
            }
    except (ChartError, ExtraMissing) as error:
        raise click.UsageError(str(error)) from error
    if not written:
        raise click.UsageError("there is no value of any metric, so there is no file to write")
    for place, data in written.items():
        write(data, place)


def _named(output: Path, metric: str) -> Path:
    return output.with_name(output.name.replace(_OF_METRIC, metric))


def _screen() -> "Screen | None":
    """Look at the terminal behind standard output; None if there is none, or if it cannot show a chart."""
    from jobs.history import Screen

    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or "utf" not in sys.stdout.encoding.lower():
        return None
    return Screen(shutil.get_terminal_size().columns, colour="NO_COLOR" not in os.environ)
