"""Files are there whole or not at all, all of a set or none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.editions.staging import staged


def test_files_take_their_places_when_the_block_ends_well(tmp_path: Path) -> None:
    files = {tmp_path / "a" / "one": b"1", tmp_path / "b" / "two": b"2"}
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"old")
    with staged(files):
        assert (tmp_path / "a" / "one").read_bytes() == b"old"
        assert not (tmp_path / "b" / "two").exists()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_a_block_that_fails_leaves_what_was(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), staged({tmp_path / "one": b"1", tmp_path / "two": b"2"}):
        raise ZeroDivisionError
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {tmp_path / "one": b"old"}


def test_what_a_killed_process_left_is_taken_away_but_not_what_another_is_writing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    for number in (ended.pid, os.getppid()):
        (tmp_path / f".one.{number}.part").write_bytes(b"half")
    with staged({tmp_path / "one": [b"1", b"2"]}):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"one", f".one.{os.getppid()}.part"}
    assert (tmp_path / "one").read_bytes() == b"12"


def test_a_place_that_cannot_be_written_is_named_before_the_block_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(OSError, match=r"file/one: cannot be written: .*; make room or name another place"),
        staged({tmp_path / "ok": b"", tmp_path / "file" / "one": b""}),
    ):
        pytest.fail("nothing may be done now")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
