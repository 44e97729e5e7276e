"""`tallybook schedule`: refresh every week, in the foreground, or print the line for another scheduler."""

import click

from jobs.settings import Settings


@click.command()
@click.option("--cron", metavar="EXPR", help="Five cron fields in UTC, instead of the catalog's cadence at 05:00.")
@click.option("--print", "form", type=click.Choice(["cron"]), help="Print the schedule for this program, and end.")
@click.pass_obj
def command(settings: Settings, cron: str | None, form: str | None) -> None:
    """Refresh every week, in the foreground.

    On the catalog's day of the week at 05:00 UTC, until ended by SIGTERM or Ctrl-C. At the start, the ledger is
    compared with the weeks that should be there; the running week is caught up at once.
    """
    from jobs.commands.running import stopped_by_signals
    from jobs.schedule import Schedule, cron_line

    schedule = Schedule.read(settings, cron)
    if form == "cron":
        click.echo(cron_line(schedule))
        return
    with stopped_by_signals() as stop:
        schedule.run(stop, lambda line: click.echo(line, err=True))
