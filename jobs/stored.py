"""What the ledger already tells about the plan, without making a ledger where there is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from collector.model import Artifact
from storage.errors import LedgerMissing
from storage.ledger import Ledger


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
