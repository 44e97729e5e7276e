"""Tests of what is taken where the files of an import say several things of one day, in whatever order they come."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from collector.imports.gather import Gathering
from collector.imports.model import File, NotUnderstood, Read
from collector.normalize import COLUMNS
from tests.collector.imports.reading import NOW, OPTIONS, gathered, read_text, refused, taken, wide

HEADER = "project,metric,artifact,source,day,value,method,run,known_at"
A = "week,stars\n2026-04-13,110\n2026-04-20,118\n"
B = "week,stars\n2026-04-20,120\n2026-04-27,130\n"


@pytest.mark.parametrize("files", [{"a.csv": A, "b.csv": B}, {"b.csv": B, "a.csv": A}])
def test_of_files_that_contradict_each_other_for_a_day_neither_is_taken(files: dict[str, str]) -> None:
    gathering, settled = gathered("csv", files, wide("stars"))
    assert taken(gathering) == {("acme/stars", "2026-04-13"): 110.0, ("acme/stars", "2026-04-27"): 130.0}
    assert refused(settled) == [
        (
            "a.csv:3: github:acme/stars github_stars of 2026-04-20: 118 (a.csv:3), 120 (b.csv:2) contradict each "
            "other; none is taken; import the right file by itself"
        )
    ]


def test_files_that_say_the_same_of_a_day_do_not_contradict_each_other() -> None:
    gathering, settled = gathered("csv", {"a.csv": A, "b.csv": A}, wide("stars"))
    assert taken(gathering) == {("acme/stars", "2026-04-13"): 110.0, ("acme/stars", "2026-04-20"): 118.0}
    assert (settled.refused, settled.notes) == ((), ())


def test_of_several_readings_of_a_day_the_latest_by_its_time_is_taken_in_whatever_order() -> None:
    lines = ["2026-04-27T18:00:00Z,1300", "2026-04-27T06:00:00Z,1250", "2026-04-28T01:00:00+09:00,1290"]
    for order in permutations(lines):
        gathering, settled = gathered("csv", {"a.csv": "\n".join(["week,stars", *order])}, wide("stars"))
        assert taken(gathering) == {("acme/stars", "2026-04-27"): 1300.0}
        assert settled.notes == ("several readings of one day, of which the latest is taken: 1 time",)
        assert settled.refused == ()


def test_readings_of_the_same_time_that_differ_contradict_each_other() -> None:
    text = "week,stars\n2026-04-27T06:00:00Z,5\n2026-04-27T08:00:00+02:00,6\n"
    gathering, settled = gathered("csv", {"a.csv": text}, wide("stars"))
    assert taken(gathering) == {}
    assert refused(settled) == [
        (
            "a.csv:2: github:acme/stars github_stars of 2026-04-27: 5 (a.csv:2), 6 (a.csv:3) contradict each other; "
            "none is taken"
        )
    ]


def test_a_reading_without_a_time_is_neither_before_nor_after_one_with_a_time() -> None:
    lines = ["2026-04-27T06:00:00Z,1", "2026-04-27T18:00:00Z,2", "2026-04-27,1"]
    for order in permutations(lines):
        gathering, settled = gathered("csv", {"a.csv": "\n".join(["week,stars", *order])}, wide("stars"))
        assert (taken(gathering), len(settled.refused)) == ({}, 1)


def test_rows_of_one_snapshot_read_seconds_apart_give_the_largest_and_that_is_told() -> None:
    for order in permutations(["a/m,8961", "a/m,8962", "A/M,8961"]):
        text = "\n".join(["github_id,star_count", *order])
        gathering, settled = gathered("best-of", {"2026-04-23_projects.csv": text})
        assert list(taken(gathering).values()) == [8962.0]
        assert settled.refused == ()
        (note,) = settled.notes
        assert note.endswith("read at about the same time; the largest is taken")
        assert "8962" in note
        assert "8961" in note


def test_rows_of_one_snapshot_that_are_far_apart_contradict_each_other() -> None:
    text = "github_id,star_count\na/hub,21015\na/hub,3321\n"
    gathering, settled = gathered("best-of", {"2026-04-23_projects.csv": text})
    assert (taken(gathering), len(settled.refused)) == ({}, 1)


def test_snapshots_of_one_day_in_two_folders_must_agree_too() -> None:
    gathering = Gathering(OPTIONS, NOW, snapshot=True)
    for stars in (100, 3000):
        text = f"github_id,star_count\na/hub,{stars}\n"
        gathering.add(read_text("best-of", text, name="2026-04-23_projects.csv"), f"<{stars}>")
    assert len(gathering.settle().refused) == 1
    assert taken(gathering) == {}


def test_a_name_and_its_newer_name_are_one_artifact() -> None:
    text = "github_id,updated_github_id,star_count\no/old,n/new,7\nn/new,,8000\n"
    gathering, settled = gathered("best-of", {"2026-04-23_projects.csv": text})
    assert (taken(gathering), len(settled.refused)) == ({}, 1)


def test_restatements_are_kept_by_when_they_were_known_and_contradict_nothing() -> None:
    row = "p,github_stars,github:o/r,github,2026-04-20,{},observed,{},{}"
    first, second = row.format(110, 1, "2026-04-20T05:00:00Z"), row.format(111, 2, "2026-04-27T05:00:00Z")
    for order in ((first, second), (second, first)):
        gathering, settled = gathered("csv", {"t.csv": "\n".join([HEADER, *order])})
        assert list(settled.values) == [
            (datetime(2026, 4, 20, 5, tzinfo=UTC), 1),
            (datetime(2026, 4, 27, 5, tzinfo=UTC), 2),
        ]
        of_runs = [frame["value"].tolist() for known in settled.values for frame in gathering.frames(known)]
        assert of_runs == [[110.0], [111.0]]
    _, again = gathered("csv", {"t.csv": "\n".join([HEADER, first, first.replace("110", "112")])})
    assert (again.values, len(again.refused)) == ({}, 1)


@pytest.mark.parametrize(("day", "ahead"), [("2026-05-02", False), ("2026-05-03", True), ("2999-01-01", True)])
def test_a_day_to_come_is_refused_but_for_the_day_that_some_places_have_already(day: str, *, ahead: bool) -> None:
    _, settled = gathered("csv", {"a.csv": f"week,stars\n{day},7\n"}, wide("stars"))
    assert refused(settled) == (
        [f"a.csv:2: day {day} was still to come on 2026-05-01, when its value was known"] if ahead else []
    )


def test_a_day_before_any_service_was_there_is_refused() -> None:
    gathering, settled = gathered("csv", {"a.csv": "week,stars\n1999-12-31,7\n0001-01-01,8\n"}, wide("stars"))
    assert refused(settled)[0] == "a.csv:2: day 1999-12-31 is before the year 2000"
    assert taken(gathering) == {}


def test_what_is_taken_comes_as_a_tidy_frame_with_the_record_of_its_file() -> None:
    gathering, settled = gathered("csv", {"a.csv": A}, wide("stars"))
    (frame,) = gathering.frames(None)
    assert settled.values == {None: 2}
    assert tuple(frame.columns) == COLUMNS
    assert (set(frame["method"]), set(frame["response"]), set(frame["source"])) == ({"imported"}, {"<a.csv>"}, {"csv"})


def test_of_a_file_with_a_million_rows_that_are_not_understood_nothing_is_taken() -> None:
    """They would need more memory than all that can be taken of it."""
    read = Read(File("a.csv", b""))
    reason = "has 1 cell where the header has 5"
    for line in range(2, 1_000_002):
        read.refuse(line, reason)
    with pytest.raises(NotUnderstood) as raised:
        read.refuse(1_000_002, reason)
    assert str(raised.value) == (
        "has more than 1,000,000 rows that are not understood, the first in line 2: has 1 cell where the header has 5"
    )
