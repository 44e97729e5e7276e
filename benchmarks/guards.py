"""Plays the weekly snapshots of a best-of list through the guards, and prints what they would have held, and rightly.

Each snapshot is played as that week's refresh. Whoever reviews is played too, and knows the next three snapshots: a
held value is accepted if the middle one of their values is nearer to it than to the last good one, and rejected
otherwise.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isfinite, log
from pathlib import Path
from statistics import median_low
from time import process_time

import click
import numpy as np

from jobs.guard.guards import FROZEN, IMPLAUSIBLE, SHIFTED, judge
from jobs.guard.hindsight import EPOCH, judge_past
from jobs.guard.levels import Values
from jobs.metrics import METRICS
from storage.quarantine.held import Hold, RunSeries

REACH = timedelta(days=100)
SHOWN = 40
AHEAD = 3
COLUMNS = {
    "github_stars": ("github", ("github_id", "github_Id"), "star_count"),
    "pypi_downloads_7d": ("pypistats", ("pypi_id",), "pypi_monthly_downloads"),
    "dockerhub_pulls": ("dockerhub", ("dockerhub_id",), "dockerhub_pulls"),
}
"""Metric: its source, the columns that may name the artifact, and that of the value.

The downloads of the lists are of 30 days: they move less in a week than those of seven.
"""

Key = tuple[str, str]
"""Metric and artifact."""
Snapshot = Mapping[Key, float | None]


@dataclass(slots=True)
class Held:
    """A value that was held, the last good one, and what came of it: True if it was right, None if nobody can say."""

    day: date
    key: Key
    hold: Hold
    before: float
    after: float
    true: bool | None = None

    @property
    def size(self) -> float:
        """How far it is from the last good one."""
        return abs(log((self.after + 1) / (self.before + 1)))


@dataclass(slots=True)
class Game:
    """The series as they are known so far."""

    numbers: dict[Key, int] = field(default_factory=dict)
    past: dict[Key, list[tuple[date, float]]] = field(default_factory=lambda: defaultdict(list))
    held: list[Held] = field(default_factory=list)
    seconds: float = 0.0

    def play(self, day: date, snapshot: Snapshot, following: Sequence[Snapshot]) -> tuple[list[Held], list[str]]:
        """Play a week; return what is held and what is found."""
        start = process_time()
        verdict = judge(list(self._run(day, snapshot)), day)
        self.seconds += process_time() - start
        known = {number: key for key, number in self.numbers.items()}
        now = [
            Held(day, key, hold, self.past[key][-1][1], snapshot[key] or 0.0)
            for hold in verdict.holds
            for key in [known[hold.series]]
        ]
        refused = set()
        for one in now:
            one.true = _true(one, [value for later in following if (value := later.get(one.key)) is not None])
            if not one.true:
                refused.add(one.key)
        for key, value in snapshot.items():
            if value is not None and key not in refused:
                self.past[key].append((day, value))
        self.held += now
        return now, [str(finding) for finding in verdict.findings]

    def _run(self, day: date, snapshot: Snapshot) -> Iterator[RunSeries]:
        for key, value in snapshot.items():
            past = tuple(one for one in self.past[key] if one[0] >= day - REACH)
            number = self.numbers.setdefault(key, len(self.numbers) + 1)
            news = () if value is None else ((day, value),)
            newest = None if value is None else day
            yield RunSeries(number, key[0], COLUMNS[key[0]][0], value is not None, newest, news, past)


def read(folder: Path) -> Iterator[tuple[date, Snapshot]]:
    """Read the snapshots in the order of their dates."""
    for path in sorted((folder / "history" if (folder / "history").is_dir() else folder).glob("*_projects.csv")):
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = list(csv.DictReader(file))
        yield date.fromisoformat(path.name[:10]), dict(_values(rows))


def _values(rows: Sequence[Mapping[str, str]]) -> Iterator[tuple[Key, float | None]]:
    for row in rows:
        for metric, (_, names, column) in COLUMNS.items():
            name = next((row[each].strip().lower() for each in names if row.get(each)), "")
            if name:
                value = _number(row.get(column))
                of_docker = _number(row.get("dockerhub_stars")) or 0.0 if metric == "github_stars" else 0.0
                yield (metric, name), None if value is None else value - of_docker


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


def _true(one: Held, following: Sequence[float]) -> bool | None:
    if not following:
        return None
    middle = median_low(following)
    to_held, to_before = (abs(log((middle + 1) / (value + 1))) for value in (one.after, one.before))
    return to_held < to_before


def report(weeks: Sequence[tuple[date, Snapshot]]) -> Iterator[str]:
    """Play all weeks; yield a line for each in which anything was held or found, and the sums."""
    game = Game()
    yield "# Guards\n"
    yield "| week | series | frozen | shifted | implausible | of these right | said of a source |"
    yield "|---|--:|--:|--:|--:|--:|---|"
    for place, (day, snapshot) in enumerate(weeks):
        following = [later for _, later in weeks[place + 1 : place + 1 + AHEAD]]
        now, said = game.play(day, snapshot, following)
        if now or said:
            counts = Counter(one.hold.guard for one in now)
            right = sum(bool(one.true) for one in now if one.hold.guard == IMPLAUSIBLE)
            cells = [day, len(snapshot), counts[FROZEN], counts[SHIFTED], counts[IMPLAUSIBLE], right, "; ".join(said)]
            yield f"| {' | '.join(map(str, cells))} |"
    yield ""
    yield f"{len(weeks)} weeks, {max(len(one) for _, one in weeks)} series at the most; {game.seconds:.1f} s of CPU"
    yield from _sums([one for one in game.held if one.hold.guard == IMPLAUSIBLE], len(weeks))


def imported(weeks: Sequence[tuple[date, Snapshot]]) -> Iterator[str]:
    """Judge all weeks at once with hindsight, as an import of the files is; yield what is held."""
    yield "\n# As an import, with hindsight\n"
    for metric in COLUMNS:
        rows = sorted(
            (key[1], day, value)
            for day, week in weeks
            for key, value in week.items()
            if key[0] == metric
            if value is not None
        )
        names = {name: number for number, name in enumerate(dict.fromkeys(name for name, *_ in rows))}
        values = Values(
            np.array([names[name] for name, *_ in rows]),
            np.array([(day - EPOCH).days for _, day, _ in rows]),
            np.array([value for *_, value in rows]),
            np.ones(len(rows), dtype=bool),
        )
        start = process_time()
        doubts = judge_past(METRICS[metric].type, values)
        took = process_time() - start
        counts = Counter(one.guard for one in doubts)
        yield f"{metric}: {len(doubts)} of {len(rows)} values held in {took:.1f} s of CPU: {dict(counts)}"
        for guard in counts:
            days = Counter(rows[one.place][1] for one in doubts if one.guard == guard)
            if guard != IMPLAUSIBLE:
                yield f"- {guard}: {', '.join(f'{number} of {day}' for day, number in sorted(days.items()))}"
        yield from (f"- {rows[one.place][0]}: {one.reason}" for one in doubts if one.guard == IMPLAUSIBLE)
        yield ""


def _sums(single: Sequence[Held], weeks: int) -> Iterator[str]:
    right, wrong = (sum(one.true is what for one in single) for what in (True, False))
    yield f"single values held: {len(single)}, {len(single) / weeks:.2f} a week"
    yield f"right ones among them, that is false alarms: {right}, {right / weeks:.2f} a week; wrong ones: {wrong}"
    most = Counter(one.day for one in single).most_common(5)
    yield f"most in a week: {', '.join(f'{day} {count}' for day, count in most)}"
    for metric in COLUMNS:
        mine = [one for one in single if one.key[0] == metric]
        yield f"{metric}: {len(mine)} held, {sum(one.true is True for one in mine)} of them right"
    yield f"\nThe {SHOWN} largest:\n"
    for one in sorted(single, key=lambda one: -one.size)[:SHOWN]:
        yield f"- {one.day} {one.key[0]} {one.key[1]}: {one.hold.reason} — {_OUTCOMES[one.true]}"


_OUTCOMES = {True: "right", False: "wrong", None: "nobody knows"}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to stdout.")
def main(folder: Path, output: Path | None) -> None:
    """Play FOLDER's files, called YYYY-MM-DD_projects.csv, and write what was held as one Markdown report."""
    csv.field_size_limit(10**7)
    weeks = list(read(folder))
    if not weeks:
        raise click.ClickException(f"{folder}: there is no file called YYYY-MM-DD_projects.csv in it")
    text = "".join(f"{line}\n" for line in (*report(weeks), *imported(weeks)))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
