"""Runs commands as children of a process that has loaded them all: each its own process, at a fraction of the start.

A client sends an order and keeps the line open; it is told the child's number at once, and its end when it ends.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, NoReturn, Self

from click import Context

from jobs import cli
from tests.integration.upstream import ROOT

_LOADED = ("jobs.ingest.frames", "storage.database.migrate", "pyrate_limiter", "rich.console", "rich.table")


class Ended(NamedTuple):
    """How a child ended: exit code (negative: killed by that signal), user and system seconds, bytes at the peak."""

    code: int
    cpu: float
    peak: int


class Child:
    """A command that a nursery has begun."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line.makefile("rb")
        line.close()
        self.pid = int(self._line.readline())

    def ended(self) -> bool:
        """Say whether it has ended."""
        return bool(select.select([self._line], [], [], 0)[0])

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended does not mind."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> Ended:
        """Wait for its end."""
        with self._line:
            return Ended(*json.loads(self._line.readline()))


class Nursery:
    """A context manager: starts the process that has loaded all, and stops it."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._place = str(Path(self._folder.name, "nursery"))
        command = [sys.executable, "-m", "tests.integration.nursery", self._place]
        # One thread for algebra: a process that forks must be the only one of its own.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - this very module
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._folder.cleanup()

    def begin(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], outputs: Sequence[Path]
    ) -> Child:
        """Begin a command in a folder; `outputs` are the files for its standard output and error."""
        line = socket.socket(socket.AF_UNIX)
        line.connect(self._place)
        order = [list(arguments), str(folder), dict(environment), [str(path) for path in outputs]]
        line.sendall(json.dumps(order).encode() + b"\n")
        return Child(line)


def serve(place: str) -> NoReturn:
    """Load all commands and begin one for every order that comes, until terminated."""
    for name in cli.COMMANDS:
        cli.tallybook.get_command(Context(cli.tallybook), name)
    for name in _LOADED:
        import_module(name)
    # Nobody waits for those that keep the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(place)
        door.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            line, _ = door.accept()
            # Not this process itself, for it takes the next order while the child is waited for.
            if os.fork() == 0:
                door.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _keep(line)
            line.close()


def _keep(line: socket.socket) -> NoReturn:
    """Begin a child, tell of it, and stay until it ends."""
    told = line.makefile("rwb")
    order = json.loads(told.readline())
    pid = os.fork()
    if pid == 0:
        line.close()
        _become(*order)
    told.write(b"%d\n" % pid)
    told.flush()
    _, status, usage = os.wait4(pid, 0)
    ended = Ended(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
    told.write(json.dumps(ended).encode() + b"\n")
    told.flush()
    os._exit(0)


def _become(arguments: list[str], folder: str, environment: dict[str, str], outputs: list[str]) -> NoReturn:
    """Run a command as if Python had just been started for it."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate([os.devnull, *outputs]):
        flags = os.O_RDONLY if number == 0 else os.O_RDWR | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(path, flags, 0o644), number)
    streams: dict[str, Any] = {
        "stdin": open(0, encoding="utf-8"),  # noqa: SIM115 - for as long as the process lives
        "stdout": open(1, "w", encoding="utf-8"),  # noqa: SIM115
        "stderr": open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1),  # noqa: SIM115
    }
    for name, stream in streams.items():
        setattr(sys, name, stream)
    try:
        cli.main(arguments)
    except BaseException:  # noqa: BLE001 - the outermost edge of a process, as Python's own
        traceback.print_exc()
    os._exit(1)


if __name__ == "__main__":
    serve(sys.argv[1])
