"""Verification finds whatever is not as it was published and recorded, and nothing where all is."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.model import Recorded
from jobs.editions.verify import Finding, Verification
from jobs.settings import Settings
from storage.append.append import append
from storage.model import Piece, ResponseRow
from storage.runs.recordings import add_recording
from tests.collector.recording.sample import THREE
from tests.collector.recording.sample import record as recorded
from tests.jobs.weeks_played import BOTH, ONE, Weeks, fresh, listed
from tests.ledgers import Ledger
from tests.storage.play import START, WEEK, frame


@pytest.fixture
def place(ledger_url: str, tmp_path: Path) -> Settings:
    return Settings(db=ledger_url, recordings=tmp_path / "recordings", now=START)


@pytest.fixture
def game(place: Settings) -> Iterator[Weeks]:
    """Give a ledger with one recorded refresh, of which two pages were published, and a week after it."""
    with Ledger.open(place.db) as ledger:
        weeks = Weeks(ledger)
        record(weeks, place, "one.warc.gz")
        weeks.publish(BOTH, ONE)
        weeks.week(kfp=5)
        yield weeks


def record(game: Weeks, place: Settings, name: str) -> list[Recorded]:
    """Play a refresh whose three responses are recorded in a file."""
    kept = recorded(place.recordings / name, *THREE)
    rows = [ResponseRow(name, k.record, k.status, k.at, k.offset, k.length, k.digest) for k in kept]
    run = game.begin()
    with game.ledger.writing() as connection:
        add_recording(connection, run, name, hashlib.sha256((place.recordings / name).read_bytes()).hexdigest())
        news = frame(fresh(game.day), record=rows[0].record)
        append(connection, run, [Piece(news, rows, [listed()])])
    return kept


def verified(place: Settings) -> tuple[list[str], str]:
    verification = Verification(place, lambda *_: None)
    found = [str(finding).replace(f"{place.recordings}/", "") for finding in verification.run()]
    return found, verification.summary


def change(game: Weeks, statement: str, **values: object) -> None:
    with game.ledger._engine.connect() as connection:
        connection.execute(text(statement), values)
        connection.commit()


def damage(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))


@pytest.mark.usefixtures("game")
def test_where_all_is_as_it_was_nothing_differs(place: Settings) -> None:
    summary = "checked the ledger, 2 editions and 1 recording with 3 responses: nothing differs"
    assert verified(place) == ([], summary)


def test_an_edition_that_comes_out_otherwise_is_named(place: Settings, game: Weeks) -> None:
    change(game, "UPDATE observation SET value = value + 1000 WHERE value = 3000000")
    found, summary = verified(place)
    changed = (
        "comes out otherwise than it was published, by its own rules (kube, pypi_downloads_7d: 3.1M, now 3.1M): "
        "the ledger was changed by something else"
    )
    assert found == [f"edition of 2026-04-27, page {page}: {changed}" for page in ("both", "one")]
    assert summary.endswith("2 differences")


def test_rules_that_cannot_be_read_are_a_difference(place: Settings, game: Weeks) -> None:
    change(game, "UPDATE edition SET rules = '{}'")
    found, _ = verified(place)
    assert len(found) == 2
    assert all("cannot be derived again: the rules of an edition cannot be read" in line for line in found)


def test_a_document_and_files_that_were_changed_are_named_and_the_other_editions_are_checked(
    place: Settings, game: Weeks
) -> None:
    change(game, "UPDATE edition SET document = replace(document, '\"kube\"', '\"nope\"') WHERE page = 'one'")
    change(game, "UPDATE edition_file SET content = :data WHERE edition_id = 2 AND name LIKE '%.md'", data=b"")
    found, summary = verified(place)
    name = "edition of 2026-04-27, page one: "
    assert [line.removeprefix(name).split(":")[0] for line in found] == [
        "its document is not as it was published",
        "its file 2026-04-27.md is not as it was published",
        "cannot be derived again",
    ]
    assert "2 editions" in summary


@pytest.mark.usefixtures("game")
def test_a_document_that_is_none_is_named(place: Settings, game: Weeks) -> None:
    change(game, "UPDATE edition SET document = '{}'")
    found, _ = verified(place)
    assert sum("the document of the edition of 2026-04-27 cannot be read" in line for line in found) == 2


@pytest.mark.usefixtures("game")
def test_a_recording_that_is_not_there_is_a_difference(place: Settings) -> None:
    (place.recordings / "one.warc.gz").unlink()
    assert verified(place)[0] == [
        "one.warc.gz: is not there; the ledger refers to 3 responses in it: put the file back"
    ]


def test_a_recording_that_was_changed_is_a_difference(place: Settings, game: Weeks) -> None:
    game.now += WEEK
    kept = record(game, place, "two.warc.gz")
    damage(place.recordings / "two.warc.gz", kept[1].offset + kept[1].length // 2)
    found, summary = verified(place)
    assert {line.split(":")[0] for line in found} == {"two.warc.gz"}
    assert any(str(kept[1].record) in line for line in found)
    assert summary.endswith(f"{len(found)} differences")


def test_rows_that_do_not_fit_together_and_tables_that_are_not_ours_are_differences(
    place: Settings, game: Weeks
) -> None:
    change(game, "UPDATE outcome SET response_id = 99")
    change(game, "DROP INDEX ix_edition_day_page")
    found, _ = verified(place)
    assert any(line.startswith("the ledger: the tables are not as they should be") for line in found)
    assert any("outcomes that refer to a response that is not there" in line for line in found)


def test_what_cannot_be_read_does_not_keep_the_rest_from_being_checked(place: Settings, game: Weeks) -> None:
    (place.recordings / "one.warc.gz").unlink()
    change(game, "DROP TABLE edition_file")
    change(game, "DROP TABLE edition")
    verification = Verification(place, lambda *_: None)
    found = list(verification.run())
    assert {finding.kind for finding in found} == {"ledger", "recording"}
    assert isinstance(found[0], Finding)


@pytest.mark.usefixtures("game")
def test_progress_is_told_from_none_to_all(place: Settings) -> None:
    told: list[tuple[str, int, int]] = []
    list(Verification(place, lambda *step: told.append(step)).run())
    assert told == [("editions", n, 2) for n in range(3)] + [("recordings", n, 1) for n in range(2)]
