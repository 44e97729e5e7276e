"""What the tests of jobs share: a world of services that know the past, and a place for a ledger at its time."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from jobs.settings import Settings
from tests.jobs.past_played import MONDAY, WEEK
from tests.jobs.past_services import World


@pytest.fixture
def world() -> Iterator[World]:
    """Give two repositories of which a star was given every Wednesday, and a package."""
    wednesdays = {MONDAY + timedelta(days=2) - back * WEEK: 1 for back in range(1, 70)}
    made = World(MONDAY, {"o/r": wednesdays, "o/s": wednesdays}, {"kfp": 10})
    with made.served():
        yield made


@pytest.fixture
def past_place(tmp_path: Path) -> Settings:
    """Keep ledger and recordings in a folder of the test, and let the clock stand on the world's day."""
    return Settings(
        db=f"sqlite:///{tmp_path / 'ledger.db'}",
        catalog=tmp_path / "catalog.toml",
        recordings=tmp_path / "recordings",
        github_token="ghp_0123456789abcdef",
        now=datetime.combine(MONDAY, time(5), UTC),
        budgets=False,
    )
