"""Follows one PyPI number through the house: files entered, changes of file and transactions of three commands.

`python -m benchmarks.life` plays a catalog of one package against the services in tests, with a profile hook on every
thread, and prints a row for `refresh`, `table` and `explain`. A file is entered when a function of it is called; a
change of file is a call from one file of the house into another.
"""

import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.environments import ROOT
from tests.integration.upstream import Upstream
from tests.integration.world import World

_HOUSE: Final = tuple(f"{ROOT}/{name}/" for name in ("collector", "storage", "jobs", "publish"))


@dataclass
class Life:
    """What a command entered of the house."""

    files: set[str] = field(default_factory=set)
    changes: int = 0
    transactions: int = 0

    def hook(self, frame: FrameType, what: str, _argument: Any) -> None:
        """Note a call into a file of the house, and whether it came from another one."""
        name = frame.f_code.co_filename
        if what != "call" or not name.startswith(_HOUSE) or frame.f_code.co_name == "<module>":
            return
        self.files.add(name)
        back = frame.f_back
        while back is not None and not back.f_code.co_filename.startswith(_HOUSE):
            back = back.f_back
        self.changes += back is not None and back.f_code.co_filename != name

    def begun(self, _connection: Any) -> None:
        """Note a transaction."""
        self.transactions += 1


@contextmanager
def followed() -> Iterator[Life]:
    """Follow what is called on all threads, and the transactions that are begun."""
    life = Life()
    event.listen(Engine, "begin", life.begun)
    threading.setprofile(life.hook)
    sys.setprofile(life.hook)
    try:
        yield life
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        event.remove(Engine, "begin", life.begun)


def follow(arguments: Sequence[str]) -> Life:
    """Follow a command. Raises RuntimeError, with what it said, if it fails."""
    from jobs.cli import run

    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), followed() as life:
        code = run(list(arguments))
    if code:
        raise RuntimeError(f"{' '.join(arguments)}: exit {code}: {said.getvalue()}")
    return life


def main() -> None:
    """Print the figures as a table."""
    with tempfile.TemporaryDirectory() as folder, Upstream(World(projects=1)) as up:
        world = up.world
        catalog = f'[projects.one]\nname = "One"\npypi = "{world.package(0)}"\n'
        Path(folder, "catalog.toml").write_text(catalog, encoding="utf-8")
        os.environ |= up.environment() | {"TALLYBOOK_NOW": f"{world.today}T05:00:00Z", "TALLYBOOK_BUDGETS": "off"}
        os.chdir(folder)
        print("| command | files entered | changes of file | transactions |\n|---|---|---|---|")  # noqa: T201
        for arguments in (["refresh"], ["table"], ["explain", "one", "pypi_downloads_7d"]):
            life = follow(arguments)
            print(f"| {arguments[0]} | {len(life.files)} | {life.changes} | {life.transactions} |")  # noqa: T201


if __name__ == "__main__":
    main()
