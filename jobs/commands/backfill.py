"""`tallybook backfill`: past weeks, as far as each source reaches."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from jobs.commands.options import Day, check_days
from jobs.exits import DONE
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.collect.backfill import Reach


@click.command()
@click.option("--from", "first", type=Day(), required=True, metavar="D", help="The first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.  [today]")
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--source", "sources", multiple=True, metavar="S", help="Only this source; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Print how far each source reaches and what it takes; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    first: date,
    last: date | None,
    projects: tuple[str, ...],
    sources: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> int:
    """Fill in past weeks, as far as each source reaches.

    One value a cadence day. Unless told otherwise by --source, PyPI downloads are asked of pypistats as far as it
    reaches and of clickpy for what is earlier, stars of github-history. Nothing measured is written over. One that was
    killed is taken up by the same command, also on a later day.
    """
    from collector.catalog.schema import load_catalog
    from jobs.collect.backfill import backfill, reaches_of
    from jobs.collect.past import Span, no_past
    from jobs.collect.plan import selected
    from jobs.collect.record import Job
    from jobs.commands.reporting import print_report
    from jobs.commands.running import Display, stopped_by_signals

    check_days(first, last, settings.clock().date())
    catalog, span = load_catalog(settings.catalog), Span(first, last)
    selection = selected(catalog, projects, sources)
    reaches = reaches_of(settings, catalog, selection, span)
    for line in no_past(catalog, selection):
        click.echo(line, err=True)
    if not reaches:
        click.echo("nothing to do: no source can tell a cadence day of these of any of the artifacts", err=True)
    if dry_run or not reaches:
        _print_reaches(reaches, as_json=as_json)
        return DONE
    for reach in reaches:
        click.echo(str(reach), err=True)
    with stopped_by_signals() as stop, Display() as display:
        report = backfill(Job(settings, catalog, stop, display.progress), selection, span)
    print_report(report, as_json=as_json)
    return report.exit_code


def _print_reaches(reaches: "Sequence[Reach]", *, as_json: bool) -> None:
    from jobs.commands.reporting import counted, least_time

    if as_json:
        click.echo(json.dumps([_plain(reach) for reach in reaches], indent=2))
        return
    for reach in reaches:
        part = reach.estimate
        click.echo(
            f"{reach}\n  about {counted(part.requests, 'request')} to {part.host}, "
            f"{least_time(part.seconds)}; {part.quota}"
        )
    if reaches:
        total = sum(reach.estimate.requests for reach in reaches)
        click.echo(f"in all: about {counted(total, 'request')}; nothing was sent")


def _plain(reach: "Reach") -> dict[str, object]:
    oldest = None if reach.oldest is None else str(reach.oldest)
    days = {"reaches_back_to": oldest, "from": str(reach.first), "to": str(reach.last), "weeks": reach.weeks}
    return {"source": reach.estimate.source, **days, **asdict(reach.estimate)}
