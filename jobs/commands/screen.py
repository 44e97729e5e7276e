"""Printing for a terminal: lines fit its width, broken between words."""

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable

import click

_TIED = "\N{NO-BREAK SPACE}"


def tied(command: str) -> str:
    """Mark a command so that it is printed in one piece, however wide: who copies it wants it whole."""
    return command.replace(" ", _TIED)


def width() -> int | None:
    """Return how wide the terminal is, or COLUMNS says; None for a pipe or a file, whose lines are left whole."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or os.environ.get("COLUMNS") else None


def say(lines: Iterable[str]) -> None:
    """Print lines; on a terminal, or where COLUMNS is set, wrapped to its width. A pipe gets each line whole."""
    wide = width()
    for line in lines:
        for part in wrapped(line, wide) if wide else [line]:
            click.echo(part.replace(_TIED, " "))


def wrapped(line: str, width: int) -> list[str]:
    """Break a line between words; what goes on below is indented by two more than the line itself.

    Addresses, names and file names are never broken: who copies one wants it whole.
    """
    if len(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
