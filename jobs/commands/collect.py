"""`tallybook collect`: the first half of a refresh, without a ledger."""

from pathlib import Path
from typing import Any

import click

from jobs.settings import Settings


class Part(click.ParamType[tuple[int, int]]):
    """A part as I/N."""

    name = "part"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Read the two numbers, or say what would be right."""
        if isinstance(value, tuple):
            return value
        number, _, count = value.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            self.fail(f"{value!r} is not a part such as 1/4, the first of four", param, ctx)
        return int(number), int(count)


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--source", "sources", multiple=True, metavar="S", help="Only this source; may be given several times.")
@click.option("--part", type=Part(), metavar="I/N", default="1/1", help="Only every Nth service, from the Ith on.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", required=True, help="Where to."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    sources: tuple[str, ...],
    part: tuple[int, int],
    output: Path,
    as_json: bool,
) -> int:
    """Ask and record only, and write no ledger.

    The file, NAME.warc.gz, is taken in by `tallybook refresh --replay FILE` or `tallybook import FILE --from warc`,
    on this machine or another; the files of all N parts together make one refresh. One that was killed is gone on with
    by the same command on the same day.
    """
    from collector.catalog.schema import load_catalog
    from jobs.collect.only import collect_only
    from jobs.collect.plan import selected
    from jobs.collect.record import Job
    from jobs.commands.reporting import print_report
    from jobs.commands.running import Display, stopped_by_signals

    if not output.name.endswith(".warc.gz"):
        raise click.BadParameter("the name of a recording ends in .warc.gz", param_hint="-o")
    catalog = load_catalog(settings.catalog)
    with stopped_by_signals() as stop, Display() as display:
        job = Job(settings, catalog, stop, display.progress)
        report = collect_only(job, selected(catalog, projects, sources), output, part)
    print_report(report, as_json=as_json)
    return report.exit_code
