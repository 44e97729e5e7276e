"""`tallybook db`: the ledger's migrations and its health."""

import click

from jobs.exits import DONE, FAILED
from jobs.settings import Settings


@click.group()
def command() -> None:
    """Migrate the ledger, or check it."""


@command.command()
@click.pass_obj
def upgrade(settings: Settings) -> None:
    """Bring the ledger's tables up to this version, after a backup copy; make the ledger if there is none."""
    from storage.database.migrate import upgrade as migrate

    report = migrate(settings.db)
    if report.backup is not None:
        click.echo(f"the ledger as it was is kept in {report.backup}", err=True)
    before = report.before or "nothing"
    click.echo(f"already at {report.after}" if before == report.after else f"migrated from {before} to {report.after}")


@command.command()
@click.pass_obj
def check(settings: Settings) -> int:
    """Check the tables' version and shape and the ledger's integrity; exit 1 if anything is wrong."""
    from storage.database.migrate import check as find_problems

    problems = find_problems(settings.db)
    for problem in problems:
        click.echo(problem)
    if not problems:
        click.echo("the ledger is sound")
    return FAILED if problems else DONE
