"""Which recording is gone on with: one that was broken off and is of the same work, and that nobody is writing."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.recording.warc import RecordingError
from collector.recording.writer import Recorder
from jobs.ingest.plan import REFRESH, Plan
from jobs.ingest.unfinished import broken_off, held, taken_in, unfinished

AT = datetime(2026, 4, 27, 5, tzinfo=UTC)


def plan(scope: str) -> Plan:
    return Plan(REFRESH, scope, AT.date(), AT, "0" * 64, ())


def break_off(where: Path, scope: str) -> Path:
    """Begin a recording and leave it as a process does that is killed."""
    with unfinished(where, lambda _: False, lambda: plan(scope)) as recording:
        with Recorder(recording.path, software="test", at=AT) as recorder:
            recorder.plan(plan(scope).as_json(), AT)
        return recording.path


def test_the_one_of_the_same_work_is_gone_on_with(tmp_path: Path) -> None:
    first, second = break_off(tmp_path, "a"), break_off(tmp_path, "b")
    assert [path.name for path in (first, second)] == [
        "20260427T050000Z-refresh.warc.gz",
        "20260427T050000Z-refresh-2.warc.gz",
    ]
    with unfinished(tmp_path, lambda found: found.scope == "b", lambda: plan("c")) as recording:
        assert (recording.path, recording.plan.scope, recording.resumed) == (second, "b", True)


def test_one_that_was_taken_in_is_not(tmp_path: Path) -> None:
    taken_in(break_off(tmp_path, "a"))
    assert broken_off(tmp_path) == []
    with unfinished(tmp_path, lambda _: True, lambda: plan("a")) as recording:
        assert not recording.resumed


def test_one_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    path = break_off(tmp_path, "a")
    with held(path) as ours:
        assert ours
        with held(path) as again:
            assert not again
        assert broken_off(tmp_path) == []
        with unfinished(tmp_path, lambda _: True, lambda: plan("a")) as recording:
            assert recording.path != path


def test_a_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    path = break_off(tmp_path, "a")
    code = f"from jobs.ingest.unfinished import held\nfrom pathlib import Path\nheld(Path({str(path)!r})).__enter__()"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own words
    assert broken_off(tmp_path) == [path]


def test_what_was_killed_before_it_had_a_plan_is_removed(tmp_path: Path) -> None:
    path = break_off(tmp_path, "a")
    path.write_bytes(b"")
    assert broken_off(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.warc.gz.lock").touch()
    assert broken_off(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_ones_own_is_gone_on_with_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.warc.gz"
    assert break_off(path, "a") == path
    break_off(tmp_path, "other")
    with unfinished(path, lambda _: True, lambda: plan("a")) as recording:
        assert (recording.path, recording.resumed) == (path, True)
    taken_in(path)
    with (
        pytest.raises(RecordingError, match=r"mine\.warc\.gz: is there already"),
        unfinished(path, lambda _: True, lambda: plan("a")),
    ):
        pass
    assert not path.with_name("mine.warc.gz.lock").exists(), "it is not unfinished by this"
