"""`tallybook refresh`: collect now."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.exits import DONE
from jobs.settings import Settings

if TYPE_CHECKING:
    from collector.catalog.schema import Catalog
    from jobs.collect.plan import Selection


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--source", "sources", multiple=True, metavar="S", help="Only this source; may be given several times.")
@click.option(
    "--replay",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read recordings instead of asking the services; several, in any order, make one run.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be asked, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    sources: tuple[str, ...],
    files: tuple[Path, ...],
    dry_run: bool,
    as_json: bool,
) -> int:
    """Collect the numbers now.

    Asks the services about all projects, or those named. The first refresh makes the ledger. Every response is kept in
    a recording, from which one that was killed is taken up by the same command on the same day: it asks only for what
    is not there yet. So is one that ended for a limit, once there is room again. What was not seen for the longest
    time is asked first.
    """
    from collector.catalog.schema import load_catalog
    from jobs.collect.plan import selected
    from jobs.collect.record import Job
    from jobs.collect.refresh import refresh, replay
    from jobs.commands.reporting import print_report
    from jobs.commands.running import Display, stopped_by_signals
    from jobs.monitor import Monitored

    # A plan or a replay is not the job that a monitor waits for.
    watched = replace(settings, ping_url="") if dry_run or files else settings
    with Monitored(watched, lambda line: click.echo(line, err=True)) as monitor:
        catalog = load_catalog(settings.catalog)
        selection = selected(catalog, projects, sources)
        if dry_run:
            _print_estimate(settings, catalog, selection, as_json=as_json)
            return DONE
        with stopped_by_signals() as stop, Display() as display:
            job = Job(settings, catalog, stop, display.progress)
            report = replay(job, selection, files) if files else refresh(job, selection)
        print_report(report, as_json=as_json)
        monitor.code = report.exit_code
        return report.exit_code


def _print_estimate(settings: Settings, catalog: "Catalog", selection: "Selection", *, as_json: bool) -> None:
    from jobs.collect.refresh import estimate_refresh
    from jobs.commands.reporting import counted, least_time
    from jobs.commands.screen import say

    notes, parts = estimate_refresh(settings, catalog, selection)
    if as_json:
        fields = ("source", "host", "artifacts", "requests", "quota", "seconds")
        click.echo(json.dumps([{name: getattr(part, name) for name in fields} for part in parts], indent=2))
        return
    lines = list(notes)
    for part in parts:
        sent, time = counted(part.requests, "request"), least_time(part.seconds)
        lines.append(f"{part.source}: {sent} to {part.host} for {counted(part.artifacts, 'artifact')}, {time}")
        lines.append(f"  {part.quota}")
    lines.append(f"in all: {counted(sum(part.requests for part in parts), 'request')}; nothing was sent")
    say(lines)
