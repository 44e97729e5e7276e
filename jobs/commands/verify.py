"""`tallybook verify`: whether all that was published and recorded is as it was."""

import json
from dataclasses import asdict

import click

from jobs.exits import DONE, FAILED
from jobs.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def command(settings: Settings, as_json: bool) -> int:
    """Derive every edition again, and check every recording and the ledger.

    Each edition is derived from the observations by its own rules.

    Prints what differs from what was published and recorded, a line each; exit 1 if anything does. A clock that was
    put back is noted only.
    """
    from jobs.commands.running import Display
    from jobs.editions.verify import Verification
    from publish.table.escape import printable

    with Display() as display:
        verification = Verification(settings, display.progress)
        found = list(verification.run())
    if as_json:
        counts = {name: getattr(verification, name) for name in ("editions", "recordings", "responses")}
        click.echo(
            json.dumps(
                counts | {"differences": [asdict(finding) for finding in found], "notes": verification.notes}, indent=2
            )
        )
    else:
        for finding in found:
            click.echo(printable(str(finding)))
        for note in verification.notes:
            click.echo(printable(f"note: {note}"))
        click.echo(verification.summary)
    return FAILED if found else DONE
