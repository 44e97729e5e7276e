"""Writes files so that each is there whole or not at all, a whole set at once; knows nothing of what is in them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def staged(files: Mapping[Path, bytes]) -> Iterator[None]:
    """Put files beside their places, safe on the disk, and into them when the block ends well; else take them away.

    Raises OSError with a message for the user.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
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
            _sync(folder)
    finally:
        for part in parts.values():
            # What went wrong before must not be hidden by what goes wrong here.
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Hand the folder's new entries to the disk, where the system knows how."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {error.strerror or error}; make room or give another -o") from error
