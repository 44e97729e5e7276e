"""Search interest from exports: which days have a value, on which scale, under which definition."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.calendar import WEEKDAYS
from collector.imports.formats import FORMATS
from collector.imports.model import File, Options, Value
from collector.imports.trends.google_trends import read
from collector.model import Artifact
from tests.collector.imports.reading import OPTIONS as STANDARD
from tests.collector.imports.trends.exports import EXPORTED, file, new, old, weeks

OPTIONS = replace(STANDARD, terms=("Metaflow", "Kubeflow"))
MONDAY = date(2026, 4, 27)
"""The cadence day after the last whole week."""
ALONE = (
    "Google Trends, Worldwide, weekly: mean of the last 4 complete weeks; "
    "exported 2026-04-26, 2026-03-29 to 2026-04-25; terms Kubeflow, Metaflow"
)
BOTH = new({"Kubeflow": [1, 1, 2, 2], "Metaflow": [4, 4, 4, 0]})


def values(*files: File, options: Options = OPTIONS) -> dict[tuple[str, date], float]:
    """Give what was taken of all files, by term and day."""
    return {(one.artifact.name, one.day): one.value for got in read(files, options) for one in got.values}


def definitions(*files: File, options: Options = OPTIONS) -> set[str]:
    return {one.definition for got in read(files, options) for one in got.values}


def reasons(*files: File, options: Options = OPTIONS) -> list[str]:
    """Give why whole files were refused; nothing else may have come of them."""
    reads = list(read(files, options))
    assert all(not got.values for got in reads)
    return [str(one) for got in reads for one in got.refused]


def test_a_value_is_the_mean_of_the_four_whole_weeks_before_its_day() -> None:
    assert values(BOTH) == {("Kubeflow", MONDAY): 1.5, ("Metaflow", MONDAY): 3.0}


def test_it_is_a_value_of_the_catalogs_term() -> None:
    (got,) = read([BOTH], replace(STANDARD, terms=("kubeflow",)))
    assert (got.rows, got.refused) == (4, [])
    assert got.values[0] == Value(
        Artifact("search", "kubeflow"), "search_interest", "google-trends", ALONE, MONDAY, 1.5, line=0
    )


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
    assert list(found.values()) == [0.5, 0.0]


def test_terms_are_matched_in_any_case_and_kept_as_the_catalog_spells_them() -> None:
    (got,) = read([new({"KUBEFLOW": [1] * 4, "airflow": [1] * 4})], OPTIONS)
    assert [value.artifact.name for value in got.values] == ["Kubeflow", "airflow"]


def test_several_exports_come_on_one_scale_under_one_definition_in_whatever_order() -> None:
    first, second = old({"Kubeflow": [20] * 4}), old({"Metaflow": [80] * 4, "Kubeflow": [10] * 4}, name="two.csv")
    for files in ((first, second), (second, first)):
        assert values(*files) == {("Kubeflow", MONDAY): 20.0, ("Metaflow", MONDAY): 160.0}
        assert definitions(*files) == {
            (
                "Google Trends, Worldwide, All categories, weekly: mean of the last 4 complete weeks; "
                "exported 2026-04-26, 2026-03-29 to 2026-04-25; terms Kubeflow, Metaflow; "
                "on the scale of the export of Kubeflow, by the anchor Kubeflow"
            )
        }


def test_of_two_exports_of_a_term_the_one_that_reaches_further_tells_of_it() -> None:
    older = old({"Kubeflow": [10] * 8}, weeks(8, date(2026, 4, 12)), name="a.csv")
    newer = new({"Kubeflow": [20] * 8, "Metaflow": [40] * 8})
    found = values(newer, replace(older, modified=datetime(2026, 4, 19, 12, tzinfo=UTC)))
    assert max(day for _, day in found) == MONDAY
    assert found["Kubeflow", MONDAY] == 10.0, "on the scale of the oldest"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"Metaflow": [9] * 4}, "does not share a term, on 4 dates and with a mean of 1, with the others"),
        ({"Kubeflow": [0] * 4}, "does not share a term"),
        ({"Kubeflow": [9] * 3}, "does not share a term"),
    ],
)
def test_exports_without_a_term_in_common_have_no_scale(other: dict[str, list[object]], told: str) -> None:
    name = "time_series_Worldwide_20210426-0000_20260426-1000.csv"
    first, second = reasons(new({"Kubeflow": [9] * 4}), new(other, name=name))
    assert first.endswith(f"is not taken without {name}")
    assert told in second


def test_a_weak_anchor_is_used_and_told() -> None:
    first, second = old({"Kubeflow": [2] * 4}), old({"Metaflow": [80] * 4, "Kubeflow": [1] * 4}, name="two.csv")
    notes = [note for got in read([first, second], OPTIONS) for note in got.notes]
    assert any(
        "the anchor kubeflow has a mean of 1.0 only, so rounding may put its scale off by up to 75%" in n for n in notes
    )


def test_exports_of_different_places_or_steps_are_not_joined() -> None:
    assert (
        "is of Italy, multiTimeline.csv of Worldwide"
        in reasons(old({"Kubeflow": [1] * 4}), old({"Kubeflow": [1] * 4}, place="Italy", name="two.csv"))[1]
    )
    days = [date(2026, 3, 28) + timedelta(days=back) for back in range(30)]
    assert (
        "has a row a day, multiTimeline.csv a row a week"
        in reasons(old({"Kubeflow": [1] * 4}), old({"Kubeflow": [1] * 30}, days, name="two.csv"))[1]
    )


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


def test_files_of_one_name_are_blamed_by_where_they_lie() -> None:
    good, bad = replace(BOTH, path="a/x.csv"), replace(file("rubbish"), name=BOTH.name, path="b/x.csv")
    first, second = reasons(good, bad)
    assert first == "a/x.csv: is not taken without b/x.csv"
    assert second.startswith("b/x.csv: has no row of column names")


def test_all_files_are_taken_or_none() -> None:
    first, second = reasons(BOTH, file("rubbish", "bad.csv"))
    assert first == "time_series_Worldwide_20210426-0000_20260426-0915.csv: is not taken without bad.csv"
    assert second.startswith("bad.csv: has no row of column names, with a term at least, above a row with a date")


def test_cells_that_are_refused_are_reported_with_their_lines() -> None:
    (got,) = read([new({"Kubeflow": [1, 1, 2, 2, 200]}, weeks(5))], OPTIONS)
    assert [(one.line, one.reason[:28]) for one in got.refused] == [(6, "Kubeflow has the value '200'")]
    assert got.rows == 5


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
