"""Tests of when the next request may go out; time is a number here."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.http.limits import Gate, retry_after, when
from collector.sources import SOURCES
from collector.sources.protocol import UNTOLD_WAIT, Budget

EPOCH = 1_777_266_000.0
"""2026-04-27 05:00:00 UTC."""


def quota(remaining: int, reset: float, limit: int = 5000) -> dict[str, str]:
    told = {"limit": limit, "remaining": remaining, "reset": int(reset)}
    return {f"x-ratelimit-{name}": str(value) for name, value in told.items()}


# Retry-After


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "60"}, 60),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": str(int(EPOCH) + 90)}, 90),
        ({"x-retry-after": str(int(EPOCH) + 90)}, 90),
        ({"x-retry-after": str(int(EPOCH) - 90)}, 0),
        ({"retry-after": "Mon, 27 Apr 2026 05:02:00 GMT"}, 120),
        ({"retry-after": "Mon, 27 Apr 2026 05:02:00"}, 120),
        ({"retry-after": "Mon, 27 Apr 2026 05:02:00 -0000"}, 120),
        ({"retry-after": "Mon, 27 Apr 2026 07:02:00 +0200"}, 120),
        ({"retry-after": "Sunday, 26-Apr-26 05:02:00 GMT"}, 0),
        ({"retry-after": "soon", "x-retry-after": "30"}, 30),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(EPOCH) + 600)}, 600),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(EPOCH) - 600)}, 0),
        ({"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(EPOCH) + 600)}, 7),
    ],
)
def test_a_refusal_tells_its_wait_in_seconds_as_a_date_as_an_epoch_or_by_the_reset(
    headers: dict[str, str], seconds: float
) -> None:
    assert retry_after(headers, EPOCH) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": "soon"},
        {"retry-after": ""},
        {"retry-after": "-5"},
        {"retry-after": "٦٠"},
        {"retry-after": "9" * 13},
        {"retry-after": "Mon, 99 Foo 2026 05:02:00 GMT"},
        {"x-ratelimit-remaining": "1", "x-ratelimit-reset": str(int(EPOCH) + 600)},
        {"x-ratelimit-remaining": "0"},
    ],
)
def test_a_refusal_that_does_not_tell_is_known_as_such(headers: dict[str, str]) -> None:
    assert retry_after(headers, EPOCH) is None


@given(st.integers(0, 10**6), st.integers(-12, 14))
def test_a_date_means_the_same_in_every_zone(seconds: int, zone: int) -> None:
    moment = datetime.fromtimestamp(EPOCH + seconds, UTC).astimezone(timezone(timedelta(hours=zone)))
    assert retry_after({"retry-after": format_datetime(moment)}, EPOCH) == seconds


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_header_makes_it_raise_or_wait_for_a_time_before_now(told: str, reset: str) -> None:
    headers = {"retry-after": told, "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    wait = retry_after(headers, EPOCH)
    assert wait is None or wait >= 0


@given(st.floats(0, 1e12))
def test_the_end_of_a_wait_can_always_be_told(seconds: float) -> None:
    assert when(seconds, EPOCH) > datetime(2026, 4, 27, 5, 0, 0, tzinfo=UTC)


# Rates


@given(
    rates=st.sampled_from([((1, 1.0),), ((3, 2.0),), ((5, 1.0), (7, 3.0)), ((2, 1.0), (3, 3.0), (4, 20.0))]),
    pauses=st.lists(st.floats(0, 4), min_size=1, max_size=40),
)
def test_no_window_ever_holds_more_than_the_rate_however_eagerly_one_asks(
    rates: tuple[tuple[int, float], ...], pauses: list[float]
) -> None:
    gate, now, sent = Gate(Budget(rates=rates)), 1000.0, []
    for pause in pauses:
        now += pause
        while (wait := gate.enter("", now, EPOCH)) > 0:
            now += wait
        sent.append(now)
    for count, seconds in rates:
        assert all(later - sooner >= seconds for sooner, later in zip(sent, sent[count:], strict=False))


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_source_that_has_waited_as_told_is_let_in(source: object) -> None:
    """The wait that the gate tells is enough: at most two looks a request."""
    budget = SOURCES[source.name].budget  # type: ignore[attr-defined]
    gate, now, looks = Gate(budget), 0.0, 0
    for _ in range(100):
        while (wait := gate.enter("", now, EPOCH)) > 0:
            now, looks = now + wait, looks + 1
        gate.note("", {})
    assert looks <= 100
    assert now <= budget.seconds(101) * 1.05 + 1


def test_without_pacing_the_published_rates_do_not_count_but_what_the_service_tells_does() -> None:
    gate = Gate(Budget(rates=((1, 60.0),)), paced=False)
    assert [gate.enter("", 0.0, EPOCH) for _ in range(50)] == [0.0] * 50
    gate.note("", quota(0, EPOCH + 30))
    assert gate.enter("", 0.0, EPOCH) == 30
    gate.refused(45.0, 0.0)
    assert gate.enter("", 0.0, EPOCH) == 45


@pytest.mark.parametrize(("requests", "seconds"), [(0, 0), (1, 0), (5, 0), (6, 1), (30, 5), (31, 60), (1000, 33 * 60)])
def test_the_least_time_of_a_plan_follows_from_the_tightest_rate(requests: int, seconds: float) -> None:
    assert SOURCES["pypistats"].budget.seconds(requests) == seconds


@pytest.mark.parametrize(
    ("source", "longest", "within"),
    [
        *(("pypistats", longest, within) for longest, within in ((0.5, 5), (10, 30), (55, 60), (60, 1000))),
        *(("clickpy", longest, within) for longest, within in ((900, 55), (3600, 1000))),
        *(("dockerhub", longest, within) for longest, within in ((59, 180), (60, 1000))),
    ],
)
def test_where_the_rates_ask_for_a_longer_pause_than_one_would_wait_is_known_beforehand(
    source: str, longest: float, within: int
) -> None:
    budget = SOURCES[source].budget
    assert budget.within_pauses(1000, longest) == within
    assert budget.within_pauses(within, longest) == within
    assert Budget().within_pauses(1000, longest) == 1000


def test_a_service_without_rates_needs_no_time() -> None:
    assert Budget().seconds(1000) == 0
    assert Gate(Budget()).enter("", 0.0, EPOCH) == 0


# Refusals


def test_after_a_refusal_nobody_is_let_in_until_the_time_it_told() -> None:
    gate = Gate(Budget())
    gate.refused(20.0, 100.0)
    assert gate.enter("", 100.0, EPOCH) == 20
    assert gate.enter("other quota", 119.0, EPOCH) == 1
    assert gate.enter("", 120.0, EPOCH) == 0


def test_refusals_that_do_not_tell_cost_a_minute_then_two_then_four_until_one_is_answered() -> None:
    gate, now = Gate(Budget()), 0.0
    for minutes in (1, 2, 4):
        gate.refused(None, now)
        assert gate.enter("", now, EPOCH) == minutes * UNTOLD_WAIT
        now += minutes * UNTOLD_WAIT
    gate.answered()
    gate.refused(None, now)
    assert gate.enter("", now, EPOCH) == UNTOLD_WAIT


def test_refusals_of_requests_sent_before_the_gate_closed_count_as_one() -> None:
    """Eight threads that are refused together have been refused once."""
    gate = Gate(Budget())
    for thread in range(8):
        gate.refused(None, thread / 10)
    assert gate.enter("", 1.0, EPOCH) == pytest.approx(UNTOLD_WAIT - 1 + 0.7)


def test_a_shorter_wait_does_not_open_a_gate_that_a_longer_one_closed() -> None:
    gate = Gate(Budget())
    gate.refused(300.0, 0.0)
    gate.refused(1.0, 0.0)
    assert gate.enter("", 0.0, EPOCH) == 300


# Quotas


def test_what_is_on_the_way_is_taken_off_the_quota_before_its_answer_comes() -> None:
    gate = Gate(Budget())
    gate.note("core", quota(3, EPOCH + 600))
    waits = [gate.enter("core", 0.0, EPOCH) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] == waits[4] < 1, "the answers on the way will tell"
    gate.note("core", quota(2, EPOCH + 600))
    assert 0 < gate.enter("core", 0.0, EPOCH) < 1, "an answer older than what was sent since gives nothing back"
    for left in (1, 0):
        gate.note("core", quota(left, EPOCH + 600))
    assert gate.enter("core", 0.0, EPOCH) == 600


def test_where_a_reserve_is_kept_the_first_request_goes_ahead_to_learn_the_quota() -> None:
    gate = Gate(Budget(keep_reserve=True), reserve=0.1)
    assert gate.enter("core", 0.0, EPOCH) == 0
    assert 0 < gate.enter("core", 0.0, EPOCH) < 1
    gate.note("core", {})
    assert [gate.enter("core", 0.0, EPOCH) for _ in range(3)] == [0, 0, 0], "a mirror may announce none"


def test_a_new_hour_brings_a_new_quota() -> None:
    gate = Gate(Budget())
    gate.note("core", quota(0, EPOCH + 10))
    assert gate.enter("core", 0.0, EPOCH) == 10
    assert gate.enter("core", 10.0, EPOCH + 10) == 0
    gate.note("core", quota(7, EPOCH + 3610))
    assert gate.enter("core", 10.0, EPOCH + 10) == 0


def test_the_quotas_of_a_service_are_apart() -> None:
    gate = Gate(Budget())
    gate.note("graphql", quota(0, EPOCH + 10))
    assert gate.enter("core", 0.0, EPOCH) == 0


def test_a_reserve_is_left_where_the_user_has_other_tools_of_the_same_quota() -> None:
    mine, theirs = Gate(Budget(keep_reserve=True), reserve=0.1), Gate(Budget(), reserve=0.1)
    for gate in (mine, theirs):
        gate.note("", quota(501, EPOCH + 10))
    assert [gate.enter("", 0.0, EPOCH) for gate in (mine, theirs)] == [0, 0]
    for gate in (mine, theirs):
        gate.note("", quota(500, EPOCH + 10))
    assert [gate.enter("", 0.0, EPOCH) for gate in (mine, theirs)] == [10, 0]


@pytest.mark.parametrize("wrong", ["", "many", "-1", "9" * 20, "٣"])
def test_a_quota_that_is_not_told_in_numbers_is_none(wrong: str) -> None:
    gate = Gate(Budget())
    for name in ("limit", "remaining", "reset"):
        gate.note("", quota(0, EPOCH + 10) | {f"x-ratelimit-{name}": wrong})
    gate.note("", {})
    assert gate.enter("", 0.0, EPOCH) == 0
