"""`tallybook publish`: the pages' tables as files, recorded so that they can be made again."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from jobs.commands.options import Day
from jobs.editions.drafts import Draft
from jobs.editions.publishing import PAGES, SITE, Order, Published, publish
from jobs.exits import DONE, HELD
from jobs.settings import Settings
from publish.table.escape import printable


@click.command()
@click.argument("pages", nargs=-1, metavar="[PAGE]...")
@click.option("--as-of", type=Day(), metavar="D", help="The day the numbers are of.  [the last day of the cadence]")
@click.option(
    "-o",
    "output",
    type=click.Path(file_okay=False, path_type=Path),
    default=SITE,
    show_default=True,
    metavar="DIR",
    help="Where to write.",
)
@click.option("--allow-stale", is_flag=True, help="Publish even if more is not fresh than the catalog allows.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(
    settings: Settings, pages: tuple[str, ...], as_of: date | None, output: Path, allow_stale: bool, as_json: bool
) -> int:
    """Publish the pages in comparisons/, or those named.

    Without any page, one table of all projects. Each becomes DIR/PAGE/D.md and D.json, and an edition in the ledger,
    which `table --edition D` makes again. Exit 5 if a page was held back, as more than `max_stale` of its numbers is
    not fresh.
    """
    results = publish(settings, Order(pages, as_of, output, allow_stale, PAGES))
    for result in results:
        for line in _warnings(result):
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps([_object(result) for result in results], indent=2))
    else:
        for result in results:
            if not result.refused:
                click.echo(_line(result))
    return HELD if any(result.refused for result in results) else DONE


def _line(result: Published) -> str:
    edition = result.draft.edition
    what = "published" if result.new else "is published already, the files are written anew"
    return f"{edition.page}: {what} as of {edition.day.isoformat()}: {', '.join(map(str, result.files))}"


def _warnings(result: Published) -> Iterator[str]:
    draft = result.draft
    if not draft.too_stale:
        return
    told = f"{draft.not_fresh} of {draft.expected} numbers are not fresh, max_stale allows {draft.most_stale:.0%}"
    what = "not published" if result.refused else "published with marks"
    hint = "; --allow-stale publishes it with marks" if result.refused else ""
    yield f"{draft.edition.page}: {what}: {told}{hint}"
    yield from (f"  {printable(one.why)}" for one in draft.stale)


def _object(result: Published) -> dict[str, object]:
    draft, edition = result.draft, result.draft.edition
    return {
        "page": edition.page,
        "title": edition.title,
        "day": edition.day.isoformat(),
        "published": not result.refused,
        "edition": None if result.refused else edition.id,
        "new": result.new,
        "files": [str(path) for path in result.files],
        "expected": draft.expected,
        "not_fresh": _stale(draft),
    }


def _stale(draft: Draft) -> list[dict[str, str]]:
    return [
        {"project": project, "metric": metric, "reason": one.why}
        for one in draft.stale
        for project, metric in one.cells
    ]
