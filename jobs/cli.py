"""The command `tallybook`: finds the command's module, and turns errors into one line and an exit code."""

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from jobs.exits import FAILED, USAGE, exit_code
from jobs.names import did_you_mean
from jobs.settings import VERSION, Settings, SettingsError, read_settings, unread

COMMANDS = {
    "init": "Write a starter catalog and a page.",
    "refresh": "Collect the numbers now.",
    "collect": "Ask and record only, and write no ledger.",
    "backfill": "Fill in past weeks, as far as each source reaches.",
    "import": "Take in history that others kept.",
    "table": "Print the table as of a day.",
    "top": "Rank the projects, and show which moved most.",
    "history": "Print every observation, or the values of weeks or months; on a terminal with a chart.",
    "explain": "Show where a number comes from.",
    "review": "Show what is held for review, or decide on it.",
    "gaps": "List the weeks without a value, and why.",
    "publish": "Publish the pages in comparisons/, or those named.",
    "diff": "Show what has changed since the edition of D.",
    "runs": "List the runs, newest first.",
    "editions": "List what was published.",
    "verify": "Derive every edition again, and check every recording and the ledger.",
    "status": "Show runs, freshness and what is due.",
    "schedule": "Refresh every week, in the foreground.",
    "schema": "Print the JSON Schema of the catalog or of a page.",
    "backup": "Copy the ledger to a file, while others may use it.",
    "restore": "Put a backup in the place of the ledger.",
    "prune": "Remove recordings by age or by size.",
    "export": "Write the ledger as files for other tools.",
    "copy": "Copy the whole ledger to another database.",
    "db": "Migrate the ledger, or check it.",
    "demo": "Show the main job on sample data.",
}
"""The commands in the order of the help, each with its line there: the first sentence of its own help.

Each is `command` in a module of jobs.commands. The lines stand here so that `tallybook --help` loads none of them.
"""
_MODULES = {"import": "import_files"}
"""The modules that cannot be called like their commands."""

_HELP = "tallybook.help"
"""Whether a command's help is asked for, which is told under any settings."""
_PLACES = "tallybook.places"
"""Where the options say that things are, which win over the environment."""


def _place(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Note where the ledger, the catalog or the recordings are, before or after the settings are read."""
    if value is not None:
        ctx.meta.setdefault(_PLACES, {})[param.name] = value
        if isinstance(ctx.obj, Settings):
            ctx.obj = replace(ctx.obj, **ctx.meta[_PLACES])


def _places(*, hidden: bool = False) -> list[click.Parameter]:
    """Return the options that may stand before and after the command."""
    path = click.Path(path_type=Path)
    options = (
        ("--db", str, "URL", "The ledger, as an SQLAlchemy URL.  [env: TALLYBOOK_DB; sqlite:///tallybook.db]"),
        ("--catalog", path, "FILE", "What is tracked.  [env: TALLYBOOK_CATALOG; catalog.toml]"),
        ("--recordings", path, "FOLDER", "Where the raw responses are kept.  [env: TALLYBOOK_RECORDINGS; recordings]"),
    )
    return [
        click.Option([name], type=kind, metavar=metavar, help=told, hidden=hidden, expose_value=False, callback=_place)
        for name, kind, metavar, told in options
    ]


def _with_places(command: click.Command) -> click.Command:
    """Let a command, and those within it, take the options that say where things are."""
    if not any(param.name == "db" for param in command.params):
        command.params += _places(hidden=True)
    if isinstance(command, click.Group):
        for one in command.commands.values():
            _with_places(one)
    return command


class _Commands(click.Group):
    """Loads a command's module when it is asked for, so that each command starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_HELP] = not set(ctx.help_option_names).isdisjoint(args[-1:])
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        return _with_places(import_module(f"jobs.commands.{_MODULES.get(cmd_name, cmd_name)}").command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            hint = did_you_mean(args[0], COMMANDS) or " `tallybook --help` lists the commands."
            raise click.UsageError(f"{error.message.rstrip('.')}.{hint}", ctx=error.ctx) from None


@click.group(
    cls=_Commands,
    params=_places(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="tallybook")
@click.pass_context
def tallybook(ctx: click.Context) -> None:
    """Keep, and publish, the numbers by which open-source projects are compared.

    Numbers go to standard output, messages to standard error. Exit codes: 0 done; 1 failed, nothing new stored;
    2 usage or catalog; 3 partly done, the rest is stored and named; 4 another run is in progress; 5 held back.

    --db, --catalog and --recordings may stand before or after the command.
    """
    try:
        settings = read_settings(os.environ)
    except SettingsError:
        if ctx.meta[_HELP]:
            return
        raise
    ctx.obj = replace(settings, **ctx.meta.get(_PLACES, {}))
    for warning in [] if ctx.meta[_HELP] else unread(os.environ):
        click.echo(f"tallybook: {warning}", err=True)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a documented code; nothing a user can cause ends in a traceback."""
    _stand_in_for_closed_streams()
    # Loading modules makes much and frees nothing; looking for garbage meanwhile takes a tenth of a short command.
    gc.set_threshold(200_000)
    # So that what a command has begun is put in order too if it is ended by a service manager.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # File names can hold bytes that are no text.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = _flushed(run(args))
    # At once: all is closed, and taking the loaded modules apart would take a quarter of a second.
    os._exit(code)


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        code: Any = tallybook.main(args, prog_name="tallybook", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except click.Abort:
        return _say("interrupted", FAILED)
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does.
        _drop_output()
        return FAILED
    except Exception as error:
        known = exit_code(error)
        if known is None:
            raise
        return _say(_told(error), known)
    return code if isinstance(code, int) else 0


def _stand_in_for_closed_streams() -> None:
    """Open nothing in place of each standard stream that was closed by whoever began the command: Python has none then.

    Otherwise the next file to be opened, such as the ledger, would bear the number of the stream, and what is meant for
    people would be written into it.
    """
    # In the order of their numbers, for each opening takes the lowest one that is free.
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY))
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", errors="backslashreplace")


def _told(error: Exception) -> str:
    """Return an error's message, of the system's own with the file instead of a number."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.filename or 'a file or the output'}: {error.strerror}"


def _say(message: str, code: int) -> int:
    for line in message.splitlines():
        click.echo(f"tallybook: {''.join(char if char.isprintable() else ' ' for char in line)}", err=True)
    return code


def _flushed(code: int) -> int:
    """Return the exit code once the output is written, another if it cannot be."""
    try:
        for output in (sys.stderr, sys.stdout):
            output.flush()
    except OSError as error:
        _drop_output()
        return code or _say(f"the output cannot be written: {error.strerror}", FAILED)
    return code


def _drop_output() -> None:
    """Let go of what cannot be written, or Python complains of it again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
