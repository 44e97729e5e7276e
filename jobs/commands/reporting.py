"""How commands print what a run did, and how long it will take."""

import json

import click

from jobs.commands.screen import say
from jobs.ingest.report import Report


def print_report(report: Report, *, as_json: bool) -> None:
    """Print a run's result on standard output, and what a person must know of it on standard error."""
    print_messages(report)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
        return
    say(report.lines())
    if report.run is None and not report.counts:
        click.echo("nothing to ask", err=True)
    elif report.run is None and not report.recordings and not report.interrupted:
        click.echo("no service could be reached; the ledger is as it was", err=True)


def print_messages(report: Report) -> None:
    """Print on standard error what went wrong or was odd."""
    if report.resumed:
        click.echo("went on with what had been broken off; what was answered was not asked again", err=True)
    for line in report.messages():
        click.echo(line, err=True)
    if any("quarantined" in states for states in report.counts.values()):
        click.echo("`tallybook review` shows what is held", err=True)
    if report.interrupted:
        click.echo("ended early; the same command goes on with what is not there yet", err=True)


def counted(number: int, what: str) -> str:
    """Write a number of things, e.g. `1 request` or `1,200 requests`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def least_time(seconds: float) -> str:
    """Write the time that something takes at the least, in its two largest units; 0 where nothing holds it up."""
    if not seconds:
        return "as fast as it answers"
    left = round(seconds)
    told: list[str] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number or told or unit == "s":
            told.append(f"{number} {unit}")
    return f"at least {' '.join(told[:2])}"
