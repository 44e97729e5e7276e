"""An edition is held against what is known since, with the reason for each cell, on a ledger that was really played."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jobs.editions.editions import TooEarly, UnknownEdition, compare
from jobs.settings import Settings
from storage.database.errors import NothingKnown
from tests.jobs.weeks_played import BOTH, CATALOG, ONE, Weeks, days_back, fresh, listed
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK


@pytest.fixture
def place(ledger_url: str) -> Settings:
    return Settings(db=ledger_url, now=START)


@pytest.fixture
def game(ledger: Ledger) -> Weeks:
    """Give a ledger after a refresh and the edition of it."""
    weeks = Weeks(ledger)
    weeks.week(0)
    weeks.publish()
    return weeks


def lines(place: Settings, known_at: int | None = None, page: str | None = None) -> list[str]:
    return [" | ".join(one.cells) for one in compare(place, MONDAY, page, known_at).differences]


def kinds(place: Settings) -> list[tuple[str, str, list[str]]]:
    found = compare(place, MONDAY, None, None).differences
    return [(one.project.id, one.metric.key, [reason.kind for reason in one.reasons]) for one in found]


@pytest.mark.usefixtures("game")
def test_nothing_has_changed_as_long_as_nothing_came(place: Settings) -> None:
    assert lines(place) == []


def test_newer_weeks_change_nothing_of_an_old_day(place: Settings, game: Weeks) -> None:
    game.week(kfp=9)
    assert lines(place) == []


def test_a_restatement_is_told_with_both_values_and_the_run(place: Settings, game: Weeks) -> None:
    game.now += 7 * WEEK
    game.learn([("pypi:kfp", MONDAY, 3_000_500.0)])
    (line,) = lines(place)
    assert line == (
        "Kube, PyPI weekly downloads | 3,104,000 | 3,104,500 | restated by pypistats: pypi:kfp of "
        "2026-04-27 3,000,000 → 3,000,500, learned in run 2 on 2026-06-15 (refresh)"
    )
    game.learn([("pypi:kfp", MONDAY, 1.0)])
    assert "→ 3,000,500" in lines(place, known_at=2)[0]
    assert lines(place, known_at=1) == []


def test_late_data_and_a_new_member_are_told_apart_and_a_rename_alone_changes_no_cell(
    ledger: Ledger, place: Settings
) -> None:
    game = Weeks(ledger)
    partial = [row for row in fresh(MONDAY) if row[0] not in {"pypi:flow", "docker:kube/b"}]
    game.learn([*partial, ("pypi:flow", days_back(14), 7.0)], outcomes=[listed()])
    game.publish()
    game.now += WEEK
    game.learn([("pypi:flow", MONDAY, 8.0)], kind="backfill")
    game.learn([("github:o/kube", MONDAY, 15_618.0)], number="7", called="o/kube-next")
    game.catalog = CATALOG.replace('pypi = "flow"', 'pypi = "flow"\ndocker = "flow/image"')
    game.learn([("docker:kube/b", MONDAY, 1.0), ("docker:flow/image", MONDAY, 2.0)], kind="import", outcomes=[listed()])
    assert kinds(place) == [
        ("flow", "pypi_downloads_7d", ["late"]),
        ("flow", "dockerhub_pulls", ["definition"]),
        ("kube", "dockerhub_pulls", ["definition"]),
    ]
    assert "8 of 2026-04-27, not 7 of 2026-04-13, backfilled in run 2" in lines(place)[0]


def test_an_edit_of_the_catalog_changes_nothing_of_older_days(place: Settings, game: Weeks) -> None:
    game.catalog = CATALOG[: CATALOG.index("[projects.kube]")].replace('pypi = "flow"', 'pypi = "flow-next"')
    game.week()
    assert lines(place) == []


def test_what_was_known_before_the_edition_cannot_differ_from_it(place: Settings, game: Weeks) -> None:
    game.week()
    game.publish(day=MONDAY)
    with pytest.raises(TooEarly, match=r"run 1 .* is older than the edition of 2026-04-27, which knew run 2"):
        compare(place, MONDAY, None, 1)
    with pytest.raises(NothingKnown):
        compare(place, MONDAY, None, START - timedelta(days=1))


def test_an_import_that_was_put_before_the_edition_shows_as_a_change(place: Settings, game: Weeks) -> None:
    game.now += WEEK
    game.learn([("docker:kube/c", MONDAY, 1.0)], kind="import", public=START - timedelta(hours=1))
    (line,) = lines(place)
    assert "docker:kube/c (1 of 2026-04-27) counts now, imported in run 2" in line


def test_the_page_must_be_named_where_there_are_several(place: Settings, game: Weeks) -> None:
    game.publish(ONE)
    game.learn([("pypi:flow", MONDAY, 1.0)])
    with pytest.raises(UnknownEdition, match="give --page both or one"):
        compare(place, MONDAY, None, None)
    assert (len(lines(place, page=BOTH.slug)), lines(place, page=ONE.slug)) == (1, [])


def test_one_of_an_older_day_than_its_runs_is_compared_as_of_its_day(place: Settings, game: Weeks) -> None:
    (edition,) = game.publish(replace(ONE, slug="old"), day=MONDAY - WEEK)
    assert compare(place, edition.day, None, None).differences == ()
