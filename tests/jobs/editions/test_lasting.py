"""An edition outlives every change: the same bytes, nothing for `verify`, only what is known otherwise for `diff`."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.editions.editions import compare, find, published_text
from jobs.editions.publishing import Order, publish
from jobs.editions.verify import Verification
from jobs.metrics import METRICS, RULES
from jobs.review import Choice, decide
from jobs.settings import Settings
from publish.formats import FORMATS
from publish.table.rules import Rules
from storage.editions.editions import files, keep
from tests.jobs.weeks_played import CATALOG, Weeks, days_back, fresh, listed
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, frame

TUESDAY = START + timedelta(days=1)
TEXT = "---\ntitle: Both\nprojects: [flow, kube]\n---\nWhat we think of them.\n"


@pytest.fixture
def place(sqlite_ledger: Path, tmp_path: Path) -> Settings:
    shutil.copyfile(sqlite_ledger, tmp_path / "ledger.db")
    return Settings(db=f"sqlite:///{tmp_path / 'ledger.db'}", recordings=tmp_path / "recordings", now=TUESDAY)


@pytest.fixture
def order(tmp_path: Path) -> Order:
    pages = tmp_path / "comparisons"
    pages.mkdir()
    (pages / "both.md").write_text(TEXT, encoding="utf-8")
    return Order(output=tmp_path / "site", pages=pages, allow_stale=True)


@pytest.fixture
def game(place: Settings) -> Iterator[Weeks]:
    """Give the ledger of that place after two weeks, of which the second lacks a value."""
    with Ledger.open(place.db) as ledger:
        weeks = Weeks(ledger)
        weeks.learn(fresh(MONDAY - WEEK), outcomes=[listed()])
        weeks.learn([row for row in fresh(MONDAY) if row[0] != "pypi:flow"], outcomes=[listed()])
        yield weeks


def written(order: Order) -> dict[str, str]:
    return {path.suffix: path.read_text(encoding="utf-8") for path in (order.output / "both").iterdir()}


def lasts(place: Settings, order: Order, changed: list[str]) -> None:
    """Hold an edition against what was published, and see that `diff` names the cells that changed."""
    published = written(order)
    for form, suffix in (("markdown", ".md"), ("json", ".json")):
        assert published_text(place, MONDAY, "both", form) == published[suffix]
    assert [str(one) for one in Verification(place, lambda *_: None).run()] == []
    found = compare(place, MONDAY, "both", None).differences
    assert [f"{one.project.id} {one.metric.key} {one.reasons[0].kind}" for one in found] == changed


OLDER: dict[str, Rules] = {
    "a metric came": replace(RULES, metrics=tuple(one for one in RULES.metrics if one.key != "pypi_downloads_7d")),
    "a metric went": replace(RULES, metrics=(*RULES.metrics, replace(METRICS["github_stars"], key="gone"))),
    "another order of the rows": replace(RULES, metrics=RULES.metrics[::-1]),
    "another label": replace(RULES, metrics=tuple(replace(one, label=one.label.upper()) for one in RULES.metrics)),
    "another preference": replace(RULES, metrics=tuple(replace(one, sources=("x",)) for one in RULES.metrics)),
    "no sum any more": replace(RULES, metrics=tuple(replace(one, combine=None) for one in RULES.metrics)),
    "fresh for longer": replace(RULES, fresh_days=8),
    "scales for longer": replace(RULES, scale_days=70),
    "other words under it": replace(RULES, caption="The state of {day}."),
}
"""Rules by which an older version may have published."""
OLDEST = replace(RULES, ended_days=None, joins_series=False)
"""Rules as they were before there were those that make no difference here."""


@pytest.mark.parametrize("rules", [*OLDER.values(), OLDEST], ids=[*OLDER, "the oldest"])
@pytest.mark.usefixtures("game")
def test_it_outlives_the_rules_of_the_version_that_made_it(place: Settings, order: Order, rules: Rules) -> None:
    publish(place, replace(order, rules=rules))
    lasts(place, order, [])


@pytest.mark.usefixtures("game")
def test_the_rules_of_the_version_that_made_it_do_make_a_difference(place: Settings, order: Order) -> None:
    """The test above must be able to fail."""
    seen = set()
    for name, rules in OLDER.items():
        publish(place, replace(order, rules=rules, output=order.output / name))
        seen.add((order.output / name / "both" / f"{MONDAY}.md").read_text(encoding="utf-8"))
    assert len(seen) == len(OLDER)


def learn(game: Weeks, rows: pd.DataFrame) -> None:
    run = game.begin()
    game.ledger.append(run, rows)
    game.ledger.close(run, state="done", now=game.now)


def a_new_week(game: Weeks, _order: Order) -> None:
    game.week(kfp=7)


def a_new_source(game: Weeks, _order: Order) -> None:
    rows = frame([("pypi:kfp", MONDAY, 5.0)])
    rows["source"] = "elsewhere"
    learn(game, rows)


def a_project_is_renamed(game: Weeks, _order: Order) -> None:
    game.catalog = CATALOG.replace('name = "Kube"', 'name = "Kube Next"')
    game.week()


def a_project_goes(game: Weeks, _order: Order) -> None:
    game.catalog = CATALOG[: CATALOG.index("[projects.kube]")]
    game.week()


def a_project_has_other_artifacts(game: Weeks, _order: Order) -> None:
    game.catalog = CATALOG.replace('pypi = ["kfp", "kube-sdk"]', 'pypi = "kfp"')
    game.week()


def an_artifact_is_renamed(game: Weeks, _order: Order) -> None:
    game.learn([("github:o/kube", MONDAY, 15_618.0)], number="7", called="o/kube-next")


def the_page_is_edited(_game: Weeks, order: Order) -> None:
    (order.pages / "both.md").write_text(TEXT.replace("[flow, kube]", "[kube]").replace("Both", "One"), "utf-8")


def the_page_goes(_game: Weeks, order: Order) -> None:
    (order.pages / "both.md").unlink()


def restated(game: Weeks, _order: Order) -> None:
    game.learn([("pypi:kfp", MONDAY, 1.0)])


def backfilled(game: Weeks, _order: Order) -> None:
    game.learn([("pypi:flow", MONDAY, 8.0), ("pypi:flow", days_back(14), 7.0)], kind="backfill")


def rejected_by_a_review(game: Weeks, _order: Order) -> None:
    place = Settings(db=game.ledger._engine.url.render_as_string(hide_password=False), now=game.now)
    choice = Choice("kube", "github_stars", first=MONDAY, last=MONDAY)
    decide(place, "reject", choice, "it was another repository's")


def imported_into_the_past(game: Weeks, _order: Order) -> None:
    rows = [("docker:kube/c", MONDAY, 1.0), ("pypi:flow", MONDAY, 2.0)]
    game.learn(rows, kind="import", public=START - timedelta(hours=1))


def failed(game: Weeks, _order: Order) -> None:
    game.learn([], outcomes=[listed("failed")])


Befalls = Callable[[Weeks, Order], None]
CHANGES: tuple[tuple[Befalls, list[str]], ...] = (
    (a_new_week, []),
    (a_new_source, []),
    (a_project_is_renamed, []),
    (a_project_goes, []),
    (a_project_has_other_artifacts, []),
    (an_artifact_is_renamed, []),
    (the_page_is_edited, []),
    (the_page_goes, []),
    (restated, ["kube pypi_downloads_7d restated"]),
    (backfilled, ["flow pypi_downloads_7d late"]),
    (rejected_by_a_review, ["kube github_stars review"]),
    (imported_into_the_past, ["flow pypi_downloads_7d late", "kube dockerhub_pulls definition"]),
    (failed, []),
)


@pytest.mark.parametrize(("befalls", "changed"), CHANGES, ids=lambda one: getattr(one, "__name__", ""))
def test_it_outlives_whatever_comes_after_it(
    place: Settings, order: Order, game: Weeks, befalls: Befalls, changed: list[str]
) -> None:
    publish(place, order)
    game.now += WEEK
    befalls(game, order)
    lasts(place, order, changed)


def test_it_outlives_a_further_metric_of_a_source_that_was_there(place: Settings, order: Order, game: Weeks) -> None:
    before = replace(RULES, metrics=tuple(one for one in RULES.metrics if one.key != "github_forks"))
    publish(place, replace(order, rules=before))
    rows = frame([("github:o/kube", MONDAY, 5.0)])
    rows["metric"] = "github_forks"
    learn(game, rows)
    lasts(place, order, [])
    publish(place, order)
    assert "GitHub forks" in written(order)[".md"]


def test_it_outlives_everything_at_once_and_being_published_again(place: Settings, order: Order, game: Weeks) -> None:
    publish(place, replace(order, rules=OLDER["other words under it"]))
    published = written(order)
    for befalls, _ in CHANGES:
        game.now += WEEK
        befalls(game, order)
    with game.ledger.reading() as connection:
        first = find(connection, MONDAY, "both")
        assert {Path(name).suffix: content.decode() for name, content in files(connection, first.id).items()} == (
            published
        )
    order.output.rename(order.output.with_name("old"))
    publish(place, replace(order, as_of=MONDAY))
    assert [str(one) for one in Verification(place, lambda *_: None).run()] == []


def test_a_format_that_was_not_published_is_written_from_the_document(
    place: Settings, order: Order, game: Weeks
) -> None:
    publish(place, replace(order, rules=OLDER["other words under it"]))
    restated(game, order)
    for form in set(FORMATS) - {"json", "csv"}:
        text = published_text(place, MONDAY, "both", form)
        assert "The state of 2026-04-27." in text
        assert "3.1M" in text


def test_what_a_version_wrote_otherwise_stays_as_it_was_even_when_published_again(
    place: Settings, order: Order, game: Weeks
) -> None:
    publish(place, order)
    with game.ledger.writing() as connection:
        made = replace(find(connection, MONDAY, "both"), page="other")
        keep(connection, made, {f"{MONDAY}.md": b"as it was written then\n"})
    assert published_text(place, MONDAY, "other", "markdown") == "as it was written then\n"
    assert "Kube" in published_text(place, MONDAY, "other", "json")
