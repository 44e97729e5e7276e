"""The ledger as data frames and charts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from jobs.metrics import METRICS
from publish.charts.lines import ChartError
from publish.history.frames import OBSERVATIONS, POINTS
from publish.notebook import Book, open_ledger
from storage.database.errors import LedgerMissing
from storage.runs.catalogs import keep_metrics
from tests.ledgers import Ledger
from tests.storage.play import START, entry, learn

KUBEFLOW, METAFLOW = entry("kubeflow", "github:kubeflow/kubeflow", "docker:ns/one"), entry("metaflow", "github:m/m")
LAST_WEEK, TODAY = date(2026, 4, 20), START.date()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the URL of a ledger of two weeks and two projects."""
    url = f"sqlite:///{tmp_path_factory.mktemp('book') / 'ledger.db'}"
    with Ledger.open_or_create(url) as ledger:
        with ledger.writing() as connection:
            keep_metrics(connection, list(METRICS.values()))
        for day, kubeflow, metaflow in ((LAST_WEEK, 15_600.0, 10_100.0), (TODAY, 15_618.0, 10_123.0)):
            rows = [("github:kubeflow/kubeflow", day, kubeflow), ("github:m/m", day, metaflow)]
            learn(ledger, [*rows, ("docker:ns/one", day, 7.0)], (KUBEFLOW, METAFLOW), at=START - (TODAY - day))
    return url


@pytest.fixture
def book(url: str) -> Iterator[Book]:
    with open_ledger(url) as opened:
        yield opened


def test_a_table_is_a_frame_with_a_row_a_cell(book: Book) -> None:
    frame = book.table(as_of="2026-04-27")
    assert list(frame.columns) == ["metric", "label", "project", "value", "text", "state", "day", "source", "method"]
    assert len(frame) == 4
    pulls = frame[frame.metric == "dockerhub_pulls"].set_index("project")
    assert pulls.loc["kubeflow", "value"] == 7.0
    assert pulls.loc["kubeflow", "day"] == pd.Timestamp(2026, 4, 27)
    assert pulls.state.to_dict() == {"kubeflow": "fresh", "metaflow": "none"}
    assert pulls.loc[["metaflow"], ["value", "day"]].isna().all(axis=None)


def test_a_table_is_of_the_newest_day_and_has_the_projects_asked_for(book: Book) -> None:
    stars = book.table(projects="metaflow")
    assert stars.value.to_list() == [10_123.0]
    assert set(book.table(projects=["kubeflow"]).project) == {"kubeflow"}


@pytest.mark.parametrize(
    ("known_at", "value"),
    [
        (None, 10_123.0),
        (1, 10_100.0),
        (LAST_WEEK, 10_100.0),
        ("2026-04-20", 10_100.0),
        ("2026-04-27T04:59:59Z", 10_100.0),
        ("2026-04-27T07:00:00+02:00", 10_123.0),
        ("2026-04-27 05:00", 10_123.0),
        (datetime(2026, 4, 27, 5, tzinfo=UTC), 10_123.0),
    ],
)
def test_the_second_clock_takes_a_run_a_day_or_a_time(
    book: Book, known_at: int | date | datetime | str | None, value: float
) -> None:
    assert book.table(as_of=TODAY, known_at=known_at, projects="metaflow").value.to_list() == [value]


def test_a_history_is_a_frame_with_a_row_an_observation(book: Book) -> None:
    frame = book.history("kubeflow", metric="github_stars")
    assert list(frame.columns) == list(OBSERVATIONS)
    assert frame.value.to_list() == [15_600.0, 15_618.0]
    assert frame.day.is_monotonic_increasing
    assert str(frame.known_at.iloc[1]) == "2026-04-27 05:00:00+00:00"
    assert book.history("kubeflow", metric="github_stars", from_="2026-04-21", to=TODAY).value.to_list() == [15_618.0]
    assert book.history("kubeflow", to=LAST_WEEK - timedelta(days=1)).empty


def test_a_history_by_the_week_is_a_frame_with_changes(book: Book) -> None:
    frame = book.history("kubeflow", metric="github_stars", every="week")
    assert list(frame.columns) == list(POINTS)
    assert frame.as_of.to_list() == [pd.Timestamp(2026, 4, 20), pd.Timestamp(2026, 4, 27)]
    assert frame.value.to_list() == [15_600.0, 15_618.0]
    assert frame.change.to_list()[1] == 18.0


def test_a_chart_shows_itself_as_svg_and_can_be_had_as_png(book: Book) -> None:
    chart = book.chart(["kubeflow", "metaflow"], metric="github_stars", theme="dark")
    assert chart._repr_svg_() == chart.svg
    assert chart.svg.startswith("<svg ")
    assert "Metaflow" in chart.svg
    assert chart.png().startswith(b"\x89PNG")


def test_a_chart_of_nothing_is_an_error(book: Book) -> None:
    with pytest.raises(ChartError, match="nothing to draw"):
        book.chart("kubeflow", from_="2027-01-01")


def test_there_is_no_book_without_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing), open_ledger(f"sqlite:///{tmp_path / 'tallybook.db'}") as book:
        book.table()


def test_a_book_is_closed_at_the_end_of_its_block_and_its_frames_stay(url: str) -> None:
    with open_ledger(url) as book:
        frame = book.table()
    assert frame.value.notna().sum() == 3
