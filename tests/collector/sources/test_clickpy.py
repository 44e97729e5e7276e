"""Tests of the ClickPy source."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.errors import BAD_PAYLOAD, BAD_REQUEST, GONE, HOLE, LIMIT, TOO_BIG, TRANSIENT
from collector.model import Artifact, Request, Window
from collector.sources.clickpy import MOST_COUNTS, MOST_PROJECTS, SOURCE
from collector.sources.protocol import How
from tests.collector.payloads import TODAY, clickhouse, response
from tests.collector.playing import Played, Reply, play, reply

BASE = "https://sql.example/ch"
KFP, METAFLOW = Artifact("pypi", "kfp"), Artifact("pypi", "metaflow")
YESTERDAY = TODAY - timedelta(days=1)
WEEK = [TODAY - timedelta(days=back) for back in range(7, 0, -1)]
PIP = dict.fromkeys(WEEK, 9_000_000)
PAST = Window(date(2023, 1, 2), date(2026, 1, 5))


def asked(*artifacts: Artifact, window: Window | None = None) -> Request:
    """Return the one request for some packages."""
    (request,) = ask(reply(raw=b"", status=404), of=artifacts or (KFP,), window=window).requests
    return request


def ask(*replies: Reply, of: Sequence[Artifact] = (KFP,), window: Window | None = None) -> Played:
    return play(SOURCE, of, How(BASE, window=window), *replies)


def read(body: Any = None, *of: Artifact, window: Window | None = None, **more: Any) -> Played:
    return ask(reply(body, **more), of=of or (KFP,), window=window)


def query(request: Request) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(request.url).query).items()}


def exception(code: int, said: str = "Limit for rows or bytes to read exceeded (TOO_MANY_ROWS)") -> str:
    return f"Code: {code}. DB::Exception: {said}"


# What is asked


def test_one_query_asks_for_all_packages_with_bound_parameters_and_refuses_to_be_cut_off() -> None:
    request = asked(KFP, METAFLOW, window=PAST)
    assert (request.method, request.url.partition("?")[0]) == ("POST", f"{BASE}/")
    assert query(request) == {
        "user": "demo",
        "default_format": "JSON",
        "read_overflow_mode": "throw",
        "result_overflow_mode": "throw",
        "param_witness": "pip",
        "param_projects": "['kfp','metaflow','pip']",
        "param_first": "2022-12-26",
        "param_last": "2026-01-04",
    }
    assert b"kfp" not in request.body
    assert b"{first:Date} AND {last:Date}" in request.body


def test_the_days_asked_for_are_the_seven_before_each_day_of_the_window() -> None:
    one = query(asked(window=Window(TODAY, TODAY)))
    assert (one["param_first"], one["param_last"]) == (f"{WEEK[0]}", f"{WEEK[-1]}")


def test_without_a_window_the_last_35_days_are_asked_for_by_the_clock_of_the_service() -> None:
    request = asked()
    assert "param_first" not in query(request)
    assert b"now('UTC')" in request.body
    assert b"- 35" in request.body


def test_the_witness_is_asked_for_once_even_if_it_is_a_package_of_the_catalog() -> None:
    assert query(asked(Artifact("pypi", "pip")))["param_projects"] == "['pip']"


def test_a_thousand_packages_of_three_years_fit_into_a_few_queries_none_of_them_too_large() -> None:
    artifacts = [Artifact("pypi", f"a-package-{number:04}") for number in range(1000)]
    tasks = list(SOURCE.tasks(artifacts, How(BASE, window=PAST)))
    assert [artifact for task in tasks for artifact in task.artifacts] == artifacts
    days = (PAST.last - PAST.first).days + 7
    assert all((len(task.artifacts) + 1) * days <= MOST_COUNTS for task in tasks)
    assert len(tasks) == 8
    weekly = list(SOURCE.tasks(artifacts, How(BASE)))
    assert len(weekly) == 4, "by the length of the URL"
    assert all(len(asked(*task.artifacts).url) < 8_000 for task in weekly)
    assert all(len(task.artifacts) < MOST_PROJECTS for task in weekly)


@pytest.mark.parametrize("name", ["a'b", "A", "", "a,b", "-a", "a b", "a\nb"])
def test_a_name_that_no_package_can_have_is_never_sent(name: str) -> None:
    played = ask(reply({}), of=[Artifact("pypi", name)])
    assert (played.requests, played.cause) == ((), ("failed", BAD_PAYLOAD))


# What is read


def test_days_are_read_by_project_whether_counts_are_numbers_or_text() -> None:
    body = clickhouse({"kfp": dict.fromkeys(WEEK, 100), "pip": PIP})
    body["data"][0]["counts"] = ["100"] * 7
    (daily,) = read(body).answer.daily
    assert (daily.artifact, daily.counts) == (KFP, dict.fromkeys(WEEK, 100))


def test_a_day_without_a_row_is_a_zero_where_the_witness_has_it_and_the_project_data_before_and_after() -> None:
    counts = {WEEK[1]: 5, WEEK[4]: 7}
    lacking = {day: count for day, count in PIP.items() if day != WEEK[3]}
    window = Window(TODAY, TODAY)
    (daily,) = read(clickhouse({"kfp": counts, "pip": lacking}), window=window).answer.daily
    assert daily.counts == {WEEK[1]: 5, WEEK[2]: 0, WEEK[4]: 7}


def test_a_package_that_is_younger_than_a_window_is_missing_and_says_since_when_it_is_there() -> None:
    played = read(clickhouse({"kfp": dict.fromkeys(WEEK[3:], 5), "pip": PIP}))
    assert played.cause == ("missing", GONE)
    assert f"{WEEK[3]}" in played.answer.problems[0].detail


def test_the_ends_of_a_projects_data_may_lie_beyond_the_days_asked_for() -> None:
    body = clickhouse({"kfp": {}, "pip": PIP}, kfp=(date(2019, 5, 1), YESTERDAY))
    (daily,) = read(body).answer.daily
    assert daily.counts == dict.fromkeys(WEEK, 0)


def test_days_newer_than_a_projects_newest_are_unknown_though_the_witness_has_them() -> None:
    (daily,) = read(clickhouse({"kfp": dict.fromkeys(WEEK[:4], 5), "pip": PIP})).answer.daily
    assert daily.counts == dict.fromkeys(WEEK[:4], 5)


def test_a_project_without_a_row_is_missing_and_not_zero() -> None:
    played = read(clickhouse({"kfp": PIP, "pip": PIP}), KFP, METAFLOW)
    assert [daily.artifact for daily in played.answer.daily] == [KFP]
    assert played.causes == [("metaflow", "missing", GONE)]


@pytest.mark.parametrize(
    ("ends", "told"),
    [((date(2019, 1, 1), date(2022, 12, 25)), "after 2022-12-25"), ((date(2026, 1, 5), TODAY), "before 2026-01-05")],
)
def test_a_project_with_data_on_other_days_only_is_missing_and_says_which(ends: tuple[date, date], told: str) -> None:
    body = clickhouse({"kfp": {}, "pip": {date(2025, 1, 1): 5}}, kfp=ends)
    played = read(body, window=PAST)
    assert played.cause == ("missing", GONE)
    assert told in played.answer.problems[0].detail


def test_a_service_that_has_loaded_no_day_of_the_window_has_a_hole() -> None:
    body = clickhouse({"kfp": {}, "pip": {}}, kfp=(date(2020, 1, 1), TODAY), pip=(date(2020, 1, 1), date(2026, 3, 1)))
    assert read(body).cause == ("failed", HOLE)


GOOD = clickhouse({"kfp": dict.fromkeys(WEEK, 100), "pip": PIP})
KFP_ROW, PIP_ROW = GOOD["data"]


@pytest.mark.parametrize(
    "rows",
    [
        [KFP_ROW],
        [PIP_ROW, KFP_ROW],
        [KFP_ROW, KFP_ROW, PIP_ROW],
        [KFP_ROW | {"project": "other"}, PIP_ROW],
        [KFP_ROW | {"project": None}, PIP_ROW],
        [None, PIP_ROW],
        [KFP_ROW, PIP_ROW | {"counts": [None] * 7}],
        [],
    ],
    ids=["no witness", "witness first", "twice", "not asked", "no name", "null", "bad witness", "empty"],
)
def test_an_answer_that_is_not_whole_or_not_of_what_was_asked_is_no_answer(rows: Sequence[Any]) -> None:
    played = read(GOOD | {"data": rows, "rows": len(rows)})
    assert (played.cause, played.answer.daily) == (("failed", BAD_PAYLOAD), ())


@pytest.mark.parametrize("rows", [1, 3, "3", None, -1])
def test_rows_that_are_not_as_many_as_the_service_says_are_no_answer(rows: Any) -> None:
    played = read(GOOD | {"rows": rows})
    assert (played.cause, played.answer.daily) == (("failed", BAD_PAYLOAD), ())


@pytest.mark.parametrize(
    "change",
    [
        {"days": [f"{WEEK[0]}"] * 7},
        {"days": [*KFP_ROW["days"][:6], f"{TODAY}"]},
        {"days": [*KFP_ROW["days"][:6], "2026-02-30"]},
        {"days": KFP_ROW["days"][:6]},
        {"days": None},
        {"counts": [*KFP_ROW["counts"][:6], -1]},
        {"counts": "1234567"},
        {"oldest": f"{WEEK[1]}"},
        {"newest": f"{WEEK[5]}"},
        {"oldest": f"{TODAY}", "newest": f"{YESTERDAY}"},
        {"newest": "2030-01-01"},
        {"oldest": None},
    ],
)
def test_a_row_that_is_odd_spoils_its_project_and_no_other(change: dict[str, Any]) -> None:
    metaflow = KFP_ROW | {"project": "metaflow"}
    body = GOOD | {"data": [KFP_ROW | change, metaflow, PIP_ROW], "rows": 3}
    played = read(body, KFP, METAFLOW)
    assert [daily.artifact for daily in played.answer.daily] == [METAFLOW]
    assert played.causes == [("kfp", "failed", BAD_PAYLOAD)]


# How it refuses

FORMS: dict[str, Any] = {
    "text": (500, lambda text: text.encode(), {}),
    "text under 200": (200, lambda text: text.encode(), {}),
    "JSON": (500, lambda text: json.dumps({"exception": text}).encode(), {}),
    "not found": (404, lambda text: text.encode(), {}),
    "too many": (429, lambda text: text.encode(), {}),
    "behind the data": (200, lambda text: json.dumps(GOOD).encode() + text.encode(), {}),
    "inside the data": (200, lambda text: json.dumps(GOOD | {"exception": text}).encode(), {}),
    "cut off": (200, lambda text: json.dumps(GOOD).encode()[:90] + b"\r\n__exception__\r\n" + text.encode(), {}),
    "proxy": (502, lambda text: b"<html>" + text.encode() + b"</html>", {}),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def refused(code: int, form: Any) -> Reply:
    status, body, headers = form
    return reply(raw=body(exception(code)), status=status, headers=headers)


def judged(code: int, form: Any) -> str:
    request = asked()
    no = SOURCE.refusal(request, refused(code, form)(request))
    return no.cause if no else ""


@every_form
def test_the_quota_is_a_limit_under_any_status(form: Any) -> None:
    assert judged(201, form) == LIMIT
    assert ask(refused(201, form)).cause == ("failed", LIMIT)


def good(request: Request) -> Any:
    """Answer for whichever packages were asked for."""
    names = [name for name in ("kfp", "metaflow", "zenml", "pip") if f"%27{name}%27" in request.url]
    first, last = (date.fromisoformat(query(request)[name]) for name in ("param_first", "param_last"))
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    return response(request, clickhouse({name: dict.fromkeys(days, 5) for name in names}))


@every_form
@pytest.mark.parametrize("code", [158, 396, 159])
def test_what_is_too_big_is_halved_and_never_asked_again_unchanged(form: Any, code: int) -> None:
    assert judged(code, form) == TOO_BIG
    three = (KFP, METAFLOW, Artifact("pypi", "zenml"))
    played = ask(refused(code, form), good, of=three, window=PAST)
    assert [query(request)["param_projects"] for request in played.requests] == [
        "['kfp','metaflow','zenml','pip']",
        "['kfp','metaflow','pip']",
        "['zenml','pip']",
    ]
    assert {query(request)["param_last"] for request in played.requests} == {"2026-01-04"}
    assert [daily.artifact for daily in played.answer.daily] == list(three)


def test_a_single_package_is_asked_for_in_halves_of_its_window_that_share_the_days_of_a_sum() -> None:
    window = Window(date(2025, 1, 1), date(2025, 3, 1))
    played = ask(refused(158, FORMS["text"]), good, window=window)
    spans = [(query(request)["param_first"], query(request)["param_last"]) for request in played.requests[1:]]
    assert spans == [("2024-12-25", "2025-01-29"), ("2025-01-24", "2025-02-28")]
    days = {day for daily in played.answer.daily for day in daily.counts}
    assert (min(days), max(days)) == (date(2024, 12, 25), date(2025, 2, 28))


def test_what_is_missing_of_one_half_of_the_window_only_is_not_missing() -> None:
    def begun_late(request: Request) -> Any:
        first = date.fromisoformat(query(request)["param_first"])
        ends = (date(2025, 2, 1), date(2025, 3, 9))
        counts = {} if first < date(2025, 1, 1) else {date(2025, 2, 1): 5}
        return response(request, clickhouse({"kfp": counts, "pip": {first: 5}}, kfp=ends))

    window = Window(date(2025, 1, 1), date(2025, 3, 1))
    played = ask(refused(158, FORMS["text"]), begun_late, window=window)
    assert (played.causes, len(played.answer.daily)) == ([], 1)


def test_splitting_comes_to_an_end() -> None:
    played = ask(refused(159, FORMS["JSON"]), of=(KFP, METAFLOW), window=PAST)
    assert played.cause == ("failed", TOO_BIG)
    assert len(played.requests) < 300


@every_form
def test_settings_that_may_not_be_changed_are_left_out_and_the_same_is_asked_again(form: Any) -> None:
    played = ask(refused(452, form), good, window=PAST)
    first, again = played.requests
    assert set(query(first)) - set(query(again)) == {"read_overflow_mode", "result_overflow_mode"}
    assert again.body == first.body
    assert len(played.answer.daily) == 1
    refused_again = ask(refused(452, form), window=PAST)
    assert (len(refused_again.requests), refused_again.cause) == (2, ("failed", BAD_REQUEST)), "but only once"


def test_without_the_settings_an_answer_that_is_cut_off_is_known_by_its_lack_of_a_witness() -> None:
    cut = reply(GOOD | {"data": [KFP_ROW], "rows": 1})
    assert ask(refused(452, FORMS["text"]), cut).cause == ("failed", BAD_PAYLOAD)


@every_form
@pytest.mark.parametrize("code", [62, 60, 47])
def test_a_query_that_is_not_understood_is_our_fault_and_not_repeated(form: Any, code: int) -> None:
    assert judged(code, form) == BAD_REQUEST
    assert ask(refused(code, form)).cause == ("failed", BAD_REQUEST)


@every_form
def test_any_other_exception_is_a_passing_fault(form: Any) -> None:
    assert judged(202, form) == TRANSIENT
    assert ask(refused(202, form)).cause == ("failed", TRANSIENT)


def test_the_code_may_come_in_the_header_alone() -> None:
    assert read(raw=b"", status=500, headers={"x-clickhouse-exception-code": "201"}).cause == ("failed", LIMIT)


def test_a_404_says_nothing_of_the_packages() -> None:
    assert read(raw=b"nothing here", status=404).cause[0] == "failed"


def test_the_budget_stays_below_60_queries_an_hour() -> None:
    ((count, seconds),) = SOURCE.budget.rates
    assert count < 60
    assert seconds == SOURCE.budget.untold_wait == 3600
    assert SOURCE.budget.connections <= 2
