"""The command line: it finds commands, reads its options, and ends every error in a line and an exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.cli import COMMANDS, run
from jobs.exits import DONE, FAILED, PARTLY, USAGE
from storage.database.schema import HEAD


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TALLYBOOK_DB", "TALLYBOOK_CATALOG", "TALLYBOOK_RECORDINGS", "TALLYBOOK_NOW", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)


Output = pytest.CaptureFixture[str]
ELSEWHERE = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
"""The environment in which a process of its own finds the command, wherever it runs."""


def test_the_help_lists_every_command(capsys: Output) -> None:
    assert run(["--help"]) == DONE
    listed = capsys.readouterr().out
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help_which_begins_with_its_line_in_the_list(name: str, capsys: Output) -> None:
    assert run([name, "--help"]) == DONE
    told = " ".join(capsys.readouterr().out.split())
    assert re.search(rf"^Usage: tallybook {name} .*?(?<=[\])}}A-Z.]) {re.escape(COMMANDS[name])}", told), told


def test_the_list_of_commands_loads_none_of_them() -> None:
    """It took 1.4 s when it loaded every command's libraries for one line of help."""
    code = "import sys; from jobs.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run(  # noqa: S603 - the command under test
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=ELSEWHERE
    )
    assert "jobs.cli" in ran.stderr
    assert "jobs.commands" not in ran.stderr


def test_the_help_of_each_command_loads_no_library_that_only_running_it_needs() -> None:
    code = (
        "import sys; from jobs.cli import COMMANDS, run; [run([name, '--help']) for name in COMMANDS]; "
        "print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(  # noqa: S603 - the command under test
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=ELSEWHERE
    )
    heavy = {"sqlalchemy", "pydantic", "yaml", "requests", "pandas", "numpy", "rich", "apscheduler", "jinja2"}
    assert not heavy & set(ran.stderr.split())


def test_a_help_is_told_though_the_settings_are_wrong(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYBOOK_TIMEOUT", "soon")
    assert (run(["publish", "--help"]), capsys.readouterr().err) == (DONE, "")
    assert run(["publish"]) == USAGE
    assert capsys.readouterr().err.startswith("tallybook: TALLYBOOK_TIMEOUT: ")


def test_reading_needs_no_token_and_no_catalog(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["demo"]) == DONE
    monkeypatch.chdir("tallybook-demo")
    Path("catalog.toml").unlink()
    monkeypatch.setenv("GITHUB_TOKEN", "short")
    capsys.readouterr()
    for command in (["table"], ["status"], ["gaps"], ["review"], ["verify"], ["explain", "metaflow", "stars"]):
        assert run(command) == DONE
        assert "GITHUB_TOKEN" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tabel"], "Did you mean 'table'?"),
        (["quux"], "tallybook --help"),
        (["table", "--as-of", "27.4.2026"], "not a day such as"),
        (["table", "--known-at", "soon"], "not a run such as"),
        (["table", "--known-at", "9" * 30], "not a run such as"),
        (["table", "--format", "xml"], "markdown"),
        (["refresh"], "tallybook init"),
        (["--catalog", "none.toml", "refresh"], "none.toml"),
        (["explain", "p", "github_star"], "Did you mean 'github_stars'?"),
        (["explain", "p", "nope"], "no such metric: 'nope'. There are: github_stars"),
        (["schedule", "--cron", "often", "--print", "cron"], "no such file"),
    ],
)
def test_bad_usage_exits_2_and_says_what_would_be_right(arguments: list[str], said: str, capsys: Output) -> None:
    assert run(arguments) == USAGE
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_every_mistake_of_a_catalog_is_printed_with_its_line(capsys: Output) -> None:
    Path("catalog.toml").write_text('[projects.p]\nname = "P"\ngithb = "a/b"\npypi = "bad name"\n')
    assert run(["refresh"]) == USAGE
    lines = capsys.readouterr().err.splitlines()
    assert any("catalog.toml:3" in line and "github" in line for line in lines)
    assert any("catalog.toml:4" in line for line in lines)
    assert not Path("tallybook.db").exists(), "nothing was begun"


@pytest.mark.parametrize(("what", "key"), [("catalog", "cadence"), ("page", "title")])
def test_the_json_schemas_are_printed(what: str, key: str, capsys: Output) -> None:
    import json

    assert run(["schema", what]) == DONE
    assert key in json.loads(capsys.readouterr().out)["properties"]


def test_a_bad_variable_exits_2(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("TALLYBOOK_NOW", "yesterday")
    assert run(["table"]) == USAGE
    assert "TALLYBOOK_NOW" in capsys.readouterr().err


def test_a_ledger_that_is_not_there_exits_1_and_is_not_made(capsys: Output) -> None:
    assert run(["table"]) == FAILED
    assert "tallybook refresh" in capsys.readouterr().err
    assert not Path("tallybook.db").exists()


def test_init_writes_a_catalog_that_can_be_read_and_leaves_what_is_there(capsys: Output) -> None:
    assert run(["init"]) == DONE
    assert run(["refresh", "--dry-run"]) == DONE
    out = capsys.readouterr().out
    assert "github: 2 requests to api.github.com" in out
    assert "nothing was sent" in out
    Path("catalog.toml").write_text("# mine")
    assert run(["init"]) == DONE
    assert Path("catalog.toml").read_text() == "# mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--db", "sqlite:///option.db", "table"],
        ["table", "--db", "sqlite:///option.db"],
        ["--db", "sqlite:///other.db", "table", "--as-of", "2026-04-27", "--db=sqlite:///option.db"],
        ["db", "check", "--db", "sqlite:///option.db"],
        ["db", "--db", "sqlite:///option.db", "check"],
    ],
)
def test_options_of_places_stand_anywhere_and_win_over_the_environment(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("TALLYBOOK_DB", "sqlite:///from-environment.db")
    assert run(arguments) == FAILED
    captured = capsys.readouterr()
    assert "option.db" in captured.out + captured.err


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_environ: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("jobs.cli.read_settings", broken)
    with pytest.raises(ZeroDivisionError):
        run(["table"])


def closed(streams: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command by a shell that closes some of its streams; no service can be reached."""
    command = f'exec "$0" -m jobs.cli {" ".join(arguments)} {streams}'
    environment = ELSEWHERE | {
        "TALLYBOOK_PYPISTATS_URL": "http://127.0.0.1:1",
        "TALLYBOOK_TIMEOUT": "1",
    }
    return subprocess.run(  # noqa: S603 - the command under test
        ["/bin/sh", "-c", command, sys.executable],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("streams", ["2>&-", "<&- 2>&-"])
def test_a_refresh_with_its_messages_closed_asks_all_the_same(streams: str) -> None:
    Path("catalog.toml").write_text('[projects.p]\npypi = "kfp"\n')
    ran = closed(streams, "refresh")
    assert (ran.returncode, ran.stdout) == (FAILED, "pypistats: 0 recorded, 1 failed\n")


def test_what_is_written_to_a_closed_output_goes_nowhere_and_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["demo"]) == DONE
    monkeypatch.chdir("tallybook-demo")
    for streams in (">&-", "<&- >&- 2>&-"):
        ran = closed(streams, "history kubeflow --format csv")
        assert (ran.returncode, ran.stdout, ran.stderr) == (DONE, "", "")
    assert closed("2>&-", "verify").returncode == DONE


class TestOnTheDemonstration:
    """The commands that read, on the ledger of the demonstration."""

    @pytest.fixture(autouse=True)
    def demo(self, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
        assert run(["demo"]) == DONE
        monkeypatch.chdir("tallybook-demo")
        capsys.readouterr()

    def test_each_format_shows_the_numbers(self, capsys: Output) -> None:
        for form in ("text", "markdown", "html", "csv", "json"):
            assert run(["table", "--as-of", "2026-04-27", "--format", form]) == DONE
            assert "367.0k" in capsys.readouterr().out

    def test_the_markdown_is_exactly_that_of_the_contract(self, capsys: Output) -> None:
        run(["table", "metaflow", "kubeflow", "--as-of", "2026-04-27", "--format", "markdown"])
        assert capsys.readouterr().out == (
            "| Metric | Metaflow | Kubeflow |\n"
            "|---|---|---|\n"
            "| GitHub stars | 10.1k | 15.6k |\n"
            "| PyPI weekly downloads | 153.8k | 3.1M |\n"
            "| Docker Hub pulls | — | 367.0k |\n"
            "| Search interest¹ | 3 | 1 |\n"
            "\n"
            "As of 2026-04-27 — updated weekly.\n"
            "\n"
            "¹ Search interest: Google Trends, Worldwide, weekly: mean of the last 4 complete weeks; exported "
            "2026-04-26, 2021-04-25 to 2026-04-25; terms Kubeflow, Metaflow\n"
        )

    def test_projects_come_in_the_order_they_are_named(self, capsys: Output) -> None:
        run(["table", "kubeflow", "metaflow", "--as-of", "2026-04-27", "--format", "markdown"])
        assert capsys.readouterr().out.startswith("| Metric | Kubeflow | Metaflow |")

    def test_what_only_reads_loads_nothing_that_reads_a_catalog(self) -> None:
        """A short command is over before they would be loaded."""
        code = "import sys; from jobs.cli import run; run(['table']); print(*sys.modules, file=sys.stderr)"
        ran = subprocess.run(  # noqa: S603 - the command under test
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env=ELSEWHERE,
        )
        loaded = ran.stderr.split()
        assert "publish.table.cells" in loaded
        assert not {"pydantic", "yaml", "collector.catalog.schema", "requests", "pandas"} & set(loaded)

    def test_projects_may_be_named_as_people_call_them(self, capsys: Output) -> None:
        assert run(["table", "Kubeflow", "metaflow", "kubeflow", "--as-of", "last", "--format", "md"]) == DONE
        assert capsys.readouterr().out.startswith("| Metric | Kubeflow | Metaflow |")
        assert run(["table", "kubeflw"]) == USAGE
        assert "did you mean kubeflow?" in capsys.readouterr().err

    def test_a_table_can_be_chosen_turned_sorted_and_written_to_a_file(self, capsys: Output) -> None:
        asked = ["--as-of", "2026-04-27", "--metric", "pulls", "--metric", "stars"]
        assert run(["table", *asked, "--rows", "project", "--sort", "stars", "--exact", "-o", "a.md"]) == DONE
        assert capsys.readouterr().out == ""
        assert Path("a.md").read_text().splitlines()[:4] == [
            "| Project | Docker Hub pulls | GitHub stars |",
            "|---|---|---|",
            "| Kubeflow | 367,013 | 15,618 |",
            "| Metaflow | — | 10,123 |",
        ]
        assert run(["table", "--metric", "stars", "--sort", "pulls"]) == USAGE
        assert run(["table", "--sort", "name", "-o", "a.xyz"]) == USAGE
        assert "names no format" in capsys.readouterr().err

    def test_a_table_and_a_ranking_tell_changes(self, capsys: Output) -> None:
        assert run(["table", "--as-of", "2026-04-27", "--change", "month", "--format", "md"]) == DONE
        out = capsys.readouterr().out
        assert "| PyPI weekly downloads | 153.8k +5.2 % | 3.1M +5.2 % |" in out
        assert "| GitHub stars | 10.1k — | 15.6k — |" in out
        assert run(["top", "--metric", "downloads", "--as-of", "2026-04-27", "--limit", "1"]) == DONE
        out = capsys.readouterr().out
        assert "1  Kubeflow              3,104,000  +31,043  +1.0 %" in out
        assert "2 projects with a number; 2 can be compared with 2026-04-20." in out

    def test_an_old_table_says_so(self, capsys: Output) -> None:
        assert run(["table", "--as-of", "2026-06-01"]) == DONE
        assert "2026-04-27" in capsys.readouterr().out

    def test_what_was_not_known_then_is_an_error(self, capsys: Output) -> None:
        assert run(["table", "--known-at", "2020-01-01"]) in {FAILED, USAGE}
        assert run(["table", "--known-at", "99"]) == USAGE
        assert run(["table", "nobody"]) == USAGE
        assert "kubeflow" in capsys.readouterr().err

    def test_explain_leads_to_the_record(self, capsys: Output) -> None:
        assert run(["explain", "Kubeflow", "pulls", "--as-of", "2026-04-27"]) == DONE
        out = capsys.readouterr().out
        for fact in (
            "367,013",
            "151,306",
            "hub.docker.com",
            "200",
            "demo.warc.gz",
            "<urn:uuid:",
            "2026-04-27T05:00:12Z",
        ):
            assert fact in out

    def test_history_is_written_to_a_file_whole_or_not_at_all(self, capsys: Output) -> None:
        assert run(["history", "metaflow", "--format", "csv", "-o", "out.csv"]) == DONE
        lines = Path("out.csv").read_text().splitlines()
        assert lines[0] == "project,metric,artifact,source,day,value,method,run,known_at"
        assert len(lines) == 1 + 1 + 25 + 258, "a header, the stars, 25 weeks of downloads, 258 of search interest"
        assert run(["history", "nobody", "--format", "csv", "-o", "none.csv"]) == USAGE
        assert not Path("none.csv").exists()
        capsys.readouterr()

    def test_history_from_to_and_by_metric(self, capsys: Output) -> None:
        arguments = ["--metric", "pypi_downloads_7d", "--from", "2026-04-01", "--to", "2026-04-13", "--format", "csv"]
        assert run(["history", "metaflow", *arguments]) == DONE
        assert [line.split(",")[4] for line in capsys.readouterr().out.splitlines()[1:]] == ["2026-04-06", "2026-04-13"]

    def test_status_shows_the_runs_as_text_and_as_json(self, capsys: Output) -> None:
        assert run(["status"]) == DONE
        assert "pypistats" in capsys.readouterr().out
        assert run(["status", "--json"]) == DONE
        assert '"due"' in capsys.readouterr().out

    def test_the_ledger_is_sound(self, capsys: Output) -> None:
        assert run(["db", "check"]) == DONE
        assert run(["db", "upgrade"]) == DONE
        assert f"already at {HEAD}" in capsys.readouterr().out

    def test_every_command_that_the_demonstration_recommends_works(self, capsys: Output) -> None:
        import re
        import shlex

        assert run(["demo", "--folder", "again"]) == DONE
        lines = capsys.readouterr().out.split("Try next:")[1].splitlines()
        recommended = [re.sub(r"^.*?(?=(table|explain|history|status)\b)", "", line) for line in lines[3:] if line]
        assert len(recommended) == 4
        assert [run(shlex.split(command)) for command in recommended] == [DONE] * 4


class TestImport:
    """The command that takes in history, as a person would call it."""

    @pytest.fixture
    def history(self) -> Path:
        Path("history").mkdir()
        path = Path("history/2026-04-23_projects.csv")
        path.write_text("github_id,star_count,dockerhub_stars\no/r,110,10\no/s,x,\n")
        Path("projects.yaml").write_text("projects:\n  - {name: R, github_id: o/r, pypi_id: 'a b'}\n")
        return path.parent

    def test_a_catalog_is_made_of_the_list_and_a_table_of_its_history(self, history: Path, capsys: Output) -> None:
        assert run(["init", "--from-best-of", "projects.yaml"]) == DONE
        said = capsys.readouterr()
        assert said.out == "wrote catalog.toml\nprojects: 1, left out: 0\n"
        assert "pypi_id that cannot be one: 1, 'a b' is not the name of a package" in said.err
        assert "cadence: thursday, as the snapshots in history/ are" in said.err
        assert run(["import", str(history), "--from", "best-of"]) == PARTLY
        said = capsys.readouterr()
        assert said.out.splitlines() == [
            "best-of: 1 file with 2 rows",
            "1 new observation, 0 known already, in run 1",
            "1 row refused",
        ]
        assert said.err == "refused: 2026-04-23_projects.csv:3: star_count 'x' is not a whole number, zero or above\n"
        assert run(["table", "--as-of", "2026-04-24", "--format", "markdown"]) == DONE
        assert "| GitHub stars | 100" in capsys.readouterr().out
        assert run(["explain", "r", "github_stars", "--as-of", "2026-04-24"]) == DONE
        out = capsys.readouterr().out
        assert "file        2026-04-23_projects.csv" in out
        assert "status" not in out

    def test_a_list_does_not_overwrite_a_catalog(self, history: Path, capsys: Output) -> None:  # noqa: ARG002
        Path("catalog.toml").write_text("# mine")
        assert run(["init", "--from-best-of", "projects.yaml"]) == USAGE
        assert "name another with `tallybook --catalog FILE init" in capsys.readouterr().err
        assert Path("catalog.toml").read_text() == "# mine"
        Path("catalog.toml").unlink()
        Path("projects.yaml").write_text("a: [")
        assert run(["init", "--from-best-of", "projects.yaml"]) == USAGE
        assert "projects.yaml: is not YAML" in capsys.readouterr().err

    def test_the_result_comes_as_json_too(self, history: Path, capsys: Output) -> None:
        import json

        assert run(["import", str(history), "--from", "best-of", "--known-at", "2026-04-25", "--json"]) == PARTLY
        captured = capsys.readouterr()
        assert json.loads(captured.out)["new"] == 1
        assert "there is no catalog.toml" not in captured.out

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["history"], "--from"),
            (["history", "--from", "excel"], "best-of"),
            (["none", "--from", "csv"], "none"),
            (["history", "--from", "best-of", "--known-at", "soon"], "an ISO time, or git"),
            (["history", "--from", "best-of", "--known-at", "2999-01-01"], "still to come"),
            (["history", "--from", "best-of", "--map", "a=github:o/r"], "only for --from csv"),
            (["history", "--from", "csv", "--metric", "github_stars"], "a table needs --date-column"),
        ],
    )
    @pytest.mark.usefixtures("history")
    def test_bad_usage_is_told_before_a_ledger_is_made(self, arguments: list[str], said: str, capsys: Output) -> None:
        assert run(["import", *arguments]) == USAGE
        assert said in capsys.readouterr().err
        assert not Path("tallybook.db").exists()

    def test_where_there_is_nothing_to_import_no_ledger_is_made(self, capsys: Output) -> None:
        Path("empty").mkdir()
        assert run(["import", "empty", "--from", "best-of"]) == FAILED
        assert "empty: has no file whose name ends in _projects.csv" in capsys.readouterr().err
        assert not Path("tallybook.db").exists()

    def test_the_help_lists_the_forms_a_line_each(self, capsys: Output) -> None:
        assert run(["import", "--help"]) == DONE
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert {"best-of", "csv", "star-history", "google-trends", "warc"} <= {words[0] for words in lines if words}

    def test_a_recording_is_imported(self, capsys: Output) -> None:
        assert run(["demo"]) == DONE
        recording = Path("tallybook-demo/recordings/demo.warc.gz")
        assert run(["--catalog", "tallybook-demo/catalog.toml", "import", str(recording), "--from", "warc"]) == DONE
        assert "warc: 1 file with" in capsys.readouterr().out


def test_the_sample_recording_is_what_its_script_makes(tmp_path: Path) -> None:
    import gzip

    from jobs.demo.sample.make_recording import make_recording

    make_recording(tmp_path / "made.warc.gz")
    bundled = Path(sys.modules["jobs.demo.sample.make_recording"].__file__ or "").with_name("demo.warc.gz")
    assert gzip.decompress((tmp_path / "made.warc.gz").read_bytes()) == gzip.decompress(bundled.read_bytes())
