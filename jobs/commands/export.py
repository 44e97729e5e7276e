"""`tallybook export`: the ledger for other tools."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.exits import DONE, FAILED
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.export import Format


@click.command()
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Where to write; an earlier export there is replaced.",
)
@click.option("--format", "form", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.pass_obj
def command(settings: Settings, output: Path, form: "Format") -> int:
    """Write the ledger as files for other tools.

    Observations by metric and year, with every restatement; series, metrics, projects, runs; and datapackage.json,
    which tells what each column means. Parquet needs the extra `parquet`.
    """
    from jobs.commands.running import Display
    from jobs.export import export
    from publish.extras import ExtraMissing

    try:
        with Display() as display:
            written = export(settings, output, form, display.progress)
    except ExtraMissing as error:
        click.echo(f"tallybook: {error}", err=True)
        return FAILED
    for metric, rows in written.items():
        click.echo(f"{metric}: {rows:,} observations")
    click.echo(f"written to {output}; {output / 'datapackage.json'} says what each column means", err=True)
    return DONE
