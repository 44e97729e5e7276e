"""When files became public: what a repository cannot tell, and what it holds that is no plain file."""

import os
from pathlib import Path

import pytest

from collector.imports.model import File, Refused
from jobs.imports import git_history
from jobs.imports.files import FilesError
from jobs.imports.git_history import publications
from tests.jobs.importing import git

SUFFIX = ".csv"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository with one file."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.csv").write_bytes(b"a\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "1")
    return tmp_path


def contents(path: Path) -> list[list[tuple[str, bytes]]]:
    return [
        [(one.name, one.content) for one in publication.files if isinstance(one, File)]
        for publication in publications(path, SUFFIX)
    ]


def test_versions_come_oldest_first_and_what_was_removed_is_there_as_it_was(repository: Path) -> None:
    (repository / "b.csv").write_bytes(b"b\n")
    git(repository, "add", ".")
    git(repository, "rm", "-q", "a.csv")
    git(repository, "commit", "-qm", "2")
    assert contents(repository) == [[("a.csv", b"a\n")], [("b.csv", b"b\n")]]


def test_a_move_and_odd_names_are_taken_as_they_are(repository: Path) -> None:
    git(repository, "mv", "a.csv", "ä b'c.csv")
    (repository / "line\nbreak.csv").write_bytes(b"odd")
    (repository / ".hidden.csv").write_bytes(b"odd")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "2")
    assert contents(repository)[1] == [("ä b'c.csv", b"a\n")]


def test_what_is_no_file_and_what_is_too_large_are_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_history, "LARGEST", 1000)
    (repository / "large.csv").write_bytes(b"x" * 1001)
    (repository / "z.csv").write_bytes(b"z")
    (repository / "link.csv").symlink_to("/etc/passwd")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "2")
    large, link, fine = [list(publication.files) for publication in publications(repository, SUFFIX)][1]
    assert isinstance(large, Refused)
    assert isinstance(link, Refused) or link.content == b"/etc/passwd", "a link is its own text, never what it leads to"
    assert isinstance(fine, File)
    assert fine.content == b"z"


def test_what_was_never_committed_is_an_error(repository: Path) -> None:
    (repository / "new.csv").write_bytes(b"new")
    with pytest.raises(FilesError, match=r"new\.csv: was never committed on the current branch"):
        list(publications(repository / "new.csv", SUFFIX))
    with pytest.raises(FilesError, match=r"no file whose name ends in \.txt was committed"):
        list(publications(repository, ".txt"))


def test_a_folder_that_is_no_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match="git cannot tell when its files became public: fatal: not a git repository"):
        list(publications(tmp_path, SUFFIX))


def test_a_history_that_is_cut_off_is_an_error(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
    with pytest.raises(FilesError, match="its history is cut off"):
        list(publications(clone, SUFFIX))


def test_without_git_the_message_says_what_to_do(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": str(repository)})
    with pytest.raises(FilesError, match="--known-at git needs the program git"):
        list(publications(repository, SUFFIX))
