"""The rules by which values become cells, as text to be kept beside what was published; knows no value."""

import hashlib
import json
from dataclasses import asdict

from publish.table.metrics import METRICS
from publish.table.scales import CURRENT_DAYS
from publish.table.shares import PERIOD_DAYS

RULES = 2
"""The version of the rules. Raise it with any change by which the same values give another cell, note or byte."""


def rules() -> str:
    """Write the rules of this version as canonical JSON: number, metrics in their order, freshness and scales."""
    content = {
        "rules": RULES,
        "period_days": PERIOD_DAYS,
        "scale_days": CURRENT_DAYS,
        "metrics": [asdict(metric) for metric in METRICS.values()],
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def version(text: str) -> int | None:
    """Read the version's number from rules as they were kept; None if they are not such text."""
    try:
        number = json.loads(text)["rules"]
    except (ValueError, LookupError, TypeError):
        return None
    return number if isinstance(number, int) else None


def digest(renderings: tuple[str, ...], by_rules: str) -> str:
    """Return the SHA-256 over what was written, in its order, and the rules; each with its length before it."""
    whole = hashlib.sha256()
    for piece in (*renderings, by_rules):
        data = piece.encode()
        whole.update(f"{len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()
