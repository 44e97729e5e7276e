"""`tallybook init`: a starter catalog and a page in an empty folder."""

from importlib.resources import files
from pathlib import Path

import click

from jobs.settings import Settings

PAGE = Path("comparisons/metaflow-vs-kubeflow.md")


@click.command()
@click.pass_obj
def command(settings: Settings) -> None:
    """Write a starter catalog and a page.

    What is there already is left alone.
    """
    starter = files("jobs") / "starter"
    for path, name in ((settings.catalog, "catalog.toml"), (PAGE, PAGE.name)):
        if path.exists():
            click.echo(f"{path} is there already and was left as it is", err=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((starter / name).read_text(encoding="utf-8"), encoding="utf-8")
        click.echo(f"wrote {path}")
    click.echo("next: put your projects into it, then `tallybook refresh --dry-run` and `tallybook refresh`", err=True)
