"""`tallybook backup`: the ledger as it is at one moment, in a file of its own."""

from pathlib import Path

import click

from jobs.settings import Settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def command(settings: Settings, file: Path) -> None:
    """Copy the ledger to a file, while others may use it.

    A refresh may run meanwhile. An older backup of that name is replaced once the new one is whole. Recordings are
    files already, and never changed: copy them as such. For a ledger on PostgreSQL use `pg_dump`.
    """
    from storage.query.whole.backup import backup

    size = backup(settings.db, file)
    click.echo(f"{file}: {size:,} bytes")
