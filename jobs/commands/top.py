"""`tallybook top`: the ranking of projects, and those that moved most."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.commands.options import Form, MetricName
from jobs.commands.options import as_of as as_of_option
from jobs.commands.options import known_at as known_at_option
from jobs.commands.output import form_of, output_option, write
from jobs.settings import Settings

if TYPE_CHECKING:
    from publish.table.make import Span

_FORMATS = ("text", "markdown", "csv", "json")


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--metric", type=MetricName(), default="github_stars", metavar="M", help="By which metric.  [stars]")
@click.option(
    "--change", "span", type=click.Choice(["week", "month", "year"]), default="week", help="Moved since then.  [week]"
)
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="So many a list.")
@as_of_option
@known_at_option
@click.option("--format", "form", type=Form(_FORMATS), help="[by the ending of FILE; else text]")
@output_option
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    metric: str,
    span: "Span",
    limit: int,
    as_of: date | None,
    known_at: int | date | datetime | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Rank the projects, and show which moved most.

    The largest gains and losses come twice: in numbers and in per cent. Only what can be compared is among them: both
    numbers are of their days, and rest on the same sources, definitions and artifacts.
    """
    from jobs.commands.screen import width
    from jobs.reading import Asked, read_compared
    from publish.history.movers import render, top

    form = form or form_of(output, _FORMATS)
    found = read_compared(settings, Asked(projects, as_of, known_at, (metric,), span))
    ranked = top(found.table, found.table.rules.by_key[metric], found.since, found.changes, limit)
    write(render(ranked, form, None if output else width()), output)
