"""What paths lead to: files and folders, with everything odd passed over and everything huge refused."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.imports.model import File, Refused
from jobs.imports import files
from jobs.imports.files import FilesError, Found, find

SUFFIX = "_projects.csv"


def names(found: list[Found]) -> list[str]:
    return [one.name if isinstance(one, File) else f"{one.file}: {one.reason}" for one in found]


def read(*paths: Path) -> list[Found]:
    return list(find(paths, SUFFIX, None).files)


def test_a_folder_gives_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in (
        "b_projects.csv",
        "a_projects.csv",
        "notes.txt",
        "sub/c_projects.csv",
        ".git/d_projects.csv",
        ".e_projects.csv",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    found = find([tmp_path], SUFFIX, None)
    assert (found.count, found.at) == (3, None)
    assert names(list(found.files)) == ["a_projects.csv", "b_projects.csv", "c_projects.csv"]


def test_the_ending_of_a_name_may_be_written_large(tmp_path: Path) -> None:
    for name in ("a_projects.CSV", "b_Projects.Csv", "c_projects.csv.bak"):
        (tmp_path / name).write_bytes(b"x")
    assert names(read(tmp_path)) == ["a_projects.CSV", "b_Projects.Csv"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(b"content")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert read(path) == [File("anything.txt", b"content", modified=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))]


def test_links_out_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    """Whoever made the folder could else have any file of this machine read into the ledger's recordings."""
    (tmp_path / "private_projects.csv").write_bytes(b"secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a_projects.csv").write_bytes(b"x")
    (folder / "b_projects.csv").symlink_to("a_projects.csv")
    (folder / "c_projects.csv").symlink_to("../private_projects.csv")
    (folder / "d_projects.csv").symlink_to("/dev/zero")
    (folder / "e_projects.csv").symlink_to("nowhere")
    (folder / "up").symlink_to("..")
    assert names(read(folder)) == ["a_projects.csv", "b_projects.csv"]


def test_what_is_too_large_is_refused_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 2**20)
    (tmp_path / "a_projects.csv").write_bytes(b"x" * (2**20 + 1))
    (tmp_path / "b_projects.csv").write_bytes(b"x" * 2**20)
    assert names(read(tmp_path)) == ["a_projects.csv: is larger than 1 MiB; split it", "b_projects.csv"]


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 1)
    for name in ("a_projects.csv", "b_projects.csv"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(FilesError, match="has 2 files; at most 1 are imported at once"):
        read(tmp_path)


def test_files_of_one_name_are_known_by_where_they_lie(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x_projects.csv").write_bytes(b"x")
    (tmp_path / "a" / "y_projects.csv").write_bytes(b"x")
    labels = [one.label for one in read(tmp_path) if isinstance(one, File)]
    assert labels == [str(tmp_path / "a/x_projects.csv"), "y_projects.csv", str(tmp_path / "b/x_projects.csv")]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a_projects.csv").write_bytes(b"x")
    assert names(read(tmp_path / "a_projects.csv", tmp_path)) == ["a_projects.csv"]


def test_a_file_that_vanished_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path / "gone.csv") == [Refused("gone.csv", None, "cannot be read: No such file or directory")]


def test_nothing_to_import_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match=r"has no file whose name ends in _projects\.csv"):
        find([tmp_path], SUFFIX, None)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("history.tar.zst", r"zstd -dc --long=27 '.*history\.tar\.zst' \| tar x"),
        ("history.tar.gz", r"tar xf '.*history\.tar\.gz'"),
        ("history.TGZ", r"tar xf"),
        ("history.zip", r"unzip"),
    ],
)
def test_an_archive_is_answered_with_how_to_unpack_it(tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(FilesError, match=rf"is an archive; unpack it first: {how}"):
        find([path], SUFFIX, None)
