"""Recordings of other machines: read as a replay reads them, each a run of its own, twice without a change."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from collector.catalog.schema import Catalog, load_catalog
from jobs.exits import DONE, FAILED, PARTLY
from jobs.imports.recordings import ImportRecordings
from jobs.imports.report import ImportReport
from jobs.reading import read_table
from jobs.settings import Settings
from storage.runs.recordings import recordings
from tests.jobs.importing import CATALOG, NOW, place
from tests.ledgers import Ledger

SAMPLE = Path(str(files("jobs.demo") / "sample"))
RECORDING = SAMPLE / "demo.warc.gz"
DAY = date(2026, 4, 27)


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


def test_one_that_is_ended_early_leaves_no_trace(settings: Settings, catalog: Catalog) -> None:
    report = bring(settings, catalog, RECORDING, stop=True)
    assert (report.interrupted, report.exit_code) == (True, FAILED)
    assert list(settings.recordings.iterdir()) == []
    with Ledger.open(settings.db) as ledger:
        assert ledger.runs(9) == []


def test_a_recording_that_stood_there_before_stays_though_it_brings_nothing(settings: Settings) -> None:
    settings.recordings.mkdir()
    own = settings.recordings / "20260427T050012Z-run-1.warc.gz"
    own.write_bytes(RECORDING.read_bytes())
    assert bring(settings, CATALOG, settings.recordings).new == 0
    assert own.exists()
