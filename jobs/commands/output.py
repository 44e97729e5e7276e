"""Where a command's result goes: to standard output, or to a file, whose ending says in which format."""

import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

_ENDINGS = {"": "text", "txt": "text", "md": "markdown", "htm": "html"}

output_option: Callable[[Any], Any] = click.option(
    "-o", "output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it there."
)


def form_of(output: Path | None, forms: Collection[str]) -> str:
    """Tell the format by the ending of a file's name; text where there is no file or no ending."""
    ending = output.suffix.lower().removeprefix(".") if output else ""
    found = _ENDINGS.get(ending, ending)
    if found not in forms:
        raise click.UsageError(f".{ending} names no format: give --format, one of {', '.join(forms)}")
    return found


def write(result: str | bytes, output: Path | None) -> None:
    """Write to standard output, or to a file that is there whole or not at all."""
    if output is None:
        if isinstance(result, str):
            click.echo(result, nl=False)
        else:
            sys.stdout.buffer.write(result)
        return
    # Imported late: most results go to standard output.
    from jobs.editions.staging import staged

    data = result.encode() if isinstance(result, str) else result
    if not output.parent.is_dir():
        raise OSError(f"{output}: there is no folder {output.parent}; make it or name another place")
    if output.exists() and not output.is_file():
        # Such as /dev/null or a pipe, which are not to be replaced.
        output.write_bytes(data)
        return
    with staged({output: data}):
        pass
