"""What a person sees of a running command, and how it is ended: progress bars and signals."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import click

from jobs.exits import PARTLY

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Display:
    """Progress bars on standard error, one a source, if that is a terminal; otherwise nothing."""

    def __init__(self) -> None:
        self._progress = _bars() if sys.stderr.isatty() else None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Display":
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._progress is not None:
            self._progress.stop()

    def progress(self, source: str, settled: int, total: int | None) -> None:
        """Show how many of a source's artifacts, or of an import's files, are settled; of how many may not be known."""
        if self._progress is None:
            return
        if source not in self._tasks:
            self._tasks[source] = self._progress.add_task(source, total=total)
        self._progress.update(self._tasks[source], completed=settled, total=total)


def _bars() -> "Progress":
    # Imported here: a refresh that nobody watches need not wait for it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)


_SIGNALS = signal.SIGINT, signal.SIGTERM
_ENDING = b"ending, which takes some seconds; a second signal ends it at once\n"
_ENDED = "ended at once; what was answered until then is recorded, and the same command does the rest"


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that SIGINT and SIGTERM set, so that a run ends in order, with a whole recording.

    A second one interrupts it wherever it is, and ends the command as partly done: what was recorded until then stays.
    """
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        for number in _SIGNALS:
            signal.signal(number, signal.default_int_handler)
        # Past Python's own streams, for one of them may just be writing.
        with suppress(OSError):
            os.write(2, _ENDING)

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield stop
    except KeyboardInterrupt:
        if not stop.is_set():
            raise
        click.echo(_ENDED, err=True)
        raise click.exceptions.Exit(PARTLY) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
