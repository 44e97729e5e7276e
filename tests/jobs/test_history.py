"""`tallybook history`: formats, files, weeks and charts, on the ledger of the demonstration."""

import csv
import json
import os
import pty
import re
import struct
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from threading import Thread

import pyarrow.parquet as pq
import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED, USAGE
from publish.history.periods import Every
from publish.history.points import Point, Wanted, read_points
from publish.table.rules import Rules
from storage.ledger import Connection
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, ONE, START, WEEK, entry, learn

Output = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
DOWNLOADS = ["history", "metaflow", "--metric", "pypi_downloads_7d"]


@pytest.fixture(scope="module")
def ledger_of_the_demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("demo")
    assert run(["demo", "--folder", str(folder)]) == DONE
    return f"sqlite:///{folder / 'tallybook.db'}"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger_of_the_demo: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TALLYBOOK_DB", ledger_of_the_demo)


def on_a_terminal(arguments: list[str], monkeypatch: pytest.MonkeyPatch, columns: int = 100) -> str:
    """Run a command with a pseudo-terminal as its standard output; give what came out, its colours left out."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.get_terminal_size(theirs))
    pieces: list[bytes] = []

    def drain() -> None:
        try:
            while piece := os.read(ours, 4096):
                pieces.append(piece)
        except OSError:  # how a pseudo-terminal ends
            return

    reader = Thread(target=drain)
    reader.start()
    with open(theirs, "w", encoding="utf-8") as terminal:  # noqa: PTH123 - a descriptor, not a path
        monkeypatch.setattr(sys, "stdout", terminal)
        code = run(arguments)
    monkeypatch.undo()
    reader.join()
    os.close(ours)
    assert code == DONE
    return re.sub(r"\x1b\[[\d;]*m", "", b"".join(pieces).decode()).replace("\r\n", "\n")


def test_by_the_week_each_line_has_its_change_and_growth(capsys: Output) -> None:
    assert run([*DOWNLOADS, "--every", "week", "--from", "2026-04-20", "--format", "csv"]) == DONE
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [(row["as_of"], row["value"], row["change"], row["method"]) for row in rows] == [
        ("2026-04-20", "152259", "1523", "derived"),
        ("2026-04-27", "153800", "1541", "observed"),
    ]
    assert float(rows[1]["growth"]) == pytest.approx(100 * 1541 / 152259, abs=1e-6)


def test_by_the_month_there_is_a_line_for_each(capsys: Output) -> None:
    assert run([*DOWNLOADS, "--every", "month", "--format", "json"]) == DONE
    days = [record["as_of"] for record in json.loads(capsys.readouterr().out)]
    assert days == ["2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"]


def test_by_the_week_as_text_where_nobody_looks_is_the_table_alone(capsys: Output) -> None:
    assert run([*DOWNLOADS, "--every", "week"]) == DONE
    out = capsys.readouterr().out
    assert out.startswith("Metaflow, PyPI weekly downloads\n")
    assert "+1.0 %" in out
    assert "┤" not in out


def test_a_table_that_nobody_looks_at_has_no_chart(capsys: Output) -> None:
    assert run(DOWNLOADS) == DONE
    out = capsys.readouterr().out
    assert out.split()[0] == "project"
    assert "┤" not in out


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_a_chart_as_wide_as_it_stands_below_the_table(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = on_a_terminal(DOWNLOADS, monkeypatch, columns)
    above, table, chart = shown.replace("\r", "").split("\n\n", 2)
    assert above.splitlines()[:2] == ["project   metaflow", "metric    pypi_downloads_7d"]
    assert len(table.splitlines()) == 27
    assert max(map(len, chart.splitlines())) == columns
    assert "Metaflow 153.8k" in chart


def test_on_a_terminal_each_metric_has_its_chart_below_its_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal(["history", "metaflow", "kubeflow", "--every", "week"], monkeypatch)
    places = [
        shown.index(text) for text in ("Kubeflow, GitHub stars", "Kubeflow, PyPI", "Kubeflow 3.1M", "Kubeflow, Search")
    ]
    assert places == sorted(places)
    assert shown.count("┌") == 2, "downloads and search interest; a metric with a single day has no chart"


def test_a_terminal_that_can_do_little_gets_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "┤" not in on_a_terminal(DOWNLOADS, monkeypatch)


def test_a_narrow_terminal_gets_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "┤" not in on_a_terminal(DOWNLOADS, monkeypatch, 39)


def test_a_long_history_is_drawn_by_the_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'long.db'}"
    now = datetime(2026, 4, 27, 5, tzinfo=UTC)
    with Ledger.open_or_create(url) as ledger:
        learn(ledger, [("pypi:kfp", now.date() - timedelta(weeks=week), 500.0) for week in range(200)], ONE, at=now)
    read: list[Every] = []

    def noted(connection: Connection, wanted: Wanted, every: Every, rules: Rules) -> tuple[Point, ...]:
        read.append(every)
        return read_points(connection, wanted, every, rules)

    monkeypatch.setattr("jobs.history.read_points", noted)
    assert "Kubeflow 500" in on_a_terminal(["--db", url, "history", "kubeflow"], monkeypatch)
    assert read == ["week", "month"]


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.svg", b"<svg "),
        ("a.PNG", b"\x89PNG"),
        ("a.parquet", b"PAR1"),
        ("a.json", b"["),
        ("a.csv", b"project,"),
        ("a.txt", b"project "),
        ("a", b"project "),
    ],
)
def test_the_ending_of_the_file_says_its_format(name: str, begins: bytes) -> None:
    assert run([*DOWNLOADS, "-o", name]) == DONE
    assert Path(name).read_bytes().startswith(begins)


def test_a_format_that_is_given_wins_over_the_ending() -> None:
    assert run([*DOWNLOADS, "--format", "csv", "-o", "a.svg"]) == DONE
    assert Path("a.svg").read_text().startswith("project,metric")


def test_parquet_has_what_csv_has() -> None:
    assert run([*DOWNLOADS, "-o", "a.parquet"]) == DONE
    assert run([*DOWNLOADS, "-o", "a.csv"]) == DONE
    lines = list(csv.DictReader(Path("a.csv").read_text().splitlines()))
    rows = pq.read_table("a.parquet").to_pylist()
    assert [(str(row["day"]), int(row["value"])) for row in rows] == [
        (line["day"], int(line["value"])) for line in lines
    ]


def test_parquet_can_be_by_the_month_too() -> None:
    assert run([*DOWNLOADS, "--every", "month", "-o", "a.parquet"]) == DONE
    assert pq.read_table("a.parquet").column("as_of").to_pylist()[-2:] == [date(2026, 2, 28), date(2026, 3, 31)]


def test_days_without_observations_have_no_chart_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_a_terminal([*DOWNLOADS, "--from", "2027-01-01"], monkeypatch) == "No observations.\n"


def test_an_image_goes_to_a_pipe_as_it_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run([*DOWNLOADS, "--format", "png"]) == DONE
    sys.stdout.flush()
    assert capfdbinary.readouterr().out.startswith(b"\x89PNG")


def test_a_theme_can_be_chosen() -> None:
    assert run([*DOWNLOADS, "--theme", "dark", "-o", "a.svg"]) == DONE
    assert "#17181a" in Path("a.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "a.pdf"], ".pdf names no format: give --format, one of text, csv"),
        (["--theme", "dark"], "--theme is for svg and png, not for text"),
        (["--every", "decade"], "'decade' is not one of 'day', 'week', 'month', 'quarter', 'year'"),
        (["--log", "--every", "week"], "--log is for svg and png, not for text"),
        (["--wide", "--format", "svg"], "--wide is for tables, not for svg"),
        (["--since", "year"], "--since goes with --every"),
        (["--all", "--every", "month"], "--all is for single observations"),
        (["--index", "2020-01-06", "--format", "svg"], "no value as of 2020-01-06"),
        (["--to", "2001-01-01", "-o", "{metric}.csv"], "there is no file to write"),
        (["--from", "2026-05-01", "--to", "2026-04-01"], "--from 2026-05-01 is after --to 2026-04-01"),
        (["--from", "2026-05-01", "--format", "svg"], "nothing to draw"),
        (["--metric", "github_star"], "Did you mean 'github_stars'?"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(arguments: list[str], said: str, capsys: Output) -> None:
    assert run(["history", "metaflow", *arguments]) == USAGE
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("form", ["svg", "png", "parquet"])
def test_what_is_no_text_is_not_written_to_a_terminal(
    form: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run([*DOWNLOADS, "--format", form]) == USAGE
    assert f"{form} is nothing for a terminal: give -o FILE" in capsys.readouterr().err


@pytest.mark.parametrize(("form", "module"), [("png", "resvg_py"), ("parquet", "pyarrow")])
def test_without_the_extra_it_says_so_and_leaves_no_file(
    form: str, module: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert run([*DOWNLOADS, "-o", f"a.{form}"]) == USAGE
    assert "needs the extra" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


def test_a_folder_that_is_not_there_is_an_error_in_a_line(capsys: Output) -> None:
    assert run([*DOWNLOADS, "-o", "none/a.svg"]) == FAILED
    assert "none" in capsys.readouterr().err


def test_days_without_the_end_of_a_week_say_when_one_ends(tmp_path: Path, capsys: Output) -> None:
    url, wednesday = f"sqlite:///{tmp_path / 'new.db'}", datetime(2026, 4, 29, 5, tzinfo=UTC)
    with Ledger.open_or_create(url) as ledger:
        learn(ledger, [("pypi:kfp", wednesday.date(), 500.0)], ONE, at=wednesday)
    assert run(["--db", url, "history", "kubeflow", "--every", "week"]) == DONE
    assert capsys.readouterr().out == "No week has ended in these days; one ends on 2026-05-04.\n"


def test_days_without_observations_say_so(capsys: Output) -> None:
    assert run([*DOWNLOADS, "--every", "week", "--from", "2026-04-21", "--to", "2026-04-26"]) == DONE
    assert capsys.readouterr().out == "No observations.\n"


@pytest.mark.parametrize(
    ("form", "heavy"), [("csv", "plotext resvg_py pyarrow.parquet"), ("text", "pandas"), ("svg", "pandas resvg_py")]
)
def test_a_form_loads_only_what_it_needs(form: str, heavy: str) -> None:
    code = (
        f"import sys; from jobs.cli import run; run(['history', 'metaflow', '--format', '{form}']);"
        f"print([name for name in '{heavy}'.split() if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    assert ran.stderr.strip() == "[]"


@pytest.fixture
def years(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand at a ledger of 70 weeks of two projects, of which one is half as old, told by one run."""
    url = f"sqlite:///{tmp_path / 'years.db'}"
    monkeypatch.setenv("TALLYBOOK_DB", url)
    two = (entry("old", "pypi:old"), entry("new", "pypi:new"))
    weeks = [(MONDAY - week * WEEK, 700.0 - 5 * week) for week in range(70)]
    rows = [("pypi:old", *one) for one in weeks] + [("pypi:new", day, value / 10) for day, value in weeks[:35]]
    with Ledger.open_or_create(url) as ledger:
        learn(ledger, rows, two, at=START)


def rows_of(arguments: list[str], capsys: Output) -> list[dict[str, str]]:
    assert run(["history", *arguments, "--format", "csv"]) == DONE
    return list(csv.DictReader(capsys.readouterr().out.splitlines()))


@pytest.mark.usefixtures("years")
def test_no_project_means_all(capsys: Output) -> None:
    assert [row["project"] for row in rows_of(["--from", "2026-04-27"], capsys)] == ["old", "new"]
    assert {row["project"] for row in rows_of(["--every", "week"], capsys)} == {"old", "new"}


@pytest.mark.usefixtures("years")
@pytest.mark.parametrize(
    ("every", "ends"),
    [
        ("day", ["2026-04-13", "2026-04-20", "2026-04-27"]),
        ("week", ["2026-04-13", "2026-04-20", "2026-04-27"]),
        ("month", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("quarter", ["2025-09-30", "2025-12-31", "2026-03-31"]),
        ("year", ["2024-12-31", "2025-12-31"]),
    ],
)
def test_a_line_for_each_period_that_is_over(every: str, ends: list[str], capsys: Output) -> None:
    assert [row["as_of"] for row in rows_of(["old", "--every", every], capsys)][-3:] == ends


@pytest.mark.usefixtures("years")
def test_wide_has_a_column_a_project_and_nothing_where_there_was_nothing(capsys: Output) -> None:
    rows = rows_of(["--wide"], capsys)
    assert list(rows[0]) == ["metric", "as_of", "old", "new"]
    assert (rows[0]["old"], rows[0]["new"]) == ("355", "")
    assert (rows[-1]["as_of"], rows[-1]["old"], rows[-1]["new"]) == ("2026-04-27", "700", "70")
    assert run(["history", "--wide", "--from", "2026-04-20"]) == DONE
    assert capsys.readouterr().out.splitlines()[-1].split() == ["2026-04-27", "700", "70"]


@pytest.mark.usefixtures("years")
def test_growth_since_a_year_ago_is_there_where_there_was_a_value_then(capsys: Output) -> None:
    rows = rows_of(["--every", "week", "--since", "year", "--from", "2026-04-27"], capsys)
    assert [(row["project"], row["since"], row["since_change"]) for row in rows] == [
        ("old", "2025-04-28", "260"),
        ("new", "", ""),
    ]
    assert float(rows[0]["since_growth"]) == pytest.approx(100 * 260 / 440, abs=1e-6)


@pytest.mark.usefixtures("years")
def test_growth_since_a_day_is_that_since_the_week_that_was_over_then(capsys: Output) -> None:
    rows = rows_of(["old", "--every", "week", "--since", "2026-04-15", "--from", "2026-04-06"], capsys)
    assert [(row["since"], row["since_change"]) for row in rows] == [
        ("", ""),
        ("", ""),
        ("2026-04-13", "5"),
        ("2026-04-13", "10"),
    ]
    assert run(["history", "old", "--every", "week", "--since", "2026-04-13", "--from", "2026-04-20"]) == DONE
    assert "+1.4 %  2026-04-13" in capsys.readouterr().out


@pytest.mark.usefixtures("years")
def test_a_chart_of_a_hundred_says_so_and_shares_its_axis_and_title() -> None:
    assert run(["history", "-o", "a.svg", "--index", "2026-01-05", "--title", "Who grows?"]) == DONE
    drawn = Path("a.svg").read_text()
    assert "Who grows?" in drawn
    assert "PyPI weekly downloads, 2026-01-05 = 100" in drawn
    assert "Old from 55.0 on" not in drawn
    assert f"to {100 * 700 / 620:.1f} on 2026-04-27" in drawn


@pytest.mark.usefixtures("years")
def test_a_project_without_a_value_on_the_day_of_the_index_is_named() -> None:
    assert run(["history", "-o", "a.svg", "--index", "2025-06-02"]) == DONE
    assert "2025-06-02 = 100 (no value then: New)" in Path("a.svg").read_text()


@pytest.mark.usefixtures("years")
def test_a_logarithmic_chart_says_so_and_has_far_lines_on_one_axis() -> None:
    assert run(["history", "-o", "a.svg", "--log"]) == DONE
    drawn = Path("a.svg").read_text()
    assert drawn.count("The axis is logarithmic.") == 1
    assert all(f">{tick}</text>" in drawn for tick in (50, 100, 200, 500))


def test_a_pattern_names_a_file_for_each_metric() -> None:
    assert run(["history", "metaflow", "kubeflow", "-o", "chart-{metric}.svg"]) == DONE
    assert sorted(path.name for path in Path().glob("*.svg")) == [
        "chart-dockerhub_pulls.svg",
        "chart-github_stars.svg",
        "chart-pypi_downloads_7d.svg",
        "chart-search_interest.svg",
    ]
    assert run(["history", "metaflow", "--metric", "stars", "-o", "{metric}.csv"]) == DONE
    assert Path("github_stars.csv").read_text().startswith("project,metric")
    assert not list(Path().glob("docker*.csv"))
