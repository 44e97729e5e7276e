"""`tallybook runs`: what each refresh, backfill, import and review brought."""

import json

import click

from jobs.settings import Settings


@click.command()
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="So many, the newest."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(settings: Settings, limit: int, as_json: bool) -> None:
    """List the runs, newest first.

    A line a run: its number, kind, the day that it is about, its state, when it was started, and what it brought:
    values that are new, and how many series are unchanged, missing, failed or held for review (quarantined).
    `--known-at` of other commands takes the number.
    """
    from jobs.commands.reporting import counted
    from jobs.commands.screen import width
    from publish.formats.columns import lay_out
    from publish.table.numbers import utc
    from storage.ledger import read_ledger
    from storage.runs.runs import brought, runs

    with read_ledger(settings.db) as connection:
        found = runs(connection, limit)
        of = brought(connection, found)
    if as_json:
        listed = [
            {"run": one.id, "kind": one.kind, "scope": json.loads(one.scope), "day": str(one.day), "state": one.state}
            | {"started_at": utc(one.started_at), "stored_at": utc(one.closed_at), "known_at": utc(one.known_at)}
            | {"values": of[one.id][0], "series": of[one.id][1], "version": one.version, "note": one.note}
            for one in found
        ]
        click.echo(json.dumps(listed, indent=2))
        return
    rows = []
    for one in found:
        values, states = of[one.id]
        said = [f"{number:,} {state}" for state, number in sorted(states.items()) if state != "recorded"]
        what = ", ".join([counted(values, "value"), *said]) + (f"; {one.note}" if one.note else "")
        rows.append([str(one.id), one.kind, str(one.day), one.state, f"{one.started_at:%Y-%m-%d %H:%M}", what])
    if rows:
        headers = ["Run", "Kind", "Day", "State", "Started (UTC)", "Brought"]
        click.echo(lay_out(headers, rows, {0}, width()))
    else:
        click.echo("no run yet: `tallybook refresh` makes the first", err=True)
