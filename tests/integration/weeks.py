"""Plays weeks of refreshing and publishing with what befalls a real ledger, and checks every edition at the end.

`python -m tests.integration.weeks --weeks 60` plays them all in a temporary folder and prints what it found.
"""

import argparse
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from tests.integration.nursery import Nursery
from tests.integration.running import Desk, Ran
from tests.integration.upstream import Upstream
from tests.integration.world import World

START = date(2026, 1, 5)
WEEK = timedelta(days=7)
PAGE = "all"


@dataclass(frozen=True, slots=True)
class Events:
    """In which week (from 0) what happens; `late` is how many weeks later the restatement of a week comes."""

    holes: tuple[int, ...] = ()
    filled: int | None = None
    """The week in which the first hole is filled after all."""
    restated: int | None = None
    late: int = 7
    missed: int | None = None
    renamed: int | None = None
    recreated: int | None = None
    frozen: int | None = None
    killed: int | None = None

    @classmethod
    def spread(cls, weeks: int) -> "Events":
        """Spread everything over so many weeks: two holes, a restatement 50 days late, and one of each other kind."""
        at = [weeks * part // 20 for part in range(20)]
        return cls(
            holes=(at[3], at[13]),
            filled=at[6],
            restated=at[7],
            missed=at[5],
            renamed=at[9],
            recreated=at[11],
            frozen=at[15],
            killed=at[16],
        )


@dataclass(slots=True)
class Season:
    """Weeks to be played at a desk; `published` are the files of each edition as they came, by day."""

    desk: Desk
    base: World
    events: Events
    published: dict[date, tuple[bytes, bytes]] = field(default_factory=dict)
    stale: list[date] = field(default_factory=list)
    """Days on which `publish` refused at first."""

    def play(self, weeks: int) -> None:
        """Play the weeks from the first one on."""
        for week in range(weeks):
            if week != self.events.missed:
                self._play(week)

    def _play(self, week: int) -> None:
        day = START + week * WEEK
        self.desk.up.set_world(self.world(week))
        if week == self.events.killed:
            self._kill_one()
        ran = self.desk.run("refresh")
        assert ran.code in {0, 3, 5}, ran.told()
        published = self.desk.run("publish", "--as-of", day.isoformat())
        if published.code == 5:
            self.stale.append(day)
            published = self.desk.run("publish", "--as-of", day.isoformat(), "--allow-stale")
        assert published.code == 0, published.told()
        self.published[day] = self.files(day)

    def world(self, week: int) -> World:
        """Give the world as it is in a week."""
        events, today = self.events, START + week * WEEK
        holes = [START + hole * WEEK - timedelta(days=3) for hole in events.holes if hole <= week]
        if events.filled is not None and week >= events.filled:
            holes = holes[1:]
        restated = [] if events.restated is None or week < events.restated + events.late else [events.restated]
        frozen = today - WEEK if week == events.frozen else None
        moved = ((self.base.repo(1), "moved/elsewhere"),) if self._since(events.renamed, week) else ()
        return replace(
            self.base,
            today=today,
            holes=tuple(holes),
            restated=tuple(START + week * WEEK - timedelta(days=2) for week in restated),
            renamed=moved,
            recreated=(self.base.repo(2),) if self._since(events.recreated, week) else (),
            frozen=frozen,
        )

    @staticmethod
    def _since(event: int | None, week: int) -> bool:
        return event is not None and week >= event

    def _kill_one(self) -> None:
        """Start a refresh and end it by SIGKILL when it has asked something."""
        before = self.desk.up.requests()
        running = self.desk.start("refresh")
        end = time.monotonic() + 20
        while self.desk.up.requests() < before + 3 and not running.ended() and time.monotonic() < end:
            time.sleep(0.005)
        running.send(signal.SIGKILL)
        running.wait()

    def files(self, day: date) -> tuple[bytes, bytes]:
        """Read the published files of a day: Markdown and JSON."""
        folder = self.desk.folder / "site" / PAGE
        return (folder / f"{day}.md").read_bytes(), (folder / f"{day}.json").read_bytes()

    def remade(self, day: date) -> tuple[bytes, bytes]:
        """Make an edition again from the ledger."""
        made = [self.desk.run("table", "--edition", day.isoformat(), "--format", form) for form in ("markdown", "json")]
        assert [ran.code for ran in made] == [0, 0], made[0].told()
        return made[0].out.encode(), made[1].out.encode()

    def different(self, every: int = 1) -> list[date]:
        """Name the editions, of each so manieth, that do not come out as they were published."""
        return [day for day, files in list(self.published.items())[::every] if self.remade(day) != files]

    def differences(self) -> Iterator[tuple[date, Ran]]:
        """Give for each edition what `diff` says of it."""
        return ((day, self.difference(day)) for day in self.published)

    def difference(self, day: date) -> Ran:
        """Give what `diff` says of an edition."""
        return self.desk.run("diff", day.isoformat())


def main(arguments: Sequence[str] | None = None) -> int:
    """Play, check and print; 1 if any edition differs."""
    parser = argparse.ArgumentParser(prog="tests.integration.weeks", description=__doc__)
    parser.add_argument("--weeks", type=int, default=60)
    parser.add_argument("--projects", type=int, default=20)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, Upstream() as up, Nursery() as nursery:
        season = Season(
            Desk(Path(folder), up, nursery=nursery),
            World(projects=given.projects, today=START),
            Events.spread(given.weeks),
        )
        season.desk.catalog(season.base.catalog())
        season.play(given.weeks)
        verified, different = season.desk.run("verify"), season.different()
        say = sys.stdout.write
        say(f"{len(season.published)} editions, {len(season.stale)} of them published stale; events: {season.events}\n")
        say(f"verify: exit {verified.code}: {verified.out}{verified.err}\n")
        say(f"editions that do not come out as published: {different or 'none'}\n")
        for day, ran in season.differences():
            if not re.search("nothing has changed", ran.out + ran.err):
                say(f"--- {day}\n{ran.out}{ran.err}")
    return 1 if verified.code or different else 0


if __name__ == "__main__":
    sys.exit(main())
