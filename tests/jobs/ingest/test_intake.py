"""What answers bring into the ledger: a chain whole or not at all, notes, ETags, and that nothing is new."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.model import Artifact, ETag, Exchange, Mark, Request, Window
from collector.recording.warc import Recorded
from collector.sources import SOURCES
from collector.sources.github_history import marked
from collector.sources.protocol import Ask, read_answer
from jobs.ingest.intake import CHECKPOINT_SECONDS, Intake, until_next
from storage.ledger import Ledger
from storage.model import ProjectEntry, Run
from tests.collector.payloads import AT, TODAY, clickhouse, repository, response, star_weeks
from tests.storage.play import record_id

BASE = "https://api.example"
ONE, KFP = Artifact("github", "ns/one"), Artifact("pypi", "kfp")
PROJECTS = [ProjectEntry("p", "P", (("github", "ns/one"), ("pypi", "kfp")))]
WINDOW = Window(TODAY - timedelta(days=60), TODAY - timedelta(days=1))
STARS = {TODAY - timedelta(days=ago): ago % 4 for ago in range(70)}
ETAG = '"abc"'
HISTORY = ("github-history", "github", "ns/one")


def begun(ledger: Ledger) -> Run:
    catalog = ledger.keep_catalog("text", "monday", PROJECTS, AT)
    run = ledger.begin(kind="backfill", scope="", day=TODAY, now=AT, catalog_id=catalog, version="0")
    return ledger.set_recording(run, "run.warc.gz")


@pytest.fixture
def run(ledger: Ledger) -> Run:
    return begun(ledger)


class Playing:
    """An intake that is given answers one by one, each recorded under a name of its own."""

    def __init__(self, ledger: Ledger, run: Run, **more: Any) -> None:
        self.intake = Intake(ledger, run, SOURCES, "monday", **more)
        self.run, self.number = run, 0

    def take(self, request: Request, body: Any = None, **more: Any) -> tuple[Request, ...]:
        """Take an answer; return the requests that follow."""
        self.number += 1
        sent, record = response(request, body, **more), record_id(f"{self.run.id}-{self.number}")
        kept = Recorded(record, request.url, sent.status, AT, self.number * 100, 100, "0" * 64)
        answer = read_answer(SOURCES[request.source], request, sent)
        self.intake.take(Exchange(request, (sent,)), answer, [kept])
        self.intake.checkpoint()
        return answer.follow_ups

    def states(self) -> Mapping[tuple[str, str, str], str]:
        return {key: outcome.state for key, outcome in self.intake.tally.outcomes.items()}


def asked(etags: Mapping[str, str] | None = None) -> Request:
    marks = {url: (Mark(url, "of one", ETag(etag)),) for url, etag in (etags or {}).items()}
    (request,) = SOURCES["github-history"].requests([ONE], Ask(BASE, window=WINDOW, marks=marks))
    return request


def pages(weeks: int = 5) -> list[list[dict[str, Any]]]:
    return [star_weeks(STARS, newest=TODAY - timedelta(weeks=weeks * page), weeks=weeks) for page in range(2)]


def link(page: int) -> dict[str, str]:
    return {"link": f'<https://x.example/?page={page}>; rel="next"', "etag": ETAG}


def stored(ledger: Ledger, run: Run) -> list[tuple[date, float, str, str]]:
    ledger.close(run, state="done", now=AT)
    rows = ledger.history(["p"], None, None, None, ledger.known())
    return [(row.day, row.value, row.method, row.source) for row in rows]


def test_the_past_of_a_repository_is_stored_with_its_last_page(ledger: Ledger, run: Run) -> None:
    playing = Playing(ledger, run)
    (first,) = playing.take(asked(), repository(stars=1000))
    assert (playing.states(), ledger.done_series(run)) == ({}, set()), "nothing is settled yet"
    (second,) = playing.take(first, pages()[0], headers=link(2))
    assert ledger.done_series(run) == set()
    assert playing.take(second, pages()[1], headers=link(3)) == ()
    assert playing.states() == {HISTORY: "recorded"}
    rows = stored(ledger, run)
    mondays = [TODAY - timedelta(weeks=ago) for ago in range(8, 0, -1)]
    expected = [(day, 1000.0 - sum(n for at, n in STARS.items() if at > day), "reconstructed") for day in mondays]
    assert [row[:3] for row in rows] == [*expected, (TODAY, 1000.0, "observed")]
    assert {row[3] for row in rows} == {"github-history"}


def test_a_chain_that_breaks_leaves_only_its_failure(ledger: Ledger, run: Run) -> None:
    playing = Playing(ledger, run)
    (first,) = playing.take(asked(), repository(stars=1000))
    (second,) = playing.take(first, pages()[0], headers=link(2))
    playing.take(second, raw=b"<html>", status=502)
    assert playing.states() == {HISTORY: "failed"}
    assert ledger.done_series(run) == set()
    assert stored(ledger, run) == []


def test_the_etag_is_kept_with_what_it_marks_under_the_account_that_asked(ledger: Ledger, run: Run) -> None:
    playing = Playing(ledger, run, keeps_etags=True)
    (first,) = playing.take(asked(), repository(stars=1000), account="of two")
    (second,) = playing.take(first, pages()[0], headers=link(2), account="of one")
    playing.take(second, pages()[1], headers={"etag": '"other"'}, account="of two")
    ledger.close(run, state="done", now=AT)
    page = marked("ns/one", Ask(BASE))
    assert ledger.etags("of one", [page, second.url]) == {page: (ETAG, "")}
    assert ledger.etags("of two", [page, second.url]) == {}


def test_where_nobody_asked_no_etag_is_kept(ledger: Ledger, run: Run) -> None:
    """As of a recording that is replayed: what it holds was given to another one."""
    playing = Playing(ledger, run)
    (first,) = playing.take(asked(), repository(stars=1000))
    playing.take(first, pages(weeks=10)[0], headers={"etag": ETAG})
    ledger.close(run, state="done", now=AT)
    assert ledger.etags("", [first.url]) == {}


def test_of_a_chain_that_breaks_no_etag_is_kept(ledger: Ledger, run: Run) -> None:
    playing = Playing(ledger, run, keeps_etags=True)
    (first,) = playing.take(asked(), repository(stars=1000))
    (second,) = playing.take(first, pages()[0], headers=link(2))
    playing.take(second, status=404)
    ledger.close(run, state="done", now=AT)
    assert ledger.etags("", [first.url]) == {}


def test_that_nothing_is_new_is_an_outcome(ledger: Ledger, run: Run) -> None:
    etags = {marked("ns/one", Ask(BASE)): ETAG}
    playing = Playing(ledger, run)
    (first,) = playing.take(asked(etags), repository(stars=1000))
    assert [(mark.url, mark.etag.text) for mark in first.marks] == [(first.url, ETAG)]
    playing.take(first, raw=b"", status=304)
    assert playing.states() == {HISTORY: "recorded"}, "today's count is new all the same"
    assert len(stored(ledger, run)) == 1
    again = Playing(ledger, begun(ledger))
    (first,) = again.take(asked(etags), repository(stars=1000))
    again.take(first, raw=b"", status=304)
    assert again.states() == {HISTORY: "unchanged"}


def test_stars_that_no_day_explains_are_a_warning_and_no_failure(ledger: Ledger, run: Run) -> None:
    playing = Playing(ledger, run)
    (first,) = playing.take(asked(), repository(stars=1000))
    playing.take(first, pages(weeks=10)[0])
    assert playing.states() == {HISTORY: "recorded"}
    (warning,) = playing.intake.tally.warnings
    assert warning.startswith("github-history: ns/one: the stars of all days sum up to")


def test_a_package_whose_window_was_halved_has_every_week_of_both_halves(ledger: Ledger, run: Run) -> None:
    playing = Playing(ledger, run)
    (request,) = SOURCES["clickpy"].requests([KFP], Ask(BASE, window=WINDOW))
    halves = playing.take(request, raw=b"Code: 158. DB::Exception: too many", status=500)
    assert len(halves) == 2
    for half in halves:
        assert ledger.done_series(run) == set()
        query = parse_qs(urlsplit(half.url).query)
        first, last = (date.fromisoformat(query[name][0]) for name in ("param_first", "param_last"))
        counts = {first + timedelta(days=ago): 10 for ago in range((last - first).days + 1)}
        playing.take(half, clickhouse({"kfp": counts, "pip": counts}))
    assert playing.states() == {("clickpy", "pypi", "kfp"): "recorded"}
    mondays = [TODAY - timedelta(weeks=ago) for ago in range(8, 0, -1)]
    assert [row[:3] for row in stored(ledger, run)] == [(day, 70.0, "derived") for day in mondays]


def test_checkpoints_that_take_long_are_further_apart_so_that_answers_do_not_wait_for_them() -> None:
    soonest, latest = CHECKPOINT_SECONDS
    assert until_next(0.0) == soonest
    assert until_next(0.05) == pytest.approx(0.2), "a fifth of the time goes into checkpoints at the most"
    assert until_next(60.0) == latest, "on a slow disk no more than this is asked again by a run that was killed"
