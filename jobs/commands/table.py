"""`tallybook table`: the as-of table, or one that was published."""

from datetime import date, datetime

import click

from jobs.commands.options import Day, Form
from jobs.commands.options import as_of as as_of_option
from jobs.commands.options import known_at as known_at_option
from jobs.settings import Settings
from publish.formats import FORMATS


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@as_of_option
@known_at_option
@click.option("--edition", type=Day(), metavar="D", help="The table that was published as of this day, as it was.")
@click.option("--page", metavar="P", help="With --edition: of which page, where several were published.")
@click.option("--format", "form", type=Form(FORMATS), default="text", show_default=True)
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    as_of: date | None,
    known_at: int | date | datetime | None,
    edition: date | None,
    page: str | None,
    form: str,
) -> None:
    """Print the table as of a day.

    It shows all projects, or those named, in that order.
    """
    if page is not None and edition is None:
        raise click.UsageError("--page goes with --edition D: it says which of that day's editions is meant")
    if edition is None:
        from jobs.reading import read_table
        from publish.formats import render

        text = render(read_table(settings, projects, as_of, known_at), form)
    elif projects or as_of is not None or known_at is not None:
        raise click.UsageError("--edition goes without PROJECT, --as-of and --known-at: an edition has its own")
    else:
        from jobs.editions.editions import published_text

        text = published_text(settings, edition, page, form)
    click.echo(text, nl=False)
