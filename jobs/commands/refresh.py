"""`tallybook refresh`: collect now."""

import json
from pathlib import Path

import click

from collector.catalog.schema import Catalog, load_catalog
from jobs.collect.plan import Selection, estimate, make_plan
from jobs.collect.refresh import Refresh, undertaking
from jobs.collect.stored import known_images
from jobs.collect.turns import stored_turn
from jobs.commands.reporting import counted, least_time, print_report
from jobs.commands.running import Display, stopped_by_signals
from jobs.exits import DONE
from jobs.ingest.replay import replay
from jobs.settings import Settings


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--source", "sources", multiple=True, metavar="S", help="Only this source; may be given several times.")
@click.option(
    "--replay",
    "recording",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read a recording instead of asking the services.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be asked, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    sources: tuple[str, ...],
    recording: Path | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Collect the numbers now.

    Asks the services about all projects, or those named. The first refresh makes the ledger. One that was killed is
    taken up by the same command on the same day, which asks only for what is not there yet; so is one that ended for
    a limit, once there is room again. What was not seen for the longest time is asked first. Every response is kept
    in a recording.
    """
    catalog = load_catalog(settings.catalog)
    selection = Selection(projects, sources)
    if dry_run:
        _print_estimate(settings, catalog, selection, as_json=as_json)
        return DONE
    with stopped_by_signals() as stop:
        if recording is not None:
            report = replay(recording, settings, catalog, selection, stop)
        else:
            with Display() as display:
                report = Refresh(settings, catalog, selection, stop, display.progress).run()
    print_report(report, as_json=as_json)
    return report.exit_code


def _print_estimate(settings: Settings, catalog: Catalog, selection: Selection, *, as_json: bool) -> None:
    turns = stored_turn(make_plan(catalog, selection), settings.db, undertaking(settings, catalog, selection))
    with known_images(settings.db) as known:
        parts = estimate(turns.plan, settings, known, catalog.reserve)
    if as_json:
        fields = ("source", "host", "artifacts", "requests", "quota", "seconds")
        click.echo(json.dumps([{name: getattr(part, name) for name in fields} for part in parts], indent=2))
        return
    for note in turns.notes:
        click.echo(note)
    for part in parts:
        sent, time = counted(part.requests, "request"), least_time(part.seconds)
        click.echo(f"{part.source}: {sent} to {part.host} for {counted(part.artifacts, 'artifact')}, {time}")
        click.echo(f"  {part.quota}")
    click.echo(f"in all: {counted(sum(part.requests for part in parts), 'request')}; nothing was sent")
