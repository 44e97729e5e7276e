"""Tests of the pypistats source."""

from datetime import date, timedelta
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, GONE, LIMIT, TRANSIENT
from collector.model import Answer, Artifact, Request, Window
from collector.sources.protocol import Ask, Verdict, read_answer
from collector.sources.pypistats import ALL, SOURCE
from tests.collector.payloads import TODAY, overall, response, rows

BASE = "https://pypistats.org"
KFP = Artifact("pypi", "kfp")
YESTERDAY = TODAY - timedelta(days=1)


def asked(artifact: Artifact = KFP) -> Request:
    return next(r for r in SOURCE.requests([artifact], Ask(BASE)) if r.artifacts == (artifact,))


def read(body: Any = None, request: Request | None = None, **more: Any) -> Answer:
    request = request or asked()
    return read_answer(SOURCE, request, response(request, body, **more))


def cause(answer: Answer) -> tuple[str, str]:
    (problem,) = answer.problems
    return problem.state, problem.cause


def test_all_of_pypi_is_asked_first_and_once_and_the_packages_wait_for_it() -> None:
    requests = list(SOURCE.requests([KFP, Artifact("pypi", "metaflow")], Ask(BASE)))
    assert [(r.artifacts[0].name, r.context) for r in requests] == [
        ("__all__", True),
        ("kfp", False),
        ("metaflow", False),
    ]
    assert requests[1].url == f"{BASE}/api/packages/kfp/overall?mirrors=false"


def test_the_days_of_a_package_are_read_without_mirrors() -> None:
    body = overall("kfp", {YESTERDAY: 5}) | {"data": rows({YESTERDAY: 99}, "with_mirrors") + rows({YESTERDAY: 5})}
    (daily,) = read(body).daily
    assert (daily.artifact, dict(daily.counts)) == (KFP, {YESTERDAY: 5})


def test_days_may_come_in_any_order_and_with_holes_and_as_true_zeros() -> None:
    counts = {YESTERDAY: 5, date(2026, 4, 1): 0, date(2026, 4, 20): 7}
    (daily,) = read(overall("kfp", counts)).daily
    assert daily.counts == counts


def test_the_sum_of_all_packages_is_read_like_a_package() -> None:
    (daily,) = read(overall("__all__", {YESTERDAY: 5}), asked(ALL)).daily
    assert daily.artifact == ALL


@pytest.mark.parametrize("said", ["kfp", "KFP"])
def test_the_name_may_come_as_the_service_writes_it(said: str) -> None:
    assert read(overall(said)).daily


@pytest.mark.parametrize("said", ["other", "", None, 7, "__all__", ["kfp"]])
def test_an_answer_about_another_package_is_bad(said: object) -> None:
    answer = read(overall() | {"package": said})
    assert cause(answer) == ("failed", BAD_PAYLOAD)
    assert "not kfp" in answer.problems[0].detail


def test_a_package_with_no_row_left_is_missing_and_not_zero() -> None:
    assert cause(read(overall("kfp", {}))) == ("missing", GONE)


def test_the_404_of_pypistats_is_the_text_404_and_means_missing() -> None:
    assert cause(read(raw=b"404", status=404, headers={"content-type": "text/html"})) == ("missing", GONE)


def test_a_limit_comes_as_html() -> None:
    page = b'<a href="/api/#etiquette">429 RATE LIMIT EXCEEDED</a>'
    answer = read(raw=page, status=429)
    assert cause(answer) == ("failed", LIMIT)
    assert answer.halt
    assert SOURCE.verdict(asked(), response(asked(), raw=page, status=429)) is Verdict.LIMITED


def test_a_service_that_is_switched_off_is_asked_again() -> None:
    assert cause(read(raw=b"503 TEMPORARILY DISABLED", status=503)) == ("failed", TRANSIENT)
    assert SOURCE.verdict(asked(), response(asked(), raw=b"", status=503)) is Verdict.TRANSIENT


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
    answer = read(overall() | {"data": [*rows({YESTERDAY: 5}), row]})
    assert cause(answer) == ("failed", BAD_PAYLOAD)
    assert answer.daily == ()


def test_the_recent_object_is_not_taken_for_days() -> None:
    recent = {"data": {"last_day": 1, "last_month": 30, "last_week": 7}, "package": "kfp", "type": "recent_downloads"}
    assert cause(read(recent)) == ("failed", BAD_PAYLOAD)


def test_the_budget_is_that_of_the_published_etiquette() -> None:
    assert SOURCE.budget.rates == ((5, 1.0), (30, 60.0))
    assert not SOURCE.budget.keep_reserve


def test_days_of_the_past_are_asked_for_like_all_others_and_the_answer_says_which() -> None:
    window = Window(TODAY - timedelta(days=90), YESTERDAY)
    (_, request), (_, plain) = (list(SOURCE.requests([KFP], Ask(BASE, window=days))) for days in (window, None))
    assert request.url == plain.url
    assert read(overall(), request).window == window
    assert read(overall(), plain).window is None
    assert SOURCE.past is not None
    assert SOURCE.past.days == 180
