"""The plan of a run: written at the head of a recording, and read back from a file that may come from anywhere."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.model import Artifact, Window
from collector.recording.warc import RecordingError
from collector.recording.writer import Recorder
from collector.sources.protocol import How
from jobs.ingest.plan import BACKFILL, REFRESH, Part, Plan, plan_of

AT = datetime(2026, 4, 27, 5, tzinfo=UTC)
DAYS = tuple(date(2026, 4, 6) + timedelta(weeks=week) for week in range(3))
ONE, KFP, PIP = Artifact("github", "o/r#12"), Artifact("pypi", "kfp"), Artifact("pypi", "pip")
PLAN = Plan(
    BACKFILL,
    '{"of": "x"}',
    AT.date(),
    AT,
    "0" * 64,
    (
        Part("github-history", How("https://h", True, Window(DAYS[0], DAYS[2]), frozenset({"m"})), (ONE,), (DAYS,)),
        Part("clickpy", How("https://c", window=Window(DAYS[0], DAYS[1])), (KFP, PIP), (DAYS[:2], DAYS[:1])),
    ),
    present=False,
)


def read(**changed: Any) -> Plan:
    return Plan.from_json(json.loads(json.dumps(PLAN.as_json() | changed)))


def test_a_plan_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "r.warc.gz"
    with Recorder(path, software="test", at=AT) as recorder:
        recorder.plan(PLAN.as_json(), AT)
    assert plan_of(path) == PLAN


def test_days_are_those_of_each_artifact_and_none_where_the_present_is_asked_for() -> None:
    assert PLAN.wanted_days() == {
        ("github-history", ONE): frozenset(DAYS),
        ("clickpy", KFP): frozenset(DAYS[:2]),
        ("clickpy", PIP): frozenset(DAYS[:1]),
    }
    assert replace(PLAN, parts=(replace(PLAN.parts[0], days=None),)).wanted_days() is None


def test_each_source_has_the_tasks_of_its_own_parts() -> None:
    tasks = {source: [task.artifacts for task in of] for source, of in PLAN.tasks().items()}
    assert tasks == {"github-history": [(ONE,)], "clickpy": [(KFP, PIP)]}


def test_what_a_source_told_that_is_not_installed_is_left_out_and_said() -> None:
    parts = [PLAN.as_json()["parts"][0] | {"source": "gone"}, PLAN.as_json()["parts"][1]]
    plan = read(parts=parts)
    assert list(plan.artifacts) == ["clickpy"]
    assert plan.notes == ("gone: no source of that name is installed, so what it told is left out",)


@pytest.mark.parametrize(
    "changed",
    [
        {"day": "soon"},
        {"day": None},
        {"parts": 7},
        {"parts": [{"source": "clickpy"}]},
        {"begun": "2026"},
        {"kind": "erase"},
        {"kind": REFRESH, "scope": 3},
        {"parts": [PLAN.as_json()["parts"][1] | {"days_of": [9, 9]}]},
        {"parts": [PLAN.as_json()["parts"][1] | {"days_of": [0]}]},
    ],
)
def test_a_plan_that_is_none_is_refused_in_words(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="plan"):
        read(**changed)


def test_a_recording_without_a_plan_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "r.warc.gz"
    with Recorder(path, software="test", at=AT):
        pass
    with pytest.raises(RecordingError, match=r"r\.warc\.gz: does not say what it was recorded for"):
        plan_of(path)
    with Recorder(path, software="test", at=AT) as recorder:
        recorder.plan({"kind": REFRESH}, AT)
    with pytest.raises(RecordingError, match=r"r\.warc\.gz: its plan cannot be read"):
        plan_of(path)
