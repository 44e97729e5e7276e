"""Writes files so that each is there whole or not at all, a whole set at once; knows nothing of what is in them."""

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from collector.recording.disk import sync_folder


@contextmanager
def staged(files: Mapping[Path, bytes | Iterable[bytes]]) -> Iterator[None]:
    """Put files beside their places, safe on the disk, and into them when the block ends well; else take them away.

    Raises OSError with a message for the user.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    for path in files:
        _clear(path)
    try:
        for path, part in parts.items():
            with _explained(path):
                part.parent.mkdir(parents=True, exist_ok=True)
                _write(part, files[path])
        yield
        for path, part in parts.items():
            with _explained(path):
                part.replace(path)
        for folder in {path.parent for path in files}:
            sync_folder(folder)
    finally:
        for part in parts.values():
            # What went wrong before must not be hidden by what goes wrong here.
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _write(path: Path, data: bytes | Iterable[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines([data] if isinstance(data, bytes) else data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(
            f"{path}: cannot be written: {error.strerror or error}; make room or name another place"
        ) from error


def _clear(path: Path) -> None:
    """Take away what a process that was killed has left beside a place."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = left.name.split(".")[-2]
        if number.isdecimal() and _ended(int(number)):
            with suppress(OSError):
                left.unlink()


def _ended(process: int) -> bool:
    """Say whether there is no such process any more; elsewhere than on POSIX, asking would end it."""
    if os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False
