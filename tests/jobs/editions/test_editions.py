"""An edition comes out the same when it is derived again, whatever came since; and the right one is found."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.editions.editions import UnknownEdition, derive, find, read
from publish.formats import document
from publish.site.pages import Page
from storage.database.errors import NoRoom
from storage.editions.editions import files
from storage.model import Edition
from tests.jobs.weeks_played import BOTH, CATALOG, ONE, Weeks, listed
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, outcome

EDITS = (
    CATALOG,
    CATALOG.replace('name = "Kube"', 'name = "Kube Next"'),
    CATALOG.replace('pypi = ["kfp", "kube-sdk"]', 'pypi = "kfp"'),
    CATALOG.replace('github = "o/kube"', 'github = "new/kube"'),
    'cadence = "friday"\n' + CATALOG.replace('docker = ["kube/*"]', 'docker = ["kube/a"]'),
    CATALOG[CATALOG.index("[projects.kube]") :],
)

values = st.integers(1, 5).map(float)
weeks_back = st.integers(0, 6)


def refresh(game: Weeks, value: float) -> None:
    game.week(kfp=value, flow=value + 3)


def restate(game: Weeks, back: int, value: float) -> None:
    game.learn([("pypi:kfp", game.day - back * WEEK, value)])


def backfill(game: Weeks, back: int, value: float) -> None:
    days = [game.day - week * WEEK for week in range(back, back + 3)]
    game.learn([("github:o/kube", day, value) for day in days], kind="backfill")


def put(game: Weeks, back: int, value: float, hours: int) -> None:
    """Import what was public somewhere in the past: values, another name, a list that fails, another catalog."""
    public = game.now - timedelta(hours=hours)
    rows = [("pypi:kfp", game.day - back * WEEK, value), ("docker:kube/c", game.day - back * WEEK, value)]
    with suppress(NoRoom):
        game.learn(rows, kind="import", public=public, number=f"n{back}", called="kfp", outcomes=[listed("failed")])


def edit(game: Weeks, catalog: str) -> None:
    game.catalog = catalog
    game.learn([("pypi:flow", game.day, 7.0)])


def rename(game: Weeks, back: int) -> None:
    asked = [("github:o/kube", game.day - back * WEEK, 20.0)]
    game.learn(asked, number="7", called=f"o/kube-{back}")


def recreate(game: Weeks) -> None:
    game.learn([("github:o/flow", game.day, 3.0)], number=f"{game.now:%d%H}", called="o/flow")


def fail(game: Weeks, state: str) -> None:
    game.learn([], outcomes=[outcome("pypi:kfp", state), outcome("docker:kube/a", state), listed(state)])


def publish(game: Weeks, pages: tuple[Page, ...], back: int) -> None:
    have = {entry.id for entry in game.ledger.projects(game.ledger.known())}
    known = [page for page in pages if set(page.projects) <= have]
    if known:
        game.publish(*known, day=game.day - back * WEEK)


Move = Callable[[Weeks], None]


def move(what: Callable[..., None], *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Move]:
    return st.tuples(*arguments).map(partial(step, what))


def step(what: Callable[..., None], arguments: tuple[object, ...]) -> Move:
    return lambda game: what(game, *arguments)


moves = st.one_of(
    move(refresh, values),
    move(restate, weeks_back, values),
    move(backfill, weeks_back, values),
    move(put, weeks_back, values, st.integers(0, 24 * 60)),
    move(edit, st.sampled_from(EDITS)),
    move(rename, weeks_back),
    move(recreate),
    move(fail, st.sampled_from(["failed", "missing", "quarantined"])),
    move(publish, st.sampled_from([(BOTH,), (ONE,), (BOTH, ONE)]), weeks_back),
)


def play(game: Weeks, steps: list[Move]) -> None:
    """Play the steps, some hours apart."""
    game.week(0)
    game.publish(BOTH)
    for one in steps:
        game.now += timedelta(hours=7)
        one(game)


def derived(ledger: Ledger, edition: Edition) -> str:
    """Write the document of an edition from the observations."""
    published = read(edition)
    with ledger.reading() as connection:
        table = derive(connection, edition, published)
    return document.write(published.page, published.title, published.text, table)


def made_again(ledger: Ledger, game: Weeks) -> None:
    assert game.made
    for edition, written in game.made:
        assert derived(ledger, edition) == edition.document
        with ledger.reading() as connection:
            assert files(connection, edition.id) == written


@given(st.lists(moves, max_size=14))
def test_an_edition_stays_the_same_whatever_comes_later(sqlite_ledger: Path, steps: list[Move]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(sqlite_ledger, Path(folder) / "ledger.db")
        with Ledger.open(f"sqlite:///{folder}/ledger.db") as ledger:
            game = Weeks(ledger)
            play(game, steps)
            made_again(ledger, game)


@pytest.mark.both_databases
def test_an_edition_stays_the_same_on_both_databases(ledger: Ledger) -> None:
    """Everything that can befall a ledger, twice, with an edition after each."""
    game = Weeks(ledger)
    both = step(publish, ((BOTH, ONE), 1))
    steps: list[Move] = []
    for turn in (1, 2):
        steps += [step(refresh, (turn,)), both, step(restate, (turn, 4)), step(put, (turn, 5, 40 * turn)), both]
        steps += [step(rename, (turn,)), step(backfill, (turn, 6)), recreate, both, step(fail, ("failed",))]
        steps += [both, step(edit, (EDITS[turn],)), step(put, (0, 8, 30))]
    play(game, steps)
    assert len(game.made) > 12
    made_again(ledger, game)


def test_a_late_import_would_change_it_if_it_were_not_left_out(ledger: Ledger) -> None:
    """The test above must be able to fail."""
    game = Weeks(ledger)
    game.week()
    (edition,) = game.publish()
    public = game.now - timedelta(hours=1)
    game.now += WEEK
    game.learn([("docker:kube/c", MONDAY, 1.0)], kind="import", public=public)
    assert derived(ledger, edition) == edition.document
    assert derived(ledger, replace(edition, newest_run=99)) != edition.document


def test_the_newest_edition_of_a_day_and_page_is_found(ledger: Ledger) -> None:
    game = Weeks(ledger)
    game.week()
    game.publish()
    game.learn([("pypi:kfp", game.day, 1.0)])
    (second,) = game.publish(day=START.date() + WEEK)
    with ledger.reading() as connection:
        assert find(connection, second.day, None) == second


def found(ledger: Ledger, day: date, page: str | None = None) -> Edition:
    with ledger.reading() as connection:
        return find(connection, day, page)


def test_without_a_page_several_are_listed_and_a_wrong_day_names_the_nearest(ledger: Ledger) -> None:
    game = Weeks(ledger)
    with pytest.raises(UnknownEdition, match="nothing was published yet"):
        found(ledger, MONDAY)
    for _ in range(4):
        game.week()
        game.publish(BOTH, ONE)
    day = MONDAY + 4 * WEEK
    with pytest.raises(UnknownEdition, match="2 editions of 2026-05-25: give --page both or one"):
        found(ledger, day)
    with pytest.raises(UnknownEdition, match="'bth': there is both, one"):
        found(ledger, day, "bth")
    assert found(ledger, day, "one").page == "one"
    near = "no edition of 2026-05-24: the nearest are 2026-05-11, 2026-05-18, 2026-05-25"
    with pytest.raises(UnknownEdition, match=near):
        found(ledger, day - timedelta(days=1))
