"""The ledger as data frames."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self, cast

import pandas as pd
import pytest

from publish.charts.lines import ChartError
from publish.history.every import COLUMNS as POINT_COLUMNS
from publish.notebook import Book, open_ledger
from storage.database.errors import LedgerMissing
from storage.ledger import Ledger
from storage.model import HistoryRow, Known, Part, ProjectEntry
from tests.publish.history.test_observations import NEWER, OLDER
from tests.publish.sample import AS_OF, KNOWN, KUBEFLOW, KUBEFLOW_PARTS, LAST_WEEK, METAFLOW, METAFLOW_PARTS

STARRED = {
    "kind": "github",
    "name": "Netflix/metaflow",
    "metric": "github_stars",
    "source": "github",
    "definition": "stargazers_count",
    "day": AS_OF,
    "value": 10_123.0,
    "method": "observed",
    "response": "",
    "number": "",
    "born": None,
    "called": "",
}


class Shelf:
    """Stands in for a ledger: answers as one would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.closed = False

    def known(self, when: object) -> Known:
        self.asked.append(when)
        return KNOWN

    def projects(self, _known: Known, ids: Sequence[str] | None, *, day: date) -> list[ProjectEntry]:  # noqa: ARG002
        return [entry for entry in (METAFLOW, KUBEFLOW) if ids is None or entry.id in ids]

    def parts(self, day: date, _known: Known, _ids: Sequence[str] | None) -> list[Part]:
        self.asked.append(day)
        return [*METAFLOW_PARTS, *KUBEFLOW_PARTS]

    def cadence(self, _known: Known) -> str:
        return "monday"

    def history(self, *asked: object, **_only: object) -> list[HistoryRow]:
        self.asked.append(asked)
        return [OLDER, NEWER]

    def dispose(self) -> None:
        self.closed = True

    def book(self) -> Book:
        return Book(cast("Ledger", self))

    @classmethod
    def empty(cls) -> Self:
        shelf = cls()
        shelf.history = lambda *_asked, **_only: []  # type: ignore[method-assign]
        return shelf


def test_a_table_is_a_frame_with_a_row_a_cell() -> None:
    frame = Shelf().book().table(as_of="2026-04-27")
    assert list(frame.columns) == ["metric", "label", "project", "value", "text", "state", "day", "source", "method"]
    assert len(frame) == 6
    pulls = frame[frame.metric == "dockerhub_pulls"].set_index("project")
    assert pulls.loc["kubeflow", "value"] == 367_013.0
    assert pulls.loc["kubeflow", "day"] == pd.Timestamp(2026, 4, 27)
    assert pulls.state.to_dict() == {"metaflow": "none", "kubeflow": "fresh"}
    assert pulls.loc[["metaflow"], ["value", "day"]].isna().all(axis=None)


def test_a_table_has_the_projects_asked_for() -> None:
    assert set(Shelf().book().table(projects="kubeflow").project) == {"kubeflow"}
    assert set(Shelf().book().table(projects=["metaflow"]).project) == {"metaflow"}


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        (None, None),
        (2, 2),
        (LAST_WEEK, LAST_WEEK),
        ("2026-04-20", LAST_WEEK),
        ("2026-04-20T05:00:00Z", datetime(2026, 4, 20, 5, tzinfo=UTC)),
        ("2026-04-20T07:00:00+02:00", datetime(2026, 4, 20, 5, tzinfo=UTC)),
        ("2026-04-20 05:00", datetime(2026, 4, 20, 5, tzinfo=UTC)),
    ],
)
def test_the_second_clock_takes_a_run_a_day_or_a_time(given: int | date | str | None, understood: object) -> None:
    shelf = Shelf()
    shelf.book().table(known_at=given)
    assert shelf.asked == [understood, AS_OF]


def test_a_history_is_a_frame_with_a_row_an_observation() -> None:
    shelf = Shelf()
    frame = shelf.book().history("kubeflow", metric="github_stars", from_="2026-04-01", to=AS_OF)
    assert shelf.asked[1] == (["kubeflow"], ["github_stars"], date(2026, 4, 1), AS_OF, KNOWN)
    assert frame.value.to_list() == [15_600.0, 15_618.0]
    assert frame.day.is_monotonic_increasing
    assert str(frame.known_at.iloc[1]) == "2026-04-27 05:00:12+00:00"


def test_an_empty_history_has_the_same_columns_and_types() -> None:
    empty, full = Shelf.empty().book().history("kubeflow"), Shelf().book().history("kubeflow")
    assert list(empty.columns) == list(full.columns)
    assert empty.value.dtype == full.value.dtype
    assert empty.day.dtype.kind == full.day.dtype.kind == "M"


def test_a_history_by_the_week_is_a_frame_with_changes() -> None:
    frame = Shelf().book().history("kubeflow", metric="github_stars", every="week")
    assert list(frame.columns) == list(POINT_COLUMNS)
    assert frame.as_of.to_list() == [pd.Timestamp(2026, 4, 20), pd.Timestamp(2026, 4, 27)]
    assert frame.value.to_list() == [15_618.0, 15_618.0], "what the table of each day shows, here always the same"
    assert frame[["change", "growth", "restated_from"]].dtypes.to_list() == ["float64"] * 3


def test_an_empty_history_by_the_week_has_the_same_columns_and_types() -> None:
    empty, full = (shelf.book().history("kubeflow", every="week") for shelf in (Shelf.empty(), Shelf()))
    assert list(empty.columns) == list(full.columns)
    assert [dtype.kind for dtype in empty.dtypes[["as_of", "day", "value", "growth"]]] == ["M", "M", "f", "f"]


def test_a_chart_shows_itself_as_svg_and_can_be_had_as_png() -> None:
    chart = Shelf().book().chart("kubeflow", metric="github_stars", theme="dark")
    assert chart._repr_svg_().startswith("<svg ")
    assert "Kubeflow" in chart.svg
    assert chart.png().startswith(b"\x89PNG")


def test_a_chart_of_nothing_is_an_error() -> None:
    with pytest.raises(ChartError, match="nothing to draw"):
        Shelf.empty().book().chart("kubeflow")


def test_a_real_ledger_is_opened_by_its_url(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tallybook.db'}"
    with Ledger.open_or_create(url) as ledger:
        catalog = ledger.keep_catalog("the catalog", "monday", [METAFLOW, KUBEFLOW], KNOWN.at)
        run = ledger.begin(kind="refresh", scope="{}", day=AS_OF, now=KNOWN.at, catalog_id=catalog, version="1")
        ledger.append(run, pd.DataFrame([STARRED]))
        ledger.close(run, state="done", now=KNOWN.at)
    with open_ledger(url) as book:
        stars = book.table().set_index("project").loc["metaflow"]
        history = book.history("metaflow", metric="github_stars", known_at="2026-04-27")
    assert (stars["text"], stars["state"], stars["source"]) == ("10.1k", "fresh", "github")
    assert history.value.to_list() == [10_123.0]


def test_there_is_no_book_without_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing):
        open_ledger(f"sqlite:///{tmp_path / 'tallybook.db'}")


def test_a_book_is_closed_at_the_end_of_its_block() -> None:
    shelf = Shelf()
    with shelf.book() as book:
        assert not shelf.closed
        book.table()
    assert shelf.closed
