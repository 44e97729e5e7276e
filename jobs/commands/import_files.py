"""`tallybook import`: history that others kept."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobs.commands.options import Day, MetricName
from jobs.settings import Settings, SettingsError, read_time

if TYPE_CHECKING:
    from collector.catalog.schema import Catalog
    from jobs.imports.options import KnownAt
    from jobs.imports.report import ImportReport

KINDS = ("best-of", "csv", "star-history", "google-trends", "warc")
"""What `--from` takes, so that the help loads no reader; a test compares it with the registry."""


class Public(click.ParamType[date | datetime | str]):
    """A day, a time, or the word git."""

    name = "day, time or git"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | datetime | str:
        """Read whichever it is."""
        if value == "git" or not isinstance(value, str):
            given: date | datetime | str = value
            return given
        try:
            return date.fromisoformat(value) if len(value) == len("2026-04-27") else read_time("--known-at", value)
        except (ValueError, SettingsError):
            self.fail(f"{value!r} is not a day such as 2026-04-27, an ISO time, or git", param, ctx)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--from", "kind", type=click.Choice(KINDS), help="Who kept it, and in which form.  [csv, if a column is named]"
)
@click.option(
    "--known-at", type=Public(), metavar="D|TIME|git", help="When it became public; git: by its commits.  [now]"
)
@click.option("--trust", is_flag=True, help="Take the values as they are; the guards hold none of them.")
@click.option("--exported", type=Day(), metavar="D", help="The day of a Google Trends export.  [by its name]")
@click.option("--anchor", metavar="TERM", help="The term by which several exports are joined.  [the best they share]")
@click.option("--date-column", metavar="COLUMN", help="Of a table: the column of the days.")
@click.option("--date-format", metavar="FORMAT", help="Of a table: its days, such as '%d.%m.%Y'.  [year first]")
@click.option(
    "--metric",
    type=MetricName(),
    metavar="M",
    help="Of a table: what it counts.  [stars or pulls, by the kind of --map]",
)
@click.option("--map", "columns", multiple=True, metavar="COLUMN=KIND:NAME", help="Of a table: whose a column is.")
@click.option("--artifact-column", metavar="COLUMN", help="Of a table with one artifact a row: the column of its name.")
@click.option("--value-column", metavar="COLUMN", help="Of such a table: the column of the numbers.  [the only other]")
@click.option("--thousands", metavar="MARK", help="Of a CSV: what groups the digits of its numbers.")
@click.option("--decimal", metavar="MARK", help="Of a CSV: what stands before a fraction.  [.]")
@click.option("--definition", metavar="TEXT", help="Of a table: what exactly its numbers are.  [imported]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    /,
    paths: tuple[Path, ...],
    kind: str | None,
    known_at: "KnownAt",
    trust: bool,
    exported: date | None,
    anchor: str | None,
    as_json: bool,
    **table: Any,
) -> int:
    """Take in history that others kept.

    Each FILE is a file or a folder. Importing again changes nothing, and the order of the files does not matter: what
    they say of one day must agree, or tell which is later. Every file that something was taken of is kept with the
    recordings. The ledger knows the numbers from now on, or from when --known-at says that they became public; a day
    counts as its end. The guards judge what came, and hold what they doubt, for `tallybook review`.

    \b
    best-of        weekly snapshots of best-of lists, called YYYY-MM-DD_projects.csv
    csv            what `tallybook history --format csv` prints; with --map, a table with a
                   column a project; with --artifact-column, one with an artifact a row
    star-history   the CSV that star-history.com exports
    google-trends  exports of Google Trends
    warc           recordings of other machines
    """  # noqa: D301 - the backspace keeps click from filling the lines
    from collector.catalog.schema import load_catalog
    from collector.imports.formats import FORMATS
    from jobs.commands.running import Display, stopped_by_signals
    from jobs.imports.importing import Import
    from jobs.imports.options import RECORDINGS, Mapping, make_options, public_since
    from jobs.imports.recordings import ImportRecordings

    mapping = Mapping(**table)
    kind = kind or ("csv" if mapping.given() else None)
    if kind is None:
        raise click.UsageError(f"--from: say who kept it, one of {', '.join(KINDS)}")
    catalog = load_catalog(settings.catalog) if settings.catalog.exists() else None
    now = settings.clock()
    options = make_options(kind, catalog, now, exported=exported, anchor=anchor, mapping=mapping)
    public = public_since(known_at, kind, now)
    with stopped_by_signals() as stop, Display() as display:
        if kind == RECORDINGS:
            report = ImportRecordings(settings, catalog, paths, stop, display.progress, public).run()
        else:
            by_git, form = known_at == "git", FORMATS[kind]
            report = Import(
                settings, catalog, paths, form, options, stop, display.progress, public, by_git, trust
            ).run()
    _print(report, settings, catalog, as_json=as_json)
    return report.exit_code


def _print(report: "ImportReport", settings: Settings, catalog: "Catalog | None", *, as_json: bool) -> None:
    for line in report.messages():
        click.echo(line, err=True)
    if report.interrupted:
        click.echo("ended early; what was not finished is not in the ledger, the same command imports it", err=True)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
        return
    for line in report.lines():
        click.echo(line)
    if catalog is None:
        click.echo(f"there is no {settings.catalog}: `tallybook init` makes the catalog that a table needs", err=True)
