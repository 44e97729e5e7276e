"""Measures refreshes against the played services, beside the least one that can be, peers and a plain loop."""

import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import click

from benchmarks import github_to_sqlite, perceval
from benchmarks.environments import ROOT, environment
from benchmarks.process import Took, cpu_of, run
from benchmarks.timing import LEAST, machine, markdown
from tests.integration.budgets import Limits
from tests.integration.upstream import Upstream
from tests.integration.world import World

LATENCY: Final = 0.1
PER_PROJECT: Final = 30
"""For how many projects those are measured that ask one thing after the other: their time grows with the projects."""
PACED: Final = 300
FIRST, NEXT, OPTIMUM = "tallybook, first refresh", "tallybook, a week later", "hand-written optimum"
DLT, BEST_OF, PLAIN = "dlt, REST source", "best-of-generator", "a loop with one session"
TO_SQLITE, PERCEVAL = "github-to-sqlite (stars only)", "perceval (stars and pulls)"
PEERS: Final = {
    "dlt": ("dlt[sqlalchemy]>=1.31",),
    "best-of": ("best-of>=0.8",),
    "github-to-sqlite": ("github-to-sqlite>=2.9",),
    "perceval": ("perceval>=1.6",),
}
READ: Final[dict[str, Callable[[Path], dict[str, dict[str, int]]]]] = {
    TO_SQLITE: github_to_sqlite.read,
    PERCEVAL: perceval.read,
}
"""Who does only a part of the work, and how to read what it has found: it has to be the whole of that part."""


class Figures(NamedTuple):
    """What one run took, of the server's processor, too, and how many requests it sent."""

    wall: float
    cpu: float
    peak: float
    server: float
    requests: float


@dataclass
class Contender:
    """Somebody who refreshes `projects` projects: its command, and what its runs took."""

    name: str
    projects: int
    command: list[str]
    runs: list[Figures] = field(default_factory=list)

    def middle(self, what: str) -> float:
        """Return the median of one of the figures."""
        return float(median(getattr(figures, what) for figures in self.runs))


def contenders(projects: int, world: World, *, peers: bool) -> list[Contender]:
    """Return who is measured for so many projects, in the order of each round."""
    today, size = world.today.isoformat(), str(projects)
    own = [sys.executable, "-m"]
    refresh = [str(environment("tallybook", core())), "-m", "jobs.cli", "refresh"]
    found = [
        Contender(OPTIMUM, projects, [*own, "benchmarks.optimum", size, today]),
        Contender(FIRST, projects, refresh),
        Contender(NEXT, projects, refresh),
    ]
    if peers:
        few = min(PER_PROJECT, projects)
        python = {name: str(environment(name, packages)) for name, packages in PEERS.items()}
        found += [
            Contender(DLT, projects, [python["dlt"], "-m", "benchmarks.dlt_rest", size, today]),
            Contender(BEST_OF, few, [python["best-of"], "-m", "benchmarks.best_of", str(few)]),
            Contender(TO_SQLITE, few, [python["github-to-sqlite"], "-m", "benchmarks.github_to_sqlite", str(few)]),
            Contender(PERCEVAL, few, [python["perceval"], "-m", "benchmarks.perceval", str(few)]),
            Contender(PLAIN, few, [*own, "benchmarks.plain", str(few)]),
        ]
    return found


def core() -> tuple[str, ...]:
    """Return what a refresh needs, without extras and tools: pandas, for one, loads whatever it finds beside it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return "--constraint", "constraints.txt", *project["dependencies"]


def settings(up: Upstream) -> dict[str, str]:
    """Return the whole environment of a contender."""
    own = {
        "PYTHONPATH": str(ROOT),
        "TALLYBOOK_NOW": f"{up.world.today}T05:00:00Z",
        "TALLYBOOK_BUDGETS": "off",
        "GITHUB_TOKEN": "made-up-for-the-benchmark",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    return own | up.environment()


def once(up: Upstream, who: Contender, folder: Path, environ: Mapping[str, str]) -> Figures:
    """Let one of them refresh once."""
    up.reset()
    before = cpu_of(up.pid)
    took: Took = run(who.command, folder, environ)
    return Figures(took.wall, took.cpu, took.peak, cpu_of(up.pid) - before, up.requests())


def measure(projects: int, runs: int, *, peers: bool) -> list[Contender]:
    """Let all of them refresh in turns, so that what else the machine does falls on all."""
    world = World(projects=projects)
    found = contenders(projects, world, peers=peers)
    with Upstream(world, latency=LATENCY) as up:
        for number in range(runs + 1):
            with tempfile.TemporaryDirectory() as place:
                for who in found:
                    # A folder of one's own, but for the week later, which goes on with the ledger of the first.
                    folder = Path(place, FIRST if who.name == NEXT else who.name)
                    folder.mkdir(exist_ok=True)
                    (folder / "catalog.toml").write_text(world.catalog(), encoding="utf-8")
                    up.set_world(world.on(world.today + timedelta(days=7)) if who.name == NEXT else world)
                    figures = once(up, who, folder, settings(up))
                    if who.name in READ:
                        compare(READ[who.name](folder), world, who.projects)
                    # The first round warms up the server, the files and the compiled modules.
                    who.runs += [figures] if number else []
                if not number:
                    _agree(Path(place, FIRST, "tallybook.db"), Path(place, OPTIMUM, "optimum.db"))
            click.echo(f"{projects:,} projects: round {number} of {runs}", err=True)
    return found


def _agree(ledger: Path, optimum: Path) -> None:
    """Check that the first refresh and the optimum have found the same. Raises ValueError."""
    ours = """
        SELECT kind, name, date(day * 86400, 'unixepoch'), value FROM observation
        JOIN series ON series.id = series_id JOIN artifact ON artifact.id = artifact_id
        WHERE known_seq = (SELECT min(known_seq) FROM run)
    """
    with closing(sqlite3.connect(ledger)) as one, closing(sqlite3.connect(optimum)) as other:
        found = set(other.execute("SELECT kind, name, day, value FROM observation"))
        if not found or found != set(one.execute(ours)):
            raise ValueError("the optimum finds other values than tallybook does")


def compare(found: dict[str, dict[str, int]], world: World, projects: int) -> None:
    """Check that a peer has found what it should for so many projects, and nothing else. Raises ValueError."""
    repositories = [world.repo(index) for index in range(projects)]
    images = [image for index in range(projects) for image in world.images_of(index)]
    wanted = {
        "stars": {name: world.stars(name, world.today) for name in repositories},
        "pulls": {name: world.pulls(name, world.today) for name in images},
    }
    for metric, values in found.items():
        if values != wanted[metric]:
            raise ValueError(f"a peer finds other {metric} than the services told: {values}")


def table(found: list[Contender]) -> str:
    """Write what one size took; ratios are medians of each round's ratio to the optimum, a project."""
    (least,) = (who for who in found if who.name == OPTIMUM)
    header = (
        *("refresh by", "projects", "wall", "of it a project", "times the optimum", "CPU", "peak memory"),
        *("requests", "server's CPU"),
    )
    return markdown(header, (_row(who, least) for who in found))


def _row(who: Contender, least: Contender) -> list[str]:
    scale = least.projects / who.projects
    ratio = median(one.wall * scale / other.wall for one, other in zip(who.runs, least.runs, strict=True))
    return [
        *(who.name, f"{who.projects:,}", f"{who.middle('wall'):.2f} s"),
        *(f"{who.middle('wall') / who.projects * 1000:.2f} ms", f"{ratio:.2f}", f"{who.middle('cpu'):.2f} s"),
        *(f"{who.middle('peak') / 1e6:.0f} MB", f"{who.middle('requests'):,.0f}", f"{who.middle('server'):.2f} s"),
    ]


def growth(small: list[Contender], large: list[Contender]) -> str:
    """Say how the first refresh grows from one size to another."""
    (one,), (other,) = ([who for who in found if who.name == FIRST] for found in (small, large))
    times = ", ".join(
        f"{label} {other.middle(what) / one.middle(what):.2f}"
        for label, what in (("wall", "wall"), ("requests", "requests"), ("CPU", "cpu"), ("peak memory", "peak"))
    )
    return f"From {one.projects:,} to {other.projects:,} projects, {FIRST} grows so many times: {times}.\n"


def paced() -> str:
    """Refresh under the public services' real limits; say what that took beside what the tightest alone allows."""
    world = World(projects=PACED)
    with Upstream(world, latency=LATENCY, limits=Limits.real()) as up, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "catalog.toml").write_text(world.catalog(), encoding="utf-8")
        environ = {name: value for name, value in settings(up).items() if name != "TALLYBOOK_BUDGETS"}
        took = run([sys.executable, "-m", "jobs.cli", "refresh"], folder, environ)
        sent = up.requests("pypistats")
        # 30 in a minute, and the first 30 at once.
        least = (sent - 1) // 30 * 60
        refused = sum(statuses.get("429", 0) for statuses in up.counts()["statuses"].values())
    return (
        f"Under the services' real limits, {PACED} projects: {took.wall:.0f} s, {took.wall / least:.3f} times the "
        f"{least} s that pypistats' 30 a minute allow for its {sent} requests; refused for a limit: {refused}.\n"
    )


@click.command()
@click.option(
    "--projects", "sizes", multiple=True, type=int, default=(1_000, 10_000), show_default=True, help="Repeat."
)
@click.option("--runs", default=LEAST, show_default=True, help="Runs of which the median is taken.")
@click.option("--peers/--no-peers", default=True, help="Whether dlt, best-of and others refresh, too.")
@click.option(
    "--paced/--no-paced", "with_limits", default=False, help="Also under real limits, which takes 10 minutes."
)
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout.")
def main(sizes: tuple[int, ...], runs: int, peers: bool, with_limits: bool, output: Path | None) -> None:
    """Let all refresh catalogs of some sizes, the peers only the smallest, and write one Markdown report."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("requests", "urllib3", "pandas", "SQLAlchemy"))
    versions = f"Python {sys.version.split()[0]}, {libraries}"
    peers_named = ", ".join(name for names in PEERS.values() for name in names) if peers else "none"
    report = (
        f"# Refreshing\n\n{machine()}; {versions}; peers: {peers_named}; medians of {runs} runs in turns, after one to "
        f"warm up. The server answers after {LATENCY:g} s and shares the processors; each may have 32 connections to "
        "each of the three services, and knows no other limits.\n"
    )
    try:
        found = [measure(size, runs, peers=peers and size == min(sizes)) for size in sorted(sizes)]
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{' '.join(error.cmd)}: exit {error.returncode}: {error.output}") from error
    report += "".join(f"\n{table(size)}" for size in found)
    report += "".join(f"\n{growth(found[0], larger)}" for larger in found[1:])
    report += f"\n{paced()}" if with_limits else ""
    if output is None:
        click.echo(report, nl=False)
    else:
        output.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
