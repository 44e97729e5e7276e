"""What the ledger already tells about the plan, without making a ledger where there is none."""

from collections.abc import Callable

from collector.model import Artifact
from collector.sources.dockerhub import PAGE_SIZE
from storage.errors import LedgerMissing
from storage.ledger import Ledger


def known_pages(db: str) -> Callable[[Artifact], int]:
    """Return how many pages a namespace's list takes by the images known so far; one where none is known."""

    def pages(pattern: Artifact) -> int:
        try:
            with Ledger.open(db) as ledger:
                images = len(ledger.known_artifacts(pattern.kind, pattern.name))
        except LedgerMissing:
            images = 0
        return max(1, -(-images // PAGE_SIZE))

    return pages
