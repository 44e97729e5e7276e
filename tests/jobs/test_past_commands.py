"""The commands on the past: what they say before they send anything, what they print, and how they end."""

import json
from datetime import date
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED, PARTLY, USAGE
from tests.jobs.past_played import MONDAY, WEEK
from tests.jobs.past_services import World

Output = pytest.CaptureFixture[str]
CATALOG = """
[projects.p]
name = "P"
github = "o/r"
pypi = "kfp"
docker = ["ns/*"]
search = "P"
"""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder with a catalog, at the world's time."""
    monkeypatch.chdir(tmp_path)
    for name in ("TALLYBOOK_DB", "TALLYBOOK_CATALOG", "TALLYBOOK_RECORDINGS", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TALLYBOOK_BUDGETS", "off")
    monkeypatch.setenv("TALLYBOOK_MAX_WAIT", "0.01")
    stand_at(MONDAY, monkeypatch)
    Path("catalog.toml").write_text(CATALOG)


def stand_at(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYBOOK_NOW", f"{day}T05:00:00Z")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["backfill"], "--from"),
        (["backfill", "--from", "2026-04-28"], "in the future"),
        (["backfill", "--from", "1999-12-31"], "before 2000-01-01"),
        (["backfill", "--from", "2026-01-05", "--to", "2026-01-01"], "before --from"),
        (
            ["backfill", "--from", "2026-01-05", "--source", "pypstats"],
            "Did you mean 'pypistats'?",
        ),
        (["backfill", "--from", "2026-01-05", "q"], "no such project: 'q'. There are: p, P."),
        (["gaps", "--from", "2026-04-28"], "in the future"),
        (["gaps", "--from", "2026-01-05", "--to", "2026-01-01"], "before --from"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_begun(arguments: list[str], said: str, capsys: Output) -> None:
    assert run(arguments) == USAGE
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert not Path("tallybook.db").exists()


def test_a_dry_run_says_how_far_each_source_reaches_and_sends_nothing(world: World, capsys: Output) -> None:
    assert run(["backfill", "--from", "2025-06-01", "--dry-run"]) == DONE
    captured = capsys.readouterr()
    assert "pypistats: reaches back to 2025-11-05; 25 weeks, 2025-11-10 to 2026-04-27, of 1 artifact\n" in captured.out
    assert "about 2 requests to pypistats.org, as fast as it answers; rates: 5 in 1 s and 30 in 60 s" in captured.out
    assert captured.out.endswith("in all: about 6 requests; nothing was sent\n")
    assert "dockerhub: has no past" in captured.err
    assert "`tallybook import`" in captured.err
    assert not world.asked
    assert not Path("tallybook.db").exists()


def test_a_dry_run_for_machines_says_the_same(capsys: Output) -> None:
    assert run(["backfill", "--from", "2026-04-01", "--source", "pypistats", "--dry-run", "--json"]) == DONE
    (reach,) = json.loads(capsys.readouterr().out)
    assert (reach["source"], reach["reaches_back_to"], reach["weeks"]) == ("pypistats", "2025-11-05", 4)
    assert (reach["from"], reach["to"], reach["requests"]) == ("2026-04-06", "2026-04-27", 2)


def test_what_has_no_past_is_nothing_to_do_and_says_what_can_be_done(world: World, capsys: Output) -> None:
    assert run(["backfill", "--from", "2025-06-01", "--source", "dockerhub"]) == DONE
    captured = capsys.readouterr()
    assert "nothing to do" in captured.err
    assert "`tallybook import`" in captured.err
    assert (captured.out, world.asked.total()) == ("", 0)


@pytest.mark.usefixtures("world")
def test_a_backfill_prints_what_each_source_brought(capsys: Output) -> None:
    assert run(["backfill", "--from", "2026-02-02"]) == DONE
    captured = capsys.readouterr()
    assert captured.out == "github-history: 1 recorded\npypistats: 1 recorded\n"
    assert "13 weeks, 2026-02-02 to 2026-04-27" in captured.err


@pytest.mark.usefixtures("world")
def test_a_backfill_prints_its_report_for_machines(capsys: Output) -> None:
    assert run(["backfill", "--from", "2026-02-02", "--source", "clickpy", "--json"]) == DONE
    report = json.loads(capsys.readouterr().out)
    assert (report["observations"], report["sources"]["clickpy"]["recorded"]) == (13, 1)


def test_gaps_need_a_ledger(capsys: Output) -> None:
    assert run(["gaps"]) == FAILED
    assert "no ledger yet: `tallybook refresh` makes it" in capsys.readouterr().err


def test_gaps_are_listed_and_filled_and_what_is_left_is_printed(
    world: World, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("catalog.toml").write_text('[projects.p]\nname = "P"\ngithub = "o/r"\n')
    assert run(["refresh"]) == DONE
    world.today = MONDAY + 3 * WEEK
    stand_at(world.today, monkeypatch)
    assert run(["refresh"]) == DONE
    capsys.readouterr()
    looked_at = "2 gaps in 4 weeks from 2026-04-27 to 2026-05-18; 2 can be asked for: `tallybook gaps --fill`"
    assert run(["gaps"]) == DONE
    assert capsys.readouterr().out.splitlines() == [
        "2026-05-04 … 2026-05-11, 2 weeks, no run: 1 github_stars (github-history can tell) a week",
        f"{looked_at}; each of them: `tallybook gaps --all`, or with a PROJECT",
    ]
    for arguments in (["p"], ["--all"]):
        assert run(["gaps", *arguments]) == DONE
        assert capsys.readouterr().out.splitlines() == [
            "p github_stars 2026-05-04 … 2026-05-11, 2 weeks: github:o/r: no run; github-history can tell",
            looked_at,
        ]
    world.broken = {"/repos/o/r"}
    assert run(["gaps", "--fill"]) in {PARTLY, FAILED}
    assert "github-history: github:o/r failed" in capsys.readouterr().err
    world.broken = set()
    assert run(["gaps", "--fill", "--json"]) == DONE
    left = json.loads(capsys.readouterr().out)
    assert (left["gaps"], left["filled"]["observations"]) == ([], 2)
    assert run(["gaps"]) == DONE
    assert capsys.readouterr().out == "no gaps in 4 weeks from 2026-04-27 to 2026-05-18\n"


@pytest.mark.usefixtures("world")
def test_before_the_first_cadence_day_no_week_has_ended(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_at(date(2026, 4, 29), monkeypatch)
    Path("catalog.toml").write_text('[projects.p]\nname = "P"\ngithub = "o/r"\n')
    assert run(["refresh"]) == DONE
    capsys.readouterr()
    assert run(["gaps"]) == DONE
    assert capsys.readouterr().out == "no week to look at since the first refresh; --from D looks further back\n"
