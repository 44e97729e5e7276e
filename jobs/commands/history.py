"""`tallybook history`: every observation of some projects."""

import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from jobs.commands.options import Day
from jobs.commands.options import known_at as known_at_option
from jobs.reading import UnknownMetric
from jobs.settings import Settings
from publish.history import FORMATS, render
from publish.metrics import METRICS
from storage.ledger import Ledger


@click.command()
@click.argument("projects", nargs=-1, required=True, metavar="PROJECT...")
@click.option("--metric", "metrics", multiple=True, metavar="M", help=f"Only this one of {', '.join(METRICS)}.")
@click.option("--from", "first", type=Day(), metavar="D", help="The first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.")
@known_at_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--all", "withheld_too", is_flag=True, help="Also what is held for review or was rejected.")
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there.")
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    metrics: tuple[str, ...],
    first: date | None,
    last: date | None,
    known_at: int | date | datetime | None,
    form: str,
    withheld_too: bool,
    output: Path | None,
) -> None:
    """Print every observation.

    The oldest day comes first; of one day, the order is that in which its values were learned.
    """
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise UnknownMetric(unknown[0])
    with Ledger.open(settings.db) as ledger:
        known = ledger.known(known_at)
        rows = ledger.history(projects, metrics or None, first, last, known, withheld_too=withheld_too)
        _write(render(rows, form), output)


def _write(pieces: Iterable[str], output: Path | None) -> None:
    """Write to standard output, or to a file that is there whole or not at all."""
    if output is None:
        sys.stdout.writelines(pieces)
        return
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
