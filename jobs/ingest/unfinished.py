"""Recordings that no run has taken in yet, and whether somebody is writing them.

Beside such a recording lies a lock file. It is held while the recording is written, and goes when its run is
committed: one that is there and free is of a run that was broken off.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from collector.recording.warc import RecordingError
from jobs.ingest.plan import Plan, plan_of

_SUFFIX = ".lock"
COPY = ".copy.lock"
"""The suffix of the lock beside what an import adds: if that is broken off, it is made anew, and this is nothing."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A recording that may be written: a new one, or one that was broken off and is gone on with."""

    path: Path
    plan: Plan
    resumed: bool = False


@contextmanager
def unfinished(where: Path, is_same: Callable[[Plan], bool], make: Callable[[], Plan]) -> Iterator[Unfinished]:
    """Give, to be written, the recording that was broken off and `is_same`, or else a new one.

    `where` is the folder of the recordings, or a file. Raises RecordingError if it cannot be written to, or if the file
    is there and is another one.
    """
    is_file = where.name.endswith(".warc.gz")
    for path in broken_off(where.parent if is_file else where):
        with held(path) as ours:
            if ours and (not is_file or path == where) and is_same(plan := plan_of(path)):
                if not os.access(path.parent, os.W_OK):
                    # Found out now: when the run is stored, its lock file has to go.
                    raise RecordingError(f"{path}: cannot be written: Permission denied")
                yield Unfinished(path, plan, resumed=True)
                return
    plan = make()
    path = where if is_file else free_path(where, f"{plan.begun:%Y%m%dT%H%M%SZ}-{plan.kind}")
    if path.exists():
        raise RecordingError(f"{path}: is there already: give another file")
    with held(path) as ours:
        if not ours:
            raise RecordingError(f"{path}: is being written by another process: give another file")
        yield Unfinished(path, plan)


def broken_off(folder: Path) -> list[Path]:
    """Return the recordings that were broken off, the oldest first. Those without a plan are nothing, and removed."""
    drop_copies(folder)
    found = []
    for lock in sorted(folder.glob(f"*.warc.gz{_SUFFIX}")):
        path = lock.with_name(lock.name.removesuffix(_SUFFIX))
        with held(path) as ours:
            if not ours:
                continue
            try:
                plan_of(path)
            except RecordingError:
                # It was killed before it had asked for anything.
                path.unlink(missing_ok=True)
                taken_in(path)
            else:
                found.append(path)
    return found


@contextmanager
def held(path: Path, suffix: str = _SUFFIX) -> Iterator[bool]:
    """Hold a recording's lock, and tell whether that was possible: another process may be writing it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}{suffix}", timeout=0, thread_local=False)
        lock.acquire()
    except Timeout:
        yield False
        return
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written: {error.strerror or error}") from error
    try:
        yield True
    finally:
        lock.release()


def taken_in(path: Path) -> None:
    """Note that a recording is in a run, or gone: nothing is to be gone on with."""
    path.with_name(f"{path.name}{_SUFFIX}").unlink(missing_ok=True)


def copied(path: Path) -> None:
    """Note that what an import added belongs to the ledger, or is gone."""
    path.with_name(f"{path.name}{COPY}").unlink(missing_ok=True)


def drop_copies(folder: Path) -> None:
    """Remove what imports had added when they were killed."""
    for lock in folder.glob(f"*.warc.gz{COPY}"):
        path = lock.with_name(lock.name.removesuffix(COPY))
        with held(path, COPY) as ours:
            if ours:
                path.unlink(missing_ok=True)
                copied(path)


def free_path(folder: Path, name: str) -> Path:
    """Return a path that no recording in the folder has: another ledger may keep its recordings there."""
    path, number = folder / f"{name}.warc.gz", 2
    while path.exists():
        path, number = folder / f"{name}-{number}.warc.gz", number + 1
    return path
