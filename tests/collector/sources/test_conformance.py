"""What holds for every source in the registry: whatever a service sends, a typed problem or a number that it sent."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.sources import OWN, SOURCES
from collector.sources.conformance import CHECKS, Case, leaves, put, reply
from tests.collector.sources.conversations import CASES

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@every_case
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_source(case: Case, check: Callable[[Case], None]) -> None:
    check(case)


def test_every_source_has_a_conversation_here_or_in_its_own_tests() -> None:
    own = [getattr(import_module(f"tests.collector.sources.test_{module}"), "CASES", {}) for module in OWN]
    cases: list[Case] = [case for found in (CASES, *own) for case in found.values()]
    assert {case.source.name for case in cases} == set(SOURCES)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["r0", "ns/one"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def numbers(body: Any) -> set[int]:
    """Return all counts that stand in a payload, as numbers or as digits."""
    found = [leaf for _, leaf in leaves(body) if not isinstance(leaf, bool)]
    digits = {int(leaf) for leaf in found if isinstance(leaf, str) and leaf.isascii() and leaf.isdigit()}
    return digits | {int(leaf) for leaf in found if isinstance(leaf, int | float) and leaf == leaf // 1}


@every_case
@given(data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_payload_changed_anywhere_never_raises_and_never_brings_a_number_of_its_own(
    case: Case, data: st.DataObject
) -> None:
    good = case.play()
    nth = data.draw(st.sampled_from(case.turns))
    body = put_anything(data, json.loads(case.good(good.requests[nth]).body))
    played = case.play(nth=nth, answer=reply(body))
    sent = numbers(body) | {value for _, _, _, value in good.points} | {0}
    if case.source.name != "github-history":
        assert {value for _, _, _, value in played.points} <= sent
    assert all(reading.called.isprintable() for reading in played.answer.readings)


def put_anything(data: st.DataObject, body: Any) -> Any:
    for _ in range(data.draw(st.integers(1, 3))):
        ways = [path for path, _ in leaves(body)] or [()]
        path = data.draw(st.sampled_from(ways))
        cut = data.draw(st.integers(0, len(path)))
        body = put(body, path[: len(path) - cut], data.draw(ANYTHING))
    return body
