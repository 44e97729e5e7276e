"""What paths lead to: files, folders and archives, with everything odd passed over and everything huge refused."""

import io
import os
import tarfile
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


def member(archive: tarfile.TarFile, name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> None:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mtime, info.linkname = kind, len(content), 1_700_000_000, "a_projects.csv"
    archive.addfile(info, io.BytesIO(content))


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


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(b"content")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert read(path) == [File("anything.txt", b"content", modified=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("name", "mode"),
    [("h.tar", "w"), ("h.tar.gz", "w:gz"), ("h.TGZ", "w:gz"), ("h.tar.xz", "w:xz"), ("h.tar.bz2", "w:bz2")],
)
def test_an_archive_gives_its_plain_files_under_their_base_names(tmp_path: Path, name: str, mode: str) -> None:
    with tarfile.open(tmp_path / name, mode) as archive:  # type: ignore[call-overload]
        member(archive, "./history/2026-04-16_projects.csv", b"one")
        member(archive, "history/notes.txt")
        member(archive, "history/2026-04-23_projects.csv", b"two")
    found = find([tmp_path / name], SUFFIX, None)
    assert found.count is None
    assert [(one.name, one.content) for one in found.files if isinstance(one, File)] == [
        ("2026-04-16_projects.csv", b"one"),
        ("2026-04-23_projects.csv", b"two"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == [name], "nothing was unpacked"


def test_links_and_odd_names_of_an_archive_are_passed_over(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "h.tar", "w") as archive:
        for name in (
            "/etc/a_projects.csv",
            "../a_projects.csv",
            "x/../../a_projects.csv",
            "._a_projects.csv",
            "a\x1b_projects.csv",
        ):
            member(archive, name)
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member(archive, "b_projects.csv", b"", kind)
        member(archive, "good_projects.csv")
    assert names(read(tmp_path / "h.tar")) == ["good_projects.csv"]


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


@pytest.mark.parametrize(("name", "mode"), [("h.tar", "w"), ("h.tar.gz", "w:gz"), ("h.tar.xz", "w:xz")])
@pytest.mark.parametrize("damage", ["cut between", "cut within", "flipped"])
def test_an_archive_that_is_cut_off_or_damaged_is_an_error(tmp_path: Path, name: str, mode: str, damage: str) -> None:
    """The library behind it takes the end of the file for the end of the archive."""
    path = tmp_path / name
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for number in range(8):
            member(archive, f"{number}_projects.csv", os.urandom(512))
    whole = path.read_bytes()
    if damage == "flipped":
        at = len(whole) - 6 if mode == "w:gz" else 512 + 150 if mode == "w" else len(whole) // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    else:
        path.write_bytes(whole[: 4 * 1024 + (100 if damage == "cut within" else 0)])
    if (damage, mode) == ("flipped", "w"):
        assert len(read(path)) == 8, "without a checksum nobody can tell"
        return
    with pytest.raises(FilesError, match=r"is no tar archive, or it is damaged"):
        read(path)


def test_what_is_too_large_is_refused_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 2**20)
    (tmp_path / "a_projects.csv").write_bytes(b"x" * (2**20 + 1))
    (tmp_path / "b_projects.csv").write_bytes(b"x" * 2**20)
    with tarfile.open(tmp_path / "h.tar", "w") as archive:
        archive.add(tmp_path / "a_projects.csv", "a_projects.csv")
        archive.add(tmp_path / "b_projects.csv", "b_projects.csv")
    expected = ["a_projects.csv: is larger than 1 MiB; split it", "b_projects.csv"]
    assert names(read(tmp_path)) == expected
    assert names(read(tmp_path / "h.tar")) == expected


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 1)
    with tarfile.open(tmp_path / "h.tar", "w") as archive:
        for name in ("a_projects.csv", "b_projects.csv"):
            (tmp_path / name).write_bytes(b"x")
            member(archive, name)
    for path in (tmp_path, tmp_path / "h.tar"):
        with pytest.raises(FilesError, match="has more than 1 files"):
            read(path)


def test_a_file_that_vanished_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path / "gone.csv") == [Refused("gone.csv", None, "cannot be read: No such file or directory")]


def test_nothing_to_import_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FilesError, match=r"has no file whose name ends in _projects\.csv"):
        find([tmp_path], SUFFIX, None)
    with tarfile.open(tmp_path / "h.tar", "w") as archive:
        member(archive, "notes.txt")
    with pytest.raises(FilesError, match=r"h\.tar: has no file whose name ends in"):
        read(tmp_path / "h.tar")


def test_a_zstd_archive_is_answered_with_how_to_unpack_it(tmp_path: Path) -> None:
    path = tmp_path / "history.tar.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd")
    with pytest.raises(FilesError, match=r"unpack it first: zstd -dc --long=27 '.*history\.tar\.zst' \| tar x"):
        find([path], SUFFIX, None)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\0" + b"\0" * 30])
def test_what_is_no_archive_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h.tar.gz"
    path.write_bytes(content)
    with pytest.raises(FilesError, match=r"h\.tar\.gz: "):
        read(path)
