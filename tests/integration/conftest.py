"""The played services for the tests: one server for all, as new for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.budgets import Limits
from tests.integration.nursery import Nursery
from tests.integration.upstream import Upstream


@pytest.fixture(scope="session")
def running() -> Iterator[Upstream]:
    """Give the server."""
    with Upstream() as up:
        yield up


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Give the process whose children run commands where it does not matter that Python is started for each."""
    with Nursery() as made:
        yield made


@pytest.fixture
def up(running: Upstream) -> Upstream:
    """Give the server without faults, limits and latency; its world is for the test to set."""
    running.reset()
    running.set_limits(Limits())
    running.set_latency(0)
    return running
