"""`tallybook diff`: what has changed since a table was published, and why."""

import json
from datetime import date, datetime

import click

from jobs.commands.options import Day
from jobs.commands.options import known_at as known_at_option
from jobs.settings import Settings


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
    the service, late data, a rename, another definition. What this version would show otherwise is no change.
    """
    from jobs.commands.screen import width
    from jobs.editions.editions import compare
    from publish.formats.columns import lay_out
    from publish.table.numbers import utc

    compared = compare(settings, day, page, known_at)
    if as_json:
        then, now = compared.published.table.known, compared.known
        told = {
            "page": compared.edition.page,
            "day": day.isoformat(),
            "edition": compared.edition.id,
            "published": {"run": then.run, "at": utc(then.at)},
            "known_at": {"run": now.run, "at": utc(now.at)},
            "differences": [difference.as_json() for difference in compared.differences],
        }
        click.echo(json.dumps(told, indent=2))
        return
    if not compared.differences:
        click.echo("nothing has changed")
        return
    rows = [difference.cells for difference in compared.differences]
    click.echo(lay_out(("what", "old", "new", "why"), rows, {1, 2}, width()))
