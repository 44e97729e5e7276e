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

from jobs.exits import BUSY, FAILED, USAGE
from jobs.settings import VERSION, SettingsError, read_settings

COMMANDS = (
    "init",
    "refresh",
    "backfill",
    "import",
    "table",
    "history",
    "explain",
    "review",
    "gaps",
    "publish",
    "diff",
    "verify",
    "status",
    "schedule",
    "db",
    "demo",
)
"""The commands in the order of the help; each is `command` in a module of jobs.commands."""
_MODULES = {"import": "import_files"}
"""The modules that cannot be called like their commands."""

_HELP = "tallybook.help"
"""Whether a command's help is asked for, which is told under any settings."""
_USAGE_ERRORS = {
    "CatalogError",
    "PageError",
    "PlanError",
    "ReviewError",
    "PublishError",
    "SettingsError",
    "TooEarly",
    "UnknownEdition",
    "UnknownMetric",
    "UnknownProject",
    "UnknownRun",
}


class _Commands(click.Group):
    """Loads a command's module when it is asked for, so that each command starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_HELP] = not set(ctx.help_option_names).isdisjoint(args[-1:])
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"jobs.commands.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise _with_nearest(error, args[0]) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="tallybook")
@click.option(
    "--db", metavar="URL", help="The ledger, as an SQLAlchemy URL.  [env: TALLYBOOK_DB; sqlite:///tallybook.db]"
)
@click.option(
    "--catalog",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What is tracked.  [env: TALLYBOOK_CATALOG; catalog.toml]",
)
@click.option(
    "--recordings",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where the raw responses are kept.  [env: TALLYBOOK_RECORDINGS; recordings]",
)
@click.pass_context
def tallybook(ctx: click.Context, db: str | None, catalog: Path | None, recordings: Path | None) -> None:
    """Keep, and publish, the numbers by which open-source projects are compared.

    Numbers go to standard output, messages to standard error. Exit codes: 0 done; 1 failed, nothing new stored;
    2 usage or catalog; 3 partly done, the rest is stored and named; 4 another run is in progress; 5 held back.
    """
    try:
        settings = read_settings(os.environ)
    except SettingsError:
        if ctx.meta[_HELP]:
            return
        raise
    ctx.obj = replace(
        settings,
        db=db or settings.db,
        catalog=catalog or settings.catalog,
        recordings=recordings or settings.recordings,
    )


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
        known = _exit_code(error)
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


def _exit_code(error: Exception) -> int | None:
    """Return the exit code of an error that a user can cause, by its kind's name: its module may not be loaded."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "RunInProgress" in kinds:
        return BUSY
    if kinds & _USAGE_ERRORS:
        return USAGE
    return FAILED if kinds & {"LedgerError", "RecordingError", "FilesError", "OSError"} else None


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


def _with_nearest(error: click.UsageError, name: str) -> click.UsageError:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else " `tallybook --help` lists the commands."
    return click.UsageError(f"{error.message.rstrip('.')}.{hint}", ctx=error.ctx)


if __name__ == "__main__":
    main()
