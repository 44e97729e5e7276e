"""Tests of what reaches the disk: all of it or nothing."""

from pathlib import Path

import pytest

from collector.recording.disk import copy_whole, sync_folder


def test_a_copy_is_there_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    copy_whole(tmp_path / "a", tmp_path / "b")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"content", "b": b"content"}


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        copy_whole(tmp_path / "none", tmp_path / "b")
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        copy_whole(tmp_path / "a", tmp_path / "folder")
    assert {path.name for path in tmp_path.iterdir()} == {"a", "folder"}


def test_a_folder_that_is_not_there_cannot_be_handed_to_the_disk(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")
