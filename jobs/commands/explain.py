"""`tallybook explain`: where a number comes from."""

from datetime import date, datetime

import click

from jobs.commands.options import MetricName
from jobs.commands.options import as_of as as_of_option
from jobs.commands.options import known_at as known_at_option
from jobs.settings import Settings


@click.command()
@click.argument("project")
@click.argument("metric", type=MetricName())
@as_of_option
@known_at_option
@click.option("--raw", is_flag=True, help="Print the responses themselves, as they were received.")
@click.pass_obj
def command(
    settings: Settings, project: str, metric: str, as_of: date | None, known_at: int | date | datetime | None, raw: bool
) -> None:
    """Show where a number comes from.

    The sum, each artifact, the request, the raw response, what the value was before, and what was held or decided of
    it. METRIC is one of the table, such as github_stars or stars.
    """
    from jobs.commands.screen import say
    from jobs.reading import read_lineage, read_raw

    if raw:
        found = read_raw(settings, project, metric, as_of, known_at)
        for origin, body in found:
            click.echo(f"{origin.url} ({origin.recording}, {origin.record})", err=True)
            click.echo(body, nl=not body.endswith(b"\n"))
        if not found:
            click.echo("no response is kept of this number", err=True)
        return

    say(read_lineage(settings, project, metric, as_of, known_at).splitlines())
