"""Tests of what a metric is to a table."""

from jobs.metrics import METRICS


def test_listed_sources_come_before_others_and_others_by_name() -> None:
    downloads = METRICS["pypi_downloads_7d"]
    sources = sorted(["zebra", "clickpy", "csv", "pypistats"], key=downloads.preference)
    assert sources == ["pypistats", "clickpy", "csv", "zebra"]
