"""Tests of the metrics: what sources declare is what tables show."""

from collector.sources import METRICS as MEASURED
from collector.sources import SOURCES
from jobs.metrics import METRICS, RULES


def test_every_metric_that_a_source_measures_has_a_row() -> None:
    assert MEASURED.keys() <= METRICS.keys()
    for key, metric in METRICS.items():
        measuring = [source.name for source in SOURCES.values() if key in source.metrics]
        assert list(metric.sources[: len(measuring)]) == measuring, "in their order of preference"


def test_rows_of_one_kind_of_artifact_stand_together_and_what_people_search_for_last() -> None:
    kinds = [metric.kind for metric in METRICS.values()]
    assert kinds == sorted(kinds, key=kinds.index)
    assert list(METRICS)[:4] == ["github_stars", "github_forks", "pypi_downloads_7d", "pypi_downloads_30d"]
    assert list(METRICS)[-1] == "search_interest"
    assert [metric.key for metric in RULES.metrics] == list(METRICS)


def test_of_what_is_optional_or_imported_only_nothing_is_said_where_it_has_never_come() -> None:
    assert [key for key, metric in METRICS.items() if not metric.expected] == ["github_forks", "pypi_downloads_30d"]


def test_only_an_index_is_never_added_up() -> None:
    assert [metric.key for metric in METRICS.values() if metric.combine is None] == ["search_interest"]
