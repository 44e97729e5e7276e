"""Tests of the reading rules that all sources share."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import errors
from collector.errors import BadPayload
from collector.model import Answer, Artifact, Request
from collector.sources import SOURCES
from collector.sources.protocol import (
    LARGEST_COUNT,
    Verdict,
    count,
    excerpt,
    json_body,
    judge,
    read_answer,
    refusal,
    shown,
    text,
)
from tests.collector.payloads import response

TWO = (Artifact("docker", "ns/app"), Artifact("docker", "ns/other"))
ASKED = Request("dockerhub", "https://service.example/v2/a", TWO)


@given(st.integers(0, LARGEST_COUNT))
def test_a_count_is_a_number_or_its_digits_or_a_whole_fraction(number: int) -> None:
    assert count(number, "pulls") == number
    assert count(str(number), "pulls") == number
    assert count(float(number), "pulls") == number


@pytest.mark.parametrize(
    "value", [-1, LARGEST_COUNT + 1, 1.5, True, False, None, "", " 1", "1_000", "1e3", "٣", [1], {}]
)
def test_whatever_else_is_no_count_and_the_message_names_what_it_stood_for(value: object) -> None:
    with pytest.raises(BadPayload, match=r"pull_count is .*, not a count"):
        count(value, "pull_count")


@pytest.mark.parametrize("value", ["", "a" * 301, None, 7, "a\nb", "a\0", "\ud800", "\u202eb", "\x1b[31m"])
def test_a_name_is_printable_and_of_bounded_length(value: object) -> None:
    with pytest.raises(BadPayload, match=r"full_name is .*, not a name"):
        text(value, "full_name")


@given(st.text(max_size=600), st.integers(2, 200))
def test_an_excerpt_is_one_printable_line_of_bounded_length(said: str, length: int) -> None:
    line = excerpt(said, length)
    assert line == "" or line.isprintable()
    assert len(line) <= length


def test_what_is_shown_of_a_value_is_short_however_large_or_deep_it_is() -> None:
    nested: object = 1
    for _ in range(5000):
        nested = [nested]
    assert len(shown(nested)) < 200
    assert len(shown({"a": "b" * 10**6})) < 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body"),
        (b"<html>", "HTML"),
        (b"nonsense", "no JSON"),
        (b"404", "a JSON int"),
        (b"[]", "a JSON list"),
    ],
)
def test_a_body_of_another_kind_says_what_came_instead(body: bytes, said: str) -> None:
    with pytest.raises(BadPayload, match=f"got {said} where"):
        json_body(response(ASKED, raw=body))


def test_a_body_may_be_asked_to_be_a_list() -> None:
    assert json_body(response(ASKED, [1, 2]), list) == [1, 2]


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_what_json_does_not_know_makes_the_whole_body_bad(constant: bytes) -> None:
    with pytest.raises(BadPayload):
        json_body(response(ASKED, raw=b'{"good": 1, "bad": ' + constant + b"}"))


@pytest.mark.parametrize(
    ("status", "state", "cause", "halts"),
    [
        (404, "missing", errors.GONE, False),
        (410, "missing", errors.GONE, False),
        (451, "missing", errors.GONE, False),
        (401, "failed", errors.CREDENTIALS, True),
        (403, "failed", errors.REFUSED, False),
        (429, "failed", errors.LIMIT, True),
        (400, "failed", errors.BAD_REQUEST, False),
        (422, "failed", errors.BAD_REQUEST, False),
        (408, "failed", errors.TRANSIENT, False),
        (500, "failed", errors.TRANSIENT, False),
        (502, "failed", errors.TRANSIENT, False),
        (522, "failed", errors.TRANSIENT, False),
        (204, "failed", errors.BAD_PAYLOAD, False),
        (304, "failed", errors.BAD_PAYLOAD, False),
    ],
)
def test_each_status_has_its_cause_for_every_artifact(status: int, state: str, cause: str, halts: bool) -> None:
    answer = refusal(ASKED, response(ASKED, {"message": "so it is"}, status=status))
    assert answer is not None
    assert [problem.artifact for problem in answer.problems] == list(TWO)
    assert {(problem.state, problem.cause) for problem in answer.problems} == {(state, cause)}
    assert {problem.detail for problem in answer.problems} == {f"HTTP {status}: so it is"}
    assert bool(answer.halt) is halts


def test_what_a_refusal_says_may_come_as_message_detail_or_text_or_not_at_all() -> None:
    def detail(body: object) -> str:
        answer = refusal(ASKED, response(ASKED, body, status=403))
        assert answer is not None
        return answer.problems[0].detail

    assert detail({"detail": "no\nway"}) == "HTTP 403: no way"
    assert detail({"message": "", "text": "off"}) == "HTTP 403: off"
    assert detail({"message": 7}) == "HTTP 403"
    assert detail(404) == "HTTP 403"


def test_a_200_is_no_refusal() -> None:
    assert refusal(ASKED, response(ASKED, {})) is None


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b'{"a": 1}', Verdict.FINAL),
        (200, b"", Verdict.TRANSIENT),
        (200, b" <html>", Verdict.TRANSIENT),
        (404, b"<html>404", Verdict.FINAL),
        (429, b"{}", Verdict.LIMITED),
        (403, b"{}", Verdict.FINAL),
        (408, b"", Verdict.TRANSIENT),
        (500, b"", Verdict.TRANSIENT),
        (524, b"<html>", Verdict.TRANSIENT),
    ],
)
def test_only_passing_faults_and_limits_are_asked_again(status: int, body: bytes, verdict: Verdict) -> None:
    assert judge(ASKED, response(ASKED, raw=body, status=status)) is verdict


@pytest.mark.parametrize("fault", [KeyError("pull_count"), TypeError("no"), ValueError("no"), RecursionError("deep")])
def test_a_parsers_fault_becomes_a_problem_of_every_artifact_that_was_asked_for(fault: Exception) -> None:
    def read(*_: object) -> Answer:
        raise fault

    answer = read_answer(replace(SOURCES["dockerhub"], read=read), ASKED, response(ASKED, {"a": 1}))
    assert [problem.artifact for problem in answer.problems] == list(TWO)
    (detail,) = {problem.detail for problem in answer.problems}
    assert type(fault).__name__ in detail
    assert detail.endswith("; status 200, 8 bytes")
