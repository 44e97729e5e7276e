"""`tallybook schema`: what a catalog or a page may hold, for editors that complete and check."""

import json

import click


@click.command()
@click.argument("what", type=click.Choice(["catalog", "page"]))
def command(what: str) -> None:
    """Print the JSON Schema of the catalog or of a page.

    That of a page is of its front matter, between the lines ---. Editors complete and check by it: give it a name
    with `tallybook schema catalog > catalog.schema.json`, and let catalog.toml begin with
    `#:schema ./catalog.schema.json`.
    """
    if what == "catalog":
        from collector.catalog.document import json_schema
    else:
        from jobs.pages import json_schema
    click.echo(json.dumps(json_schema(), indent=2))
