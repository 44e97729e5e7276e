"""Writes docs/commands.md from the live help: `python -m tests.reference`; a test says when the file is stale."""

from pathlib import Path

import click

from jobs.cli import COMMANDS, tallybook

PLACE = Path(__file__).parents[1] / "docs" / "commands.md"
_WIDTH = 100
_HEAD = """\
# Commands

Written from `tallybook COMMAND --help` by `python -m tests.reference`. Results go to standard output; progress and messages
go to standard error.

## Exit codes

| code | means |
|---|---|
| 0 | done |
| 1 | failed, nothing new stored |
| 2 | usage or catalog; nothing was sent |
| 3 | partly done: the rest is stored, and what failed is named |
| 4 | another run is in progress |
| 5 | held back by a guard |

## Environment

Options on the command line win over these. `--db`, `--catalog` and `--recordings` may stand before or after the command.

| variable | default | |
|---|---|---|
| `TALLYBOOK_DB` | `sqlite:///tallybook.db` | the ledger, as an SQLAlchemy URL; `postgresql+psycopg://…` needs the extra `postgres` |
| `TALLYBOOK_CATALOG` | `catalog.toml` | what is tracked |
| `TALLYBOOK_RECORDINGS` | `recordings` | the folder of the raw responses |
| `GITHUB_TOKEN` | | one token; it needs no scope |
| `TALLYBOOK_CONTACT` | | an address for the User-Agent, so that a service can reach you before it blocks you |
| `TALLYBOOK_PING_URL` | | a dead-man monitor's URL: `refresh` and `schedule` call it with `/start`, then `/` and the exit code |
| `TALLYBOOK_MAX_WAIT` | `900` | seconds; a limit that would need a longer pause ends that source for this run |
| `TALLYBOOK_TIMEOUT` | `30` | seconds without an answer; a service that is silent altogether is given up after twice as long |
| `TALLYBOOK_BUDGETS` | `on` | `off` leaves the public services' rates out, for a mirror of your own |
| `TALLYBOOK_NOW` | | an ISO time at which the clock stands that dates and stamps things |
| `TALLYBOOK_<SERVICE>_URL` | the public ones | base URLs of mirrors: `TALLYBOOK_GITHUB_URL`, `TALLYBOOK_PYPISTATS_URL`, … |
"""


def commands() -> dict[str, click.Command]:
    """Return every command by its full name, subcommands among them, in the order of the help."""
    context = click.Context(tallybook)
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = tallybook.get_command(context, name)
        assert command is not None, name
        found[name] = command
        if isinstance(command, click.Group):
            found |= {f"{name} {sub}": each for sub, each in command.commands.items()}
    return found


def reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [_HEAD]
    for name, command in commands().items():
        context = click.Context(
            command,
            info_name=f"tallybook {name}",
            max_content_width=_WIDTH,
            terminal_width=_WIDTH,
            help_option_names=tallybook.context_settings["help_option_names"],
        )
        parts.append(f"## tallybook {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PLACE.write_text(reference(), encoding="utf-8")
