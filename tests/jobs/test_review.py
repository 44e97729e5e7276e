"""Reviews: what is held is listed with its evidence, and each decision is kept, counts, and can be taken back."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.exits import DONE, USAGE
from jobs.review import Case, Choice, ReviewError, decide
from jobs.review import read_cases as cases
from jobs.settings import Settings
from jobs.status import read_status
from storage.quarantine.held import Hold
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, Row, begin, entry, frame

PROJECTS = (entry("httpie", "github:httpie/httpie", "pypi:httpie"), entry("metaflow", "github:Netflix/metaflow"))
STARS, DOWNLOADS, METAFLOW = "github:httpie/httpie", "pypi:httpie", "github:Netflix/metaflow"
GOOD = (53_100, 53_220, 53_330, 53_450, 53_560, 53_690, 53_817)
DROP = 18_331
HELD_DAY = MONDAY + len(GOOD) * WEEK
REASON = "went private by mistake"


def play(ledger: Ledger, week: int, rows: Sequence[Row], held: Sequence[str] = (), guard: str = "implausible") -> None:
    """Play a week's refresh in which the values of some artifacts are held."""
    at = START + week * WEEK
    opened = begin(ledger, PROJECTS, at=at)
    ledger.append(opened, frame(rows))
    series = {one.series: (one.metric, one.news) for one in ledger.reviews.judged(opened)}
    by_name = {name: value for name, _, value in rows}
    holds = [
        Hold(number, at.date(), guard, "it fell")
        for number, (_, news) in series.items()
        for name in held
        if news and news[-1][1] == by_name[name]
    ]
    ledger.reviews.hold(opened, holds)
    ledger.close(opened, state="done", now=at)


@pytest.fixture
def place(ledger_url: str, tmp_path: Path) -> Settings:
    """Give a ledger in which the stars of a project are held since its newest week."""
    with Ledger.open(ledger_url) as ledger:
        for week, stars in enumerate(GOOD):
            day = MONDAY + week * WEEK
            play(ledger, week, [(STARS, day, stars), (DOWNLOADS, day, 40_000.0 + week), (METAFLOW, day, 8_000 + week)])
        week = len(GOOD)
        rows = [(STARS, HELD_DAY, DROP), (DOWNLOADS, HELD_DAY, 41_000.0), (METAFLOW, HELD_DAY, 8_010)]
        play(ledger, week, rows, [STARS])
    return Settings(db=ledger_url, catalog=tmp_path / "catalog.toml", now=START + week * WEEK + timedelta(hours=4))


def stars(place: Settings) -> tuple[float | None, bool]:
    """Return the stars as they count today, and whether a newer value is withheld."""
    with Ledger.open(place.db) as ledger:
        (only,) = (part for part in ledger.parts(HELD_DAY, ledger.known()) if part.artifact == "httpie/httpie")
    return only.value, only.held is not None


OF_STARS = Choice("httpie", "github_stars")


def on(day: date, metric: str = "github_stars", project: str = "httpie") -> Choice:
    """Mean the value of a day."""
    return Choice(project, metric, first=day, last=day)


def held(case: Case) -> list[tuple[date, float]]:
    """Return the days and values of a case."""
    return [(one.place.day, one.value) for one in case.held]


@pytest.mark.both_databases
def test_a_held_value_is_shown_with_its_evidence(place: Settings) -> None:
    (case,) = cases(place)
    assert (case.owner.project.id, case.metric.key, str(case.owner)) == ("httpie", "github_stars", STARS)
    assert (held(case), case.before) == ([(HELD_DAY, DROP)], (HELD_DAY - WEEK, 53_817))
    (other,) = case.others
    assert (other.metric.key, other.before, other.now) == ("pypi_downloads_7d", 40_006, 41_000)
    assert case.links == ("https://github.com/httpie/httpie",)


@pytest.mark.both_databases
def test_what_is_accepted_counts_and_is_listed_no_more(place: Settings) -> None:
    done = decide(place, "accept", OF_STARS, REASON)
    assert done.values == ((STARS, "github_stars", HELD_DAY),)
    assert (stars(place), cases(place)) == ((DROP, False), [])
    with Ledger.open(place.db) as ledger:
        newest = ledger.runs(1)[0]
        (part,) = (part for part in ledger.parts(HELD_DAY, ledger.known()) if part.artifact == "httpie/httpie")
        (kept,) = ledger.reviews.decisions([part.series or 0], HELD_DAY, ledger.known())
    assert (newest.kind, newest.state, newest.id) == ("review", "done", done.run)
    assert (kept.verdict, kept.reason, kept.run, kept.at) == ("accept", REASON, done.run, place.now)


def test_what_is_rejected_stays_out_and_can_be_accepted_after_all(place: Settings) -> None:
    decide(place, "reject", OF_STARS, REASON)
    assert (stars(place), cases(place)) == ((53_817, True), [])
    assert decide(place, "accept", OF_STARS, REASON).values == (), "it is decided, and so must be named by its day"
    decide(place, "accept", on(HELD_DAY), "it was true")
    assert stars(place) == (DROP, False)


def test_a_note_decides_nothing(place: Settings) -> None:
    decide(place, "note", OF_STARS, "asked them")
    decide(place, "note", OF_STARS, "they look")
    (case,) = cases(place)
    assert case.notes == ("asked them", "they look")


def test_a_decision_can_be_taken_back(place: Settings) -> None:
    decide(place, "accept", OF_STARS, REASON)
    decide(place, "reopen", on(HELD_DAY), "too early")
    assert len(cases(place)) == 1


def test_any_value_can_be_rejected_by_its_day(place: Settings) -> None:
    decide(place, "reject", on(HELD_DAY, project="metaflow"), "bots")
    with Ledger.open(place.db) as ledger:
        assert [part.value for part in ledger.parts(HELD_DAY, ledger.known(), ["metaflow"])] == [8_006]


def test_accepting_takes_in_all_that_is_held_of_the_series(place: Settings) -> None:
    with Ledger.open(place.db) as ledger:
        later = HELD_DAY + WEEK
        rows = [(STARS, later, 18_400), (DOWNLOADS, later, 42_000.0), (METAFLOW, later, 8_020)]
        play(ledger, len(GOOD) + 1, rows, [STARS])
    settings = Settings(db=place.db, now=START + (len(GOOD) + 1) * WEEK + timedelta(hours=1))
    (case,) = cases(settings)
    assert held(case) == [(HELD_DAY, DROP), (HELD_DAY + WEEK, 18_400)]
    done = decide(settings, "accept", OF_STARS, REASON)
    assert [day for _, _, day in done.values] == [HELD_DAY, HELD_DAY + WEEK]


@pytest.mark.both_databases
def test_a_range_of_days_is_decided_at_once_and_no_day_beside_it(place: Settings) -> None:
    weeks = [HELD_DAY + week * WEEK for week in range(1, 4)]
    with Ledger.open(place.db) as ledger:
        for week, day in enumerate(weeks, len(GOOD) + 1):
            play(ledger, week, [(STARS, day, 18_400 + week), (DOWNLOADS, day, 41_000.0)], [STARS])
    settings = Settings(db=place.db, now=START + (len(GOOD) + 4) * WEEK)
    first_two = Choice("httpie", "github_stars", first=HELD_DAY, last=weeks[0])
    assert [day for _, _, day in decide(settings, "reject", first_two, REASON).values] == [HELD_DAY, weeks[0]]
    (case,) = cases(settings)
    assert [day for day, _ in held(case)] == weeks[1:]
    of_source = Choice(source="github", first=weeks[2], last=weeks[2])
    assert [day for _, _, day in decide(settings, "accept", of_source, REASON).values] == [weeks[2]]
    again = Choice(source="github", first=HELD_DAY, last=weeks[2])
    assert len(decide(settings, "reopen", again, "not sure").values) == 4
    assert sorted(day for case in cases(settings) for day, _ in held(case)) == [HELD_DAY, *weeks]


@pytest.fixture
def overtaken(place: Settings) -> Settings:
    """Give the ledger a week later: what came then counts, and what was held still waits."""
    with Ledger.open(place.db) as ledger:
        play(ledger, len(GOOD) + 1, [(STARS, HELD_DAY + WEEK, 53_930), (METAFLOW, HELD_DAY + WEEK, 8_020)])
    return Settings(db=place.db, now=START + (len(GOOD) + 1) * WEEK + timedelta(hours=1))


def test_what_good_values_have_overtaken_is_still_listed(overtaken: Settings) -> None:
    """The tables of its week go on showing it as held, and accepting the source would accept it unseen."""
    (case,) = cases(overtaken)
    assert (held(case), case.before, case.overtaken) == ([(HELD_DAY, DROP)], (HELD_DAY - WEEK, 53_817), True)
    assert read_status(overtaken).held == 1
    decide(overtaken, "accept", on(HELD_DAY), REASON)
    assert (cases(overtaken), read_status(overtaken).held) == ([], 0)


def test_what_is_held_again_is_listed_beside_what_was_overtaken(overtaken: Settings) -> None:
    later = HELD_DAY + 2 * WEEK
    with Ledger.open(overtaken.db) as ledger:
        play(ledger, len(GOOD) + 2, [(STARS, later, 18_500), (METAFLOW, later, 8_030)], [STARS])
    found = cases(Settings(db=overtaken.db, now=START + (len(GOOD) + 2) * WEEK))
    assert [(held(case), case.overtaken, case.only) for case in found] == [
        ([(HELD_DAY, DROP)], True, False),
        ([(later, 18_500)], False, False),
    ]


def test_a_good_value_of_the_same_day_leaves_nothing_to_decide(place: Settings) -> None:
    with Ledger.open(place.db) as ledger:
        play(ledger, len(GOOD), [(STARS, HELD_DAY, 53_930)])
    assert cases(place) == []


def test_all_that_is_held_of_a_source_can_be_decided_at_once(place: Settings) -> None:
    assert len(decide(place, "accept", Choice(source="github"), "they moved").values) == 1
    assert decide(place, "accept", Choice(source="github"), "again").values == ()


def test_nothing_is_stored_where_nothing_is_held(place: Settings) -> None:
    done = decide(place, "accept", Choice("metaflow", "github_stars"), REASON)
    assert (done.values, done.run) == ((), 0)
    with Ledger.open(place.db) as ledger:
        assert ledger.runs(1)[0].kind == "refresh"


@pytest.mark.parametrize(
    "choice",
    [
        Choice("httpie", "github_stars", artifact="github:else/where"),
        Choice(source="dockerhub"),
        Choice("metaflow", "pypi_downloads_7d"),
        on(MONDAY - WEEK),
    ],
)
def test_what_is_not_there_cannot_be_decided(place: Settings, choice: Choice) -> None:
    with pytest.raises(ReviewError, match="there is no"):
        decide(place, "reject", choice, REASON)


def test_the_status_counts_what_waits(place: Settings) -> None:
    assert read_status(place).held == 1
    decide(place, "accept", OF_STARS, REASON)
    assert read_status(place).held == 0


def test_what_is_restated_of_a_day_past_is_listed_though_newer_days_count(place: Settings) -> None:
    decide(place, "reject", OF_STARS, REASON)
    day, at = HELD_DAY - 2 * WEEK, START + (len(GOOD) + 1) * WEEK
    with Ledger.open(place.db) as ledger:
        opened = begin(ledger, PROJECTS, at=at)
        ledger.append(opened, frame([(DOWNLOADS, day, 400_000.0), (DOWNLOADS, at.date(), 42_000.0)]))
        (number,) = (one.series for one in ledger.reviews.judged(opened))
        ledger.reviews.hold(opened, [Hold(number, day, "restated", "restated from 40,005 to 400,000")])
        ledger.close(opened, state="done", now=at)
    later = replace(place, now=at + timedelta(hours=1))
    (case,) = cases(later)
    assert (held(case), case.before) == ([(day, 400_000.0)], (day, 40_005.0))
    decide(later, "accept", Choice("httpie", "pypi_downloads_7d"), REASON)
    assert cases(later) == []
    with Ledger.open(place.db) as ledger:
        assert [part.value for part in ledger.parts(day, ledger.known()) if part.series == number] == [400_000.0]


def call(place: Settings, monkeypatch: pytest.MonkeyPatch, *args: str) -> int:
    monkeypatch.setenv("TALLYBOOK_NOW", f"{place.now:%Y-%m-%dT%H:%M:%SZ}")
    return run(["--db", place.db, "review", *args])


def test_the_list_reads_well(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(place, monkeypatch) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Httpie, GitHub stars, 2026-06-15 (implausible)"
    assert "  before   53,817 on 2026-06-08" in lines
    assert "  held     18,331 on 2026-06-15" in lines
    assert "  reason   it fell" in lines
    assert lines[-1] == "1 value of 1 project held for review"
    assert "  beside   PyPI weekly downloads 40.0k → 41.0k" in lines
    assert "  decide   tallybook review accept|reject httpie github_stars --reason TEXT" in lines


def test_where_several_are_held_of_a_metric_each_is_decided_by_its_artifact_and_days(
    overtaken: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ledger.open(overtaken.db) as ledger:
        for week in (2, 3):
            play(ledger, len(GOOD) + week, [(STARS, HELD_DAY + week * WEEK, 18_500 + week)], [STARS])
    later = replace(overtaken, now=START + (len(GOOD) + 4) * WEEK)
    assert call(later, monkeypatch) == DONE
    lines = capsys.readouterr().out.splitlines()
    decided = "  decide   tallybook review accept|reject httpie github_stars --artifact github:httpie/httpie"
    assert "  later    values of later days count; this one waits all the same" in lines
    assert f"{decided} --day 2026-06-15 --reason TEXT" in lines
    assert "  since    2026-06-29: 18,502" in lines
    assert f"{decided} --from 2026-06-29 --to 2026-07-06 --reason TEXT" in lines


def test_the_list_as_json(place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(place, monkeypatch, "--json") == DONE
    (case,) = json.loads(capsys.readouterr().out)
    assert (case["project"], case["metric"], case["value"], case["before"]) == (
        "httpie",
        "github_stars",
        DROP,
        {"day": "2026-06-08", "value": 53_817},
    )


def test_of_a_whole_source_it_is_said_what_else_a_decision_on_it_is_on(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ledger.open(place.db) as ledger:
        play(ledger, len(GOOD) + 1, [(METAFLOW, HELD_DAY + WEEK, 8_010)], [METAFLOW], "frozen")
    settings = Settings(db=place.db, now=START + (len(GOOD) + 1) * WEEK + timedelta(hours=1))
    assert call(settings, monkeypatch) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert "  with it  1 value held for a reason of its own, see below: decide on such first" in lines
    decide(settings, "reject", Choice("httpie", "github_stars"), "a bot")
    assert call(settings, monkeypatch) == DONE
    assert "with it" not in capsys.readouterr().out


def test_a_whole_source_is_told_in_a_few_lines(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Ledger.open(place.db) as ledger:
        later = HELD_DAY + WEEK
        play(ledger, len(GOOD) + 1, [(STARS, later, DROP), (METAFLOW, later, 8_010)], [STARS, METAFLOW], "frozen")
    settings = Settings(db=place.db, now=START + (len(GOOD) + 1) * WEEK + timedelta(hours=1))
    decide(settings, "note", Choice(source="github"), "asked them")
    assert call(settings, monkeypatch) == DONE
    said = capsys.readouterr().out
    assert said.count("  note     asked them\n") == 2, "once for the source, once for what was held before"
    assert "github, 2026-06-22: 2 values held (frozen)\n" in said
    assert "tallybook review accept|reject --source github --day 2026-06-22 --reason TEXT" in said
    assert said.count("  decide ") == 2


def test_a_decision_is_told_and_kept(
    place: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(place, monkeypatch, "accept", "httpie", "github_stars", "--reason", REASON) == DONE
    assert capsys.readouterr().out == "accepted: github_stars of github:httpie/httpie, 2026-06-15\nkept as run 9\n"
    assert call(place, monkeypatch) == DONE
    assert capsys.readouterr().out == "nothing is held for review\n"
    assert call(place, monkeypatch, "accept", "httpie", "github_stars", "--reason", REASON) == DONE
    assert capsys.readouterr().out.startswith("nothing is held of httpie github_stars; ")
    assert run(["--db", place.db, "explain", "httpie", "github_stars", "--as-of", "2026-06-15"]) == DONE
    told = capsys.readouterr().out
    assert "held        18,331 of 2026-06-15, implausible: it fell (run 8)" in told
    assert f"accepted    that of 2026-06-15: {REASON} (run 9)" in told


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["accept", "nobody", "github_stars", "--reason", "x"], "nobody"),
        (["accept", "httpie", "quux", "--reason", "x"], "quux"),
        (["accept", "httpie", "github_stars"], "--reason"),
        (["accept", "httpie", "github_stars", "--reason", "  "], "--reason"),
        (["accept", "httpie", "--reason", "x"], "PROJECT and METRIC"),
        (["accept", "--reason", "x"], "PROJECT and METRIC"),
        (["accept", "httpie", "github_stars", "--source", "github", "--reason", "x"], "PROJECT and METRIC"),
        (["reopen", "httpie", "github_stars", "--reason", "x"], "--day"),
        (["reject", "httpie", "github_stars", "--from", "2026-06-15", "--reason", "x"], "--to"),
        (["reject", "httpie", "github_stars", "--from", "2026-06-15", "--to", "2026-06-08", "--reason", "x"], "--to"),
        (
            ["reject", "httpie", "github_stars", "--from", "2026-06-15", "--day", "2026-06-15", "--reason", "x"],
            "either",
        ),
        (["--source", "github"], "belong to a decision"),
        (["approve", "httpie", "github_stars", "--reason", "x"], "approve"),
        (["reject", "httpie", "github_stars", "--day", "2020-01-06", "--reason", "x"], "no value of 2020-01-06"),
    ],
)
def test_what_is_said_wrongly_is_a_usage_error(
    place: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: list[str],
    said: str,
) -> None:
    assert call(place, monkeypatch, *args) == USAGE
    assert said in capsys.readouterr().err


def test_a_decision_does_not_wait_for_a_run_that_collects_for_hours(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger.open(place.db) as ledger, ledger.run_lock():
        assert call(place, monkeypatch, "accept", "httpie", "github_stars", "--reason", "x") == DONE
    assert stars(place) == (DROP, False)
