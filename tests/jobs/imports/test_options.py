"""What the options of an import mean, and which do not go together."""

from datetime import UTC, date, datetime

import pytest

from collector.model import Artifact
from jobs.imports.options import KnownAt, Mapping, make_options, public_since
from jobs.settings import SettingsError
from tests.jobs.importing import CATALOG, NO_MAPPING, NOW


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


def test_a_mapping_names_the_artifact_of_each_column() -> None:
    options = make_options("csv", CATALOG, None, Mapping("week", "github_stars", ("a=b=github:o/r",), None))
    assert options.wide is not None
    assert options.wide.columns == {"a=b": Artifact("github", "o/r")}
    assert options.wide.definition == "imported"
    assert make_options("csv", None, None, NO_MAPPING).wide is None


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (Mapping("week", None, ("a=github:o/r",), None), "needs --date-column, --metric and at least one --map"),
        (Mapping(None, None, (), "words"), "needs --date-column"),
        (Mapping("week", "forks", ("a=github:o/r",), None), "--metric: 'forks' is none of github_stars"),
        (Mapping("week", "github_stars", ("a",), None), "is not COLUMN=github:NAME"),
        (
            Mapping("week", "github_stars", ("a=pypi:flask",), None),
            "is not COLUMN=github:NAME, as the metric is of github",
        ),
        (Mapping("week", "github_stars", ("a=github:flask",), None), "'flask' is not owner/repo"),
        (Mapping("week", "github_stars", ("a=github:o/r", "a=github:o/s"), None), "is there twice"),
        (Mapping("week", "github_stars", ("a=github:o/r", "b=github:o/r"), None), "is there twice"),
    ],
)
def test_a_mapping_that_is_not_whole_is_refused(mapping: Mapping, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        make_options("csv", CATALOG, None, mapping)


def test_options_of_another_format_are_refused() -> None:
    with pytest.raises(SettingsError, match="only for --from csv, not --from best-of"):
        make_options("best-of", CATALOG, None, Mapping("week", None, (), None))
    with pytest.raises(SettingsError, match="only exports of Google Trends have such a day, not --from csv"):
        make_options("csv", CATALOG, date(2026, 4, 27), NO_MAPPING)
