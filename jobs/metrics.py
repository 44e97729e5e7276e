"""The metrics of this version in the order of their rows, and the rules by which new tables are made."""

from collections.abc import Iterator

from collector import sources
from publish.table.metrics import Metric
from publish.table.rules import current_rules

_IMPORTED = (
    Metric("search_interest", "search", "Search interest", "points", "index", None, ("google-trends", "wikimedia")),
)
"""What comes by imports only."""


def _in_order() -> Iterator[Metric]:
    """Yield what is measured in the order of the sources, then what is imported, beside others of its kind."""
    measured = [_measured(key) for key in sources.METRICS]
    kinds = list(dict.fromkeys(metric.kind for metric in (*measured, *_IMPORTED)))
    yield from sorted((*measured, *_IMPORTED), key=lambda metric: kinds.index(metric.kind))


def _measured(key: str) -> Metric:
    """Return a metric with who measures it, the preferred first."""
    metric, by = sources.METRICS[key], [source for source in sources.SOURCES.values() if key in source.metrics]
    named, expected = tuple(source.name for source in by), key not in sources.OPTIONAL_METRICS
    return Metric(key, by[0].kind, metric.label, metric.unit, metric.type, metric.combine, named, expected)


METRICS = {metric.key: metric for metric in _in_order()}
"""Every metric by its key."""
RULES = current_rules(METRICS.values())
