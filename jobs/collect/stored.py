"""What the ledger already tells about the plan, without making a ledger where there is none."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from collector.model import Artifact
from storage.database.errors import LedgerMissing
from storage.ledger import Ledger
from storage.query.coverage import Coverage


@contextmanager
def known_images(db: str) -> Iterator[Callable[[Artifact], int]]:
    """Give the function that counts the artifacts known so far of a pattern; without a ledger there are none."""
    try:
        ledger = Ledger.open(db)
    except LedgerMissing:
        yield lambda _pattern: 0
        return
    with ledger:
        yield lambda pattern: len(ledger.known_artifacts(pattern.kind, pattern.name))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a ledger has of some artifacts, by the names that the catalog calls them; without a ledger, nothing."""

    coverage: Coverage | None = None
    numbers: Mapping[Artifact, int] = field(default_factory=dict)

    @classmethod
    def read(cls, coverage: Coverage, artifacts: Iterable[Artifact]) -> "Holdings":
        """Look up which of the artifacts the ledger knows."""
        names: dict[str, set[str]] = defaultdict(set)
        for artifact in artifacts:
            names[artifact.kind].add(artifact.name)
        return cls(coverage, {Artifact(*name): number for name, number in coverage.numbers(names).items()})

    def lacking(
        self, artifacts: Collection[Artifact], metric: str, first: date, last: date, source: str | None = None
    ) -> list[Artifact]:
        """Return those without a value of a metric, or of one `source` of it, in some days, both included."""
        if self.coverage is None:
            return list(artifacts)
        asked = {self.numbers[artifact] for artifact in artifacts if artifact in self.numbers}
        lacking = self.coverage.lacking(asked, metric, first, last, source)
        return [one for one in artifacts if one not in self.numbers or self.numbers[one] in lacking]

    def births(self, artifacts: Collection[Artifact]) -> dict[Artifact, date]:
        """Return the UTC day on which each came into being, where that is known."""
        if self.coverage is None:
            return {}
        born = self.coverage.births({self.numbers[one] for one in artifacts if one in self.numbers})
        return {one: born[self.numbers[one]] for one in artifacts if self.numbers.get(one) in born}


@contextmanager
def holdings(db: str, artifacts: Iterable[Artifact]) -> Iterator[Holdings]:
    """Give what the ledger has of some artifacts, all of one moment."""
    try:
        ledger = Ledger.open(db)
    except LedgerMissing:
        yield Holdings()
        return
    with ledger, ledger.coverage() as coverage:
        yield Holdings.read(coverage, artifacts)
