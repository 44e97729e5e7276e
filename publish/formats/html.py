"""A table as an HTML fragment, to be put into any page; it brings no style and no script."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from publish.table.cells import Table
from publish.table.escape import printable
from publish.table.numbers import plain


def render(table: Table) -> str:
    """Write a `<section>` with the table, the line that dates it, and the footnotes; every text is escaped."""
    return _template("table.html.j2").render(table=table)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("publish"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"printable": printable, "plain": plain}
    return environment.get_template(name)
