"""`tallybook copy`: a whole ledger in another database."""

import click

from jobs.settings import Settings


@click.command()
@click.option("--to", "target", metavar="URL", required=True, help="The new ledger, as an SQLAlchemy URL.")
@click.pass_obj
def command(settings: Settings, target: str) -> None:
    """Copy the whole ledger to another database.

    From SQLite to PostgreSQL, back, or between two of a kind, with all that was known at any time. The new ledger is
    made; if it is there, it must be empty. The rows of each table are counted on both sides. Killed on the way, nothing
    is copied. Recordings stay where they are.
    """
    from jobs.commands.running import Display
    from storage.query.whole.copying import copy

    with Display() as display:
        counts = copy(settings.db, target, display.progress)
    for table, rows in counts.items():
        click.echo(f"{table:<13} {rows:>13,}")
    click.echo(f"{sum(counts.values()):,} rows copied, the same number on both sides")
