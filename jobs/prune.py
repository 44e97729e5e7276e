"""Recordings that are no longer needed: by age and by size, and none of which a published number was read."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from collector.recording.disk import sync_folder
from jobs.editions.editions import derive, read
from jobs.ingest.checking import NOTES
from jobs.settings import Settings
from storage.editions.editions import edition_by, listed
from storage.ledger import Connection, Ledger
from storage.runs.recordings import last_used, names_of, recordings


@dataclass(frozen=True, slots=True)
class Pruned:
    """The recordings that were removed, or would be, with their bytes; the bytes that stay, and those of editions."""

    removed: Mapping[str, int]
    left: int
    of_editions: int


def prune(settings: Settings, older: timedelta | None, most: int | None, *, dry_run: bool) -> Pruned:
    """Remove recordings last used longer ago than `older`, and then the oldest until `most` bytes are left.

    Those that an edition's numbers were read from stay, and so does what no run was made of. Raises LedgerError and its
    kinds (RunInProgress among them), OSError.
    """
    with Ledger.open(settings.db) as ledger, ledger.run_lock():
        with ledger.reading() as connection:
            needed, used = _of_editions(connection), last_used(connection)
            digests = {file.name: next(iter(file.digests), None) for file in recordings(connection)}
        sizes = {name: path.stat().st_size for name in digests if (path := settings.recordings / name).is_file()}
        left, now, removed = sum(sizes.values()), settings.clock(), dict[str, int]()
        for name in sorted(sizes.keys() - needed, key=lambda name: used[name]):
            if (older is not None and now - used[name] > older) or (most is not None and left > most):
                removed[name] = sizes[name]
                left -= sizes[name]
        if removed and not dry_run:
            rows = [
                {"name": name, "sha256": digests[name], "bytes": size, "at": now.isoformat()}
                for name, size in removed.items()
            ]
            # Noted first: killed in between, a file that is noted and there is as good as before.
            with (settings.recordings / NOTES).open("a", encoding="utf-8") as notes:
                notes.writelines(f"{json.dumps(row)}\n" for row in rows)
                notes.flush()
                os.fsync(notes.fileno())
            for name in removed:
                (settings.recordings / name).unlink()
            sync_folder(settings.recordings)
    return Pruned(removed, left, sum(size for name, size in sizes.items() if name in needed))


def _of_editions(connection: Connection) -> set[str]:
    """Return the recordings that the numbers of the editions were read from."""
    responses = set[int]()
    for one in listed(connection):
        edition = edition_by(connection, one.id)
        for cell in derive(connection, edition, read(edition)).cells().values():
            responses |= {share.part.response for share in cell.shares if share.part.response is not None}
    return names_of(connection, responses)
