"""`tallybook demo`: the main job on the bundled recording and export."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("tallybook-demo"),
    show_default=True,
    help="Where to put the ledger, the catalog and the recording.",
)
def command(folder: Path) -> int:
    """Show the main job on sample data.

    It needs no network and no token.
    """
    from jobs.commands.running import stopped_by_signals
    from jobs.demo.demo import Demo, invocation
    from publish.formats import render

    click.echo(f"Sample data (made up, not measured), read into a ledger in {folder}/:\n")
    with stopped_by_signals() as stop:
        report, imported, table = Demo(folder).read(stop)
    site = Demo(folder).publish()
    for line in report.lines():
        click.echo(f"    {line}")
    known = f", {imported.unchanged} known already" if imported.unchanged else ""
    click.echo(f"    {imported.format}: {imported.new} imported{known}")
    click.echo()
    click.echo(render(table, "markdown"), nl=False)
    click.echo(f"\nThe site: {site}")
    click.echo(f"\nTry next:\n\n    cd {folder}")
    for arguments in (
        "table --as-of 2026-04-13",
        "explain kubeflow dockerhub_pulls --as-of 2026-04-27",
        "history metaflow --metric pypi_downloads_7d",
        "status",
    ):
        click.echo(f"    {invocation(folder)} {arguments}")
    return report.exit_code or imported.exit_code
