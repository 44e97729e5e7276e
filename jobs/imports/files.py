"""What the paths of an import lead to, a file in memory at a time; knows no format and no ledger."""

import lzma
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from collector.imports.model import File, Refused

LARGEST = 64 * 1024 * 1024
"""The most bytes that one file may have."""
MOST_FILES = 20_000
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
_PACKERS = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\0": "lzma", b"BZh": "bz2"}
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)

Found = File | Refused
"""A file, or why it cannot be read."""


class FilesError(Exception):
    """A path that cannot be imported as a whole; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Files that became public together, at a time (UTC), or now if it is None; they can be gone through once.

    `count` is how many files there are with those of the other publications, None if that is only seen on the way.
    """

    at: datetime | None
    files: Iterator[Found]
    count: int | None


def find(paths: Sequence[Path], suffix: str, at: datetime | None) -> Publication:
    """Return the files at paths, of folders and tar archives those whose names end so. Raises FilesError.

    Archives are read as they come and never written to the disk.
    """
    for path in paths:
        if path.name.endswith(".zst"):
            how = f"zstd -dc --long=27 '{path}' | tar x" if path.name.endswith(".tar.zst") else f"zstd -d '{path}'"
            raise FilesError(f"{path}: is packed with zstd; unpack it first: {how}")
    each = [(path, listed(path, suffix)) for path in paths]
    if any(_is_archive(path) for path in paths):
        return Publication(at, _read(each, suffix), None)
    return Publication(at, _read(each, suffix), sum(len(files) for _, files in each))


def taken(name: str, suffix: str) -> bool:
    """Say whether a file of a folder or archive is one of those that are read, by its path."""
    parts = PurePosixPath(name).parts
    odd = any(part.startswith((".", "/")) for part in parts)
    return name.endswith(suffix) and not odd and name.isprintable() and len(parts[-1]) <= 255  # noqa: PLR2004


def refused_as_large(name: str) -> Refused:
    """Return the refusal of a file that has more bytes than LARGEST."""
    return Refused(name, None, f"is larger than {LARGEST // 2**20} MiB; split it")


def _is_archive(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(_ARCHIVES)


def listed(path: Path, suffix: str) -> list[Path]:
    """List a path's files, of a folder in the order of their names. Raises FilesError."""
    if not path.is_dir():
        return [path]
    inside = (file for file in path.rglob(f"*{suffix}") if taken(file.relative_to(path).as_posix(), suffix))
    files = sorted(file for file in inside if file.is_file() and _within(path, file))
    _check_count(path, len(files), suffix)
    return files


def _within(folder: Path, file: Path) -> bool:
    """Say whether a file is one of the folder, and no link out of it: whoever made the folder chose where to."""
    return not file.is_symlink() or file.resolve().is_relative_to(folder.resolve())


def _read(each: Iterable[tuple[Path, Sequence[Path]]], suffix: str) -> Iterator[Found]:
    for path, files in each:
        if _is_archive(path):
            yield from _members(path, suffix)
        else:
            yield from map(_file, files)


def _file(path: Path) -> Found:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    except OSError as error:
        return Refused(path.name, None, f"cannot be read: {error.strerror or error}")
    return refused_as_large(path.name) if len(content) > LARGEST else File(path.name, content, modified=modified)


def _members(path: Path, suffix: str) -> Iterator[Found]:
    """Yield the plain files of an archive in its order; links and odd names are passed over. Raises FilesError."""
    count = 0
    try:
        with _unpacked(path) as file, tarfile.open(fileobj=cast("BinaryIO", _Whole(file)), mode="r|") as archive:
            for member in archive:
                if not member.isreg() or not taken(_plain(member.name), suffix):
                    continue
                count += 1
                if count > MOST_FILES:
                    break
                yield _member(archive, member)
            _read_on(file)
    except _DAMAGED as error:
        raise FilesError(f"{path}: is no tar archive, or it is damaged ({error})") from error
    _check_count(path, count, suffix)


def _unpacked(path: Path) -> BinaryIO:
    """Open an archive by its first bytes; what unpacks it finds out, other than tarfile's own, where it is cut off."""
    with path.open("rb") as file:
        first = file.read(6)
    for magic, module in _PACKERS.items():
        if first.startswith(magic):
            return cast("BinaryIO", import_module(module).open(path, "rb"))
    return path.open("rb")


def _read_on(file: BinaryIO) -> None:
    """Read what stands behind the tar file's end, where the packer's checksum is."""
    while file.read(2**20):
        pass


class _Whole:
    """A tar file that complains when it is over: a whole one has a mark at its end, behind which nobody reads."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """Read on. Raises EOFError."""
        if not (data := self._file.read(size)):
            raise EOFError("it is cut off")
        return data


def _check_count(path: Path, count: int, suffix: str) -> None:
    if count == 0:
        raise FilesError(f"{path}: has no file whose name ends in {suffix}")
    if count > MOST_FILES:
        raise FilesError(f"{path}: has more than {MOST_FILES} files; import it in parts")


def _plain(name: str) -> str:
    """Return a member's name without the `./` that tar puts before it."""
    return name.removeprefix("./")


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Found:
    name = PurePosixPath(member.name).name
    content = archive.extractfile(member) if member.size <= LARGEST else None
    return refused_as_large(name) if content is None else File(name, content.read(), modified=_time(member.mtime))


def _time(seconds: float) -> datetime | None:
    """Read a time from an archive, where it may be anything."""
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None
