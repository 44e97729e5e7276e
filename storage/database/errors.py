"""What can go wrong with a ledger, named by what to do next; every message is complete for the user."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

_MOST: Final = 20
"""How many names a message lists."""
_LONGEST: Final = 100
"""Characters of a name that are compared with others: the comparison takes the square of them."""


class LedgerError(Exception):
    """The ledger could not do what was asked."""


class LedgerMissing(LedgerError):
    """There is no ledger at the URL."""


class LedgerOutdated(LedgerError):
    """The ledger's tables are those of an older version."""


class LedgerTooNew(LedgerError):
    """The ledger's tables are those of a newer version, or of one that this version does not know."""


class LedgerUnreadable(LedgerError):
    """There is something at the URL, but it is damaged or not a ledger."""


class LedgerUnreachable(LedgerError):
    """The database server did not answer or did not let us in."""


class LedgerReadOnly(LedgerError):
    """The ledger can be read but not written."""


class LedgerFull(LedgerError):
    """There is no room left for what was to be written."""


class LedgerBusy(LedgerError):
    """Another process kept the ledger locked for longer than we wait."""


class RunInProgress(LedgerError):
    """Another process is working on the ledger."""

    def __init__(self) -> None:
        super().__init__("another process is working on this ledger: wait until it has ended, or end it, and try again")


class RecordConflict(LedgerError):
    """A record of a recording is known to the ledger with another content."""


class NoRoom(LedgerError):
    """A run cannot be put at a time of the past, for the runs around it leave no known_seq between them."""


class NothingKnown(LedgerError):
    """No run was closed by the time asked for."""


class UnknownRun(LedgerError):
    """There is no such run."""


class UnknownResponse(LedgerError):
    """There is no such response."""


class UnknownProject(LedgerError):
    """The catalog of the time has no such project."""

    def __init__(self, unknown: Sequence[str], known: Sequence[str]) -> None:
        names, choice = ", ".join(repr(name) for name in unknown), ", ".join(known[:_MOST]) or "none"
        if len(known) > _MOST:
            choice += f" and {len(known) - _MOST} more"
        plural = "s" if len(unknown) > 1 else ""
        near = [one for name in unknown for one in get_close_matches(name[:_LONGEST].casefold(), known, n=1)]
        hint = f"; did you mean {' and '.join(dict.fromkeys(near))}?" if near else f": it has {choice}"
        super().__init__(f"no project{plural} {names} in the catalog of that time{hint}")
