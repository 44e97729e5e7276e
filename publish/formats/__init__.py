"""Tables as text: one module a format, each with `render(table, view) -> str`, loaded when asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from publish.formats.grid import View
    from publish.table.cells import Table

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"text": "txt", "markdown": "md", "html": "html", "csv": "csv", "json": "json"}
)
"""What a file's name ends with, by format. Each is a module here, and a line."""
FORMATS = tuple(SUFFIXES)


def render(table: "Table", fmt: str, view: "View | None" = None, width: int | None = None) -> str:
    """Write the table in one of `FORMATS`; the text ends with a newline. Raises `ValueError` for another format.

    A `width` is for text only.
    """
    if fmt not in SUFFIXES:
        raise ValueError(f"there is no table format {fmt!r}: choose one of {', '.join(FORMATS)}")
    from publish.formats.grid import View

    # Imported late: a command that prints JSON need not load a template engine.
    of_format = cast("Callable[..., str]", import_module(f"publish.formats.{fmt}").render)
    return of_format(table, view or View(), **({"width": width} if fmt == "text" else {}))
