"""The ledger as data frames and charts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs.editions.editions import UnknownEdition
from jobs.metrics import METRICS
from jobs.names import UnknownName
from publish.charts.lines import ChartError
from publish.history.frames import OBSERVATIONS, POINTS
from storage.database.errors import LedgerMissing, UnknownProject
from storage.runs.catalogs import keep_metrics
from tallybook import Book, open_ledger
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


def test_all_that_there_is_can_be_listed(book: Book) -> None:
    assert book.projects().artifact.to_list() == ["github:kubeflow/kubeflow", "docker:ns/one", "github:m/m"]
    metrics = book.metrics().set_index("metric")
    assert metrics.loc["github_stars", "label"] == "GitHub stars"
    assert book.runs()[["run", "kind", "values"]].to_numpy().tolist() == [[1, "refresh", 3], [2, "refresh", 3]]
    sources = book.sources().set_index("source")
    assert sources.loc["github", "newest_day"] == pd.Timestamp(TODAY)
    assert sources.loc["github", "recorded"] == 2
    assert book.editions().empty


def test_counts_are_whole_numbers_and_names_are_categories(book: Book) -> None:
    for frame in (book.table(), book.history(), book.history(every="week"), book.snapshots([TODAY])):
        assert frame.value.dtype == "Int64"
        assert {frame[name].dtype.name for name in ("project", "metric", "source", "method")} == {"category"}
    assert book.history(every="week").change.dtype == "Int64"
    assert str(book.runs().known_at.dtype).endswith("UTC]")


@pytest.mark.parametrize(
    "day",
    [
        TODAY,
        "2026-04-27",
        pd.Timestamp("2026-04-27"),
        datetime(2026, 4, 27, 23, tzinfo=UTC),
        np.datetime64("2026-04-27"),
    ],
)
def test_a_day_may_be_given_in_any_way(book: Book, day: date | str | np.datetime64) -> None:
    assert book.table(as_of=day, known_at=day, projects="metaflow").value.to_list() == [10_123]
    assert set(book.history(from_=day, to=day).day) == {pd.Timestamp(TODAY)}


def test_days_and_runs_of_a_frame_can_be_given_again(book: Book) -> None:
    first = book.runs().iloc[0]
    assert book.table(as_of=first.day, known_at=first.run, projects="metaflow").value.to_list() == [10_100]
    assert book.table(known_at=first.day, projects="metaflow").value.to_list() == [10_100], "the whole of the day"
    assert book.table(known_at=first.known_at, projects="metaflow").value.to_list() == [10_100]


@pytest.mark.parametrize("day", ["2026-03", "yesterday", "27.4.2026", pd.NaT])
def test_what_is_no_day_is_refused(book: Book, day: str) -> None:
    with pytest.raises(ValueError, match=r"no day|not a day"):
        book.table(as_of=day)


def test_an_unknown_name_is_refused_with_what_is_near(book: Book) -> None:
    for ask in (book.table, book.history, book.gaps):
        with pytest.raises(UnknownProject, match="did you mean kubeflow"):
            ask(projects=["metaflow", "kubeflo"])
    with pytest.raises(UnknownName, match="Did you mean 'github_stars'"):
        book.history(metric="github_star")
    with pytest.raises(UnknownName, match="Did you mean 'github_stars'"):
        book.explain("kubeflow", "githubstars")
    with pytest.raises(ValueError, match="choose one of day, week"):
        book.history(every="decade")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no name is given"):
        book.table(projects=[])


def test_names_of_people_are_taken_too(book: Book) -> None:
    assert set(book.history("Kubeflow", metric="stars").project) == {"kubeflow"}
    assert set(book.history(metric=["stars", "dockerhub_pulls"]).metric) == {"github_stars", "dockerhub_pulls"}


def test_snapshots_are_the_cells_of_the_tables_of_many_days(book: Book) -> None:
    found = book.snapshots(pd.date_range(LAST_WEEK, TODAY, freq="7D"))
    assert list(found.columns)[:4] == ["as_of", "metric", "label", "project"]
    for day in (LAST_WEEK, TODAY):
        table = book.table(as_of=day)
        shown = table[table.state != "none"].drop(columns="label").astype(object).to_numpy().tolist()
        of_day = found[found.as_of == pd.Timestamp(day)].drop(columns=["as_of", "label"])
        valued = of_day[of_day.state != "missing"].astype(object).to_numpy().tolist()
        assert sorted(map(str, valued)) == sorted(map(str, shown))
    assert set(book.snapshots([TODAY], metric="stars", projects="metaflow").text) == {"10.1k"}


def test_a_history_may_have_a_column_a_project_and_growth_since(book: Book) -> None:
    wide = book.history(metric="stars", wide=True)
    assert wide.kubeflow.to_list() == [15_600, 15_618]
    assert wide.metaflow.dtype == "Int64"
    grown = book.history("kubeflow", "stars", every="week", since="2026-04-20")
    assert grown.since_change.to_list()[1] == 18
    with pytest.raises(ValueError, match="since goes with every"):
        book.history(since="year")


def test_a_number_is_explained_as_a_text_that_shows_its_lines(book: Book) -> None:
    text = book.explain("kubeflow", "stars")
    assert repr(text).startswith("Kubeflow, GitHub stars as of 2026-04-27: 15.6k (fresh)\n")
    assert text._repr_html_().startswith("<pre>Kubeflow")


def test_gaps_are_weeks_with_their_reasons(book: Book) -> None:
    gaps = book.gaps(from_="2026-04-13", to="2026-04-20", projects="kubeflow")
    assert set(gaps.week) == {pd.Timestamp("2026-04-13")}
    assert set(gaps.metric) == {"github_stars", "dockerhub_pulls"}
    assert gaps.reason.notna().all()


def test_a_diff_needs_an_edition(book: Book) -> None:
    with pytest.raises(UnknownEdition, match="nothing was published yet"):
        book.diff(TODAY)


def test_a_book_and_a_chart_say_what_they_are(book: Book, tmp_path: Path) -> None:
    assert repr(book).endswith("ledger.db: 2 projects, newest run 2 (refresh of 2026-04-27)>")
    chart = book.chart(metric="stars", title="Stars", log=True)
    assert repr(chart) == "<Chart: GitHub stars of Kubeflow and Metaflow, 2026-04-20 to 2026-04-27>"
    assert "Stars" in chart.svg
    chart.save(tmp_path / "a.png")
    chart.save(str(tmp_path / "a.svg"))
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.svg").read_text() == chart.svg


def test_a_ledger_of_no_run_says_so(sqlite_ledger: Path) -> None:
    with open_ledger(f"sqlite:///{sqlite_ledger}") as book:
        assert repr(book).endswith("ledger.db: empty>")
        assert book.runs().empty
