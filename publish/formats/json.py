"""A table as JSON for programs; the shape is a contract."""

import json

from publish.formats.document import content
from publish.formats.grid import View
from publish.table.cells import Table


def render(table: Table, view: View) -> str:
    """Write one object with all that readers of the other formats see; ASCII only, which every terminal takes."""
    return json.dumps(content(table, view), indent=2) + "\n"
