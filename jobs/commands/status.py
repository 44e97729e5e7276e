"""`tallybook status`: the last runs, how fresh each source is, and what is due."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from jobs.settings import Settings
from jobs.status import Status, read_status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """Show runs, freshness and what is due."""
    status = read_status(settings)
    if as_json:
        click.echo(json.dumps(asdict(status), indent=2, default=_plain))
        return
    for line in _lines(status):
        click.echo(line)


def _lines(status: Status) -> list[str]:
    if not status.runs:
        return ["no run yet: `tallybook refresh` makes the first"]
    runs = [
        [run.id, run.kind, run.state, f"{run.started_at:%Y-%m-%d %H:%M}", run.recording or "—"] for run in status.runs
    ]
    sources = [
        [source.source, source.newest_day or "—", source.newest_run or "—", source.series, _outcomes(source.outcomes)]
        for source in status.sources
    ]
    due = [f"due: the week of {week}" for week in status.due] or ["nothing is due"]
    if status.held:
        due.append(f"held for review: {status.held}; `tallybook review` shows what and why")
    return [
        *_table(runs, ["Run", "Kind", "State", "Started (UTC)", "Recording"]),
        "",
        *_table(sources, ["Source", "Newest day", "Run", "Series", "Its outcomes"]),
        "",
        *due,
    ]


def _outcomes(outcomes: Any) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(outcomes.items())) or "—"


def _table(rows: list[list[Any]], headers: list[str]) -> list[str]:
    from tabulate import tabulate

    return tabulate(rows, headers, disable_numparse=True).splitlines()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
