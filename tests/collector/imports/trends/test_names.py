"""What the names in an export tell."""

from datetime import date

import pytest

from collector.imports.trends.names import columns, day_of, place_of


@pytest.mark.parametrize(
    ("names", "named", "expected"),
    [
        (["flask: (Worldwide)", "django: (Worldwide)"], "", ("Worldwide", ["flask", "django"])),
        (['"Allianz": (Italia)'], "", ("Italia", ['"Allianz"'])),
        (["a: (b): (Worldwide)"], "", ("Worldwide", ["a: (b)"])),
        (["this, that: (Congo (DRC))"], "", ("Congo (DRC)", ["this, that"])),
        (["flask", "django"], "Worldwide", ("Worldwide", ["flask", "django"])),
        (["flask", "django"], "", ("", ["flask", "django"])),
        (["flask (Worldwide)", "django"], "Worldwide", ("Worldwide", ["flask", "django"])),
        (["flask (United States)", "django (United States)"], "", ("United States", ["flask", "django"])),
        (["Flask (framework)", "Go (language)"], "", ("", ["Flask (framework)", "Go (language)"])),
        (["Flask (framework)"], "Worldwide", ("Worldwide", ["Flask (framework)"])),
        (["Go (language)"], "", ("", ["Go (language)"])),
        ([" flask : (Worldwide) "], "", ("Worldwide", ["flask"])),
    ],
)
def test_a_column_names_a_term_and_perhaps_the_place(
    names: list[str], named: str, expected: tuple[str, list[str]]
) -> None:
    assert columns(names, named, {"go (language)"}) == expected


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["flask: (Worldwide)", "flask: (Italy)"], r"compares places \(Worldwide, Italy\)"),
        (["flask: (Worldwide)", "Flask: (Worldwide)"], "has the term 'Flask' twice"),
        (["flask", ""], "has a column whose name is empty"),
        (["fl\u202eask"], "has a column whose name holds a control character"),
        (["x" * 300], "has a column whose name has 300 characters"),
    ],
)
def test_columns_that_are_no_terms_of_one_place_are_refused(names: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        columns(names, "", ())


@pytest.mark.parametrize(
    ("file", "place", "day"),
    [
        ("time_series_Worldwide_20131231-1600_20260401-2321.csv", "Worldwide", date(2026, 4, 1)),
        ("time_series_United_States_20250101-0000_20260401-2321 (1).csv", "United States", date(2026, 4, 1)),
        ("time_series_Worldwide_20131231-1600_20269999-2321.csv", "Worldwide", None),
        ("multiTimeline.csv", "", None),
    ],
)
def test_a_files_name_gives_the_place_and_the_day_as_far_as_it_has_them(
    file: str, place: str, day: date | None
) -> None:
    assert (place_of(file), day_of(file)) == (place, day)
