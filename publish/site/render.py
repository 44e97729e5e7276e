"""The pages of the site as bytes: pure functions of what they show. Every text is escaped, none loads anything else."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from importlib.resources import files
from itertools import zip_longest
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from publish.charts.drawing import draw, sparkline
from publish.charts.lines import MOST_PROJECTS, Panel, panels
from publish.charts.palette import COLOURS, PALETTES
from publish.formats.document import Document
from publish.history.points import Point, growth_4w
from publish.site.links import links
from publish.site.prose import percent
from publish.table.cells import Cell, Table
from publish.table.escape import printable
from publish.table.metrics import Metric
from publish.table.numbers import grouped, plain, short, utc
from publish.table.shares import State
from storage.model import Edition, Known, ProjectEntry, SourceFreshness

_YEAR: Final = timedelta(days=365)
_SIDE_BY_SIDE: Final = 4
"""Of more projects than these the weeks are not written out under a chart: each has them on its own page."""
_STATES: Final[Mapping[str, str]] = {"none": "not applicable"}
_ORDER: Final[Sequence[State]] = ("fresh", "carried", "held", "missing", "none")


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell as a page shows it: with its unit, its change over four weeks, its last year, and what is said of it."""

    shown: Cell
    unit: str
    change: str = ""
    spark: str = ""
    why: str = ""

    @property
    def state_words(self) -> str:
        """The state, where it is not fresh."""
        cell = self.shown
        if cell.state == "held" and cell.held is not None:
            return f"held: came {short(cell.held.value) if cell.held.value >= 0 else grouped(cell.held.value)}"
        if cell.state == "carried":
            return f"carried, {cell.day}"
        return "missing" if cell.state == "missing" else ""


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric with a figure a project."""

    key: str
    label: str
    marks: tuple[int, ...]
    """The numbers of the footnotes that hold for the whole row."""
    cells: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, and the same as a table: the names of its lines, and by the day a value of each or None."""

    label: str
    svg: str
    names: Sequence[str]
    days: Sequence[tuple[date, Sequence[float | None]]]


@dataclass(frozen=True, slots=True)
class Counted:
    """An artifact by its kind and name, and where people can look at it, "" if nowhere."""

    name: str
    link: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric, and what each of its sources counts."""

    metric: Metric
    sources: Sequence[tuple[str, str]]


def stylesheet() -> bytes:
    """Return the one style sheet, with the colours that the charts have."""
    light, dark = PALETTES["light"], PALETTES["dark"]
    colours = "".join(f"--{name}:light-dark({light[name]},{dark[name]});" for name in light)
    return f":root{{{colours}}}\n{_file('style.css')}".encode()


def comparison(
    edition: Edition, document: Document, entries: Sequence[ProjectEntry], points: Sequence[Point], place: str
) -> bytes:
    """Write a comparison; `points` are the year before, `place` is the folder below the page's own, "" for the newest.

    `entries` are the projects with what is counted of them.
    """
    table, day = document.table, edition.day
    return _render(
        "comparison.html.j2",
        root="../" * (1 + place.count("/")),
        frozen=bool(place),
        page=_dated(document, day),
        day=day.isoformat(),
        made_at=utc(edition.made_at),
        known_at=utc(table.known.at),
        digest=edition.digest,
        freshness=freshness(table),
        projects=table.projects,
        rows=_rows(table, points, day),
        notes=table.footnotes,
        counted={entry.id: counted(entry) for entry in entries},
        charts=_charts(points, [entry.id for entry in table.projects]),
    )


def project(
    table: Table, entry: ProjectEntry, points: Sequence[Point], pages: Sequence[Mapping[str, str]], day: date
) -> bytes:
    """Write the page of a project: its newest numbers, all its weeks, and where it is compared."""
    return _render(
        "project.html.j2",
        root="../../",
        project=entry,
        day=day.isoformat(),
        caption=f"As known on {day.isoformat()}.",
        freshness=freshness(table),
        rows=_rows(table, points, day),
        notes=table.footnotes,
        counted=counted(entry),
        pages=pages,
        charts=_charts(points, [entry.id]),
    )


def index(comparisons: Sequence[Mapping[str, str]], projects: Sequence[ProjectEntry]) -> bytes:
    """Write the first page: the comparisons and the projects."""
    return _render("index.html.j2", root="", comparisons=comparisons, projects=projects)


def editions(title: str, made: Sequence[Mapping[str, object]]) -> bytes:
    """Write the list of a page's editions, the newest first."""
    return _render("editions.html.j2", root="../../", title=title, editions=made)


def metrics(definitions: Sequence[Definition]) -> bytes:
    """Write what each metric counts."""
    return _render("metrics.html.j2", root="", metrics=definitions)


def states() -> bytes:
    """Write the legend."""
    return _render("states.html.j2", root="")


def status(
    known: Known, sources: Sequence[SourceFreshness], late: Sequence[str], held: Sequence[str], missed: Sequence[date]
) -> bytes:
    """Write how the sources stand, what is held, and which weeks have no refresh."""
    return _render(
        "status.html.j2",
        root="",
        known=known,
        known_at=utc(known.at),
        sources=sources,
        late=late,
        held=held,
        missed=missed,
    )


def freshness(table: Table) -> str:
    """Count a table's numbers by how they stand, in a sentence."""
    cells = [cell for row in table.rows for cell in row.cells]
    if not cells:
        return "No numbers yet."
    of_state = Counter(cell.state for cell in cells)
    oldest = min((cell.day for cell in cells if cell.state == "carried" and cell.day), default=None)
    said = [
        f"{of_state[state]} {_STATES.get(state, state)}{f' from {oldest}' if state == 'carried' else ''}"
        for state in _ORDER
        if of_state[state]
    ]
    return f"{len(cells)} number{'s' if len(cells) > 1 else ''}: {', '.join(said)}."


def counted(entry: ProjectEntry) -> list[Counted]:
    """Give what is counted of a project, with the address of each artifact."""
    found = []
    for kind, name in entry.members:
        plainly = name.partition("#")[0]
        at = () if "*" in name else links(kind, plainly)
        found.append(Counted(f"{kind}:{name}", at[0] if at else ""))
    return found


def _rows(table: Table, points: Sequence[Point], day: date) -> list[MetricRow]:
    growth = growth_4w(points, day)
    recent = [point for point in points if day - _YEAR < point.as_of <= day]
    sparks = {}
    for number, entry in enumerate(table.projects):
        for panel in panels([point for point in recent if point.project.id == entry.id]):
            # A dot alone would say nothing that the number does not.
            if panel.days[0] < panel.days[1]:
                drawn = sparkline(panel.lines[0], f"var(--c{number % COLOURS})")
                sparks[panel.metric.key, entry.id] = drawn.replace("<svg ", '<svg class="spark" ', 1)
    why = {
        place: detail or note.text
        for note in table.footnotes
        for place, detail in zip_longest(note.places, note.details, fillvalue="")
    }

    def figure(metric: Metric, entry: ProjectEntry, cell: Cell) -> Figure:
        change = growth.get((entry.id, metric.key))
        said = "" if change is None or cell.state != "fresh" else percent(change)
        spark = sparks.get((metric.key, entry.id), "")
        return Figure(cell, metric.unit, said, spark, why.get((metric.key, entry.id), ""))

    return [
        MetricRow(
            row.metric.key,
            row.metric.label,
            row.marks,
            tuple(figure(row.metric, entry, cell) for entry, cell in zip(table.projects, row.cells, strict=True)),
        )
        for row in table.rows
    ]


def _charts(points: Sequence[Point], projects: Sequence[str]) -> list[Chart]:
    """Draw each metric that has more than one day; a project has the same colour in each."""
    if len({point.project.id for point in points}) > MOST_PROJECTS:
        return []
    colours = {project: number % COLOURS for number, project in enumerate(projects)}
    drawn = []
    for panel in panels(points):
        if panel.days[0] == panel.days[1]:
            continue
        # A drawing counts its own lines; here a project keeps its colour where another has no line.
        mine = [colours[line.project] for line in panel.lines]
        svg = draw([panel], "", name=f"chart-{panel.metric.key}")
        svg = re.sub(r"var\(--c(\d)\)", partial(_recoloured, mine), svg)
        days = _written_out(panel) if len(panel.lines) <= _SIDE_BY_SIDE else []
        drawn.append(Chart(panel.metric.label, svg, [line.name for line in panel.lines], days))
    return drawn


def _recoloured(colours: Sequence[int], found: re.Match[str]) -> str:
    return f"var(--c{colours[int(found[1])]})"


def _written_out(panel: Panel) -> list[tuple[date, list[float | None]]]:
    values: list[Mapping[date, float]] = [dict(line.points) for line in panel.lines]
    days = sorted({day for of_line in values for day in of_line}, reverse=True)
    return [(day, [of_line.get(day) for of_line in values]) for day in days]


def _dated(document: Document, day: date) -> dict[str, Any]:
    """Give what a document says, with a mark on the cells that were checked more than a year before its day."""
    said = {"description": "", "verdict": None, "qualities": [], "features": [], "faq": []} | dict(document.said)
    groups = [{"features": said["qualities"]}, *said["features"]]
    for row in (row for group in groups for row in group["features"]):
        row["cells"] = {
            one: cell | {"old": bool(cell["checked"]) and cell["checked"] < (day - _YEAR).isoformat()}
            for one, cell in row["cells"].items()
        }
    return {
        "page": document.page,
        "title": document.title,
        "text": document.text,
        "table": document.table,
        "said": said,
    }


def _render(name: str, **shown: object) -> bytes:
    text = _environment().get_template(name).render(**shown)
    # Templates are laid out for whoever writes them; what is sent has no empty lines.
    return ("\n".join(line for line in text.split("\n") if line.strip()) + "\n").encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: _file(f"templates/{name}")),
    )
    environment.filters |= {
        "printable": printable,
        "plain": plain,
        "grouped": grouped,
        "markdown": _markdown,
        # Drawings are ours, and escape what comes from outside.
        "drawn": Markup,
    }
    return environment


def _markdown(text: str) -> Markup:
    # Images would be asked of elsewhere; HTML in a page's text is shown, not obeyed.
    return Markup(MarkdownIt("commonmark", {"html": False}).disable("image").render(text))  # noqa: S704


def _file(name: str) -> str:
    return files("publish.site").joinpath(name).read_text(encoding="utf-8")
