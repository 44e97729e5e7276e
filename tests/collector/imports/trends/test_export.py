"""Reading one export: every form in which Google or its users leave it, and nothing guessed."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.imports.model import File
from collector.imports.sheet import NotUnderstood
from collector.imports.trends.export import read_export
from tests.collector.imports.trends.exports import EXPORTED, NEW_NAME, SUNDAY, file, new, old, weeks

ROWS = "2026-04-05,28,<1\n2026-04-12,3,\n2026-04-19,100,0\n"
EXPECTED = {
    "flask": {weeks(3)[0]: 28.0, weeks(3)[1]: 3.0, SUNDAY: 100.0},
    "django": {weeks(3)[0]: 0.5, SUNDAY: 0.0},
}


def refused(what: File, exported: date | None = None) -> str:
    with pytest.raises(NotUnderstood) as caught:
        read_export(what, exported=exported)
    return str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        "Category: All categories\n\nWeek,flask: (Worldwide),django: (Worldwide)\n",
        "Week,flask: (Worldwide),django: (Worldwide)\n",
        "\nCategoria: Tutte le categorie\n\n\nSettimana,flask: (Worldwide),django: (Worldwide)\n",
        "类别：所有类别\n\n周,flask: (Worldwide),django: (Worldwide)\n",
        '"Time","flask (Worldwide)","django (Worldwide)"\n',
        "\ufeffWeek,flask: (Worldwide),django: (Worldwide)\n",
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_columns_are_found_whatever_the_language_and_the_preamble(head: str, ending: str) -> None:
    made = read_export(file((head + ROWS).replace("\n", ending)))
    assert (made.place, tuple(made.values), made.step) == ("Worldwide", ("flask", "django"), "week")
    assert made.values == EXPECTED
    assert (made.read.rows, made.first, made.last) == (3, weeks(3)[0], date(2026, 4, 25))


def test_the_new_format_is_read_with_place_and_day_from_its_name() -> None:
    made = read_export(file('"Time","flask","django"\n' + ROWS.replace("28", '"28"'), NEW_NAME))
    assert made.values == EXPECTED
    assert (made.place, made.exported, made.read.notes) == ("Worldwide", EXPORTED, [])


def test_exact_phrases_commas_and_quotes_in_terms_are_kept() -> None:
    head = 'Week,"""Allianz"": (Italia)","this, that: (Italia)"\n'
    assert tuple(read_export(file(head + ROWS)).values) == ('"Allianz"', "this, that")


@pytest.mark.parametrize(
    ("head", "category"),
    [
        ("Category: All categories\n\n", "All categories"),
        ("类别：所有类别\n\n", "所有类别"),
        ("", ""),
        ("A title\n", ""),
    ],
)
def test_the_category_is_kept_as_the_file_has_it(head: str, category: str) -> None:
    assert read_export(file(f"{head}Week,flask: (Worldwide),x: (Worldwide)\n{ROWS}")).category == category


def test_the_day_of_the_export_is_said_or_in_the_name_or_that_of_the_last_change() -> None:
    columns = {"flask": [1, 2, 3]}
    assert read_export(new(columns), exported=date(2026, 4, 28)).exported == date(2026, 4, 28)
    assert read_export(new(columns)).exported == EXPORTED
    by_change = read_export(old(columns))
    assert (by_change.exported, len(by_change.read.notes)) == (EXPORTED, 1)
    assert "--exported D says it for sure" in by_change.read.notes[0]


def test_without_any_of_them_the_option_is_asked_for() -> None:
    nowhere = File("multiTimeline.csv", old({"flask": [1, 2, 3]}).content)
    assert refused(nowhere) == "does not tell when it was exported; give the day of the export with --exported D"


@pytest.mark.parametrize(
    ("exported", "last"),
    [
        (date(2026, 4, 27), SUNDAY),
        (date(2026, 4, 26), SUNDAY),
        (date(2026, 4, 25), date(2026, 4, 12)),
        (date(2026, 4, 19), date(2026, 4, 12)),
        (date(2026, 4, 18), date(2026, 4, 5)),
    ],
)
def test_a_week_that_was_not_over_is_left_out(exported: date, last: date) -> None:
    made = read_export(old({"flask": [1, 2, 3, 4]}), exported=exported)
    assert max(made.values["flask"]) == last
    assert made.last == last.replace(day=last.day + 6)


def test_running_days_and_months_are_left_out_too() -> None:
    days = [date(2026, 4, day) for day in (24, 25, 26, 27)]
    assert list(read_export(old({"flask": [1, 2, 3, 4]}, days)).values["flask"]) == days[:2]
    for written in ("2026-02,1\n2026-03,2\n2026-04,3\n", "2026-02-01,1\n2026-03-01,2\n2026-04-01,3\n"):
        made = read_export(file(f"Month,flask: (Worldwide)\n{written}"))
        assert (made.step, made.last) == ("month", date(2026, 3, 31))
        assert made.values == {"flask": {date(2026, 2, 1): 1.0, date(2026, 3, 1): 2.0}}


def test_rows_after_the_day_of_the_export_show_that_this_is_wrong() -> None:
    told = refused(old({"flask": [1, 2, 3]}), exported=date(2026, 4, 1))
    assert told.startswith("has a row of 2026-04-19, but was exported on 2026-04-01, as --exported says;")


def test_an_export_without_a_whole_period_is_refused() -> None:
    days = weeks(2, date(2026, 4, 26))
    assert "has no week that was over on 2026-04-25" in refused(old({"flask": [1, 2]}, days), date(2026, 4, 25))


@pytest.mark.parametrize("day", ["05-07-2026", "5/7/2026", "05.07.26"])
def test_a_date_that_may_be_read_in_two_ways_is_refused(day: str) -> None:
    told = refused(file(f"Week,flask: (Worldwide)\n{day},3\n"))
    assert told.startswith(f"has the date '{day}' in line 2, which may be read in two ways")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no row of column names"),
        ("2026-04-12,1\n2026-04-19,2\n", "has no row of column names"),
        ("<html><body>Error 404</body></html>\n", "has no row of column names"),
        ("Week,flask\n2026-04-19T05,1\n2026-04-19T06,2\n", "has a row an hour; export a longer range"),
        ("Week,flask\n2026-04-19,1\n", "has no rows that follow one another by days, weeks or months"),
        ("Week,flask\n2026-04-10,1\n2026-04-19,1\n", "has no rows that follow one another by days, weeks or months"),
        ("Week,flask\n2026-04-12,a\n2026-04-19,b\n", "has no column of search interest, whole numbers from 0 to 100"),
        ("Week,flask\n2026-04-12,1\n2026-02-31\n", "has no rows that follow one another"),
        ("Week,flask,flask\n2026-04-12,1,2\n2026-04-19,1,2\n", "has the column 'flask' twice"),
        ('Week,flask\n2026-04-12,"1\n', "is not CSV"),
        ("Week,flask: (Italy),flask: (France)\n2026-04-12,1,2\n2026-04-19,1,2\n", "compares places (Italy, France)"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_with_the_reason(text: str, told: str) -> None:
    assert told in refused(file(text))


def test_more_rows_than_any_export_has_are_not_read() -> None:
    assert refused(File("a.csv", b"Week,airflow\n" + b"2026-04-19,1\n" * 20_000)) == (
        "has more than 20,000 rows, which no export has; export it again and import the file as it was downloaded"
    )


def test_text_in_another_encoding_is_refused() -> None:
    text = old({"größe": [1, 2]}).content.decode()
    assert "is not UTF-8 text" in refused(File("a.csv", text.encode("latin-1")))
    assert "is UTF-16 text" in refused(File("a.csv", text.encode("utf-16")))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-04-12,101,1", "has the value '101', which is neither a whole number from 0 to 100 nor <1"),
        ("2026-04-12,-1,1", "has the value '-1'"),
        ("2026-04-12,2.5,1", "has the value '2.5'"),
        ("2026-04-12,٣,1", "has the value '٣'"),
        ("2026-04-12,3", "has 2 cells where the header has 3"),
        ("2026-04-12,3,4,5", "has 4 cells where the header has 3"),
        ("12-04-2026,3,4", "begins with '12-04-2026', which is no date such as 2026-04-19"),
        ("2026-02-31,3,4", "begins with '2026-02-31', which is no date"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_and_the_others_are_taken(row: str, reason: str) -> None:
    made = read_export(
        file(f"Week,a: (Worldwide),b: (Worldwide)\n2026-03-29,1,1\n2026-04-05,2,2\n{row}\n2026-04-19,9,9\n")
    )
    assert [(one.file, one.line) for one in made.read.refused] == [("multiTimeline.csv", 4)]
    assert made.read.refused[0].reason.removeprefix("a: (Worldwide) ").startswith(reason)
    assert (list(made.values["a"].values()), made.read.rows) == ([1.0, 2.0, 9.0], 4)


def test_a_cell_that_is_not_understood_costs_only_itself() -> None:
    made = read_export(file("Week,a: (Worldwide),b: (Worldwide)\n2026-04-05,x,1\n2026-04-12,2,2\n2026-04-19,3,3\n"))
    assert (list(made.values["a"].values()), list(made.values["b"].values())) == ([2.0, 3.0], [1.0, 2.0, 3.0])


PYTRENDS = "date,flask,django,isPartial\n2026-04-12,28,1,False\n2026-04-19,30,2,False\n2026-04-26,9,9,True\n"


def test_the_csv_of_pytrends_is_read_and_its_running_period_left_out() -> None:
    made = read_export(file(PYTRENDS), exported=date(2026, 5, 20))
    assert {term: list(of.values()) for term, of in made.values.items()} == {
        "flask": [28.0, 30.0],
        "django": [1.0, 2.0],
    }
    with_times = (
        PYTRENDS.replace("-12,", "-12 00:00:00,").replace("-19,", "-19 00:00:00,").replace("-26,", "-26 00:00:00,")
    )
    assert read_export(file(with_times), exported=date(2026, 5, 20)).values == made.values


def test_the_date_may_stand_in_any_column_and_the_rows_in_any_order() -> None:
    text = "flask: (Welt),Woche,django: (Welt)\n30,2026-04-19,2\n28,2026-04-12,1\n"
    made = read_export(file(text))
    assert made.values == {
        "flask": {date(2026, 4, 12): 28.0, SUNDAY: 30.0},
        "django": {date(2026, 4, 12): 1.0, SUNDAY: 2.0},
    }


def test_a_column_that_is_no_search_interest_is_left_out_and_told() -> None:
    text = ",Week,flask,note\n0,2026-04-12,28,launch\n1,2026-04-19,30,talk\n"
    made = read_export(file(text))
    assert list(made.values) == ["flask"]
    assert made.read.notes[:2] == [
        "multiTimeline.csv: the column '' is no search interest, and is left out",
        "multiTimeline.csv: the column 'note' is no search interest, and is left out",
    ]
    assert made.read.refused == []


CAPITALS = "Week,Flask: (Worldwide),flask: (Worldwide),b: (Worldwide)\n2026-04-12,1,2,3\n2026-04-19,1,2,3\n"


def test_of_columns_that_differ_by_a_capital_the_one_that_the_catalog_spells_is_meant() -> None:
    made = read_export(file(CAPITALS), known=("flask",))
    assert {term: max(of.values()) for term, of in made.values.items()} == {"flask": 2.0, "b": 3.0}
    assert "of the columns 'Flask' and 'flask' only the catalog's 'flask' is taken" in made.read.notes[0]


@pytest.mark.parametrize("known", [(), ("FLASK",), ("Flask", "flask")])
def test_where_that_is_unsure_only_they_are_left_out(known: tuple[str, ...]) -> None:
    made = read_export(file(CAPITALS), known=known)
    assert list(made.values) == ["b"]
    assert [one.reason.partition(";")[0] for one in made.read.refused] == [
        "the columns 'Flask' and 'flask' differ by a capital only"
    ]
    same = read_export(file(CAPITALS.replace(",1,2,", ",2,2,")), known=known)
    assert len(same.values) == 2


def test_two_rows_of_a_day_that_differ_cost_that_day() -> None:
    made = read_export(file("Week,a: (Worldwide)\n2026-04-05,1\n2026-04-12,2\n2026-04-12,3\n2026-04-19,4\n"))
    assert list(made.values["a"].values()) == [1.0, 4.0]
    assert [str(one) for one in made.read.refused] == [
        "multiTimeline.csv:4: a: (Worldwide) has another value of 2026-04-12 than line 3; none is taken"
    ]


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        (["flask: (Worldwide)", "django: (Worldwide)"], "", ("Worldwide", ["flask", "django"])),
        (['"""Allianz"": (Italia)"'], "", ("Italia", ['"Allianz"'])),
        (["flask：(全球)"], "", ("全球", ["flask"])),
        (["a: (b): (Worldwide)"], "", ("Worldwide", ["a: (b)"])),
        (['"this, that: (Congo (DRC))"'], "", ("Congo (DRC)", ["this, that"])),
        (["flask", "django"], NEW_NAME, ("Worldwide", ["flask", "django"])),
        (["flask", "django"], "", ("", ["flask", "django"])),
        (["flask (Worldwide)", "django"], NEW_NAME, ("Worldwide", ["flask", "django"])),
        (["flask (United States)", "django (United States)"], "", ("United States", ["flask", "django"])),
        (["Flask (framework)", "Go (language)"], "", ("", ["Flask (framework)", "Go (language)"])),
        (["Flask (framework)"], NEW_NAME, ("Worldwide", ["Flask (framework)"])),
        (["Go (language)"], "", ("", ["Go (language)"])),
        ([" flask : (Worldwide) "], "", ("Worldwide", ["flask"])),
    ],
)
def test_a_column_names_a_term_and_perhaps_the_place(
    names: list[str], name: str, expected: tuple[str, list[str]]
) -> None:
    cells = ",1" * len(names)
    text = f"Week,{','.join(names)}\n2026-04-12{cells}\n2026-04-19{cells}\n"
    made = read_export(file(text, name or "a.csv"), exported=EXPORTED, known=("go (language)",))
    assert (made.place, list(made.values)) == expected


@pytest.mark.parametrize(
    ("name", "told"), [("fl\u202eask", "holds a control character"), ("x" * 300, "300 characters")]
)
def test_a_column_whose_name_nobody_can_read_is_refused(name: str, told: str) -> None:
    assert told in refused(file(f"Week,{name}\n2026-04-12,1\n2026-04-19,1\n"))


@pytest.mark.parametrize(
    ("name", "place", "day"),
    [
        ("time_series_Worldwide_20131231-1600_20260426-2321.csv", "Worldwide", date(2026, 4, 26)),
        ("time_series_United_States_20250101-0000_20260427-2321 (1).csv", "United States", date(2026, 4, 27)),
        ("time_series_Worldwide_20131231-1600_20269999-2321.csv", "Worldwide", EXPORTED),
    ],
)
def test_a_files_name_gives_the_place_and_the_day_as_far_as_it_has_them(name: str, place: str, day: date) -> None:
    made = read_export(new({"flask": [1, 2, 3]}, name=name))
    assert (made.place, made.exported) == (place, day)


def test_what_is_odd_is_taken_and_said() -> None:
    unnamed = read_export(new({"flask": [1, 2, 3]}, name="trends.csv"), exported=EXPORTED)
    assert (unnamed.place, len(unnamed.read.notes)) == ("", 1)
    assert "does not say of which place it is" in unnamed.read.notes[0]
    six = read_export(new({f"t{at}": [1, 2, 3] for at in range(6)}))
    assert "has 6 terms, more than the 5 that Google compares" in six.read.notes[0]


@given(st.binary(max_size=200) | st.text("Week,flask:()2026-0419<1\n\"'", max_size=120).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        made = read_export(File("a.csv", content, modified=datetime(2026, 4, 26, tzinfo=UTC)))
    except NotUnderstood:
        return
    assert all(0 <= value <= 100 for values in made.values.values() for value in values.values())


@given(st.lists(st.integers(0, 100) | st.just("<1") | st.just(""), min_size=2, max_size=60))
def test_both_formats_say_the_same(cells: list[object]) -> None:
    one, two = (read_export(made({"flask": cells}), exported=EXPORTED) for made in (old, new))
    assert (one.values, one.place, one.last) == (two.values, two.place, two.last)
