"""The metrics of this version in the order of their rows, and the rules by which new tables are made."""

from publish.table.metrics import METRICS
from publish.table.rules import Rules

__all__ = ["METRICS", "RULES"]

RULES = Rules(tuple(METRICS.values()))
