"""`tallybook table`: the as-of table, or one that was published."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from jobs.commands.options import Day, Form, MetricName
from jobs.commands.options import as_of as as_of_option
from jobs.commands.options import known_at as known_at_option
from jobs.commands.output import form_of, output_option, write
from jobs.settings import Settings
from publish.formats import FORMATS

if TYPE_CHECKING:
    from publish.table.make import Span


class _By(MetricName):
    """What projects are sorted by: their name, or a metric."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return "name" if value == "name" else super().convert(value, param, ctx)


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@as_of_option
@known_at_option
@click.option(
    "--metric", "metrics", type=MetricName(), multiple=True, metavar="M", help="Only this one, such as stars; several."
)
@click.option(
    "--change", "span", type=click.Choice(["week", "month", "year"]), help="With the change of each cell since then."
)
@click.option("--sort", type=_By(), metavar="M|name", help="Order projects by a metric, the most first, or by name.")
@click.option(
    "--rows", type=click.Choice(["project", "metric"]), help="What has a row each.  [metric; project, if more than 6]"
)
@click.option("--exact", is_flag=True, help="Numbers in full: 10,123, not 10.1k.")
@click.option("--edition", type=Day(), metavar="D", help="The table that was published as of this day, as it was.")
@click.option("--page", metavar="P", help="With --edition: of which page, where several were published.")
@click.option("--format", "form", type=Form(FORMATS), help="[by the ending of FILE; else text]")
@output_option
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    as_of: date | None,
    known_at: int | date | datetime | None,
    metrics: tuple[str, ...],
    span: "Span | None",
    sort: str | None,
    rows: Literal["project", "metric"] | None,
    exact: bool,
    edition: date | None,
    page: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Print the table as of a day.

    It shows all projects, or those named, in that order. A change is "—" where one of the two numbers is not of its
    day, or where they rest on different sources, definitions or artifacts.
    """
    from jobs.commands.screen import width

    form = form or form_of(output, FORMATS)
    if page is not None and edition is None:
        raise click.UsageError("--page goes with --edition D: it says which of that day's editions is meant")
    if edition is None:
        from jobs.reading import Asked, read_compared
        from publish.formats import render
        from publish.formats.grid import View, ordered

        if sort and metrics and sort not in {*metrics, "name"}:
            raise click.UsageError(f"--sort {sort}: the table is to show only {', '.join(metrics)}")
        found = read_compared(settings, Asked(projects, as_of, known_at, metrics, span))
        view = View(rows, exact, found.since if span else None, found.changes)
        table = ordered(found.table, sort) if sort else found.table
        text = render(table, form, view, None if output else width())
    elif projects or metrics or as_of or known_at is not None or span or sort or rows or exact:
        raise click.UsageError("an edition is printed as it was: of the options, it takes --page, --format and -o")
    else:
        from jobs.editions.editions import published_text

        text = published_text(settings, edition, page, form)
    write(text, output)
