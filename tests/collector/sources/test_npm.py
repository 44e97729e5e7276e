"""Tests of the npm source, which the conformance suite covers for the rest."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from collector.errors import BAD_PAYLOAD, GONE, REFUSED
from collector.model import Artifact, Window
from collector.sources.conformance import CHECKS, Case
from collector.sources.kinds import BadName
from collector.sources.npm import SOURCE, read_name
from collector.sources.protocol import How
from tests.collector.payloads import TODAY, npm_range
from tests.collector.playing import Played, Reply, play, reply

BASE = "https://api.example"
REACT, VUE, SCOPED = (Artifact("npm", name) for name in ("react", "vue", "@angular/core"))
DAYS = [TODAY - timedelta(days=back) for back in range(30, 0, -1)]
CASES = {
    "one": Case(SOURCE, [REACT], {"/react": npm_range()}),
    "several": Case(SOURCE, [REACT, VUE], {"/react,vue": {"react": npm_range(), "vue": npm_range("vue")}}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conformance(case: Case, check: Callable[[Case], None]) -> None:
    check(case)


def asked(*replies: Reply, of: tuple[Artifact, ...] = (REACT,), window: Window | None = None) -> Played:
    return play(SOURCE, of, How(BASE, window=window), *replies)


def counts(played: Played) -> dict[date, int]:
    (daily,) = played.answer.daily
    return dict(daily.counts)


def test_packages_with_a_scope_are_asked_for_alone_and_128_of_the_others_together() -> None:
    many = [Artifact("npm", f"p{number}") for number in range(300)]
    sizes = [len(task.artifacts) for task in SOURCE.tasks([SCOPED, *many], How(BASE))]
    assert sizes == [1, 128, 128, 44]
    one = asked(reply(npm_range("@angular/core")), of=(SCOPED,))
    assert one.requests[0].url == f"{BASE}/downloads/range/last-month/@angular/core"
    both = asked(reply({"react": npm_range(), "vue": npm_range("vue")}), of=(REACT, VUE))
    assert both.requests[0].url == f"{BASE}/downloads/range/last-month/react,vue"
    assert [daily.artifact for daily in both.answer.daily] == [REACT, VUE]


def test_a_long_past_is_asked_for_a_year_at_a_time_with_the_days_of_the_first_sum() -> None:
    window = Window(date(2024, 1, 8), date(2026, 1, 5))

    def year(request: Any) -> Any:
        first, last = (date.fromisoformat(day) for day in request.url.split("/")[-2].split(":"))
        days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        return reply(npm_range("react", dict.fromkeys(days, 5)))(request)

    played = asked(year, window=window)
    assert [request.url.split("/")[-2] for request in played.requests] == [
        "2024-01-01:2024-12-30",
        "2024-12-31:2025-12-30",
        "2025-12-31:2026-01-04",
    ]
    assert (min(counts(played)), max(counts(played))) == (date(2024, 1, 1), date(2026, 1, 4))


def test_a_zero_of_the_newest_days_may_be_a_day_that_is_not_ready() -> None:
    some = dict.fromkeys(DAYS, 5) | dict.fromkeys(DAYS[-5:], 0)
    assert max(counts(asked(reply(npm_range("react", some))))) == TODAY - timedelta(days=4)
    one_zero = dict.fromkeys(DAYS, 5) | {DAYS[-2]: 0}
    assert counts(asked(reply(npm_range("react", one_zero)))) == one_zero, "the day after it was ready"


def test_no_day_before_the_first_download_is_a_zero() -> None:
    young = dict.fromkeys(DAYS, 0) | dict.fromkeys(DAYS[-12:], 5)
    assert min(counts(asked(reply(npm_range("react", young))))) == DAYS[-12]
    played = asked(reply(npm_range("react", dict.fromkeys(DAYS, 0) | dict.fromkeys(DAYS[-4:], 5))))
    assert played.cause == ("missing", GONE)
    assert f"{DAYS[-4]}" in played.answer.problems[0].detail


def test_a_package_that_is_not_there_is_missing_alone_or_among_others() -> None:
    assert asked(reply({"error": "package react not found"}, status=404)).cause == ("missing", GONE)
    both = asked(reply({"react": npm_range(), "vue": None}), of=(REACT, VUE))
    assert both.causes == [("vue", "missing", GONE)]
    assert asked(reply({"error": "no"}, status=404), of=(REACT, VUE)).cause == ("failed", REFUSED)


def test_a_package_without_any_download_is_missing_and_not_zero() -> None:
    assert asked(reply(npm_range("react", dict.fromkeys(DAYS, 0)))).cause == ("missing", GONE)


@pytest.mark.parametrize(
    "odd",
    [
        {"package": "other"},
        {"start": "2026-04-01"},
        {"end": "soon"},
        {"downloads": [{"day": f"{DAYS[0]}", "downloads": 5}] * 2},
        {"downloads": {"last": 5}},
    ],
)
def test_what_is_not_as_documented_makes_no_number_and_costs_no_other_package(odd: dict[str, Any]) -> None:
    both = asked(reply({"react": npm_range() | odd, "vue": npm_range("vue")}), of=(REACT, VUE))
    assert both.causes == [("react", "failed", BAD_PAYLOAD)]
    assert [daily.artifact for daily in both.answer.daily] == [VUE]


def test_names_are_checked_before_they_are_asked_for() -> None:
    for name in ("react", "@angular/core", "JSONStream", "lodash.merge"):
        assert read_name(name) == name
    for name in ("", "a b", "@scope", "a/b", "a,b", ".hidden", "x" * 215):
        with pytest.raises(BadName):
            read_name(name)
