"""The registry of metrics."""

from publish.table.metrics import METRICS


def test_metrics_are_in_table_order_under_their_keys() -> None:
    assert [metric.label for metric in METRICS.values()] == [
        "GitHub stars",
        "PyPI weekly downloads",
        "PyPI monthly downloads",
        "Docker Hub pulls",
        "Search interest",
    ]
    assert all(key == metric.key for key, metric in METRICS.items())


def test_listed_sources_come_before_others_and_others_by_name() -> None:
    downloads = METRICS["pypi_downloads_7d"]
    sources = sorted(["zebra", "clickpy", "csv", "pypistats"], key=downloads.preference)
    assert sources == ["pypistats", "clickpy", "csv", "zebra"]


def test_only_an_index_is_never_added_up() -> None:
    assert [metric.key for metric in METRICS.values() if metric.combine is None] == ["search_interest"]
