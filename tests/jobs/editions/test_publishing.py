"""A publication writes what `table` would print, records it, and holds back what is too old."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.editions.editions import read
from jobs.editions.publishing import Moment, Order, PublishError, check, publish
from jobs.pages import PageError
from jobs.reading import read_table
from jobs.settings import Settings
from publish.formats import render
from storage.database.errors import LedgerMissing
from storage.editions.editions import edition_by
from storage.editions.editions import listed as listed_editions
from storage.model import Edition
from tests.jobs.weeks_played import CATALOG, VALUES, Weeks, fresh, listed
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, frame, outcome


@pytest.fixture
def place(ledger_url: str) -> Settings:
    """Let the clock stand on the Tuesday after the first Monday."""
    return Settings(db=ledger_url, now=START + (WEEK / 7))


@pytest.fixture
def game(place: Settings) -> Iterator[Weeks]:
    """Give the ledger of that place after one whole refresh."""
    with Ledger.open(place.db) as ledger:
        weeks = Weeks(ledger)
        weeks.week(0)
        yield weeks


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(output=tmp_path / "site", pages=tmp_path / "comparisons")


def page(order: Order, name: str, projects: str) -> None:
    order.pages.mkdir(exist_ok=True)
    (order.pages / f"{name}.md").write_text(f"---\ntitle: {name.title()}\nprojects: {projects}\n---\nText.\n")


def editions(game: Weeks) -> list[Edition]:
    with game.ledger.reading() as connection:
        return [edition_by(connection, one.id) for one in listed_editions(connection)]


def files(order: Order) -> dict[str, bytes]:
    found = order.output.rglob("*") if order.output.exists() else ()
    return {str(path.relative_to(order.output)): path.read_bytes() for path in found if path.is_file()}


@pytest.mark.usefixtures("game")
def test_without_a_page_all_projects_are_published_as_of_the_last_day_of_the_cadence(
    place: Settings, order: Order
) -> None:
    (result,) = publish(place, order).pages
    table = replace(read_table(place, (), MONDAY, None), page="all", title="All projects")
    assert files(order) == {
        f"all/2026-04-27.{suffix}": render(table, form).encode()
        for suffix, form in (("md", "markdown"), ("json", "json"))
    }
    assert (result.new, result.refused, result.page.projects) == (True, False, ("flow", "kube"))


def test_the_edition_records_what_it_was_made_of(place: Settings, order: Order, game: Weeks) -> None:
    page(order, "kube-alone", "[kube]")
    publish(place, order)
    (edition,) = editions(game)
    (run,) = game.ledger.runs(5)
    document = read(edition)
    assert (edition.page, edition.day, document.title, document.text) == (
        "kube-alone",
        MONDAY,
        "Kube-Alone",
        "Text.",
    )
    assert [entry.id for entry in document.table.projects] == ["kube"]
    assert (edition.made_at, edition.known_seq, edition.newest_run) == (place.now, run.known_seq, run.id)
    assert (edition.catalog_id, edition.id, len(edition.digest)) == (run.catalog_id, 1, 64)


@pytest.mark.usefixtures("game")
def test_only_the_pages_named_are_published(place: Settings, order: Order) -> None:
    for name in ("one", "two"):
        page(order, name, "[kube, flow]")
    assert [one.page.slug for one in publish(place, replace(order, names=("two",))).pages] == ["two"]
    assert set(files(order)) == {"two/2026-04-27.md", "two/2026-04-27.json"}


def test_the_same_table_is_no_second_edition_but_its_files_are_written_anew(
    place: Settings, order: Order, game: Weeks
) -> None:
    publish(place, order)
    before = files(order)
    (order.output / "all" / "2026-04-27.md").unlink()
    (again,) = publish(place, order).pages
    assert (again.new, again.draft.edition.id, files(order)) == (False, 1, before)
    game.learn([("pypi:kfp", MONDAY, 5.0)])
    (changed,) = publish(place, order).pages
    assert (changed.new, changed.draft.edition.id, len(editions(game))) == (True, 2, 2)


def test_a_page_that_is_too_stale_is_refused_and_the_others_are_published(
    place: Settings, order: Order, game: Weeks
) -> None:
    page(order, "flow-alone", "[flow]")
    page(order, "kube-alone", "[kube]")
    game.now += WEEK
    game.learn([row for row in fresh(game.day) if "flow" in row[0]], outcomes=[listed(), outcome("pypi:kfp", "failed")])
    later = replace(place, now=game.now)
    sound, refused = publish(later, order).pages
    assert (sound.refused, refused.refused) == (False, True)
    assert set(files(order)) == {"flow-alone/2026-05-04.md", "flow-alone/2026-05-04.json"}
    assert [edition.page for edition in editions(game)] == ["flow-alone"]
    assert (refused.draft.not_fresh, refused.draft.expected) == (3, 3)
    assert any("pypi:kfp" in one.why and "failed" in one.why for one in refused.draft.stale)


def test_allow_stale_publishes_with_marks(place: Settings, order: Order, game: Weeks) -> None:
    later = replace(place, now=START + WEEK)
    assert publish(later, order).pages[0].refused
    (result,) = publish(later, replace(order, allow_stale=True)).pages
    assert (result.refused, result.draft.too_stale) == (False, True)
    assert "value of 2026-04-27" in files(order)["all/2026-05-04.md"].decode()
    assert len(editions(game)) == 1


def test_how_much_may_be_stale_is_what_the_catalog_of_the_ledger_says(
    place: Settings, order: Order, game: Weeks
) -> None:
    """Of the five cells one is old, which is not more than a fifth, but more than none."""
    rows = [(name, game.day + WEEK, value) for name, value in VALUES if name != "pypi:flow"]
    for most, refused in ((0.2, False), (0.19, True)):
        game.now = START + WEEK
        game.catalog = f"max_stale = {most}\n{CATALOG}"
        game.learn(rows, outcomes=[listed()])
        (result,) = publish(replace(place, now=game.now), order).pages
        assert (result.draft.not_fresh, result.draft.expected, result.refused) == (1, 5, refused)


def test_search_interest_that_nobody_has_imported_is_not_expected(place: Settings, order: Order, game: Weeks) -> None:
    game.catalog = CATALOG.replace('github = "o/flow"', 'github = "o/flow"\nsearch = "Flow"')
    game.learn(fresh(game.day), outcomes=[listed()])
    (result,) = publish(place, order).pages
    assert (result.draft.expected, result.draft.not_fresh) == (5, 0)


@pytest.mark.parametrize(("weeks", "expected"), [(4, (6, 1)), (5, (5, 0))])
def test_an_import_that_nothing_follows_is_not_expected_after_four_weeks(
    place: Settings, order: Order, game: Weeks, weeks: int, expected: tuple[int, int]
) -> None:
    rows = frame([("pypi:flow", MONDAY, 5.0)])
    rows["metric"], rows["source"], rows["method"] = "pypi_downloads_30d", "best-of", "imported"
    game.ledger.append(run := game.begin(), rows)
    game.ledger.close(run, state="done", now=game.now)
    game.week(weeks)
    (result,) = publish(replace(place, now=START + weeks * WEEK), order).pages
    assert (result.draft.expected, result.draft.not_fresh) == expected


@pytest.mark.usefixtures("game")
def test_a_page_with_a_mistake_is_named_and_the_others_are_published(place: Settings, order: Order) -> None:
    for name, projects in (("one", "[kube]"), ("two", "[kube, nope]"), ("three", "7")):
        page(order, name, projects)
    done = publish(place, order)
    told = [str(problem).rpartition("/")[2] for problem in done.problems]
    assert [line.split(":")[:2] for line in told] == [["three.md", "3"], ["two.md", "3"]]
    assert "project 'nope' is not in the catalog of the newest run" in told[1]
    assert [one.page.slug for one in done.pages] == ["one"]
    assert set(files(order)) == {"one/2026-04-27.md", "one/2026-04-27.json"}


@pytest.mark.usefixtures("game")
def test_where_no_page_can_be_used_nothing_is_written(place: Settings, order: Order) -> None:
    page(order, "two", "[kube, nope]")
    with pytest.raises(PageError, match=r"two\.md:3: project 'nope' is not in the catalog"):
        publish(place, order)
    assert files(order) == {}


def test_a_first_refresh_on_a_saturday_is_published_as_of_that_day(
    place: Settings, order: Order, ledger: Ledger
) -> None:
    saturday = START + timedelta(days=5)
    game = Weeks(ledger, saturday)
    game.week(0)
    later = replace(place, now=saturday + timedelta(hours=1))
    done = publish(later, order)
    assert (done.day, done.weekday, done.pages[0].refused) == (MONDAY, "monday", True)
    assert done.pages[0].instead == saturday.date()
    (result,) = publish(later, replace(order, as_of=saturday.date())).pages
    assert not result.draft.too_stale


def test_no_other_day_is_proposed_where_none_would_do(place: Settings, order: Order, game: Weeks) -> None:
    game.now += 4 * WEEK
    (result,) = publish(replace(place, now=game.now + timedelta(days=1)), order).pages
    assert (result.refused, result.instead) == (True, None)


@pytest.mark.usefixtures("game")
def test_a_day_that_has_not_come_is_refused_and_a_past_one_is_published(place: Settings, order: Order) -> None:
    with pytest.raises(PublishError, match="2026-05-04 is in the future: today is 2026-04-28"):
        publish(place, replace(order, as_of=MONDAY + WEEK))
    (result,) = publish(place, replace(order, as_of=MONDAY - WEEK, allow_stale=True)).pages
    assert result.files[0].name == "2026-04-20.json"


def test_where_the_files_cannot_be_written_nothing_is_recorded(place: Settings, order: Order, game: Weeks) -> None:
    order.output.write_text("in the way")
    with pytest.raises(OSError, match="cannot be written"):
        publish(place, order)
    assert editions(game) == []


def test_a_catalog_is_not_read_again_to_publish(game: Weeks) -> None:
    """One of 100,000 projects takes seconds."""
    number = game.ledger.keep_catalog("no TOML", "monday", (), START)
    run = game.ledger.begin(kind="refresh", scope="{}", day=MONDAY, now=START, catalog_id=number, version="0")
    game.ledger.close(run, state="done", now=START)
    with game.ledger.reading() as connection:
        assert Moment.read(connection, START).most_stale == 0.2


def test_without_a_ledger_there_is_nothing_to_publish(order: Order, tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing):
        publish(Settings(db=f"sqlite:///{tmp_path / 'none.db'}"), order)


def test_a_page_whose_numbers_contradict_the_table_is_not_published_and_the_others_are(
    place: Settings, order: Order, game: Weeks
) -> None:
    page(order, "good", "[kube]")
    (order.pages / "bad.md").write_text("---\nprojects: [kube]\n---\nIt has 77,777 stars.\n{{ kube.nothing }}\n")
    done = publish(place, order)
    assert [one.page.slug for one in done.pages] == ["good"]
    assert [(Path(one.path).name, one.line) for one in done.problems] == [("bad.md", 4), ("bad.md", 5)]
    assert [one.page for one in editions(game)] == ["good"]
    with pytest.raises(PageError, match="77,777"):
        publish(place, replace(order, names=("bad",)))


def test_an_edition_keeps_what_its_page_said_with_the_numbers_of_its_day(
    place: Settings, order: Order, game: Weeks
) -> None:
    order.pages.mkdir()
    said = 'verdict: {text: "{{ kube.github_stars.exact }} stars", date: 2026-04-01, author: A}'
    (order.pages / "one.md").write_text(f"---\nprojects: [kube]\n{said}\n---\nOf {{{{ kube.github_stars.day }}}}.\n")
    publish(place, order)
    document = read(editions(game)[0])
    value = document.table.cell("kube", "github_stars").value
    assert document.said["verdict"]["text"] == f"{value:,.0f} stars"
    assert document.text == f"Of {MONDAY}."


def test_the_check_names_what_is_wrong_or_old_or_not_the_projects_own_and_publishes_nothing(
    place: Settings, order: Order, game: Weeks
) -> None:
    order.pages.mkdir()
    (order.pages / "one.md").write_text(
        "---\nprojects: [kube, gone]\nqualities:\n- name: Q\n  cells:\n"
        "    kube: {text: T, source: 'https://kube.example/docs', checked: 2025-01-01}\n"
        "    gone: {text: T, source: 'https://rival.example/docs', checked: 2026-04-01}\n---\n"
    )
    wrong, odd = check(place, order)
    assert [(one.line, "not in the catalog" in one.message) for one in wrong] == [(2, True)]
    assert [(one.line, one.message.split(" 'gone' ")[-1].split(" (")[0][:60]) for one in odd] == [
        (6, "'Q' of 'kube' was checked on 2025-01-01, more than a year ag"),
        (7, "has a source that is not its own: https://rival.example/docs"),
    ]
    assert not editions(game)
    assert not files(order)
