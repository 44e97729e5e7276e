"""`tallybook init`: a starter catalog and a page in an empty folder, or the catalog of a best-of list."""

from importlib.resources import files
from pathlib import Path

import click

from jobs.exits import DONE
from jobs.settings import Settings, SettingsError

PAGE = Path("comparisons/metaflow-vs-kubeflow.md")


@click.command()
@click.option(
    "--from-best-of",
    "listed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Make the catalog of a best-of list's projects.yaml.",
)
@click.pass_obj
def command(settings: Settings, listed: Path | None) -> int:
    """Write a starter catalog and a page.

    What is there already is left alone.
    """
    if listed is not None:
        _write_list(settings.catalog, listed)
        return DONE
    starter = files("jobs") / "starter"
    for path, name in ((settings.catalog, "catalog.toml"), (PAGE, PAGE.name)):
        if path.exists():
            click.echo(f"{path} is there already and was left as it is", err=True)
            continue
        _write(path, (starter / name).read_text(encoding="utf-8"))
    click.echo("next: put your projects into it, then `tallybook refresh --dry-run` and `tallybook refresh`", err=True)
    return DONE


def _write_list(catalog: Path, listed: Path) -> None:
    from collector.catalog.best_of import LARGEST, make_catalog
    from collector.imports.sheet import NotUnderstood

    if catalog.exists():
        raise SettingsError(f"{catalog}: is there already; name another with `tallybook --catalog FILE init …`")
    with listed.open("rb") as file:
        content = file.read(LARGEST + 1)
    try:
        made = make_catalog(content, listed.parent)
    except NotUnderstood as error:
        raise SettingsError(f"{listed}: {error}") from error
    for line in made.notes:
        click.echo(line, err=True)
    _write(catalog, made.text)
    click.echo(f"projects: {made.projects}, left out: {made.left_out}")
    click.echo("next: `tallybook refresh --dry-run`, or `tallybook import` the list's history", err=True)


def _write(path: Path, text: str) -> None:
    from jobs.editions.staging import staged

    with staged({path: text.encode()}):
        pass
    click.echo(f"wrote {path}")
