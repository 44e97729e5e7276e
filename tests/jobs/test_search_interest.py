"""Search interest from the file to the table and the reminder, as a person has it."""

import gzip
import json
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED, USAGE
from publish.table.scales import export_day
from tests.collector.imports.trends.exports import new, weeks

Output = pytest.CaptureFixture[str]
CATALOG = '[projects.metaflow]\nname = "Metaflow"\nsearch = "Metaflow"\n[projects.kubeflow]\nsearch = "kubeflow"\n'
NAME = "time_series_Worldwide_20210426-0000_20260426-0915.csv"
LATER = "time_series_Worldwide_20210426-0000_20260502-0915.csv"


@pytest.fixture(autouse=True)
def in_a_folder_with_a_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TALLYBOOK_DB", "TALLYBOOK_CATALOG", "TALLYBOOK_RECORDINGS", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-04-27T06:00:00Z")
    Path("catalog.toml").write_text(CATALOG)


def export(name: str = NAME, count: int = 8, **columns: object) -> str:
    """Write an export of constant interest and return its name."""
    Path(name).write_bytes(new({term: [value] * count for term, value in columns.items()}, weeks(count)).content)
    return name


def take_in(*names: str, options: tuple[str, ...] = ()) -> int:
    return run(["import", *names, "--from", "google-trends", *options])


def row(capsys: Output, *arguments: str) -> list[str]:
    """Return the cells of the table's row of search interest; none if it is not there."""
    capsys.readouterr()
    assert run(["table", "--format", "markdown", *arguments]) == DONE
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| Search interest")]
    return [cell.strip().replace("&lt;", "<") for cell in lines[0].split("|")[2:-1]] if lines else []


def test_an_import_makes_the_row_and_its_footnote(capsys: Output) -> None:
    assert take_in(export(Metaflow=3, Kubeflow="<1")) == DONE
    captured = capsys.readouterr()
    assert "10 new observations" in captured.out
    assert "odd" not in captured.err
    assert row(capsys) == ["3", "<1"]
    run(["table"])
    assert " ".join(capsys.readouterr().out.split()).endswith(
        "¹ Search interest: Google Trends, Worldwide, weekly: mean of the last 4 complete weeks; exported 2026-04-26, "
        "2026-03-01 to 2026-04-25; terms Kubeflow, Metaflow"
    )


def test_the_same_export_again_changes_nothing(capsys: Output) -> None:
    for expected in ("10 new observations, 0 known already", "0 new observations, 10 known already"):
        assert take_in(export(Metaflow=3, Kubeflow=1)) == DONE
        assert expected in capsys.readouterr().out
    assert len(list(Path("recordings").iterdir())) == 1


def test_a_new_export_is_shown_and_overwrites_nothing(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    assert take_in(export(Metaflow=3, Kubeflow=1)) == DONE
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-05-02T10:00:00Z")
    assert take_in(export(LATER, Metaflow=80, Kubeflow=20)) == DONE
    assert row(capsys, "--as-of", "2026-04-27") == ["80", "20"]
    assert row(capsys, "--as-of", "2026-04-27", "--known-at", "2026-04-30") == ["3", "1"]
    assert run(["history", "metaflow", "--from", "2026-04-27", "--format", "json"]) == DONE
    assert [one["value"] for one in json.loads(capsys.readouterr().out)] == [3, 80]


def test_an_export_of_one_project_is_not_put_beside_the_other_project_of_another_export(capsys: Output) -> None:
    assert take_in(export(Metaflow=3)) == DONE
    assert take_in(export(LATER, Kubeflow=50), options=("--exported", "2026-04-27")) == DONE
    assert sorted(row(capsys)) == ["50", "—²"]
    run(["table"])
    assert "only on others, which cannot be compared" in capsys.readouterr().out


def test_explain_says_of_a_cell_what_the_whole_table_shows(capsys: Output) -> None:
    assert take_in(export(Metaflow=3)) == DONE
    assert take_in(export(LATER, Kubeflow=50, Metaflow=8)) == DONE
    Path("catalog.toml").write_text(CATALOG + '[projects.python]\nsearch = "python"\n')
    assert take_in(export(python=50, Kubeflow=20), options=("--exported", "2026-04-27")) == DONE
    assert row(capsys) == ["8", "50", "—²"]
    assert run(["explain", "python", "search_interest"]) == DONE
    assert "as of 2026-04-27: — (missing: no value on this row's scale" in capsys.readouterr().out
    assert run(["explain", "nobody", "search_interest"]) == USAGE
    assert "nobody" in capsys.readouterr().err


def test_several_exports_are_joined_and_all_kept(capsys: Output) -> None:
    first, second = export(Metaflow=20, python=50), export(LATER, Kubeflow=80, python=25)
    assert take_in(first, second, options=("--anchor", "Python")) == DONE
    assert row(capsys) == ["20", "160"]
    assert take_in(first, second, options=("--anchor", "Metaflow")) == FAILED
    assert "has no term 'metaflow', the anchor asked for" in capsys.readouterr().err


def test_a_file_that_only_ties_the_others_is_kept_too() -> None:
    assert take_in(export(python=50, airflow=20), export(LATER, Kubeflow=80, Metaflow=8, python=25)) == DONE
    (recording,) = Path("recordings").iterdir()
    kept = gzip.decompress(recording.read_bytes()).decode()
    assert "airflow" in kept
    assert "Metaflow" in kept


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rubbish", "has no row of column names"),
        ("Week,Metaflow: (Worldwide)\n05-04-2026,3\n", "may be read in two ways"),
        ("Month,Metaflow: (Worldwide)\n2026-02,3\n2026-03,3\n", "has a row a month"),
        ("Week,airflow: (Worldwide)\n2026-04-12,3\n2026-04-19,3\n", "has no 28 days of whole weeks to be averaged"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_in_a_line(text: str, told: str, capsys: Output) -> None:
    Path("export.csv").write_text(text)
    assert take_in("export.csv") == FAILED
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.startswith("refused: export.csv: ")
    assert "Traceback" not in captured.err


def test_options_of_exports_are_refused_elsewhere(capsys: Output) -> None:
    Path("a.csv").write_text("x")
    assert run(["import", "a.csv", "--from", "csv", "--anchor", "x"]) == USAGE
    assert "--anchor: for exports of Google Trends, not for csv" in capsys.readouterr().err


def status(capsys: Output) -> str:
    capsys.readouterr()
    assert run(["status"]) == DONE
    return capsys.readouterr().out


def test_status_says_when_the_next_export_is_due_and_how_to_make_it(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take_in(export(Metaflow=3, Kubeflow=1)) == DONE
    assert "an export" not in status(capsys)
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-06-01T06:00:00Z")
    shown = status(capsys)
    assert "due: an export of Google Trends; the newest is of 2026-04-26." in shown
    link = "https://trends.google.com/trends/explore?date=today%205-y&q=kubeflow,Metaflow"
    assert f"    {link}\n" in shown
    assert "nothing is due" not in shown
    assert run(["status", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["export"] == {"newest": "2026-04-26", "links": [link], "anchor": ""}


def test_status_says_nothing_of_exports_where_nothing_is_searched(capsys: Output) -> None:
    assert take_in(export(Metaflow=3)) == DONE
    Path("catalog.toml").write_text('[projects.metaflow]\npypi = "metaflow"\n')
    Path("tidy.csv").write_text(
        "project,metric,artifact,source,day,value,method,run,known_at\n"
        "metaflow,pypi_downloads_7d,pypi:metaflow,pypistats,2026-04-27,5,observed,1,2026-04-27T05:00:00Z\n"
    )
    assert run(["import", "tidy.csv", "--from", "csv"]) == DONE
    assert "an export" not in status(capsys)


def test_status_lists_no_more_links_than_a_person_reads(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(f'[projects.p{at}]\nsearch = "term {at}"\n' for at in range(60))
    Path("catalog.toml").write_text(CATALOG + many)
    assert take_in(export(Metaflow=3, Kubeflow=1)) == DONE
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-06-01T06:00:00Z")
    shown = status(capsys)
    assert shown.count("https://") == 10
    assert "and 6 more: `tallybook status --json` lists all" in shown
    assert "All have the term Metaflow, by which they are joined; keep their order." in shown


def test_the_day_of_an_export_that_the_reader_writes_is_the_one_that_is_read(capsys: Output) -> None:
    assert take_in(export(Metaflow=3, Kubeflow=1), options=("--exported", "2026-04-27")) == DONE
    capsys.readouterr()
    assert run(["explain", "metaflow", "search_interest"]) == DONE
    (definition,) = (line for line in capsys.readouterr().out.splitlines() if "definition" in line)
    assert str(export_day(definition)) == "2026-04-27"


def test_the_sample_export_is_what_its_script_makes(tmp_path: Path) -> None:
    from jobs.demo.sample import make_export

    bundled = Path(make_export.__file__).with_name(make_export.NAME)
    assert make_export.make_export(tmp_path).read_bytes() == bundled.read_bytes()


def test_a_history_of_search_interest_gives_the_same_table_in_another_ledger(capsys: Output) -> None:
    assert take_in(export(Metaflow=3, Kubeflow=1)) == DONE
    assert run(["history", "metaflow", "kubeflow", "--format", "csv", "-o", "history.csv"]) == DONE
    assert run(["--db", "sqlite:///other.db", "import", "history.csv", "--from", "csv"]) == DONE
    assert row(capsys) == ["3", "1"]
    capsys.readouterr()
    run(["--db", "sqlite:///other.db", "table", "--as-of", "2026-04-27", "--format", "markdown"])
    assert "| Search interest¹ | 3 | 1 |" in capsys.readouterr().out


def test_a_history_that_names_no_run_tells_no_scale(capsys: Output) -> None:
    Path("bare.csv").write_text(
        "metric,artifact,source,day,value\nsearch_interest,search:Metaflow,google-trends,2026-04-27,5\n"
    )
    assert run(["import", "bare.csv", "--from", "csv"]) == FAILED
    assert "says nothing without its scale" in capsys.readouterr().err


def test_a_wide_table_of_search_interest_needs_its_scale_in_words(capsys: Output) -> None:
    Path("wide.csv").write_text("week,m\n2026-04-20,5\n2026-04-27,7\n")
    mapped = ["--date-column", "week", "--metric", "search_interest", "--map", "m=search:Metaflow"]
    arguments = ["import", "wide.csv", "--from", "csv", *mapped]
    assert run(arguments) == USAGE
    assert "name that with --definition" in capsys.readouterr().err
    assert run([*arguments, "--definition", "our own index"]) == DONE
    assert row(capsys) == ["7", "—²"]
