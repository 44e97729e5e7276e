"""`tallybook table`: the as-of table."""

from datetime import date, datetime

import click

from jobs.commands.options import as_of as as_of_option
from jobs.commands.options import known_at as known_at_option
from jobs.reading import read_table
from jobs.settings import Settings
from publish.formats import FORMATS, render


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@as_of_option
@known_at_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.pass_obj
def command(
    settings: Settings, projects: tuple[str, ...], as_of: date | None, known_at: int | date | datetime | None, form: str
) -> None:
    """Print the table as of a day.

    It shows all projects, or those named, in that order.
    """
    click.echo(render(read_table(settings, projects, as_of, known_at).table, form), nl=False)
