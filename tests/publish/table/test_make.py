"""How a table's cells have changed since an earlier day, and where two numbers are not compared."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from jobs.metrics import RULES
from publish.table.make import Change, Span, changes, day_before, make_table
from storage.runs.runs import known as known_then
from tests.jobs.weeks_played import CATALOG, Weeks, fresh, listed
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, WEEK

NEXT = MONDAY + WEEK


def since(ledger: Ledger, day: date = NEXT, before: date = MONDAY) -> Mapping[tuple[str, str], Change]:
    with ledger.reading() as connection:
        table = make_table(connection, day, known_then(connection, None), None, RULES)
        return changes(connection, table, before)


@pytest.fixture
def game(ledger: Ledger) -> Weeks:
    weeks = Weeks(ledger)
    weeks.week(0)
    weeks.now += WEEK
    return weeks


def test_a_change_is_in_numbers_and_in_per_cent(ledger: Ledger, game: Weeks) -> None:
    game.learn(fresh(NEXT, flow=11_135.3), outcomes=[listed()])
    found = since(ledger)
    stars = found["flow", "github_stars"]
    assert (stars.before, stars.absolute, stars.percent) == pytest.approx((10_123, 1012.3, 10.0))
    assert found["kube", "github_stars"] == Change(15_618, 0, 0)


def test_a_carried_value_has_no_change(ledger: Ledger, game: Weeks) -> None:
    game.learn([row for row in fresh(NEXT) if row[0] != "github:o/flow"], outcomes=[listed()])
    assert since(ledger)["flow", "github_stars"] == Change(10_123)
    assert since(ledger, MONDAY, MONDAY - WEEK)["kube", "github_stars"] == Change(None)


def test_after_an_edit_of_the_catalog_the_sum_is_another_one_however_long_ago(ledger: Ledger, game: Weeks) -> None:
    game.catalog = CATALOG.replace('["kfp", "kube-sdk"]', '["kfp"]')
    for _ in range(6):
        game.learn([row for row in fresh(game.day) if row[0] != "pypi:kube-sdk"], outcomes=[listed()])
        game.now += WEEK
    found = since(ledger, game.day - WEEK)
    assert found["kube", "pypi_downloads_7d"] == Change(3_104_000)
    assert found["flow", "pypi_downloads_7d"].absolute == 0


@pytest.mark.parametrize(
    ("day", "span", "before"),
    [
        ("2026-04-27", "week", "2026-04-20"),
        ("2026-04-27", "month", "2026-03-27"),
        ("2026-03-31", "month", "2026-02-28"),
        ("2026-01-15", "month", "2025-12-15"),
        ("2024-02-29", "year", "2023-02-28"),
        ("2026-04-27", "year", "2025-04-27"),
    ],
)
def test_a_month_ago_is_the_same_day_or_the_last(day: str, span: Span, before: str) -> None:
    assert day_before(date.fromisoformat(day), span) == date.fromisoformat(before)


def test_every_day_has_one_before_it() -> None:
    days = [date(2023, 1, 1) + timedelta(days=n) for n in range(1500)]
    assert all(27 < (day - day_before(day, "month")).days < 32 for day in days)
    assert all(364 < (day - day_before(day, "year")).days < 367 for day in days)
