"""A table as JSON for programs; the shape is a contract."""

import json

from publish.formats.document import content
from publish.table.cells import Table


def render(table: Table) -> str:
    """Write one object with `as_of`, `known_at`, `projects` and `rows`; ASCII only, which every terminal takes."""
    return json.dumps(content(table), indent=2) + "\n"
