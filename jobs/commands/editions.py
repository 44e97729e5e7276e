"""`tallybook editions`: what was published."""

import json

import click

from jobs.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """List what was published.

    A line an edition: its day and page, when it was made, the newest run that was known by then, and the beginning of
    the SHA-256 of its document. `table --edition D` prints one.
    """
    from jobs.editions.editions import list_editions
    from publish.table.numbers import utc

    found = list_editions(settings)
    if as_json:
        listed = [
            {"edition": one.id, "day": str(one.day), "page": one.page, "made_at": utc(one.made_at), "run": one.run}
            | {"digest": one.digest}
            for one in found
        ]
        click.echo(json.dumps(listed, indent=2))
        return
    width = max((len(one.page) for one in found), default=0)
    for one in found:
        click.echo(f"{one.day}  {one.page:<{width}}  {utc(one.made_at)}  run {one.run}  {one.digest[:12]}")
    if not found:
        click.echo("nothing was published yet; `tallybook publish` does", err=True)
