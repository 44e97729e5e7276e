"""A table as an HTML fragment, to be put into any page; it brings no style and no script."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from publish.formats.grid import View, grid
from publish.table.cells import Table
from publish.table.escape import printable
from publish.table.numbers import plain


def render(table: Table, view: View) -> str:
    """Write a `<section>` with the table, the line that dates it, and the footnotes; every text is escaped."""
    return _template().render(table=table, grid=grid(table, view))


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    environment.filters |= {"printable": printable, "plain": plain}
    return environment.from_string(files("publish.formats").joinpath("table.html.j2").read_text(encoding="utf-8"))
