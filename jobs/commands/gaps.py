"""`tallybook gaps`: the weeks without a value, why, and who could still tell it."""

import json
from collections.abc import Sequence
from datetime import date

import click

from jobs.commands.options import Day, check_days
from jobs.commands.reporting import counted, print_messages
from jobs.commands.running import Display, stopped_by_signals
from jobs.exits import DONE
from jobs.gaps.gaps import Gap, Stretch, Weeks, read_gaps, stretches
from jobs.gaps.reasons import DUE, HELD, UNBORN, UPSTREAM_HOLE
from jobs.ingest.report import Report
from jobs.settings import Settings
from publish.table.escape import clipped

_MOST_NAMES = 3
_WIDTH = 160


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--from", "first", type=Day(), metavar="D", help="The first day.  [the first refresh]")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.  [today]")
@click.option("--fill", is_flag=True, help="Ask those sources for exactly these weeks, then print what is left.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings, projects: tuple[str, ...], first: date | None, last: date | None, fill: bool, as_json: bool
) -> int:
    """List the weeks without a value, and why.

    A week ends on the catalog's cadence day and is looked at from that day on: what is due today may still come. For
    each the reason is given, and which source could still tell the value.
    """
    check_days(first, last, settings.clock().date())
    report = _fill(settings, projects, first, last) if fill else None
    weeks, gaps = read_gaps(settings, projects, first, last)
    if report is not None:
        print_messages(report)
    if as_json:
        click.echo(json.dumps(_plain(weeks, gaps, report), indent=2))
    else:
        for line in _lines(weeks, gaps):
            click.echo(line)
    return DONE if report is None else report.exit_code


def _fill(settings: Settings, projects: tuple[str, ...], first: date | None, last: date | None) -> Report | None:
    # Imported late: a command that only reads starts faster without what asks the services.
    from collector.catalog.schema import load_catalog
    from jobs.gaps.filling import fill

    catalog = load_catalog(settings.catalog)
    with stopped_by_signals() as stop, Display() as display:
        report = fill(settings, catalog, projects, first, last, stop, display.progress)
    if report is None:
        click.echo("no source could fill any of these", err=True)
    else:
        for line in report.lines():
            click.echo(line, err=True)
    return report


def _lines(weeks: Weeks, gaps: Sequence[Gap]) -> list[str]:
    if not weeks.days:
        return ["no week to look at since the first refresh; --from D looks further back"]
    looked_at = f"in {counted(len(weeks.days), 'week')} from {weeks.days[0]} to {weeks.days[-1]}"
    if not gaps:
        return [f"no gaps {looked_at}"]
    able = sum(1 for gap in gaps if gap.sources)
    remedy = f"{able} can be asked for: `tallybook gaps --fill`" if able else "none of them can be asked for"
    return [*map(_line, stretches(gaps)), f"{counted(len(gaps), 'gap')} {looked_at}; {remedy}"]


def _line(stretch: Stretch) -> str:
    many = f" … {stretch.last}, {stretch.weeks} weeks" if stretch.weeks > 1 else ""
    names = ", ".join(clipped(str(artifact), 60) for artifact in stretch.artifacts[:_MOST_NAMES])
    more = len(stretch.artifacts) - _MOST_NAMES
    names += f" and {more} more" if more > 0 else ""
    why = f"{stretch.reason} ({clipped(stretch.detail, _WIDTH)})" if stretch.detail else stretch.reason
    remedy = _remedy(stretch)
    return f"{stretch.project} {stretch.metric} {stretch.first}{many}: {names}: {why}{remedy and '; ' + remedy}"


def _remedy(stretch: Stretch) -> str:
    if stretch.sources:
        return f"{' or '.join(stretch.sources)} can still tell it"
    if stretch.reason == DUE:
        return "`tallybook refresh` collects it"
    if stretch.reason == HELD:
        return "`tallybook review` decides"
    if stretch.reason == UPSTREAM_HOLE:
        return "a refresh takes it in if the source mends it"
    return "" if stretch.reason == UNBORN else "only an import can fill it"


def _plain(weeks: Weeks, gaps: Sequence[Gap], report: Report | None) -> dict[str, object]:
    found = [
        {
            "project": gap.project,
            "metric": gap.metric,
            "artifact": str(gap.artifact),
            "week": str(gap.day),
            "reason": gap.reason,
            "detail": gap.detail,
            "sources": list(gap.sources),
        }
        for gap in gaps
    ]
    return {
        "from": str(weeks.days[0]) if weeks.days else None,
        "to": str(weeks.days[-1]) if weeks.days else None,
        "gaps": found,
        **({} if report is None else {"filled": report.as_json()}),
    }
