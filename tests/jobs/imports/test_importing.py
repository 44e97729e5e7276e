"""The import: what it takes, that twice changes nothing, its place on the second clock, and what a kill leaves."""

import gzip
import io
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from collector.catalog.schema import read_catalog
from jobs.exits import DONE, FAILED, PARTLY
from jobs.imports.options import Mapping
from jobs.reading import read_table
from jobs.settings import Settings
from publish.history.frames import FORMATS, observations
from storage.database.errors import LedgerMissing
from storage.ledger import read_ledger
from storage.runs import provenance
from tests.jobs.importing import NOW, bring, git, known, place, snapshot
from tests.ledgers import Ledger

STARS = Mapping("week", metric="github_stars", columns=("stars=github:o/r",))


@pytest.fixture
def settings(tmp_path: Path, ledger_url: str) -> Settings:
    return place(tmp_path, ledger_url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Settings:
    return place(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with two weeks of a list."""
    snapshot(tmp_path / "history", "2026-04-16", "o/r,,100", "o/s,,7")
    snapshot(tmp_path / "history", "2026-04-23", "o/r,,110", "o/s,,8")
    return tmp_path / "history"


@pytest.mark.both_databases
def test_a_folder_is_imported_and_a_table_needs_no_refresh(settings: Settings, folder: Path) -> None:
    report = bring(settings, folder)
    assert (report.exit_code, report.files, report.rows, report.new, report.unchanged) == (DONE, 2, 4, 4, 0)
    assert known(settings) == [("2026-04-16", 100.0, 1), ("2026-04-23", 110.0, 1)]
    table = read_table(settings, (), date(2026, 4, 20), None)
    assert table.cell("p", "github_stars").text == "100"
    assert table.cell("p", "github_stars").method == "imported"


def test_the_same_import_again_changes_nothing(settings: Settings, folder: Path) -> None:
    bring(settings, folder)
    recordings = sorted(settings.recordings.iterdir())
    report = bring(replace(settings, now=NOW + timedelta(days=1)), folder)
    assert (report.exit_code, report.new, report.unchanged, report.runs) == (DONE, 0, 4, [])
    assert sorted(settings.recordings.iterdir()) == recordings
    with Ledger.open(settings.db) as ledger:
        assert [run.id for run in ledger.runs(9)] == [1]


def test_only_what_is_new_is_added_and_a_changed_value_stands_beside_the_old(settings: Settings, folder: Path) -> None:
    bring(settings, folder)
    snapshot(folder, "2026-04-23", "o/r,,111", "o/s,,8")
    report = bring(replace(settings, now=NOW + timedelta(days=1)), folder)
    assert (report.new, report.unchanged, report.runs) == (1, 3, [2])
    assert known(settings)[1:] == [("2026-04-23", 110.0, 1), ("2026-04-23", 111.0, 2)]


def test_each_file_is_kept_and_each_value_leads_to_its_file(sqlite: Settings, folder: Path) -> None:
    bring(sqlite, folder)
    with read_ledger(sqlite.db) as connection:
        origin = provenance.origin(connection, 1)
    assert origin.status == 0
    recording = (sqlite.recordings / str(origin.recording)).read_bytes()
    record = next(iter(ArchiveIterator(io.BytesIO(recording[origin.offset : origin.offset + origin.length]))))
    assert record.rec_headers.get_header("WARC-Record-ID") == origin.record
    assert record.rec_headers.get_header("WARC-Target-URI") == "file:2026-04-16_projects.csv"
    assert record.content_stream().read() == (folder / "2026-04-16_projects.csv").read_bytes()


def test_a_file_that_is_not_understood_is_refused_whole_and_not_kept(sqlite: Settings, folder: Path) -> None:
    (folder / "2026-04-30_projects.csv").write_bytes(b"<html>Sign in</html>")
    report = bring(sqlite, folder)
    assert (report.exit_code, report.files, report.new) == (PARTLY, 3, 4)
    assert report.empty == ["2026-04-30_projects.csv"]
    (recording,) = sqlite.recordings.iterdir()
    assert b"Sign in" not in gzip.decompress(recording.read_bytes())


def test_where_nothing_is_understood_nothing_is_stored(sqlite: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "2026-04-30_projects.csv"
    wrong.write_bytes(b"a,b\n1,2\n")
    assert bring(sqlite, wrong).exit_code == FAILED
    assert not sqlite.recordings.exists()
    with pytest.raises(LedgerMissing):
        Ledger.open(sqlite.db)


@pytest.mark.parametrize(
    "lines",
    [[], ["2026-04-20,"], ["20.04.2026,5"], ["2026-04-20,5.5"], ["2999-01-01,5"], ["2026-04-20,5", "2026-04-20,6"]],
)
def test_no_ledger_is_made_for_nothing(sqlite: Settings, tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "a.csv").write_text("\n".join(["week,stars", *lines]))
    report = bring(sqlite, tmp_path / "a.csv", kind="csv", mapping=STARS)
    assert report.exit_code == FAILED
    assert "a.csv" in report.messages()[0]
    assert not (tmp_path / "ledger.db").exists()


def test_a_part_that_cannot_be_taken_is_named_and_the_rest_is_stored(sqlite: Settings, tmp_path: Path) -> None:
    (tmp_path / "ok.csv").write_text("week,stars\n2026-04-20,5\n")
    (tmp_path / "header.csv").write_text("week,stars\n")
    report = bring(sqlite, tmp_path / "ok.csv", tmp_path / "header.csv", kind="csv", mapping=STARS)
    assert (report.exit_code, report.new, report.empty) == (PARTLY, 1, ["header.csv"])
    assert report.messages() == ["refused: header.csv: has a header, but no rows"]


def test_files_that_contradict_each_other_give_the_same_in_whatever_order(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("week,stars\n2026-04-13,110\n2026-04-20,118\n")
    (tmp_path / "b.csv").write_text("week,stars\n2026-04-20,120\n")
    told = []
    for name, order in (("one", "ab"), ("two", "ba")):
        (tmp_path / name).mkdir()
        settings = place(tmp_path / name)
        report = bring(settings, *(tmp_path / f"{file}.csv" for file in order), kind="csv", mapping=STARS)
        told.append((report.exit_code, report.messages(), known(settings)))
    assert told[0] == told[1]
    assert (told[0][0], told[0][2]) == (PARTLY, [("2026-04-13", 110.0, 1)])


def test_what_belongs_to_no_project_is_taken_and_told(sqlite: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,repo,stars\n2026-04-20,O/R,5\n2026-04-20,old/name,6\n2026-04-20,ns/x,7\n")
    catalog = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\ndocker = "ns/*"\n', "catalog.toml")
    mapping = Mapping(date_column="day", metric="github_stars", artifact_column="repo")
    report = bring(sqlite, tmp_path / "a.csv", kind="csv", mapping=mapping, catalog=catalog)
    assert (report.exit_code, report.new, report.unclaimed) == (DONE, 3, ["github:ns/x", "github:old/name"])
    assert report.messages() == [
        ("taken, but no table shows it, for it belongs to no project of the catalog: github:ns/x, github:old/name")
    ]


def test_what_matches_a_pattern_of_the_catalog_belongs_to_its_project(sqlite: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,image,pulls\n2026-04-20,ns/x,7\n2026-04-20,other/x,8\n")
    catalog = read_catalog('[projects.p]\nname = "P"\ndocker = "ns/*"\n', "catalog.toml")
    mapping = Mapping(date_column="day", metric="dockerhub_pulls", artifact_column="image")
    report = bring(sqlite, tmp_path / "a.csv", kind="csv", mapping=mapping, catalog=catalog)
    assert report.unclaimed == ["docker:other/x"]
    assert bring(place(tmp_path / "x"), tmp_path / "a.csv", kind="csv", mapping=mapping, catalog=None).unclaimed == []


def test_an_import_that_is_killed_while_it_reads_leaves_no_trace_in_the_ledger(
    settings: Settings, folder: Path
) -> None:
    class Killed(BaseException):
        pass

    def kill(_format: str, number: int, _of: int | None) -> None:
        if number == 2:
            raise Killed

    with pytest.raises(Killed):
        bring(settings, folder, progress=kill)
    with Ledger.open_or_create(settings.db) as ledger:
        assert ledger.runs(9) == []
    report = bring(settings, folder)
    assert (report.new, report.runs) == (4, [1])
    assert len(list(settings.recordings.iterdir())) == 1


def test_an_import_that_is_ended_early_leaves_no_trace_and_says_so(settings: Settings, folder: Path) -> None:
    stop = threading.Event()
    report = bring(settings, folder, stop=stop, progress=lambda *_: stop.set())
    assert (report.interrupted, report.exit_code, report.new, report.runs) == (True, FAILED, 0, [])
    with Ledger.open(settings.db) as ledger:
        assert ledger.runs(9) == []


def test_what_was_public_in_the_past_is_known_from_then_on(settings: Settings, folder: Path) -> None:
    first, second = sorted(folder.iterdir())
    bring(settings, second)
    bring(settings, first, public=datetime(2026, 4, 17, 12, tzinfo=UTC))
    assert known(settings, date(2026, 4, 18)) == [("2026-04-16", 100.0, 2)]
    assert known(settings) == [("2026-04-16", 100.0, 2), ("2026-04-23", 110.0, 1)]
    table = read_table(settings, (), date(2026, 4, 18), date(2026, 4, 18))
    assert table.cell("p", "github_stars").text == "100"


def test_without_a_catalog_the_values_are_kept_and_shown_once_there_is_one(settings: Settings, folder: Path) -> None:
    assert bring(settings, folder, catalog=None).new == 4
    assert known(settings) == []
    bring(settings, snapshot(folder, "2026-04-25", "o/r,,120"))
    assert [row[1] for row in known(settings)] == [100.0, 110.0, 120.0]


def test_a_rename_that_the_list_saw_keeps_the_series_and_is_dated(settings: Settings, folder: Path) -> None:
    snapshot(folder, "2026-04-24", "o/r,n/new,120")
    snapshot(folder, "2026-04-25", "o/r,n/new,125")
    snapshot(folder, "2026-04-26", "n/new,,130")
    bring(settings, folder)
    assert [row[:2] for row in known(settings, of="n/new")] == [
        ("2026-04-16", 100.0),
        ("2026-04-23", 110.0),
        ("2026-04-24", 120.0),
        ("2026-04-25", 125.0),
        ("2026-04-26", 130.0),
    ]
    names = []
    with Ledger.open(settings.db) as ledger:
        for day in (23, 24, 26):
            names += [p.artifact for p in ledger.parts(date(2026, 4, day), ledger.known()) if p.member_kind == "github"]
    assert names == ["o/r", "n/new", "n/new"]


def test_a_day_after_the_files_were_public_is_refused(sqlite: Settings, folder: Path) -> None:
    report = bring(sqlite, folder, public=datetime(2026, 4, 17, tzinfo=UTC))
    assert (report.exit_code, report.new) == (PARTLY, 2)
    assert str(report.refused[0]) == (
        "2026-04-23_projects.csv:2: day 2026-04-23 was still to come on 2026-04-17, when its value was known"
    )


def export(of: Settings, when: int | datetime | None = None) -> list[str]:
    with Ledger.open(of.db) as ledger:
        written = FORMATS["csv"](observations(ledger.history(["p"], None, None, None, ledger.known(when))))
    return str(written).splitlines(keepends=True)


@pytest.mark.both_databases
def test_a_history_that_is_imported_into_another_ledger_is_the_same_at_every_time(
    settings: Settings, folder: Path, tmp_path: Path
) -> None:
    bring(settings, folder)
    snapshot(folder, "2026-04-23", "o/r,,111")
    snapshot(folder, "2026-04-25", "o/r,,120")
    bring(replace(settings, now=NOW + timedelta(days=1)), folder)
    bring(replace(settings, now=NOW + timedelta(days=2)), snapshot(folder, "2026-04-23", "o/r,,112"))
    exported = tmp_path / "exported.csv"
    exported.write_text("".join(export(settings)))
    (tmp_path / "other").mkdir()
    other = replace(place(tmp_path / "other"), now=NOW + timedelta(days=9))
    report = bring(other, exported, kind="csv")
    assert (report.exit_code, report.runs, report.odd) == (DONE, [1, 2, 3], [])
    assert export(other) == export(settings)
    assert [line.split(",")[5] for line in export(other)[2:5]] == ["110", "111", "112"]
    for days in (0, 1, 2):
        at = NOW + timedelta(days=days)
        assert export(other, at) == export(settings, at)
        here, there = (read_table(of, (), date(2026, 4, 27), at) for of in (settings, other))
        assert here.cell("p", "github_stars").text == there.cell("p", "github_stars").text == "120"[: days * 9] or "110"
    with Ledger.open(other.db) as ledger:
        definitions = {row.definition for row in ledger.history(["p"], None, None, None, ledger.known())}
    assert definitions == {
        "stars of the repository, as the best-of list collected them, without those of its Docker image"
    }
    again = bring(other, exported, kind="csv")
    assert (again.new, again.unchanged, again.exit_code) == (0, 5, DONE)


def test_when_a_history_became_public_may_be_told_and_then_only_the_newest_values_count(
    sqlite: Settings, tmp_path: Path
) -> None:
    row = "p,github_stars,github:o/r,github,2026-04-20,{},observed,{},{}"
    lines = row.format(110, 1, "2026-04-20T05:00:00Z"), row.format(111, 2, "2026-04-21T05:00:00Z")
    header = "project,metric,artifact,source,day,value,method,run,known_at"
    (tmp_path / "a.csv").write_text("\n".join([header, *lines]))
    bring(sqlite, tmp_path / "a.csv", kind="csv", public=datetime(2026, 4, 25, tzinfo=UTC))
    assert known(sqlite) == [("2026-04-20", 111.0, 1)]


def test_a_history_of_a_patterns_images_gives_the_same_table(tmp_path: Path) -> None:
    """A table shows a pattern's images only once their list was read whole, as the other ledger's run had."""
    row = "p,dockerhub_pulls,docker:ns/{},dockerhub,2026-04-20,{},{},1,2026-04-20T05:00:00Z"
    header = "project,metric,artifact,source,day,value,method,run,known_at"
    catalog = read_catalog('[projects.p]\nname = "P"\ndocker = "ns/*"\n', "catalog.toml")
    for method, text in (("observed", "150"), ("imported", "—")):
        (tmp_path / method).mkdir()
        path = tmp_path / method / "a.csv"
        path.write_text("\n".join([header, row.format("a", 100, method), row.format("b", 50, method)]))
        settings = place(tmp_path / method)
        assert bring(settings, path, kind="csv", catalog=catalog).new == 2
        assert read_table(settings, (), date(2026, 4, 20), None).cell("p", "dockerhub_pulls").text == text


def test_a_former_name_belongs_to_the_project_that_has_the_new_one(sqlite: Settings, tmp_path: Path) -> None:
    catalog = read_catalog('[projects.p]\nname = "P"\ngithub = "n/new"\n', "catalog.toml")
    bring(sqlite, snapshot(tmp_path, "2026-04-16", "o/r,n/new,100"), catalog=catalog)
    (tmp_path / "a.csv").write_text("week,stars\n2026-04-13,90\n")
    report = bring(sqlite, tmp_path / "a.csv", kind="csv", mapping=STARS, catalog=catalog)
    assert (report.new, report.unclaimed) == (1, [])


def redirected(folder: Path) -> Path:
    """Give weeks of a list of which one followed a redirect to another repository."""
    for week, stars in enumerate((727, 727, 728, 13006, 728, 729)):
        snapshot(folder, f"{date(2026, 3, 19) + timedelta(weeks=week)}", f"o/r,,{stars}")
    return folder


@pytest.mark.both_databases
def test_a_value_between_weeks_that_know_better_is_held_whatever_brought_it(settings: Settings, tmp_path: Path) -> None:
    report = bring(settings, redirected(tmp_path / "history"))
    assert (report.exit_code, report.new, report.held) == (DONE, 6, 1)
    assert "13,006" in report.messages()[0]
    assert [value for _, value, _ in known(settings)] == [727.0, 727.0, 728.0, 728.0, 729.0]
    cell = read_table(settings, (), date(2026, 4, 9), None).cell("p", "github_stars")
    assert (cell.value, cell.state) == (728, "held")


def test_a_fall_is_held_in_whatever_order_the_rows_come(tmp_path: Path) -> None:
    lines = [f"{date(2026, 3, 2) + timedelta(weeks=week)},{pulls}" for week, pulls in enumerate((1000, 1010, 0, 1030))]
    mapping = Mapping("week", columns=("pulls=docker:ns/i",))
    for name, order in (("one", lines), ("two", lines[::-1])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text("\n".join(["week,pulls", *order]))
        report = bring(place(tmp_path / name), tmp_path / name / "log.csv", kind="csv", mapping=mapping)
        assert (report.exit_code, report.new, report.held) == (DONE, 4, 1)


def test_what_grew_in_years_between_sparse_points_is_not_held(sqlite: Settings, tmp_path: Path) -> None:
    points = ("Tue Dec 07 2021", 1), ("Tue May 31 2022", 70), ("Sat Apr 25 2026", 7000)
    lines = [f"o/r,{day} 20:50:22 GMT+0400 (Gulf Standard Time),{stars}" for day, stars in points]
    (tmp_path / "s.csv").write_text("\n".join(["Repository,Date,Stars", *lines]))
    report = bring(sqlite, tmp_path / "s.csv", kind="star-history")
    assert (report.exit_code, report.new, report.held) == (DONE, 3, 0)
    assert known(sqlite)[-1] == ("2026-04-25", 7000.0, 1)


def test_what_is_trusted_is_taken_as_it_is(settings: Settings, tmp_path: Path) -> None:
    report = bring(settings, redirected(tmp_path / "history"), trust=True)
    assert (report.new, report.held) == (6, 0)
    assert 13006.0 in [value for _, value, _ in known(settings)]


def test_the_history_of_another_ledger_is_not_judged_again(settings: Settings, tmp_path: Path) -> None:
    bring(settings, redirected(tmp_path / "history"), trust=True)
    exported = tmp_path / "exported.csv"
    exported.write_text("".join(export(settings)))
    (tmp_path / "other").mkdir()
    other = place(tmp_path / "other")
    assert bring(other, exported, kind="csv").held == 0
    assert export(other) == export(settings)


def test_a_wide_table_fills_the_metric_that_it_is_mapped_to(sqlite: Settings, tmp_path: Path) -> None:
    table = tmp_path / "downloads.csv"
    table.write_text("week,mine,other\n2026-04-20,1000,1\n2026-04-27,2000,2\n")
    mapping = Mapping("week", metric="pypi_downloads_7d", columns=("mine=pypi:pkg",), definition="as our page had it")
    assert bring(sqlite, table, kind="csv", mapping=mapping).new == 2
    cell = read_table(sqlite, (), date(2026, 4, 27), None).cell("p", "pypi_downloads_7d")
    assert (cell.text, cell.source) == ("2.0k", "csv")


class TestByGit:
    """What a repository tells of the times at which its files became public."""

    @pytest.fixture
    def repository(self, folder: Path) -> Path:
        """Give a repository: a week committed as it came, one on a branch that was merged later, a correction."""
        top = folder.parent
        first, second = sorted(folder.iterdir())
        content = second.read_bytes()
        second.unlink()
        git(top, "init", "-q", "-b", "main")
        git(top, "add", "history", at="2026-04-16T12:00:00Z")
        git(top, "commit", "-qm", "1", at="2026-04-16T12:00:00Z")
        git(top, "checkout", "-qb", "update")
        second.write_bytes(content)
        git(top, "add", "history")
        git(top, "commit", "-qm", "2", at="2026-04-23T12:00:00Z")
        git(top, "checkout", "-q", "main")
        git(top, "merge", "-q", "--no-ff", "update", "-m", "3", at="2026-04-25T12:00:00Z")
        first.write_text(first.read_text().replace("100", "99"))
        git(top, "commit", "-qam", "4", at="2026-04-26T12:00:00Z")
        return folder

    @pytest.mark.both_databases
    def test_each_commit_of_the_branch_is_a_run_at_its_time(self, settings: Settings, repository: Path) -> None:
        report = bring(settings, repository, by_git=True)
        assert (report.runs, report.files, report.new, report.unchanged) == ([1, 2, 3], 3, 5, 1)
        assert known(settings, date(2026, 4, 24)) == [("2026-04-16", 100.0, 1)]
        assert known(settings, date(2026, 4, 25)) == [("2026-04-16", 100.0, 1), ("2026-04-23", 110.0, 2)]
        assert known(settings) == [("2026-04-16", 100.0, 1), ("2026-04-16", 99.0, 3), ("2026-04-23", 110.0, 2)]
        with Ledger.open(settings.db) as ledger:
            at = [run.known_at for run in reversed(ledger.runs(9))]
        assert at == [datetime(2026, 4, day, 12, tzinfo=UTC) for day in (16, 25, 26)]

    def test_again_it_brings_nothing(self, settings: Settings, repository: Path) -> None:
        bring(settings, repository, by_git=True)
        report = bring(settings, repository, by_git=True)
        assert (report.new, report.runs, report.exit_code) == (0, [], DONE)

    def test_a_file_may_be_named_by_itself(self, settings: Settings, repository: Path) -> None:
        report = bring(settings, repository / "2026-04-16_projects.csv", by_git=True)
        assert (report.files, report.new) == (2, 3)

    def test_a_table_of_then_has_the_catalog_that_came_first(self, settings: Settings, repository: Path) -> None:
        bring(settings, repository, by_git=True)
        other = read_catalog('[projects.q]\nname = "Q"\ngithub = "o/s"\n', "catalog.toml")
        bring(settings, repository, by_git=True, catalog=other)
        table = read_table(settings, (), date(2026, 4, 20), date(2026, 4, 20))
        assert [project.id for project in table.projects] == ["p"]
        assert table.cell("p", "github_stars").text == "100"
