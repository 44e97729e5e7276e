"""Hands what was written to the disk, so that a loss of power takes none of it; knows nothing of what is in it."""

import os
import shutil
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Hand a folder's new entries to the disk, where the system knows how. Raises OSError."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that the target is there whole, and safe on the disk, or not at all. Raises OSError."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with source.open("rb") as read, part.open("wb") as written:
            shutil.copyfileobj(read, written)
            written.flush()
            os.fsync(written.fileno())
        part.replace(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
