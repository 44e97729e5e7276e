"""What the options of an import mean, and which do not go together."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from collector.imports.model import Marks, Table
from collector.model import Artifact
from jobs.commands import import_files
from jobs.imports.options import KINDS, KnownAt, Mapping, make_options, public_since
from jobs.settings import SettingsError
from tests.jobs.importing import CATALOG, NOW


def test_a_day_counts_as_its_end_and_today_as_now() -> None:
    assert public_since(date(2026, 4, 20), "csv", NOW) == datetime(2026, 4, 20, 23, 59, 59, tzinfo=UTC)
    assert public_since(datetime(2026, 4, 20, 1, tzinfo=UTC), "csv", NOW) == datetime(2026, 4, 20, 1, tzinfo=UTC)
    assert public_since(NOW.date(), "csv", NOW) is None
    assert public_since(None, "csv", NOW) is None
    assert public_since("git", "best-of", NOW) is None


@pytest.mark.parametrize(
    ("known_at", "kind", "said"),
    [
        (date(2026, 4, 28), "csv", "--known-at 2026-04-28: is still to come"),
        (datetime(2026, 4, 27, 6, tzinfo=UTC), "csv", "is still to come"),
        ("git", "warc", "--known-at git: not for --from warc"),
    ],
)
def test_a_time_to_come_and_git_where_it_tells_nothing_are_refused(known_at: KnownAt, kind: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        public_since(known_at, kind, NOW)


def test_the_command_knows_the_forms_of_the_registry() -> None:
    assert import_files.KINDS == KINDS


def mapped(**given: Any) -> Table:
    table = make_options("csv", CATALOG, NOW, mapping=Mapping(**given)).table
    assert table is not None
    return table


def test_a_mapping_names_the_artifact_of_each_column() -> None:
    table = mapped(date_column="week", metric="github_stars", columns=("a=b=github:o/r/",))
    assert table.columns == {"a=b": Artifact("github", "o/r")}
    assert table.definition == "imported"
    assert make_options("csv", None, NOW).table is None
    assert make_options("csv", None, NOW, mapping=Mapping(thousands=".")).table is None


def test_what_is_counted_need_not_be_said_of_a_repository_or_an_image() -> None:
    assert mapped(date_column="week", columns=("a=github:o/r",)).metric == "github_stars"
    assert mapped(date_column="week", columns=("a=docker:o/r",)).metric == "dockerhub_pulls"
    with pytest.raises(SettingsError, match="--metric: say what is counted"):
        mapped(date_column="week", columns=("a=pypi:pkg",))


def test_a_table_with_an_artifact_a_row_needs_its_column_and_what_is_counted() -> None:
    table = mapped(date_column="day", metric="github_stars", artifact_column="repo", value_column="stars")
    assert (table.artifact_column, table.value_column, table.columns) == ("repo", "stars", {})
    with pytest.raises(SettingsError, match="--metric: say what is counted"):
        mapped(date_column="day", artifact_column="repo")


@pytest.mark.parametrize(
    ("given", "marks"),
    [
        ({}, None),
        ({"thousands": "."}, Marks(".", ",")),
        ({"thousands": ","}, Marks(",", ".")),
        ({"decimal": ","}, Marks("", ",")),
        ({"thousands": " ", "decimal": ","}, Marks(" ", ",")),
    ],
)
def test_marks_of_numbers_are_as_told(given: dict[str, Any], marks: Marks | None) -> None:
    assert make_options("csv", None, NOW, mapping=Mapping(**given)).marks == marks


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"columns": ("a=github:o/r",)}, "a table needs --date-column, and --map"),
        ({"definition": "words"}, "a table needs --date-column"),
        ({"date_column": "week"}, "or --artifact-column"),
        ({"date_column": "w", "columns": ("a=github:o/r",), "artifact_column": "repo"}, "or --artifact-column"),
        ({"date_column": "w", "columns": ("a=github:o/r",), "value_column": "v"}, "--value-column: goes with"),
        ({"date_column": "w", "metric": "forks", "columns": ("a=github:o/r",)}, "'forks' is none of github_stars"),
        ({"date_column": "w", "columns": ("a",)}, "is not COLUMN=KIND:NAME"),
        ({"date_column": "w", "columns": ("a=gitlab:o/r",)}, "is not COLUMN=KIND:NAME"),
        (
            {"date_column": "w", "metric": "github_stars", "columns": ("a=pypi:flask",)},
            "is not COLUMN=github:NAME, as github_stars is of",
        ),
        ({"date_column": "w", "columns": ("a=github:flask",)}, "'flask' is not owner/repo"),
        ({"date_column": "w", "columns": ("a=github:o/r", "a=github:o/s")}, "is there twice"),
        ({"date_column": "w", "columns": ("a=github:o/r", "b=github:o/r")}, "is there twice"),
        ({"date_column": "w", "columns": ("a=github:o/r",), "date_format": "%m/%Y"}, "--date-format '%m/%Y': does not"),
        ({"date_column": "w", "columns": ("a=github:o/r",), "date_format": "%"}, "--date-format '%': does not"),
        ({"thousands": "x"}, "--thousands 'x': is none of"),
        ({"decimal": "x"}, "--decimal 'x': is none of"),
        ({"thousands": ",", "decimal": ","}, "one mark cannot be both"),
        (
            {"date_column": "w", "metric": "search_interest", "columns": ("a=search:x",)},
            "says nothing without its scale; name that with --definition",
        ),
    ],
)
def test_a_mapping_that_is_not_whole_is_refused(mapping: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        make_options("csv", CATALOG, NOW, mapping=Mapping(**mapping))


def test_options_of_another_format_are_refused() -> None:
    with pytest.raises(SettingsError, match="--date-column, --map: only for --from csv, not --from best-of"):
        make_options("best-of", CATALOG, NOW, mapping=Mapping("week", columns=("a",)))
    with pytest.raises(SettingsError, match="--exported: for exports of Google Trends, not for csv"):
        make_options("csv", CATALOG, NOW, exported=date(2026, 4, 27))
    with pytest.raises(SettingsError, match="--anchor: for exports of Google Trends, not for csv"):
        make_options("csv", CATALOG, NOW, anchor="x")


def test_an_export_is_not_of_a_day_to_come_but_of_one_that_some_places_have_already() -> None:
    assert make_options("google-trends", None, NOW, exported=date(2026, 4, 28)).exported == date(2026, 4, 28)
    with pytest.raises(SettingsError, match="--exported 2026-04-29: is still to come"):
        make_options("google-trends", None, NOW, exported=date(2026, 4, 29))


@pytest.mark.parametrize(
    "form", ["%d.%m.%y", "%Y-%m-%dT%H:%M:%S%z", "%b %d %Y %I:%M %p %z", "%a %b %d %H:%M:%S %Z %Y", "%G-W%V-%u"]
)
def test_every_format_that_tells_a_day_is_taken_with_an_offset_or_without(form: str) -> None:
    mapping = Mapping(date_column="w", columns=("a=github:o/r",), date_format=form)
    options = make_options("csv", CATALOG, NOW, mapping=mapping)
    assert options.table is not None
    assert options.table.date_format == form
