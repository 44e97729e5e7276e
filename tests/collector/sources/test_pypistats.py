"""Tests of the pypistats source."""

from datetime import date, timedelta
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, GONE, HOLE, LIMIT, TRANSIENT, NoValue
from collector.model import Artifact, Request, Window
from collector.sources.protocol import How
from collector.sources.pypistats import SOURCE
from tests.collector.payloads import TODAY, overall, response, rows
from tests.collector.playing import Played, Reply, play, reply

BASE = "https://pypistats.org"
KFP = Artifact("pypi", "kfp")
YESTERDAY = TODAY - timedelta(days=1)
TEN = [TODAY - timedelta(days=back) for back in range(10, 0, -1)]
ALL = reply(overall("__all__"))


def read(body: Any = None, *, loaded: Reply | NoValue = ALL, window: Window | None = None, **more: Any) -> Played:
    return play(SOURCE, [KFP], How(BASE, window=window), loaded, reply(body, **more))


def counts(played: Played) -> dict[date, int]:
    (daily,) = played.answer.daily
    assert (daily.artifact, daily.metric) == (KFP, "pypi_downloads_7d")
    return dict(daily.counts)


def test_which_days_are_loaded_is_asked_once_for_all_packages_and_then_each_package() -> None:
    first, second = read(overall()).requests
    assert first == Request("GET", f"{BASE}/api/packages/__all__/overall?mirrors=false", shared=True)
    assert second == Request("GET", f"{BASE}/api/packages/kfp/overall?mirrors=false")
    assert SOURCE.shared == 1
    assert [len(task.artifacts) for task in SOURCE.tasks([KFP, Artifact("pypi", "metaflow")], How(BASE))] == [1, 1]


def test_the_days_of_a_package_are_read_without_mirrors() -> None:
    with_mirrors = rows(dict.fromkeys(TEN, 99), "with_mirrors")
    body = overall() | {"data": with_mirrors + rows(dict.fromkeys(TEN, 5))}
    assert counts(read(body)) == dict.fromkeys(TEN, 5)


def test_the_monthly_sum_comes_of_the_same_requests_where_it_is_wanted() -> None:
    wanted = How(BASE, metrics=frozenset({"pypi_downloads_30d"}))
    played, usual = play(SOURCE, [KFP], wanted, ALL, reply(overall())), read(overall())
    assert played.requests == usual.requests
    week, month = played.answer.daily
    assert (week, month.metric) == (usual.answer.daily[0], "pypi_downloads_30d")
    assert month.counts == week.counts


def test_a_day_without_a_row_is_a_zero_if_it_is_loaded_and_a_hole_if_it_is_not() -> None:
    loaded = {day: 9 for day in TEN if day != TEN[5]}
    some = {TEN[0]: 5, TEN[9]: 7}
    found = counts(read(overall("kfp", some), loaded=reply(overall("__all__", loaded))))
    assert found == some | {day: 0 for day in TEN[1:9] if day != TEN[5]}


def test_no_day_before_a_packages_first_row_is_a_zero() -> None:
    """Who knows whether it was there."""
    assert min(counts(read(overall("kfp", dict.fromkeys(TEN[2:], 5))))) == TEN[2]


def test_a_package_that_is_younger_than_a_window_has_no_value_yet_and_says_since_when_it_is_there() -> None:
    played = read(overall("kfp", dict.fromkeys(TEN[-4:], 5)))
    assert played.cause == ("missing", GONE)
    assert f"{TEN[-4]}" in played.answer.problems[0].detail
    assert counts(read(overall("kfp", dict.fromkeys(TEN[-7:], 5))))


@pytest.mark.parametrize("loaded", [reply(raw=b"", status=503), reply({}), NoValue(TRANSIENT, "no connection")])
def test_without_the_days_that_are_loaded_only_what_has_no_gap_is_read_and_a_warning_given(
    loaded: Reply | NoValue,
) -> None:
    whole = read(overall(), loaded=loaded)
    assert len(counts(whole)) == 10
    assert "which days it has loaded is not known" in whole.answer.warnings[0]
    gapped = read(overall("kfp", {TEN[0]: 5, TEN[9]: 7}), loaded=loaded)
    assert gapped.cause == ("failed", HOLE)
    assert gapped.answer.warnings == whole.answer.warnings


def test_of_the_past_the_days_that_are_there_are_read_even_then() -> None:
    window = Window(TODAY - timedelta(days=90), YESTERDAY)
    played = read(overall("kfp", {TEN[0]: 5, TEN[9]: 7}), loaded=reply(raw=b"", status=503), window=window)
    assert counts(played) == {TEN[0]: 5, TEN[9]: 7}


@pytest.mark.parametrize("loaded", [reply(raw=b"", status=429), NoValue(LIMIT, "used up")])
def test_a_limit_met_by_the_first_question_leaves_the_second_unasked(loaded: Reply | NoValue) -> None:
    played = read(overall(), loaded=loaded)
    assert (len(played.requests), played.cause) == (1, ("failed", LIMIT))


@pytest.mark.parametrize("said", ["kfp", "KFP"])
def test_the_name_may_come_as_the_service_writes_it(said: str) -> None:
    assert counts(read(overall(said)))


@pytest.mark.parametrize("said", ["other", "", None, 7, "__all__", ["kfp"]])
def test_an_answer_about_another_package_is_bad(said: object) -> None:
    played = read(overall() | {"package": said})
    assert played.cause == ("failed", BAD_PAYLOAD)
    assert "not kfp" in played.answer.problems[0].detail


def test_a_package_with_no_row_left_is_missing_and_not_zero() -> None:
    assert read(overall("kfp", {})).cause == ("missing", GONE)


def test_the_404_of_pypistats_is_the_text_404_and_means_missing() -> None:
    assert read(raw=b"404", status=404, headers={"content-type": "text/html"}).cause == ("missing", GONE)


def test_a_limit_comes_as_html_and_a_service_that_is_switched_off_is_asked_again() -> None:
    page = b'<a href="/api/#etiquette">429 RATE LIMIT EXCEEDED</a>'
    assert read(raw=page, status=429).cause == ("failed", LIMIT)
    assert read(raw=b"503 TEMPORARILY DISABLED", status=503).cause == ("failed", TRANSIENT)


ROW = {"category": "without_mirrors", "date": f"{YESTERDAY}", "downloads": 5}


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW | {"date": "2026-02-30"},
        ROW | {"date": "yesterday"},
        ROW | {"date": 20260426},
        ROW | {"date": None},
        ROW | {"date": "0001-01-01"},
        ROW | {"date": "2025-04-25"},
        ROW | {"date": "2026-04-28"},
        ROW | {"date": "2999-01-01"},
        ROW | {"date": "2026-04-01", "downloads": None},
        ROW | {"date": "2026-04-01", "downloads": -5},
        ROW | {"date": "2026-04-01", "downloads": 5.5},
        ROW | {"date": "2026-04-01", "category": "without mirrors"},
        ROW | {"date": "2026-04-01", "category": None},
        ROW | {"date": "2026-04-01", "category": "3"},
        {"category": "without_mirrors", "downloads": 5},
        {"category": "without_mirrors", "date": "2026-04-01"},
        {},
        None,
    ],
)
def test_one_bad_row_spoils_the_package_for_its_day_would_pass_for_a_zero(row: object) -> None:
    """The first is a second row of one day; the others are not as documented."""
    played = read(overall() | {"data": [*rows(dict.fromkeys(TEN, 5)), row]})
    assert (played.cause, played.answer.daily) == (("failed", BAD_PAYLOAD), ())


def test_the_recent_object_is_not_taken_for_days() -> None:
    recent = {"data": {"last_day": 1, "last_month": 30, "last_week": 7}, "package": "kfp", "type": "recent_downloads"}
    assert read(recent).cause == ("failed", BAD_PAYLOAD)


def test_the_budget_is_that_of_the_published_etiquette_and_the_past_that_which_is_kept() -> None:
    assert SOURCE.budget.rates == ((5, 1.0), (30, 60.0))
    assert not SOURCE.budget.keep_reserve
    assert SOURCE.past is not None
    assert SOURCE.past.days == 180


def test_what_all_packages_are_read_by_is_read_once() -> None:
    """Two tasks get the same response; a thousand would else read it a thousand times."""
    from collector.sources.pypistats import _loaded

    shared = response(Request("GET", f"{BASE}/x"), overall("__all__"))
    assert _loaded(shared.body, TODAY) is _loaded(shared.body, TODAY)
