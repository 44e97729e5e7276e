"""`tallybook gaps`: the weeks without a value, why, and who could still tell it."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from jobs.commands.options import Day
from jobs.exits import DONE
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.gaps.gaps import Gap, Stretch, Summary, Weeks
    from jobs.ingest.report import Report

_MOST_NAMES = 3
_WIDTH = 160


@click.command()
@click.argument("projects", nargs=-1, metavar="[PROJECT]...")
@click.option("--from", "first", type=Day(), metavar="D", help="The first day.  [the first refresh]")
@click.option("--to", "last", type=Day(), metavar="D", help="The last day, included.  [today]")
@click.option("--all", "details", is_flag=True, help="Each artifact, not a summary; so it is with PROJECT.")
@click.option("--fill", is_flag=True, help="Ask those sources for exactly these weeks, then print what is left.")
@click.option("--json", "as_json", is_flag=True, help="Print every gap as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    projects: tuple[str, ...],
    first: date | None,
    last: date | None,
    details: bool,
    fill: bool,
    as_json: bool,
) -> int:
    """List the weeks without a value, and why.

    A week ends on the catalog's cadence day and is looked at from that day on: what is due today may still come. For
    each the reason is given, and who can still tell the value or what else can be done.
    """
    from jobs.commands.options import check_days
    from jobs.commands.reporting import print_messages
    from jobs.commands.screen import say
    from jobs.gaps.gaps import read_gaps

    check_days(first, last, settings.clock().date())
    report = _fill(settings, projects, first, last) if fill else None
    weeks, gaps = read_gaps(settings, projects, first, last)
    if report is not None:
        print_messages(report)
    if as_json:
        click.echo(json.dumps(_plain(weeks, gaps, report), indent=2))
    else:
        say(_lines(weeks, gaps, details=details or bool(projects)))
    return DONE if report is None else report.exit_code


def _fill(settings: Settings, projects: tuple[str, ...], first: date | None, last: date | None) -> "Report | None":
    # Imported late: a command that only reads starts faster without what asks the services.
    from collector.catalog.schema import load_catalog
    from jobs.collect.record import Job
    from jobs.commands.running import Display, stopped_by_signals
    from jobs.gaps.filling import fill

    catalog = load_catalog(settings.catalog)
    with stopped_by_signals() as stop, Display() as display:
        report = fill(Job(settings, catalog, stop, display.progress), projects, first, last)
    if report is None:
        click.echo("no source could fill any of these", err=True)
    else:
        for line in report.lines():
            click.echo(line, err=True)
    return report


def _lines(weeks: "Weeks", gaps: Sequence["Gap"], *, details: bool) -> Iterator[str]:
    from jobs.commands.reporting import counted
    from jobs.gaps.gaps import stretches, summaries
    from jobs.gaps.reasons import HELD

    if not weeks.days:
        yield "no week to look at since the first refresh; --from D looks further back"
        return
    looked_at = f"in {counted(len(weeks.days), 'week')} from {weeks.days[0]} to {weeks.days[-1]}"
    if not gaps:
        yield f"no gaps {looked_at}"
        return
    yield from map(_stretch, stretches(gaps)) if details else map(_summary, summaries(gaps))
    able = sum(1 for gap in gaps if gap.sources)
    held = sum(1 for gap in gaps if gap.reason == HELD)
    offers = [
        *([f"{able:,} can be asked for: `tallybook gaps --fill`"] if able else []),
        *([f"{counted(held, 'week')} held for review: `tallybook review`"] if held else []),
        *([] if details else ["each of them: `tallybook gaps --all`, or with a PROJECT"]),
    ]
    yield f"{counted(len(gaps), 'gap')} {looked_at}; {'; '.join(offers or ['none of them can be asked for'])}"


def _summary(one: "Summary") -> str:
    """Say what lacks of a week, e.g. `2026-03-09, no run: 12 github_stars (github-history can tell)`."""
    from jobs.gaps.reasons import remedy

    days = f"{one.first} … {one.last}, {one.weeks} weeks" if one.weeks > 1 else str(one.first)
    counts = [f"{number:,} {metric} ({remedy(one.reason, sources)})" for metric, sources, number in one.counts]
    return f"{days}, {one.reason}: {', '.join(counts)}{' a week' if one.weeks > 1 else ''}"


def _stretch(one: "Stretch") -> str:
    from jobs.gaps.reasons import remedy
    from publish.table.escape import clipped

    many = f" … {one.last}, {one.weeks} weeks" if one.weeks > 1 else ""
    names = ", ".join(clipped(str(artifact), 60) for artifact in one.artifacts[:_MOST_NAMES])
    more = len(one.artifacts) - _MOST_NAMES
    names += f" and {more} more" if more > 0 else ""
    why = f"{one.reason} ({clipped(one.detail, _WIDTH)})" if one.detail else one.reason
    return f"{one.project} {one.metric} {one.first}{many}: {names}: {why}; {remedy(one.reason, one.sources)}"


def _plain(weeks: "Weeks", gaps: Sequence["Gap"], report: "Report | None") -> dict[str, object]:
    from jobs.gaps.reasons import remedy

    found = [
        {
            "project": gap.project,
            "metric": gap.metric,
            "artifact": str(gap.artifact),
            "week": str(gap.day),
            "reason": gap.reason,
            "detail": gap.detail,
            "sources": list(gap.sources),
            "remedy": remedy(gap.reason, gap.sources),
        }
        for gap in gaps
    ]
    return {
        "from": str(weeks.days[0]) if weeks.days else None,
        "to": str(weeks.days[-1]) if weeks.days else None,
        "gaps": found,
        **({} if report is None else {"filled": report.as_json()}),
    }
