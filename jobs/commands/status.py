"""`tallybook status`: the last runs, how fresh each source is, and what is due."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from jobs.imports.exports import ExportDue
from jobs.settings import Settings
from jobs.status import Status, read_status
from jobs.weeks import say_missed
from storage.model import Run

_LINKS = 10
_OPEN = "it is in progress, or was broken off, and then the same command goes on with it"


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
    due = [
        *(f"run {run.id} ({run.kind}) is open: {_OPEN}" for run in status.runs if run.state == "open"),
        *(f"due: the week of {week}" for week in status.due),
        *_unfinished(status.runs),
        *_export(status.export),
    ] or ["nothing is due"]
    if status.missed:
        due.append(say_missed(status.missed))
    if status.held:
        due.append(f"held for review: {status.held}; `tallybook review` shows what and why")
    return [
        *_table(runs, ["Run", "Kind", "State", "Started (UTC)", "Recording"]),
        "",
        *_table(sources, ["Source", "Newest day", "Run", "Series", "Its outcomes"]),
        "",
        *due,
    ]


def _unfinished(runs: Sequence[Run]) -> list[str]:
    """Say if the newest refresh brought only a part: so does one that a limit ended."""
    newest = next((run for run in runs if run.kind == "refresh"), None)
    if newest is None or newest.state != "partial":
        return []
    return [f"run {newest.id} brought only a part: `tallybook refresh` asks again for what failed or was left"]


def _export(due: ExportDue | None) -> list[str]:
    if due is None:
        return []
    newest = f"the newest is of {due.newest}" if due.newest else "there is none yet"
    joined = f" All have the term {due.anchor}, by which they are joined; keep their order." if due.anchor else ""
    how = "Download the chart over time as CSV, then `tallybook import FILE... --from google-trends`."
    more = (
        [f"    and {len(due.links) - _LINKS} more: `tallybook status --json` lists all"]
        if len(due.links) > _LINKS
        else []
    )
    links = [f"    {link}" for link in due.links[:_LINKS]]
    return [f"due: an export of Google Trends; {newest}. {how}{joined}", *links, *more]


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
