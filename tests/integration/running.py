"""Runs the command as a process in a folder of its own, and reads back what its ledger holds; knows no faults."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Timer

from tests.integration.nursery import Child, Ended, Nursery
from tests.integration.upstream import ROOT, Upstream
from tests.integration.world import World

TOKEN = "ghp_thisIsTheSecretThatMustNotBeWritten0"
LONGEST = 60.0
"""Seconds after which a command that does not end is killed; its test then fails by the code -9."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: exit code (negative: killed by that signal), both outputs, what it took.

    `seconds` is wall time, `cpu` user and system time; `peak` is bytes of resident memory, and never less than what
    the process that started the command itself had then.
    """

    code: int
    out: str
    err: str
    seconds: float
    cpu: float
    peak: int

    def told(self) -> str:
        """Give everything that it said, for the message of an assertion."""
        return f"exit {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Running:
    """A command that has been started: by Python itself, or as a child of a nursery."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        folder: Path,
        environment: Mapping[str, str],
        *,
        nursery: Nursery | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._files = [folder / f".{name}" for name in ("stdout", "stderr")]
        for file in self._files:
            file.write_bytes(b"")
        self._began = time.monotonic()
        self._command: Child | Started
        if nursery is not None and prepare is None:
            self._command = nursery.begin(arguments, folder, environment, self._files)
        else:
            self._command = Started(arguments, folder, environment, self._files, prepare)
        self.pid = self._command.pid

    def ended(self) -> bool:
        """Say whether it has ended by itself; `wait` is still to be called then."""
        return self._command.ended()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended, but was not waited for, does not mind."""
        self._command.send(number)

    def wait(self) -> Ran:
        """Wait for its end."""
        watch = Timer(LONGEST, self.send, [signal.SIGKILL])
        watch.start()
        code, cpu, peak = self._command.wait()
        watch.cancel()
        seconds = time.monotonic() - self._began
        out, err = (file.read_bytes().decode(errors="replace") for file in self._files)
        return Ran(code, out, err, seconds, cpu, peak)


class Started:
    """A command begun by starting Python; `prepare` is called in its process before."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        folder: Path,
        environment: Mapping[str, str],
        outputs: Sequence[Path],
        prepare: Callable[[], None] | None,
    ) -> None:
        command = [sys.executable, "-m", "jobs.cli", *arguments]
        with outputs[0].open("wb") as out, outputs[1].open("wb") as err:
            self._process = subprocess.Popen(  # noqa: S603 - the command under test
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                preexec_fn=prepare,  # noqa: PLW1509 - no other thread of the tests holds a lock that it needs
            )
        self.pid = self._process.pid

    def ended(self) -> bool:
        """Say whether it has ended."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended, but was not waited for, does not mind."""
        os.kill(self.pid, number)

    def wait(self) -> Ended:
        """Wait for its end."""
        _, status, usage = os.wait4(self.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(self._process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


@dataclass(slots=True)
class Desk:
    """A folder with a catalog, where commands are run against a server; `extra` goes into their environment.

    With a `nursery` commands are its children, which saves them loading everything; without, Python is started for
    each.
    """

    folder: Path
    up: Upstream
    extra: dict[str, str] = field(default_factory=dict)
    nursery: Nursery | None = None

    def catalog(self, text: str) -> None:
        (self.folder / "catalog.toml").write_text(text, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """Give the whole environment of a command: nothing of the caller's own but the way to its programs."""
        standard = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "TALLYBOOK_NOW": f"{self.up.world.today}T05:00:00Z",
            "TALLYBOOK_BUDGETS": "off",
            "TALLYBOOK_MAX_WAIT": "2",
            "TALLYBOOK_TIMEOUT": "1",
            "TALLYBOOK_CONTACT": "tests@example.org",
            "GITHUB_TOKEN": TOKEN,
        }
        return standard | self.up.environment() | self.extra

    def start(self, *arguments: str, prepare: Callable[[], None] | None = None) -> Running:
        """Start a command; `prepare` is called in its process before it begins."""
        return Running(arguments, self.folder, self.environment(), nursery=self.nursery, prepare=prepare)

    def run(self, *arguments: str, prepare: Callable[[], None] | None = None) -> Ran:
        return self.start(*arguments, prepare=prepare).wait()

    def facts(self, *arguments: str) -> "list[Fact]":
        """Give every observation in the ledger, through `history`, oldest first."""
        ran = self.run("history", *self.up.world.ids(), "--format", "csv", *arguments)
        assert ran.code == 0, ran.told()
        return [Fact.of(row) for row in csv.DictReader(io.StringIO(ran.out))]

    def files(self) -> dict[str, bytes]:
        """Give every file below the folder, but for the outputs of commands."""
        found = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        names = {path: str(path.relative_to(self.folder)) for path in found}
        return {name: path.read_bytes() for path, name in names.items() if not name.startswith(".std")}


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """A line of the history."""

    artifact: str
    metric: str
    day: date
    value: int
    method: str
    run: int
    source: str = ""

    @classmethod
    def of(cls, row: Mapping[str, str]) -> "Fact":
        value = float(row["value"])
        assert value.is_integer(), row
        day = date.fromisoformat(row["day"])
        return cls(row["artifact"], row["metric"], day, int(value), row["method"], int(row["run"]), row["source"])

    def point(self) -> "tuple[Point, int]":
        return (self.artifact, self.metric, self.day), self.value


Point = tuple[str, str, date]
"""Artifact, metric, day."""

METRICS = {"github": "github_stars", "pypi": "pypi_downloads_7d", "docker": "dockerhub_pulls"}
KINDS = {"github": "github", "pypistats": "pypi", "dockerhub": "docker"}
"""The kind of artifact that each service is asked for."""


def truth(world: World, kinds: tuple[str, ...] = tuple(METRICS)) -> dict[Point, int]:
    """Give every value that one undisturbed refresh of the whole world on its date has to find."""
    found: dict[Point, int] = {}
    for index in range(world.projects):
        repo, package, images = world.repo(index), world.package(index), world.images_of(index)
        found[f"github:{repo}", METRICS["github"], world.today] = world.stars(repo, world.today)
        found |= {(f"docker:{name}", METRICS["docker"], world.today): world.pulls(name, world.today) for name in images}
        for day in world.mondays():
            window = world.window(package, day)
            assert window is not None
            found[f"pypi:{package}", METRICS["pypi"], day] = window
    return {point: value for point, value in found.items() if point[0].partition(":")[0] in kinds}
