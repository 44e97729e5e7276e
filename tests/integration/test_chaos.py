"""Weeks of faults and kills end with every number right and nothing lost; `make chaos` plays them for an hour."""

from pathlib import Path

import pytest

from tests.integration.chaos import play

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("seed", "weeks"), [(1, 1), (2, 2)], ids=["graphql", "rest"])
def test_no_number_is_wrong_and_none_is_lost_whatever_goes_wrong(tmp_path: Path, seed: int, weeks: int) -> None:
    chaos = play(seed, weeks, projects=6, folder=tmp_path / "played")
    assert chaos.wrong == []
    assert chaos.met.total() > 0
    assert len(chaos.stored) > 6 * 3
