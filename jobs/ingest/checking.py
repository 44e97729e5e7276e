"""Holds every recording against what the ledger says of it: the file, and the place of each response in it."""

import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from collector.recording.warc import RecordingError, read_records
from storage.ledger import Connection
from storage.model import RecordedFile, ResponseRow
from storage.runs.recordings import responses

_MOST_RECORDS = 5
"""How many records of one recording are named; the rest are counted."""
NOTES = "pruned.jsonl"
"""Lies beside the recordings and tells what was removed, so that `verify` does not miss it."""


def noted(folder: Path) -> set[str]:
    """Return the names of the recordings that were removed from a folder."""
    try:
        lines = (folder / NOTES).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return set()
    return {str(json.loads(line)["name"]) for line in lines}


def check_recording(connection: Connection, file: RecordedFile, folder: Path) -> Iterator[str]:
    """Yield how a recording differs from what the ledger says of it, a line each."""
    path = folder / file.name
    if not path.exists():
        yield f"is not there; the ledger refers to {file.responses} responses in it: put the file back"
        return
    try:
        with path.open("rb") as opened:
            if any(digest != hashlib.file_digest(opened, "sha256").hexdigest() for digest in file.digests[:1]):
                yield "is not the file as it was when its run was stored: its SHA-256 differs"
        faults = _faults(path, responses(connection, file))
        yield from islice(faults, _MOST_RECORDS)
        if others := sum(1 for _ in faults):
            yield f"{others} more records are not as they were recorded"
    except (OSError, RecordingError) as error:
        yield str(error).removeprefix(f"{path}: ")


def _faults(path: Path, expected: Iterator[ResponseRow]) -> Iterator[str]:
    """Go through a recording once and yield the responses that are not where, or what, the ledger says."""
    row, end, size = next(expected, None), 0, path.stat().st_size
    for record in read_records(path):
        end = record.offset + record.length
        while row is not None and row.offset < record.offset:
            yield f"record {row.record}: none begins at byte {row.offset}"
            row = next(expected, None)
        while row is not None and row.offset == record.offset:
            if row.record != record.identity:
                yield f"record {row.record}: at byte {row.offset} is {record.identity or 'one without an id'} instead"
            elif (row.length, row.digest) != (record.length, record.digest):
                yield f"record {row.record} at byte {row.offset} is not as it was recorded"
            row = next(expected, None)
    if end < size:
        yield f"can be read up to byte {end} of {size} only: the record there is damaged, cut off or too large"
    while row is not None:
        yield f"record {row.record} at byte {row.offset} cannot be read"
        row = next(expected, None)
