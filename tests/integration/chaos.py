"""Plays weeks in which everything goes wrong, by a seed, and checks after each that no number is wrong or lost.

`python -m tests.integration.chaos --seeds 200 --weeks 8 --minutes 60` plays until either is used up, and prints how
often each kind of fault befell what. What a seed plays is always the same, but for the moments of the kills.
"""

import argparse
import json
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.integration.breakage import kinds
from tests.integration.faults import Fault
from tests.integration.matrix import SLOW, leaks
from tests.integration.nursery import Nursery
from tests.integration.running import METRICS, TOKEN, Desk, Fact, Ran, truth
from tests.integration.upstream import Upstream
from tests.integration.world import World

START = date(2026, 1, 5)
WEEK = timedelta(days=7)
KILLS = 2
"""Of each command that is broken off."""
SHARE = 0.1
"""Of all requests, so many meet a fault."""
AT_A_TIME = 10
"""Kinds of fault in one week."""
_NUMBERS = "stargazerCount|stargazers_count|databaseId|downloads|pull_count"


@dataclass(slots=True)
class Chaos:
    """A ledger in a world of faults. `wrong` are the rules that were broken, in words: there should be none."""

    desk: Desk
    base: World
    draw: random.Random
    wrong: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    stored: set[Fact] = field(default_factory=set)

    def play(self, weeks: int) -> None:
        """Play weeks: broken off, refreshed amid faults, published, and refreshed again when all is well.

        At the end the past is filled in, amid faults as well, and again when all is well.
        """
        for week in range(weeks):
            self.desk.up.set_world(self.base.on(START + week * WEEK))
            self.desk.up.set_faults(*self.faults())
            self._broken_off("refresh")
            self._look(self.desk.run("refresh"), {0, 1, 3, 5})
            self._published("--allow-stale")
            self.desk.up.set_faults()
            self._look(self.desk.run("refresh"), {0})
            self._whole()
            self._published()
            self._verified(week + 1)
        self._filled_in()
        self._verified(weeks)
        self.met.update(self.desk.up.counts()["faults"])

    def _broken_off(self, *command: str) -> None:
        """Kill a command twice, and now and then also end it politely."""
        for number in (signal.SIGKILL, signal.SIGKILL, self.draw.choice((signal.SIGTERM, signal.SIGINT, None))):
            if number is not None:
                # By its default, before the command has begun; else it is told to put things in order.
                self._check(self._ended(number, *command), {-number, 0, 1, 3, 5})

    def _filled_in(self) -> None:
        command = "backfill", "--from", str(START - 40 * WEEK)
        self.desk.up.set_faults(*self.faults(past=True))
        self._broken_off(*command)
        self._look(self.desk.run(*command), {0, 1, 3})
        self.desk.up.set_faults()
        self._look(self.desk.run(*command), {0})

    def faults(self, *, past: bool = False) -> Iterator[Fault]:
        """Draw the faults of a week, or of asking for the past; a reply that drips takes long, so there is one at most.

        Those of the past are drawn among all kinds, and those of ClickHouse befall nobody else.
        """
        possible = [kind for kind in kinds() if past or not kind.startswith("clickhouse")]
        services = ("github", "clickpy", "") if past else ("github", "pypistats", "dockerhub", "")
        for kind in self.draw.sample(possible, AT_A_TIME):
            service = "clickpy" if kind.startswith("clickhouse") else self.draw.choice(services)
            requests = (KILLS + 1) * self.base.projects * (1 if service else 3)
            hits = max(1, round(SHARE * requests / AT_A_TIME * self.draw.uniform(0.5, 2)))
            hits = 1 if kind in SLOW else hits
            yield Fault(kind, service, first=hits, skip=self.draw.randrange(requests // 2), seconds=0.5, keys=_NUMBERS)

    def _ended(self, number: signal.Signals, *command: str) -> Ran:
        """End a command by a signal once it has sent some requests; if it is not over before."""
        before, wanted, last = (
            self.desk.up.requests(),
            self.draw.randrange(3 * self.base.projects),
            time.monotonic() + 2,
        )
        running = self.desk.start(*command)
        while not running.ended() and self.desk.up.requests() - before < wanted and time.monotonic() < last:
            time.sleep(0.005)
        time.sleep(self.draw.uniform(0, 0.05))
        hit = not running.ended()
        running.send(number)
        ran = running.wait()
        self.met[number.name] += hit
        return ran

    def _check(self, ran: Ran, codes: set[int]) -> None:
        """Check what holds after any command: the code, no traceback, no token."""
        if ran.code not in codes or "Traceback" in ran.err:
            self._say(f"a command came to a bad end: {ran.told()}")
        if written := leaks(self.desk, ran):
            self._say(f"the token was written to {written}")

    def _look(self, ran: Ran, codes: set[int]) -> None:
        """Check also that nothing stored is lost or wrong."""
        self._check(ran, codes)
        facts = self._facts()
        if lost := self.stored - facts:
            self._say(f"lost: {sorted(lost)[:3]}")
        self.stored = facts
        if untrue := [fact for fact in facts if fact.value != self._true(fact)]:
            self._say(f"untrue: {untrue[:3]}")

    def _facts(self) -> set[Fact]:
        """Read what is stored; before the first run has ended, there may be nothing to be read."""
        try:
            return set(self.desk.facts("--all"))
        except AssertionError as error:
            if self.stored:
                self._say(f"unreadable: {error}")
            return self.stored

    def _published(self, *options: str) -> None:
        """Check that every cell is true as of the day that it says, and fresh only if that is the week's; publish."""
        today = self.desk.up.world.today
        ran = self.desk.run("table", "--format", "json")
        if ran.code:
            if self.stored:
                self._say(f"no table: {ran.told()}")
            return
        for row in json.loads(ran.out)["rows"]:
            for project, cell in row["cells"].items():
                self._cell(row["metric"], project, cell, today)
        self._check(self.desk.run("publish", *options), {0})

    def _verified(self, weeks: int) -> None:
        """Check that all recordings are whole and every week's edition can be made again."""
        verified = self.desk.run("verify")
        found = re.search(r"(\d+) editions?", verified.out)
        if verified.code or found is None or int(found[1]) < weeks:
            self._say(f"verify: {verified.told()}")

    def _cell(self, metric: str, project: str, cell: dict[str, Any], today: date) -> None:
        if cell["value"] is None:
            return
        kind = next(kind for kind, name in METRICS.items() if name == metric)
        day = date.fromisoformat(cell["day"])
        name = self._name(kind, int(project[1:]))
        if cell["value"] != self.value_of(f"{kind}:{name}", day):
            self._say(f"a wrong cell: {project} {metric} {cell}")
        if cell["state"] == "fresh" and (today - day).days >= 7:
            self._say(f"an old cell without a mark: {project} {metric} {cell}")

    def _whole(self) -> None:
        """Check that the week is there whole, now that the services have answered."""
        found = dict(fact.point() for fact in self.stored)
        lacking = {point for point in truth(self.desk.up.world) if point not in found}
        if lacking:
            self._say(f"lacking: {sorted(lacking)[:3]}")

    def _true(self, fact: Fact) -> int | None:
        world = self.base.on(self.desk.up.world.today)
        _, _, name = fact.artifact.partition(":")
        if fact.source == "github-history" and fact.method == "reconstructed":
            return world.standing(name, fact.day)
        if fact.source == "clickpy":
            return world.installs_window(name, fact.day)
        return self.value_of(fact.artifact, fact.day)

    def value_of(self, artifact: str, day: date) -> int | None:
        """Give the true value of an artifact as of a day."""
        kind, _, name = artifact.partition(":")
        world = self.base.on(self.desk.up.world.today)
        if kind == "pypi":
            return sum(world.downloads(name, day - timedelta(days=back)) for back in range(1, 8))
        return world.stars(name, day) if kind == "github" else world.pulls(name, day)

    def _name(self, kind: str, index: int) -> str:
        names = {"github": self.base.repo(index), "pypi": self.base.package(index)}
        return names.get(kind) or self.base.images_of(index)[0]

    def _say(self, what: str) -> None:
        self.wrong.append(f"week of {self.desk.up.world.today}: {what}")


def play(seed: int, weeks: int, projects: int, folder: Path) -> Chaos:
    """Play one seed in a folder of its own."""
    folder.mkdir()
    with Upstream() as up, Nursery() as nursery:
        base = World(projects=projects, seed=seed, today=START)
        desk = Desk(folder, up, {"GITHUB_TOKEN": TOKEN if seed % 2 else ""}, nursery)
        desk.catalog(base.catalog())
        chaos = Chaos(desk, base, random.Random(seed))  # noqa: S311 - to be repeated, not to be secret
        chaos.play(weeks)
        return chaos


def main(arguments: Sequence[str] | None = None) -> int:
    """Play seeds and print what came of them; 1 if any rule was broken."""
    parser = argparse.ArgumentParser(prog="tests.integration.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--projects", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no seed after this time")
    parser.add_argument("--at-once", type=int, default=2)
    given = parser.parse_args(arguments)
    end, met, wrong, played, facts = time.monotonic() + 60 * given.minutes, Counter[str](), 0, 0, 0

    def one(seed: int) -> Chaos | None:
        return None if time.monotonic() > end else play(seed, given.weeks, given.projects, Path(root) / str(seed))

    with tempfile.TemporaryDirectory() as root, ThreadPoolExecutor(given.at_once) as pool:
        seeds = range(given.first, given.first + given.seeds)
        for seed, chaos in zip(seeds, pool.map(one, seeds), strict=True):
            if chaos is None:
                continue
            played, facts, wrong = played + 1, facts + len(chaos.stored), wrong + len(chaos.wrong)
            met.update(chaos.met)
            for what in chaos.wrong:
                sys.stdout.write(f"seed {seed}: {what}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{played} seeds of {given.weeks} weeks, {facts} observations, {wrong} rules broken\n")
    sys.stdout.write(", ".join(f"{count} {kind}" for kind, count in sorted(met.items())) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
