"""`tallybook diff`: what has changed since a table was published, and why."""

import json
from datetime import date, datetime

import click

from jobs.commands.options import Day
from jobs.commands.options import known_at as known_at_option
from jobs.editions.comparison import Comparison, compare
from jobs.settings import Settings
from publish.table.numbers import utc


@click.command()
@click.argument("day", type=Day(), metavar="D")
@click.option("--page", metavar="P", help="Of which page, where several were published.")
@known_at_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(
    settings: Settings, day: date, page: str | None, known_at: int | date | datetime | None, as_json: bool
) -> None:
    """Show what has changed since the edition of D.

    Cell by cell, what was published against what is known by now of the same day, each with the reason: restated by
    the service, late data, a rename, another definition.
    """
    compared = compare(settings, day, page, known_at)
    if compared.remade.remark:
        click.echo(f"{compared.remade.edition.page} of {day.isoformat()}: {compared.remade.remark}", err=True)
    if as_json:
        click.echo(json.dumps(_object(compared), indent=2))
        return
    for difference in compared.differences:
        click.echo(difference.line)
    if not compared.differences:
        click.echo("nothing has changed")


def _object(compared: Comparison) -> dict[str, object]:
    edition, published = compared.remade.edition, compared.remade.table.known
    return {
        "page": edition.page,
        "day": edition.day.isoformat(),
        "edition": edition.id,
        "published": {"run": published.run, "at": utc(published.at)},
        "known_at": {"run": compared.known.run, "at": utc(compared.known.at)},
        "differences": [difference.as_json() for difference in compared.differences],
    }
