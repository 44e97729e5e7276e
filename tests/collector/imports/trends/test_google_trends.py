"""Search interest from exports: which days have a value, on which scale, under which definition."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.calendar import WEEKDAYS
from collector.imports.formats import FORMATS
from collector.imports.model import Batch, File, Options
from collector.imports.trends.google_trends import read
from collector.normalize import COLUMNS
from tests.collector.imports.trends.exports import EXPORTED, file, new, old, weeks

OPTIONS = Options(terms=("Metaflow", "Kubeflow"))
MONDAY = date(2026, 4, 27)
"""The cadence day after the last whole week."""
ALONE = (
    "Google Trends, Worldwide, weekly: mean of the last 4 complete weeks; "
    "exported 2026-04-26, 2026-03-29 to 2026-04-25; terms Kubeflow, Metaflow"
)
BOTH = new({"Kubeflow": [1, 1, 2, 2], "Metaflow": [4, 4, 4, 0]})


def values(*files: File, options: Options = OPTIONS) -> dict[tuple[str, date], float]:
    """Give what was taken of all files, by term and day."""
    frame = pd.concat([batch.frame for batch in read(files, options)])
    return {(row["name"], row["day"]): row["value"] for row in frame.to_dict("records")}


def definitions(*files: File, options: Options = OPTIONS) -> set[str]:
    return set(pd.concat([batch.frame for batch in read(files, options)])["definition"])


def reasons(*files: File, options: Options = OPTIONS) -> list[str]:
    """Give why whole files were refused; nothing else may have come of them."""
    batches = list(read(files, options))
    assert all(batch.frame.empty for batch in batches)
    return [str(one) for batch in batches for one in batch.refused]


def only(batches: list[Batch]) -> Batch:
    (batch,) = batches
    return batch


def test_a_value_is_the_mean_of_the_four_whole_weeks_before_its_day() -> None:
    assert values(BOTH) == {("Kubeflow", MONDAY): 1.5, ("Metaflow", MONDAY): 3.0}


def test_it_comes_as_a_tidy_row_with_the_record_of_its_file() -> None:
    batch = only(list(read([replace(BOTH, record="<r>")], Options(terms=("kubeflow",)))))
    assert (batch.rows, batch.refused) == (4, ())
    assert tuple(batch.frame.columns) == COLUMNS
    (row,) = batch.frame.to_dict("records")
    assert row == {
        "kind": "search",
        "name": "kubeflow",
        "metric": "search_interest",
        "source": "google-trends",
        "definition": ALONE,
        "day": MONDAY,
        "value": 1.5,
        "method": "imported",
        "response": "<r>",
        "number": "",
        "called": "",
        "born": None,
    }


def test_each_cadence_day_of_the_range_has_its_value() -> None:
    found = values(new({"Kubeflow": range(1, 11)}))
    assert list(found.values()) == [2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]
    assert [day for _, day in found] == [MONDAY - timedelta(weeks=back) for back in reversed(range(7))]


@pytest.mark.parametrize(
    ("cadence", "day"),
    [("sunday", date(2026, 4, 26)), ("monday", MONDAY), ("saturday", date(2026, 5, 2)), ("friday", date(2026, 5, 1))],
)
def test_a_week_counts_from_the_day_after_its_saturday(cadence: str, day: date) -> None:
    options = replace(OPTIONS, cadence=cadence)
    assert values(new({"Kubeflow": [1, 1, 2, 2]}), options=options) == {("Kubeflow", day): 1.5}


def test_without_one_of_the_four_weeks_there_is_no_value() -> None:
    found = values(new({"Kubeflow": [1, 1, 1, 1, "", 1, 1, 1, 1]}))
    assert [day for _, day in found] == [MONDAY - timedelta(weeks=5), MONDAY]
    gap = new({"Kubeflow": [1] * 8}, [*weeks(9)[:4], *weeks(9)[5:]])
    assert [day for _, day in values(gap)] == [MONDAY - timedelta(weeks=5), MONDAY]
    assert values(new({"Kubeflow": [1, 2, 3]})) == {}


def test_a_running_week_does_not_count() -> None:
    running = new({"Kubeflow": [1, 1, 2, 2, 99]}, weeks(5, EXPORTED))
    assert values(running) == {("Kubeflow", MONDAY): 1.5}


def test_of_days_28_count() -> None:
    days = [date(2026, 3, 28) + timedelta(days=back) for back in range(30)]
    daily = new({"Kubeflow": [100, *range(1, 29), 100]}, days)
    options = replace(OPTIONS, cadence="sunday")
    assert values(daily, options=options) == {("Kubeflow", EXPORTED): 14.5}
    assert "daily: mean of the last 28 days" in definitions(daily, options=options).pop()
    assert values(new({"Kubeflow": [1] * 27}, days[2:29]), options=options) == {}


def test_months_are_refused_with_what_to_do() -> None:
    months = file("Month,Kubeflow: (Worldwide)\n2026-01,3\n2026-02,3\n2026-03,3\n")
    assert reasons(months) == [
        (
            "multiTimeline.csv: has a row a month, but four weeks are to be averaged; "
            "export the past 5 years, for a row a week"
        )
    ]


def test_below_one_stays_below_one_and_zero_stays_zero() -> None:
    found = values(new({"Kubeflow": ["<1"] * 4, "Metaflow": [0] * 4}))
    assert list(found.values()) == [0.0, 0.5]


def test_terms_are_matched_in_any_case_and_kept_as_the_catalog_spells_them() -> None:
    batch = only(list(read([new({"KUBEFLOW": [1] * 4, "airflow": [1] * 4})], OPTIONS)))
    assert set(batch.frame["name"]) == {"Kubeflow"}
    assert batch.odd == (
        "no export has the catalog's Metaflow; without a common scale they stay without a value",
        "time_series_Worldwide_20210426-0000_20260426-0915.csv: not in the catalog and not taken: airflow",
    )


def test_an_export_of_nothing_in_the_catalog_is_refused() -> None:
    assert reasons(new({"airflow": [1] * 4}, name="time_series_Italy_20210426-0000_20260426-0915.csv")) == [
        (
            "time_series_Italy_20210426-0000_20260426-0915.csv: has no search term of the catalog, only airflow; "
            "give a project one of them as its `search`"
        )
    ]


def test_several_exports_come_on_the_scale_of_the_first_under_one_definition() -> None:
    first, second = old({"Kubeflow": [20] * 4}), old({"Metaflow": [80] * 4, "Kubeflow": [10] * 4}, name="two.csv")
    assert values(first, second) == {("Kubeflow", MONDAY): 20.0, ("Metaflow", MONDAY): 160.0}
    assert definitions(first, second) == {
        (
            "Google Trends, Worldwide, All categories, weekly: mean of the last 4 complete weeks; "
            "exported 2026-04-26, 2026-03-29 to 2026-04-25; terms Kubeflow, Metaflow; "
            "on the scale of the export of Kubeflow, by the anchor Kubeflow"
        )
    }
    assert definitions(second, first) != definitions(first, second), "another reference is another scale"


def test_an_anchor_outside_the_catalog_is_no_oddity() -> None:
    first = new({"Kubeflow": [20] * 4, "python": [50] * 4})
    second = new(
        {"Metaflow": [80] * 4, "python": [50] * 4}, name="time_series_Worldwide_20210426-0000_20260426-1000.csv"
    )
    assert [batch.odd for batch in read([first, second], OPTIONS)] == [(), ()]
    assert values(first, second)["Metaflow", MONDAY] == 80.0


def test_the_anchor_may_be_named() -> None:
    first, second = old({"Kubeflow": [20] * 4, "b": [9] * 4}), old({"b": [3] * 4, "Kubeflow": [10] * 4}, name="two.csv")
    assert "by the anchor Kubeflow" in definitions(first, second).pop()
    assert "by the anchor b" in definitions(first, second, options=replace(OPTIONS, anchor="B")).pop()


def test_another_export_is_another_definition() -> None:
    later = replace(OPTIONS, exported=date(2026, 4, 27))
    texts = [
        definitions(BOTH),
        definitions(BOTH, options=later),
        definitions(new({"Kubeflow": [1] * 4})),
        definitions(new({"Kubeflow": [1] * 5, "Metaflow": [4] * 5})),
        definitions(old({"Kubeflow": [1, 1, 2, 2], "Metaflow": [4, 4, 4, 0]}, place="Italy")),
    ]
    assert [len(text) for text in texts] == [1] * 5
    assert len(set.union(*texts)) == 5


def test_a_term_with_a_comma_stands_in_quotes_in_the_definition() -> None:
    odd_term = file('Week,Kubeflow: (Worldwide),"a, b: (Worldwide)"\n' + "".join(f"{day},1,1\n" for day in weeks(4)))
    assert "; terms “a, b”, Kubeflow" in definitions(odd_term).pop()


def test_all_files_are_taken_or_none() -> None:
    assert reasons(BOTH, file("rubbish", "bad.csv")) == [
        "time_series_Worldwide_20210426-0000_20260426-0915.csv: is not taken without bad.csv",
        (
            "bad.csv: has no row of column names, with a term at least, above a row that begins with a date such as "
            "2026-04-19; is it an export of Google Trends' chart over time? If so, export it again and import the file "
            "as it was downloaded"
        ),
    ]
    alone = new({"Metaflow": [9] * 4}, name="time_series_Worldwide_20210426-0000_20260426-0916.csv")
    told = reasons(new({"Kubeflow": [9] * 4}), alone)
    assert told[0].endswith(f"is not taken without {alone.name}")
    assert "shares no term with" in told[1]


def test_rows_that_are_refused_are_reported_with_their_lines() -> None:
    batch = only(list(read([new({"Kubeflow": [1, 1, 2, 2, 200]}, weeks(5))], OPTIONS)))
    assert [(one.line, one.reason[:19]) for one in batch.refused] == [(6, "has the value '200'")]
    assert batch.rows == 5


def test_the_registry_knows_it_and_hands_it_all_files_of_an_import() -> None:
    assert FORMATS["google-trends"].read is read
    assert FORMATS["google-trends"].together


@given(st.lists(st.integers(0, 100) | st.just("<1") | st.just(""), min_size=4, max_size=30), st.sampled_from(WEEKDAYS))
def test_every_value_is_what_the_four_weeks_before_it_say(cells: list[object], cadence: str) -> None:
    """Against a plain look at the weeks: for each day, those that had ended, the newest four."""
    starts = weeks(len(cells))
    number = {start: 0.5 if cell == "<1" else cell for start, cell in zip(starts, cells, strict=True)}
    expected = {}
    for ahead in range(7 * len(cells) + 1):
        day = starts[0] + timedelta(days=7 + ahead)
        over = [start for start in starts if start + timedelta(days=6) < day][-4:]
        means = [number[start] for start in over]
        if day.strftime("%A").lower() == cadence and len(means) == 4 and "" not in means:
            expected["Kubeflow", day] = sum(means) / 4  # type: ignore[arg-type]
    last = starts[-1] + timedelta(days=13)
    assert values(new({"Kubeflow": cells}), options=replace(OPTIONS, cadence=cadence)) == {
        key: value for key, value in expected.items() if key[1] <= last
    }
