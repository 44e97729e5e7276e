"""What the paths of an import lead to, a file in memory at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from collector.imports.model import File, Refused

LARGEST = 64 * 1024 * 1024
"""The most bytes that one file may have."""
MOST_FILES = 20_000
_PACKED = {
    (".tar.zst", ".tzst"): "zstd -dc --long=27 '{path}' | tar x",
    (".zst",): "zstd -d '{path}'",
    (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2"): "tar xf '{path}'",
    (".zip",): "unzip '{path}'",
}

Found = File | Refused
"""A file, or why it cannot be read."""


class FilesError(Exception):
    """A path that cannot be imported as a whole; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Files that became public together, at a time (UTC), or now if it is None; they can be gone through once.

    `count` is how many files there are with those of the other publications.
    """

    at: datetime | None
    files: Iterator[Found]
    count: int


def find(paths: Sequence[Path], suffix: str, at: datetime | None) -> Publication:
    """Return the files at paths, of folders those whose names end so. Raises FilesError."""
    for path in paths:
        for endings, how in _PACKED.items():
            if path.name.lower().endswith(endings) and path.is_file():
                raise FilesError(f"{path}: is an archive; unpack it first: {how.format(path=path)}")
    # A file may be named twice, by itself and by its folder.
    files = list({file.absolute(): file for path in paths for file in listed(path, suffix)}.values())
    often = {name for name, count in Counter(file.name for file in files).items() if count > 1}
    return Publication(at, (_file(file, str(file) if file.name in often else "") for file in files), len(files))


def listed(path: Path, suffix: str) -> list[Path]:
    """List a path's files, of a folder in the order of their names. Raises FilesError."""
    if not path.is_dir():
        return [path]
    inside = (file for file in path.rglob("*") if taken(file.relative_to(path).as_posix(), suffix))
    files = sorted(file for file in inside if file.is_file() and _within(path, file))
    check_count(path, len(files), suffix)
    return files


def taken(name: str, suffix: str) -> bool:
    """Say whether a file of a folder is one of those that are read, by its path in it."""
    parts = PurePosixPath(name).parts
    odd = any(part.startswith((".", "/")) for part in parts)
    return name.lower().endswith(suffix) and not odd and name.isprintable() and len(parts[-1]) <= 255  # noqa: PLR2004


def refused_as_large(name: str) -> Refused:
    """Return the refusal of a file that has more bytes than LARGEST."""
    return Refused(name, None, f"is larger than {LARGEST // 2**20} MiB; split it")


def check_count(what: object, count: int, suffix: str) -> None:
    """Refuse a folder with no file to read, or with too many. Raises FilesError."""
    if count == 0:
        raise FilesError(f"{what}: has no file whose name ends in {suffix}")
    if count > MOST_FILES:
        raise FilesError(f"{what}: has {count} files; at most {MOST_FILES} are imported at once")


def _within(folder: Path, file: Path) -> bool:
    """Say whether a file is one of the folder, and no link out of it: whoever made the folder chose where to."""
    return not file.is_symlink() or file.resolve().is_relative_to(folder.resolve())


def _file(path: Path, label: str) -> Found:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    except OSError as error:
        return Refused(label or path.name, None, f"cannot be read: {error.strerror or error}")
    return refused_as_large(label or path.name) if len(content) > LARGEST else File(path.name, content, modified, label)
