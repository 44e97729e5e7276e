"""When files became public: what a repository cannot tell, and what it holds that is no plain file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.imports.model import File, Refused
from jobs.imports import git_history
from jobs.imports.files import FilesError, Publication
from jobs.imports.git_history import publications
from tests.jobs.importing import NOW, git

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
        for publication in publications([path], SUFFIX, NOW)
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
    large, link, fine = [list(publication.files) for publication in publications([repository], SUFFIX, NOW)][1]
    assert isinstance(large, Refused)
    assert isinstance(link, Refused) or link.content == b"/etc/passwd", "a link is its own text, never what it leads to"
    assert isinstance(fine, File)
    assert fine.content == b"z"


def test_what_was_never_committed_is_an_error(repository: Path) -> None:
    (repository / "new.csv").write_bytes(b"new")
    with pytest.raises(FilesError, match=r"new\.csv: is in no commit yet; commit it, or give a day"):
        list(publications([repository / "new.csv"], SUFFIX, NOW))
    with pytest.raises(FilesError, match=r"has no file whose name ends in \.txt"):
        list(publications([repository], ".txt", NOW))


def test_what_is_not_committed_yet_is_told_beside_what_is(repository: Path) -> None:
    (repository / "sub").mkdir()
    for name in ("new.csv", "sub/staged.csv", "sub/ignored.csv", "notes.txt", ".hidden.csv"):
        (repository / name).write_bytes(b"new")
    (repository / ".gitignore").write_text("ignored.csv\n")
    git(repository, "add", "sub/staged.csv")
    told, first = (list(one.files) for one in all_of(repository))
    assert [str(one).partition(";")[0] for one in told] == [
        f"{name}: is not committed" for name in ("new.csv", "ignored.csv", "staged.csv")
    ]
    assert [isinstance(one, File) for one in first] == [True]
    paths = [repository / "a.csv", repository / "new.csv"]
    assert sum(isinstance(one, Refused) for each in publications(paths, SUFFIX, NOW) for one in each.files) == 1


def test_a_folder_that_is_no_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match="git cannot tell when its files became public: fatal: not a git repository"):
        list(publications([tmp_path], SUFFIX, NOW))


def test_a_history_that_is_cut_off_is_an_error(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
    with pytest.raises(FilesError, match="its history is cut off"):
        list(publications([clone], SUFFIX, NOW))


def test_without_git_the_message_says_what_to_do(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": str(repository)})
    with pytest.raises(FilesError, match="--known-at git needs the program git"):
        list(publications([repository], SUFFIX, NOW))


def test_a_commits_place_is_its_place_in_the_history_whatever_its_clock_says(repository: Path) -> None:
    for text, at in (("b", "2026-03-01T00:00:00Z"), ("c", "2026-02-01T00:00:00Z"), ("d", "2026-04-01T00:00:00Z")):
        (repository / "a.csv").write_text(text)
        git(repository, "commit", "-qam", text, at=at)
    found = [(one.at, [file.content for file in one.files if isinstance(file, File)]) for one in all_of(repository)]
    assert [content for _, content in found] == [[b"a\n"], [b"b"], [b"c"], [b"d"]]
    assert [at and at.month for at, _ in found] == [1, 3, 3, 4]


def test_a_commit_whose_clock_is_ahead_is_refused_and_the_others_are_taken(repository: Path) -> None:
    for text, at in (("b", "2027-01-01T00:00:00Z"), ("c", "2026-04-01T00:00:00Z")):
        (repository / "a.csv").write_text(text)
        git(repository, "commit", "-qam", text, at=at)
    first, ahead, last = (list(one.files) for one in all_of(repository))
    assert [isinstance(one, File) for one in (*first, *ahead, *last)] == [True, False, True]
    assert "whose clock is ahead: it says 2027-01-01 00:00 UTC" in str(ahead[0])


def test_folders_of_one_repository_come_commit_by_commit(repository: Path) -> None:
    for folder in ("one", "two"):
        (repository / folder).mkdir()
        (repository / folder / "a.csv").write_text(folder)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "2", at="2026-02-01T00:00:00Z")
    for order in (("one", "two"), ("two", "one")):
        found = publications([repository / folder for folder in order], SUFFIX, NOW)
        assert [[one.content for one in each.files if isinstance(one, File)] for each in found] == [[b"one", b"two"]]


def all_of(path: Path) -> Iterator[Publication]:
    return publications([path], SUFFIX, NOW)
