"""`tallybook status`: the last runs, how fresh each source is, and what to do."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.imports.exports import ExportDue
    from jobs.status import Status
    from storage.model import Run

_LINKS = 10


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> None:
    """Show runs, freshness and what is due."""
    from jobs.commands.screen import say
    from jobs.status import read_status

    status = read_status(settings)
    if as_json:
        click.echo(json.dumps(asdict(status), indent=2, default=_plain))
    else:
        say(_lines(status))


def _lines(status: "Status") -> Iterator[str]:
    if not status.runs:
        yield "no run yet: `tallybook refresh` makes the first"
        yield _day(status)
        return
    runs = [[run.id, run.kind, run.state, f"{run.started_at:%Y-%m-%d %H:%M}"] for run in status.runs]
    sources = [
        [
            source.source,
            f"{source.newest_day or '—'}{' late' if source.source in status.late else ''}",
            source.newest_run or "—",
            source.series,
            _outcomes(source.outcomes),
        ]
        for source in status.sources
    ]
    yield from _table(runs, ["Run", "Kind", "State", "Started (UTC)"])
    yield ""
    yield from _table(sources, ["Source", "Newest day", "Run", "Series", "Its outcomes"])
    yield ""
    yield _day(status)
    yield from _to_do(status)


def _day(status: "Status") -> str:
    """Say which UTC day a refresh would be for: early on a Monday in Auckland that is a Sunday."""
    here = f"; where you are it is {status.local:%A} {status.local}" if status.local != status.today else ""
    week = f", in the week of {status.week:%A} {status.week}" if status.week != status.today else ""
    return f"a refresh now is for {status.today:%A} {status.today} (UTC){week}{here}"


def _to_do(status: "Status") -> Iterator[str]:
    from jobs.commands.reporting import counted
    from jobs.weeks import say_missed

    due = [
        *(f"due: the week of {week}; `tallybook refresh` collects it" for week in status.due),
        *_unfinished(status.runs),
        *(f"late: {name} has no value of the last week" for name in status.late),
        *_export(status.export),
    ]
    yield from due or ["nothing is due"]
    if status.missed:
        yield say_missed(status.missed)
    if status.held:
        sources = ", ".join(f"{number:,} {name}" for name, number in status.held_by_source.items())
        yield f"held for review: {counted(status.held, 'value')} ({sources}); `tallybook review` shows why"


def _unfinished(runs: "Sequence[Run]") -> list[str]:
    """Say if the newest refresh brought only a part: so does one that a limit ended."""
    newest = next((run for run in runs if run.kind == "refresh"), None)
    if newest is None or newest.state != "partial":
        return []
    return [f"run {newest.id} brought only a part: `tallybook refresh` asks again for what failed or was left"]


def _export(due: "ExportDue | None") -> list[str]:
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
    from jobs.commands.screen import width
    from publish.formats.columns import lay_out

    return lay_out(headers, [[str(cell) for cell in row] for row in rows], (), width()).splitlines()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
