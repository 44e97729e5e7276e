"""Tables as text: one module a format, each with `render(table) -> str`, loaded when asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from publish.table.cells import Table

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text": "txt", "markdown": "md", "html": "html", "csv": "csv", "json": "json"}
)
"""What a file's name ends with, by format. Each is a module here, and a line."""
FORMATS = tuple(SUFFIXES)


def render(table: "Table", fmt: str) -> str:
    """Write the table in one of `FORMATS`; the text ends with a newline. Raises `ValueError` for another format."""
    if fmt not in SUFFIXES:
        raise ValueError(f"there is no table format {fmt!r}: choose one of {', '.join(FORMATS)}")
    # Imported late: a command that prints JSON need not load a template engine.
    of_format = cast("Callable[[Table], str]", import_module(f"publish.formats.{fmt}").render)
    return of_format(table)
