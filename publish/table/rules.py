"""The rules by which values become the cells of a table: kept with every edition, and read back to derive it again."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property

from publish.table.metrics import Metric
from publish.table.scales import CURRENT_DAYS
from storage.database.errors import LedgerError

PERIOD_DAYS = 7
"""Days between two refreshes, as every cadence is a weekday. A value is fresh while it is younger than that."""
ENDED_DAYS = 28
"""How long the last value of a series that has ended is shown."""


class RulesError(LedgerError):
    """Rules that this version cannot read, as in a ledger that a newer one has written to."""


@dataclass(frozen=True)
class Rules:
    """The metrics in the order of their rows; how long a value is fresh and a scale current; the line under the table.

    A series that has ended, as an import that nothing follows or what its source says is gone, is shown for so many
    `ended_days` after its last value; None: for ever. If `joins_series`, a preferred source's first value that is held
    for review leaves what another source knew before it.

    A rule added later needs a default that is what the code did before, for the editions that were made without it.
    """

    metrics: tuple[Metric, ...] = ()
    fresh_days: int = PERIOD_DAYS
    scale_days: int = CURRENT_DAYS
    caption: str = "As of {day} — updated weekly."
    ended_days: int | None = None
    joins_series: bool = False

    @cached_property
    def by_key(self) -> dict[str, Metric]:
        """The metrics by their keys."""
        return {metric.key: metric for metric in self.metrics}

    def to_json(self) -> str:
        """Write the rules as canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Rules":
        """Read rules as `to_json` wrote them. Raises RulesError."""
        try:
            content = json.loads(text)
            metrics = tuple(Metric(**one | {"sources": tuple(one["sources"])}) for one in content.pop("metrics"))
            return cls(metrics, **content)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise RulesError(
                f"the rules of an edition cannot be read by this version of tallybook ({error})"
            ) from error


def current_rules(metrics: Iterable[Metric]) -> Rules:
    """Return the rules by which this version makes new tables of metrics."""
    return Rules(tuple(metrics), ended_days=ENDED_DAYS, joins_series=True)
