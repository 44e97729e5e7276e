"""What a refresh leaves behind: a recording that can be read again, a table that adds up, and no credentials."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.matrix import leaks
from tests.integration.running import TOKEN, Desk, truth
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

WORLD = World(projects=12)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Upstream(WORLD) as up:
        desk = Desk(tmp_path, up)
        desk.catalog(WORLD.catalog())
        yield desk


def test_a_replay_makes_the_same_observations_without_any_server(tmp_path: Path) -> None:
    with Upstream(WORLD) as up:
        first = Desk(tmp_path, up)
        first.catalog(WORLD.catalog())
        assert first.run("refresh").code == 0
        facts = first.facts()
    (recording,) = (tmp_path / "recordings").glob("*.warc.gz")
    (tmp_path / "again").mkdir()
    again = Desk(tmp_path / "again", up)
    again.catalog(WORLD.catalog())
    ran = again.run("refresh", "--replay", str(recording))
    assert (ran.code, again.facts()) == (0, facts), ran.told()
    assert first.run("refresh", "--replay", str(recording)).code == 0
    assert first.facts() == facts


def test_the_token_is_written_nowhere_and_sent_to_github_only(desk: Desk) -> None:
    ran = desk.run("refresh", "--json")
    assert ran.code == 0, ran.told()
    assert leaks(desk, ran) == []
    assert any(name.endswith(".warc.gz") for name in desk.files())
    seen = desk.up.counts()["authorizations"]
    assert {service: set(values) for service, values in seen.items() if values} == {"github": {f"Bearer {TOKEN}"}}


def test_the_table_sums_what_the_history_lists(desk: Desk) -> None:
    assert desk.run("refresh").code == 0
    raw = json.loads(desk.run("table", "--format", "json").out)
    shown = {(row["metric"], project): cell["value"] for row in raw["rows"] for project, cell in row["cells"].items()}
    today = {point: value for point, value in truth(WORLD).items() if point[2] == WORLD.today}
    assert shown == {(metric, _project(artifact)): value for (artifact, metric, _), value in today.items()}
    assert (raw["as_of"], raw["known_at"]["run"]) == ("2026-04-27", 1)


def _project(artifact: str) -> str:
    return next(part for part in WORLD.ids() if part in artifact)
