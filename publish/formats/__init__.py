"""Tables as text: one module a format, each with `render(table) -> str`, loaded when asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from publish.table.cells import Table

FORMATS: Mapping[str, str] = MappingProxyType(
    {name: f"publish.formats.{name}" for name in ("text", "markdown", "html", "csv", "json")}
)
"""The module of each format. Imported late: a command that prints JSON need not load a template engine."""


def render(table: Table, fmt: str) -> str:
    """Write the table in one of `FORMATS`; the text ends with a newline. Raises `ValueError` for another format."""
    if fmt not in FORMATS:
        raise ValueError(f"there is no table format {fmt!r}: choose one of {', '.join(FORMATS)}")
    of_format = cast("Callable[[Table], str]", import_module(FORMATS[fmt]).render)
    return of_format(table)
