"""Reviews of whose a name is: listed once with both numbers, decided like any value, shown, and taken back."""

import json
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.cli import run
from jobs.exits import DONE
from jobs.ingest.lifecycle import finish
from jobs.ingest.report import Tally
from jobs.review import Choice, cases, decide
from jobs.settings import Settings
from jobs.status import read_status
from storage.ledger import Ledger
from tests.storage.play import MONDAY, START, WEEK, begin, entry, frame

PROJECTS = (entry("httpie", "github:httpie/httpie"), entry("metaflow", "github:Netflix/metaflow"))
STARS, METAFLOW = "github:httpie/httpie", "github:Netflix/metaflow"
HELD_DAY = MONDAY + WEEK
OF_STARS = Choice("httpie", "github_stars")


def play(settings: Settings, week: int, number: str, stars: float, fallen: float = 0) -> list[str]:
    """Play the refresh of a week as a command does, in which the stars are those of a number; return what it says."""
    at = START + week * WEEK
    with Ledger.open(settings.db) as ledger:
        opened = begin(ledger, PROJECTS, at=at)
        tally = Tally()
        rows = [
            frame([(STARS, at.date(), stars)], number=number),
            frame([(METAFLOW, at.date(), 8000 + 10 * week - fallen)], number="2"),
        ]
        for outcome in ledger.append(opened, pd.concat(rows, ignore_index=True)):
            tally.add(outcome)
        report = tally.report(opened.id, "kept", ["github"], interrupted=False)
        report = finish(ledger, opened, report, settings, "", None)
    return [str(report.exit_code), *report.lines(), *report.messages()]


@pytest.fixture
def place(ledger_url: str, tmp_path: Path) -> Settings:
    """Give a ledger in which the name of a project's repository has been another one's for a week."""
    settings = Settings(db=ledger_url, catalog=tmp_path / "catalog.toml", now=START + WEEK + timedelta(hours=4))
    play(settings, 0, "1", 53_817)
    play(settings, 1, "9", 12)
    return settings


def call(place: Settings, monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setenv("TALLYBOOK_NOW", f"{place.now:%Y-%m-%dT%H:%M:%SZ}")
    return run(["--db", place.db, *args])


def test_a_refresh_says_it_and_has_not_failed(place: Settings) -> None:
    code, counts, told = play(place, 2, "9", 13)
    assert (code, counts) == ("0", "github: 1 recorded, 1 held")
    assert told.startswith("github: github:httpie/httpie held: identity: the number was 1 and is now 9: another one")


def test_what_is_held_for_its_number_and_what_is_implausible_are_both_counted(place: Settings) -> None:
    for week in range(2, 10):
        play(place, week, "9", 13)
    code, counts, *told = play(place, 10, "9", 14, 6000)
    assert (code, counts) == ("0", "github: 0 recorded, 2 held")
    assert ["identity" in line for line in told] == [True, False]


def test_it_is_listed_with_both_numbers_and_both_values(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(place, monkeypatch, "review") == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Httpie, GitHub stars, 2026-05-04 (identity)"
    assert "  before   53,817 on 2026-04-27" in lines
    assert any(line.startswith("  held     12 on 2026-05-04") for line in lines)
    assert any(line.startswith("  reason   the number was 1 and is now 9: ") for line in lines)
    assert "  since    2026-05-04" in lines
    assert "  see      https://github.com/httpie/httpie" in lines
    assert any(line.startswith("  means    accept: the name counts the one that came") for line in lines)
    assert call(place, monkeypatch, "review", "--json") == DONE
    (case,) = json.loads(capsys.readouterr().out)
    assert (case["guard"], case["before"]["value"], case["value"]) == ("identity", 53_817, 12)
    assert read_status(place).held == 1


def test_the_cell_is_held_and_its_footnote_has_both_numbers(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(place, monkeypatch, "table", "httpie") == DONE
    said = capsys.readouterr().out
    assert "53.8k¹" in said
    assert "value of 2026-04-27 (github:httpie/httpie), 12 of 2026-05-04 is held for review (identity)" in said
    assert "the number was 1 and is now 9" in said


def test_what_two_sources_say_of_one_name_is_asked_once(place: Settings) -> None:
    past = frame([(STARS, MONDAY, 11.0), (STARS, HELD_DAY, 12.0)], number="9")
    past["source"] = "github-history"
    with Ledger.open(place.db) as ledger:
        at = START + WEEK + timedelta(hours=1)
        opened = ledger.begin(kind="backfill", scope="{}", day=at.date(), now=at, catalog_id=None, version="0")
        ledger.append(opened, past)
        ledger.close(opened, state="done", now=at)
    (case,) = cases(place)
    assert (case.part.source, case.part.value) == ("github", 53_817)
    decide(place, "accept", OF_STARS, "the project went on there")
    with Ledger.open(place.db) as ledger:
        before = ledger.parts(MONDAY, ledger.known(), ["httpie"])
        assert [part.value for part in before if part.value is not None] == [53_817], "as it was"
        assert {part.value for part in ledger.parts(HELD_DAY, ledger.known(), ["httpie"])} == {12}


def test_what_came_under_the_name_is_still_listed_when_the_old_one_is_back(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play(place, 2, "9", 13)
    play(place, 3, "1", 53_900)
    later = Settings(db=place.db, now=START + 3 * WEEK + timedelta(hours=4))
    (case,) = cases(later)
    assert (case.held.value, case.since, case.overtaken) == (13, HELD_DAY, True)
    assert call(later, monkeypatch, "review") == DONE
    decision = f"httpie github_stars --day {HELD_DAY + WEEK} --reason TEXT"
    assert f"  decide   tallybook review accept|reject {decision}" in capsys.readouterr().out.splitlines()
    decide(later, "reject", Choice("httpie", "github_stars", day=HELD_DAY + WEEK), "never ours")
    assert cases(later) == []


def test_accepted_it_counts_and_the_explanation_shows_why(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(place, monkeypatch, "review", "accept", "httpie", "github_stars", "--reason", "made anew") == DONE
    assert "accepted: github_stars of github:httpie/httpie#9, 2026-05-04\n" in capsys.readouterr().out
    assert cases(place) == []
    assert play(place, 2, "9", 13) == ["0", "github: 2 recorded"]
    assert call(place, monkeypatch, "explain", "httpie", "github_stars", "--as-of", "2026-05-11") == DONE
    told = capsys.readouterr().out
    assert "github_stars" not in told.splitlines()[0]
    assert "since 2026-05-04 counted from github:httpie/httpie#9, before from github:httpie/httpie#1" in told
    assert "accepted    that of 2026-05-04: made anew (run 3)" in told
    assert "value       13 stars" in told


def test_rejected_it_is_carried_and_asked_about_no_more_and_can_be_opened_again(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    decide(place, "reject", OF_STARS, "a squatter")
    code, counts, _ = play(place, 2, "9", 13)
    assert (code, counts, cases(place)) == ("0", "github: 1 recorded, 1 missing", [])
    assert call(place, monkeypatch, "table", "httpie", "--as-of", "2026-05-11") == DONE
    said = capsys.readouterr().out
    assert "value of 2026-04-27 (github:httpie/httpie), last asked on 2026-05-11: none at the source (identity)" in said
    assert "the number was 1 and is now 9" in said
    assert call(place, monkeypatch, "explain", "httpie", "github_stars", "--as-of", "2026-05-11") == DONE
    assert "that of 2026-05-04: a squatter (run 3)" in capsys.readouterr().out
    decide(place, "reopen", Choice("httpie", "github_stars", day=HELD_DAY), "look again")
    assert len(cases(place)) == 1
    decide(place, "note", OF_STARS, "asked them")
    assert len(cases(place)) == 1


def test_whose_a_name_is_is_not_decided_with_a_whole_source(place: Settings) -> None:
    assert decide(place, "accept", Choice(source="github"), "they moved").values == ()
    assert len(cases(place)) == 1
