"""`tallybook restore`: a backup in the place of the ledger."""

from pathlib import Path

import click

from jobs.settings import Settings


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Also in the place of a ledger that has newer runs, or is damaged.")
@click.pass_obj
def command(settings: Settings, file: Path, force: bool) -> None:
    """Put a backup in the place of the ledger.

    The backup is checked first as by `db check`, and is not changed. The ledger that was there is kept beside the new
    one, as FILE.before-restore. Stop what else uses the ledger. For one on PostgreSQL use `pg_restore`.
    """
    from storage.query.whole.backup import restore

    done = restore(settings.db, file, force=force)
    if done.before is not None:
        click.echo(f"the ledger as it was is kept in {done.before}", err=True)
    newest = "no run" if done.run is None else f"the newest run is {done.run}"
    click.echo(f"restored from {file}, checked and sound: {newest}")
