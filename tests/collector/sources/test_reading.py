"""Tests of the reading rules that all sources share."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import errors
from collector.errors import BadPayload, NoValue
from collector.model import Answer, Artifact, Asking, Request, Response
from collector.sources.reading import (
    LARGEST_COUNT,
    MOST_HOPS,
    attempt,
    count,
    excerpt,
    get,
    json_body,
    refusal,
    shown,
    text,
)
from tests.collector.payloads import response

TWO = (Artifact("docker", "ns/app"), Artifact("docker", "ns/other"))
ASKED = Request("GET", "https://service.example/v2/a")


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
        (b"", "no JSON"),
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
    ("status", "state", "cause"),
    [
        (404, "missing", errors.GONE),
        (410, "missing", errors.GONE),
        (451, "missing", errors.GONE),
        (401, "failed", errors.CREDENTIALS),
        (403, "failed", errors.REFUSED),
        (429, "failed", errors.LIMIT),
        (400, "failed", errors.BAD_REQUEST),
        (422, "failed", errors.BAD_REQUEST),
        (408, "failed", errors.TRANSIENT),
        (500, "failed", errors.TRANSIENT),
        (502, "failed", errors.TRANSIENT),
        (522, "failed", errors.TRANSIENT),
        (204, "failed", errors.BAD_PAYLOAD),
        (304, "failed", errors.BAD_PAYLOAD),
    ],
)
def test_each_status_has_its_cause(status: int, state: str, cause: str) -> None:
    no = refusal(ASKED, response(ASKED, {"message": "so it is"}, status=status))
    assert no is not None
    assert (no.state, no.cause, no.detail) == (state, cause, f"HTTP {status}: so it is")


@pytest.mark.parametrize(("body", "said"), [(b"", "an empty body"), (b" \n", "an empty body"), (b" <html>", "HTML")])
def test_a_body_that_cannot_be_json_is_a_passing_fault(body: bytes, said: str) -> None:
    no = refusal(ASKED, response(ASKED, raw=body))
    assert no is not None
    assert (no.cause, no.detail) == (errors.TRANSIENT, f"got {said} where JSON was expected")


def test_a_200_with_anything_else_is_no_refusal() -> None:
    assert refusal(ASKED, response(ASKED, {})) is None


def test_what_a_refusal_says_may_come_as_message_detail_or_text_or_not_at_all() -> None:
    def detail(body: object) -> str:
        no = refusal(ASKED, response(ASKED, body, status=403))
        assert no is not None
        return no.detail

    assert detail({"detail": "no\nway"}) == "HTTP 403: no way"
    assert detail({"message": "", "text": "off"}) == "HTTP 403: off"
    assert detail({"message": 7}) == "HTTP 403"
    assert detail(404) == "HTTP 403"


# Redirects


def follow(*locations: str) -> tuple[list[str], Response | NoValue]:
    """Ask for something that is redirected to some places one after the other; return what was asked, and the end."""
    asking, asked, places = get(ASKED), [], iter(locations)
    try:
        request = next(asking)
        while True:
            asked.append(request.url)
            place = next(places, None)
            sent = response(request, {}, status=301, headers={"location": place}) if place else response(request, {})
            request = asking.send(sent)
    except StopIteration as done:
        return asked, done.value
    except NoValue as no:
        return asked, no


def test_a_redirect_within_the_service_is_a_request_of_its_own() -> None:
    asked, end = follow("/v2/b", "c?a=1")
    assert asked == [ASKED.url, "https://service.example/v2/b", "https://service.example/v2/c?a=1"]
    assert isinstance(end, Response)


def test_redirects_come_to_an_end() -> None:
    asked, end = follow(*(f"/v2/{number}" for number in range(99)))
    assert len(asked) == MOST_HOPS + 1
    assert isinstance(end, NoValue)
    assert (end.cause, end.detail) == (errors.REFUSED, f"HTTP 301: more than {MOST_HOPS} redirects in a row")


def test_the_body_goes_along_with_a_redirect() -> None:
    asking = get(Request("POST", ASKED.url, b"SELECT 1", bucket="core", shared=True))
    following = asking.send(response(next(asking), status=307, headers={"location": "/b"}))
    assert following == Request("POST", "https://service.example/b", b"SELECT 1", bucket="core", shared=True)


# Attempts


@pytest.mark.parametrize(
    "fault", [KeyError("pull_count"), TypeError("no"), ValueError("no"), RecursionError("deep"), AttributeError("get")]
)
def test_a_readers_fault_becomes_a_problem_of_every_artifact_that_was_asked_for(fault: Exception) -> None:
    def ask(_artifacts: Sequence[Artifact]) -> Asking[Answer]:
        yield ASKED
        raise fault

    asking = attempt(TWO, ask(TWO))
    next(asking)
    with pytest.raises(StopIteration) as done:
        asking.send(response(ASKED, {}))
    answer: Answer = done.value.value
    assert [problem.artifact for problem in answer.problems] == list(TWO)
    ((cause, detail),) = {(problem.cause, problem.detail) for problem in answer.problems}
    assert cause == errors.BAD_PAYLOAD
    assert type(fault).__name__ in detail


def test_a_fault_of_the_program_is_none_of_the_service() -> None:
    def ask() -> Asking[Answer]:
        yield ASKED
        raise ZeroDivisionError

    asking = attempt(TWO, ask())
    next(asking)
    with pytest.raises(ZeroDivisionError):
        asking.send(response(ASKED, {}))
