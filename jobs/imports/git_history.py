"""When files became public, as a git repository tells it: each version of each, in the commit that brought it."""

import heapq
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from collector.imports.model import File, Refused
from jobs.imports.files import LARGEST, FilesError, Found, Publication, check_count, refused_as_large, taken

_HEAD = re.compile(r"\x01([0-9a-f]{40,64}) (\d{1,11})")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_COMMIT = "commit it, or give a day or time instead of git"
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Commit:
    """A commit of the branch, its committer's time, and the paths (from the top) that it added or changed."""

    id: str
    at: datetime
    paths: tuple[str, ...]


def publications(paths: Sequence[Path], suffix: str, now: datetime) -> Iterator[Publication]:
    """Yield what each commit of the current branches brought of files and folders, the oldest first.

    A merge counts as one commit of the branch, for what it brought was not public there before. A file that was
    changed later comes again, as it was then. The files of each are to be read before the next is asked for. Raises
    FilesError.
    """
    tops: dict[Path, list[Path]] = {}
    for path in sorted({path.resolve() for path in paths}):
        folder = path if path.is_dir() else path.parent
        if _git(folder, "rev-parse", "--is-shallow-repository").strip() == "true":
            raise FilesError(f"{path}: its history is cut off (a shallow clone): `git fetch --unshallow` first")
        top = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
        tops.setdefault(top, []).append(path)
    found = {top: _commits(top, of_top, suffix) for top, of_top in tops.items()}
    count = sum(len(commit.paths) for commits in found.values() for commit in commits)
    pending = [path for top, of_top in tops.items() for path in _pending(top, of_top, suffix)]
    if pending and not count:
        raise FilesError(f"{', '.join(map(str, paths))}: is in no commit yet; {_COMMIT}")
    check_count(", ".join(map(str, paths)), count, suffix)
    if pending:
        told = [Refused(PurePosixPath(path).name, None, f"is not committed; {_COMMIT}") for path in pending]
        yield Publication(datetime.min.replace(tzinfo=UTC), iter(told), count + len(told))
    with ExitStack() as stack:
        each = [_placed(stack.enter_context(_blobs(top)), commits, count, now) for top, commits in found.items()]
        yield from heapq.merge(*each, key=lambda one: one.at or now)


def _placed(reader: "_Blobs", commits: Iterable[_Commit], count: int, now: datetime) -> Iterator[Publication]:
    """Yield what commits brought, in the order of the history, whatever their clocks say; none is of tomorrow."""
    last = datetime.min.replace(tzinfo=UTC)
    for commit in commits:
        if commit.at > now:
            told = f"came with commit {commit.id[:9]}, whose clock is ahead: it says {commit.at:%Y-%m-%d %H:%M} UTC"
            refused = [Refused(PurePosixPath(path).name, None, told) for path in commit.paths]
            yield Publication(last, iter(refused), count)
            continue
        last = max(last, commit.at)
        yield Publication(last, reader.read(commit), count)


def _commits(top: Path, paths: Sequence[Path], suffix: str) -> list[_Commit]:
    asked = ("log", "--first-parent", "-m", "--reverse", "--no-renames", "--diff-filter=AM", "--name-only", "-z")
    wanted = [path.relative_to(top).as_posix() for path in paths]
    said = _git(top, *asked, "--format=%x01%H %ct", "--", *wanted)
    commits: list[tuple[str, int, list[str]]] = []
    for token in said.split("\0"):
        path = token.removeprefix("\n")
        if found := _HEAD.fullmatch(token):
            commits.append((found[1], int(found[2]), []))
        elif commits and path and (path in wanted or any(_inside(path, folder, suffix) for folder in wanted)):
            commits[-1][2].append(path)
    return [_Commit(id_, _time(at), tuple(sorted(found))) for id_, at, found in commits if found]


def _pending(top: Path, paths: Sequence[Path], suffix: str) -> list[str]:
    """List the files that are in no commit yet. What was changed since its commit is not looked for.

    That would run what the repository's own settings name as a filter of its files.
    """
    wanted = [path.relative_to(top).as_posix() for path in paths]
    said = _git(top, "ls-files", "--others", "-z", "--", *wanted)
    said += _git(
        top, "diff-index", "--cached", "--no-renames", "--diff-filter=A", "--name-only", "-z", "HEAD", "--", *wanted
    )
    found = filter(None, said.split("\0"))
    return sorted(path for path in found if path in wanted or any(_inside(path, folder, suffix) for folder in wanted))


def _inside(path: str, folder: str, suffix: str) -> bool:
    of = PurePosixPath(path)
    return of.is_relative_to(folder) and taken(of.relative_to(folder).as_posix(), suffix)


def _time(seconds: int) -> datetime:
    """Read a commit's time, which may be beyond all calendars."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Blobs:
    """A running `git cat-file --batch`: asked for one object, it answers with its size and its bytes."""

    asked: IO[bytes]
    told: IO[bytes]

    def read(self, commit: _Commit) -> Iterator[Found]:
        """Yield the files of a commit as they were in it."""
        for path in commit.paths:
            self.asked.write(f"{commit.id}:{path}\n".encode("utf-8", "surrogateescape"))
            self.asked.flush()
            yield self._answer(PurePosixPath(path).name, commit.at)

    def _answer(self, name: str, at: datetime) -> Found:
        head = self.told.readline().split()
        if len(head) != 3 or head[1] != b"blob":  # noqa: PLR2004
            if len(head) == 3:  # noqa: PLR2004
                self._skip(int(head[2]) + 1)
            return Refused(name, None, "is no plain file in git, or it is not in this clone")
        size = int(head[2])
        if size > LARGEST:
            self._skip(size + 1)
            return refused_as_large(name)
        content = self.told.read(size)
        self._skip(1)
        return File(name, content, at)

    def _skip(self, size: int) -> None:
        while size > 0 and (passed := len(self.told.read(min(size, _CHUNK)))):
            size -= passed


@contextmanager
def _blobs(folder: Path) -> Iterator[_Blobs]:
    command = _command(folder, ("cat-file", "--batch"))
    with subprocess.Popen(  # noqa: S603 - no shell, and no options of others
        command, env=os.environ | _QUIET, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise FilesError(f"{folder}: git cannot be read from")
        yield _Blobs(process.stdin, process.stdout)
        process.stdin.close()


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and paths stand behind the options
            _command(folder, arguments), env=os.environ | _QUIET, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise FilesError("--known-at git needs the program git: install it, or give a day or time instead") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with {done.returncode}"]
        raise FilesError(f"{folder}: git cannot tell when its files became public: {said[-1]}")
    return done.stdout.decode("utf-8", "surrogateescape")


def _command(folder: Path, arguments: Sequence[str]) -> list[str]:
    """Make a command on which the repository's own settings have no say beyond where its objects are."""
    settings = ("log.showRoot=true", "core.fsmonitor=false", "log.showSignature=false")
    return [
        "git",
        "-C",
        str(folder),
        "--no-pager",
        "--literal-pathspecs",
        *(part for setting in settings for part in ("-c", setting)),
        *arguments,
    ]
