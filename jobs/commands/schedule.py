"""`tallybook schedule`: refresh every week, in the foreground, or print the line for another scheduler."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.schedule import Schedule


@click.command()
@click.option("--cron", metavar="EXPR", help="Five cron fields in UTC, instead of the catalog's cadence at 05:00.")
@click.option(
    "--print",
    "form",
    type=click.Choice(["cron", "systemd", "github-actions", "kubernetes"]),
    help="Print it for another scheduler, and end.",
)
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write what --print would print into files there.",
)
@click.pass_obj
def command(settings: Settings, cron: str | None, form: str | None, output: Path | None) -> None:
    """Refresh every week, in the foreground.

    On the catalog's day of the week at 05:00 UTC, until ended by SIGTERM or Ctrl-C. At the start, the ledger is
    compared with the weeks that should be there; the running week is caught up at once.

    --print gives a schedule that publishes too: a crontab line, units for systemd, a workflow that needs no server, or
    a CronJob with a Containerfile.
    """
    from jobs.commands.running import stopped_by_signals
    from jobs.schedule import Schedule

    schedule = Schedule.read(settings, cron)
    if form is not None:
        _print(schedule, form, output)
        return
    if output is not None:
        raise click.UsageError("-o DIR goes with --print")
    with stopped_by_signals() as stop:
        schedule.run(stop, lambda line: click.echo(line, err=True))


def _print(schedule: "Schedule", form: str, output: Path | None) -> None:
    from jobs.printing import cron_line, printed

    texts = {"tallybook.cron": f"{cron_line(schedule)}\n"} if form == "cron" else printed(schedule, form)
    for name, text in texts.items():
        if output is None:
            click.echo(text, nl=False)
            continue
        output.mkdir(parents=True, exist_ok=True)
        (output / name).write_text(text, encoding="utf-8")
        click.echo(output / name)
