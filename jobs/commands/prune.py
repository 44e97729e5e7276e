"""`tallybook prune`: recordings that are no longer needed."""

import re
from datetime import timedelta
from typing import Any

import click

from jobs.settings import Settings

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}


class Size(click.ParamType[int]):
    """Bytes, or with K, M, G or T thousands, millions and so on of them."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the size, or say what would be one."""
        found = re.fullmatch(r"([0-9]{1,15})([KMGT]?)B?", str(value).upper())
        if found is None:
            self.fail(f"{value!r} is not a size such as 500M or 10G", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


@click.command()
@click.option(
    "--older-than", "days", type=click.IntRange(min=1, max=36500), metavar="DAYS", help="Last used so long ago."
)
@click.option("--max-size", "most", type=Size(), metavar="SIZE", help="The oldest, until so much is left, such as 10G.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.pass_obj
def command(settings: Settings, days: int | None, most: int | None, dry_run: bool) -> None:
    """Remove recordings by age or by size.

    Those that the numbers of an edition were read from stay, even if more than SIZE is left then. All numbers stay in
    the ledger; what `explain --raw` would print of others is gone. What was removed is noted in
    pruned.jsonl beside the recordings, so that `verify` does not miss it.
    """
    if days is None and most is None:
        raise click.UsageError("give --older-than DAYS or --max-size SIZE")
    from jobs.commands.reporting import counted
    from jobs.prune import prune

    done = prune(settings, None if days is None else timedelta(days=days), most, dry_run=dry_run)
    for name, size in done.removed.items():
        click.echo(f"{name}  {size:,} bytes")
    what = "would be removed" if dry_run else "removed"
    of_editions = f", of which {done.of_editions:,} of editions" if done.of_editions else ""
    removed = f"{counted(len(done.removed), 'recording')} with {sum(done.removed.values()):,} bytes {what}"
    click.echo(f"{removed}; {done.left:,} bytes are left{of_editions}")
