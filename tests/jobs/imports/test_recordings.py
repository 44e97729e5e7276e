"""Recordings of other machines: read as a replay reads them, each a run of its own, twice without a change."""

import gzip
import json
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import pytest

from collector.catalog.schema import Catalog, load_catalog, read_catalog
from collector.model import Artifact, Exchange, Request, Response
from collector.recording.warc import read_records
from collector.recording.writer import PLAN, Recorder
from collector.sources import SOURCES
from collector.sources.protocol import How
from jobs.collect.plan import Selection
from jobs.collect.record import Job
from jobs.collect.refresh import replay
from jobs.exits import DONE, FAILED, PARTLY
from jobs.imports.recordings import ImportRecordings
from jobs.imports.report import ImportReport
from jobs.ingest.plan import Part, Plan, scope
from jobs.ingest.report import Report
from jobs.ingest.unfinished import drop_copies
from jobs.reading import read_lineage, read_table
from jobs.settings import Settings
from storage.database.errors import RecordConflict
from storage.runs.recordings import recordings
from tests.jobs.importing import CATALOG, NOW, place, snapshot
from tests.ledgers import Ledger

SAMPLE = Path(str(files("jobs.demo") / "sample"))
RECORDING = SAMPLE / "demo.warc.gz"
DAY = date(2026, 4, 27)
BOTH = read_catalog(
    '[projects.p]\nname = "P"\ngithub = "o/r"\n[projects.q]\nname = "Q"\ngithub = "o/s"\n', "catalog.toml"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(place(tmp_path), now=NOW + timedelta(days=3))


@pytest.fixture
def catalog() -> Catalog:
    return load_catalog(SAMPLE / "catalog.toml")


def bring(
    settings: Settings, catalog: Catalog | None, *paths: Path, public: datetime | None = None, stop: bool = False
) -> ImportReport:
    ended = threading.Event()
    if stop:
        ended.set()
    return ImportRecordings(settings, catalog, paths, ended, lambda *_: None, public).run()


def again(settings: Settings, catalog: Catalog, *paths: Path) -> Report:
    """Make a refresh of the recordings."""
    return replay(Job(settings, catalog, threading.Event(), lambda *_: None), Selection(), paths)


def beside(settings: Settings, folder: Path) -> Settings:
    """Give the settings of another ledger, with recordings of its own."""
    return replace(settings, db=f"sqlite:///{folder / 'other.db'}", recordings=folder / "others")


def without_plan(recording: Path, path: Path) -> Path:
    """Copy a recording without the record of its plan."""
    content, kept = recording.read_bytes(), b""
    for record in read_records(recording):
        kept += content[record.offset : record.offset + record.length] if record.url != PLAN else b""
    path.write_bytes(kept)
    return path


def starred(path: Path, stars: int, seed: UUID | None = None, name: str = "o/r") -> Path:
    """Record that GitHub says how many stars a repository has; the record ids are the seed's."""
    path = path.with_suffix(".warc.gz")
    github = SOURCES["github"]
    part = Part("github", How(github.base), (Artifact("github", "o/r"), Artifact("github", "o/s")))
    plan = Plan("refresh", scope(), DAY, NOW, "0" * 64, (part,))
    url = f"{github.base}/repos/{name}"
    body = json.dumps({"id": len(name) + stars, "full_name": name, "stargazers_count": stars}).encode()
    with Recorder(path, software="test", at=NOW, seed=seed) as recorder:
        recorder.plan(plan.as_json(), NOW)
        recorder.write("github", Exchange(Request("GET", url), (Response(url, 200, {}, body, NOW),)), NOW)
    return path


def test_a_recording_gives_what_the_refresh_that_made_it_had(settings: Settings, catalog: Catalog) -> None:
    report = bring(settings, catalog, RECORDING)
    assert (report.exit_code, report.files, report.runs) == (DONE, 1, [1])
    table = read_table(settings, (), DAY, None)
    assert [table.cell("kubeflow", key).text for key in ("github_stars", "dockerhub_pulls")] == ["15.6k", "367.0k"]
    with Ledger.open(settings.db) as ledger:
        (run,) = ledger.runs(9)
        with ledger.reading() as connection:
            (file,) = recordings(connection)
    assert (run.kind, run.state, file.name) == ("refresh", "done", "demo.warc.gz"), "it is the refresh that it was"


def test_the_same_recording_again_changes_nothing(settings: Settings, catalog: Catalog) -> None:
    bring(settings, catalog, RECORDING)
    report = bring(settings, catalog, RECORDING)
    assert (report.exit_code, report.new, report.runs) == (DONE, 0, [])
    assert report.unchanged > 0
    assert [path.name for path in settings.recordings.iterdir()] == ["demo.warc.gz"]
    with Ledger.open(settings.db) as ledger:
        assert [run.id for run in ledger.runs(9)] == [1]


def test_one_without_a_plan_is_read_as_a_refresh_of_the_catalog_on_the_day_of_its_first_response(
    settings: Settings, catalog: Catalog, tmp_path: Path
) -> None:
    old = without_plan(RECORDING, tmp_path / "old.warc.gz")
    report = bring(settings, catalog, old)
    assert (report.exit_code, report.new) == (DONE, bring(beside(settings, tmp_path), catalog, RECORDING).new)
    assert report.odd == [
        "old.warc.gz: does not say what it was recorded for: read as a refresh of what the catalog has now"
    ]
    replayed = again(replace(settings, db=f"sqlite:///{tmp_path / 'again.db'}"), catalog, old)
    assert (replayed.exit_code, replayed.observations) == (DONE, report.new)
    with Ledger.open(settings.db) as ledger:
        (run,) = ledger.runs(9)
    assert (run.kind, run.day, json.loads(run.scope)["sources"]) == ("refresh", DAY, [])


def test_without_a_plan_and_a_catalog_nobody_knows_what_it_is(settings: Settings, tmp_path: Path) -> None:
    report = bring(settings, None, without_plan(RECORDING, tmp_path / "old.warc.gz"))
    assert report.exit_code == FAILED
    assert [one.reason for one in report.refused] == [
        "does not say what it was recorded for: give the catalog that it was recorded by, with --catalog"
    ]


def test_what_holds_no_answer_is_refused(settings: Settings, catalog: Catalog, tmp_path: Path) -> None:
    empty = tmp_path / "empty.warc.gz"
    with Recorder(empty, software="another tool", at=NOW):
        pass
    report = bring(settings, catalog, empty)
    assert [one.reason for one in report.refused] == ["holds no answer to a request of tallybook's"]


def test_one_that_was_packed_as_a_whole_is_refused_with_how_to_repack_it(
    settings: Settings, catalog: Catalog, tmp_path: Path
) -> None:
    packed = tmp_path / "packed.warc.gz"
    packed.write_bytes(gzip.compress(gzip.decompress(RECORDING.read_bytes())))
    report = bring(settings, catalog, packed)
    assert report.exit_code == FAILED
    assert "warcio recompress OLD NEW" in report.refused[0].reason


def test_two_recordings_of_one_record_id_and_different_content_are_refused_by_name(
    settings: Settings, tmp_path: Path
) -> None:
    first, second = (starred(tmp_path / name, stars, UUID(int=7)) for name, stars in (("a", 100), ("b", 101)))
    with pytest.raises(RecordConflict, match=r"^[ab]\.warc\.gz and [ab]\.warc\.gz: both have a record"):
        again(settings, CATALOG, first, second)
    together = bring(settings, CATALOG, first, second)
    assert (together.exit_code, together.new, len(together.refused)) == (FAILED, 0, 2)
    assert "a.warc.gz" in together.refused[0].reason
    assert "b.warc.gz" in together.refused[0].reason
    assert bring(settings, CATALOG, first).exit_code == DONE
    later = bring(settings, CATALOG, second)
    assert (later.exit_code, later.unchanged) == (FAILED, 0), "never known already"
    assert later.refused[0].reason.startswith("b.warc.gz and a.warc.gz: both have a record")
    assert [path.name for path in settings.recordings.iterdir()] == ["a.warc.gz"]


def test_recordings_of_different_record_ids_are_both_kept_and_each_number_has_its_own_request(
    settings: Settings, tmp_path: Path
) -> None:
    paths = starred(tmp_path / "a", 100), starred(tmp_path / "b", 200, name="o/s")
    report = bring(settings, BOTH, *paths)
    assert (report.exit_code, report.new) == (DONE, 2)
    for project, name in (("p", "o/r"), ("q", "o/s")):
        told = read_lineage(settings, project, "github_stars", DAY, None)
        assert f"https://api.github.com/repos/{name}" in told


def test_it_may_have_been_public_in_the_past(settings: Settings, catalog: Catalog) -> None:
    bring(settings, catalog, RECORDING, public=datetime(2026, 4, 28, tzinfo=UTC))
    assert read_table(settings, (), DAY, date(2026, 4, 28)).cell("metaflow", "github_stars").text == "10.1k"


def test_only_what_the_catalog_wants_is_taken_and_without_one_all(settings: Settings, tmp_path: Path) -> None:
    assert bring(settings, CATALOG, RECORDING).new == 0
    assert list(settings.recordings.iterdir()) == []
    assert bring(replace(settings, db=f"sqlite:///{tmp_path / 'all.db'}"), None, RECORDING).new > 0


def test_what_is_no_recording_is_refused_and_the_others_are_taken(
    settings: Settings, catalog: Catalog, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a recording")
    report = bring(settings, catalog, wrong, RECORDING)
    assert (report.exit_code, report.files, report.runs) == (PARTLY, 2, [1])
    assert [str(one) for one in report.refused] == [
        "notes.txt: is not a gzipped WARC file, or its first record is damaged"
    ]
    assert bring(settings, catalog, wrong).exit_code == FAILED


def test_no_ledger_is_made_for_what_is_no_recording(settings: Settings, catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "bad.warc.gz").write_bytes(b"no recording")
    report = bring(settings, catalog, tmp_path / "bad.warc.gz")
    assert (report.exit_code, report.empty) == (FAILED, ["bad.warc.gz"])
    assert not (tmp_path / "ledger.db").exists()


def test_no_ledger_is_made_for_recordings_of_which_nothing_is_taken(settings: Settings, tmp_path: Path) -> None:
    unwanted = bring(settings, CATALOG, RECORDING)
    assert (unwanted.exit_code, unwanted.empty) == (FAILED, ["demo.warc.gz"])
    bring(settings, CATALOG, *(starred(tmp_path / name, stars, UUID(int=7)) for name, stars in (("a", 1), ("b", 2))))
    assert list(tmp_path.glob("ledger.db*")) in ([], [tmp_path / "ledger.db.lock"])


def test_an_empty_ledger_that_was_there_stays(settings: Settings) -> None:
    with Ledger.open_or_create(settings.db):
        pass
    assert bring(settings, CATALOG, RECORDING).exit_code == FAILED
    with Ledger.open(settings.db) as ledger:
        assert ledger.runs(9) == []


def test_one_that_is_not_packed_is_refused_with_how_to_pack_it(settings: Settings, tmp_path: Path) -> None:
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(RECORDING.read_bytes()))
    report = bring(settings, CATALOG, plain)
    assert "is a WARC file that is not packed: `warcio recompress OLD NEW.warc.gz` does" in report.refused[0].reason


def test_one_that_is_ended_early_leaves_no_trace(settings: Settings, catalog: Catalog) -> None:
    report = bring(settings, catalog, RECORDING, stop=True)
    assert (report.interrupted, report.exit_code) == (True, FAILED)
    assert list(settings.recordings.iterdir()) == []
    assert not (settings.catalog.parent / "ledger.db").exists()


def test_a_recording_that_stood_there_before_stays_though_it_brings_nothing(settings: Settings) -> None:
    settings.recordings.mkdir()
    own = settings.recordings / "20260427T050012Z-run-1.warc.gz"
    own.write_bytes(RECORDING.read_bytes())
    assert bring(settings, CATALOG, settings.recordings).new == 0
    assert own.exists()


@pytest.mark.parametrize("kind", ["warc", "best-of"])
def test_an_import_that_is_killed_leaves_nothing_that_the_next_one_does_not_clear(
    settings: Settings, catalog: Catalog, tmp_path: Path, kind: str
) -> None:
    file = RECORDING if kind == "warc" else snapshot(tmp_path / "lists", "2026-04-20", "o/r,,10")
    killed = "import os, jobs.ingest.ingest as one, jobs.imports.importing as other; from jobs.cli import run\n"
    killed += "one.append = other.append = lambda *_: os._exit(9)\n"
    killed += f"run(['--db', {settings.db!r}, '--recordings', {str(settings.recordings)!r}, "
    killed += f"'--catalog', {str(SAMPLE / 'catalog.toml')!r}, 'import', {str(file)!r}, '--from', {kind!r}])"
    assert subprocess.run([sys.executable, "-c", killed], timeout=60, check=False).returncode == 9  # noqa: S603
    assert len(list(settings.recordings.glob("*.warc.gz"))) == 1, "it was killed with its copy made"
    other = starred(tmp_path / "a", 100)
    assert bring(settings, CATALOG, other).exit_code == DONE
    assert [path.name for path in settings.recordings.iterdir()] == ["a.warc.gz"]
    assert bring(settings, catalog, RECORDING).exit_code == DONE
    drop_copies(settings.recordings)
    assert sorted(path.name for path in settings.recordings.iterdir()) == ["a.warc.gz", "demo.warc.gz"]
