"""Whether the recordings are as the ledger says: each file, and each response in it."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from collector.recording.warc import RecordingError, readable_length
from storage.model import RecordedFile

_CHUNK = 1024 * 1024
_MOST_RECORDS = 5
"""How many records of one recording are named; the rest are counted."""


def differing(path: Path, file: RecordedFile, records: Iterable[tuple[str, int, int, str]]) -> Iterator[str]:
    """Yield how a recording differs from what the ledger says of it; a tail that no run refers to is nobody's."""
    needed = bool(file.digests or file.records)
    if not path.exists():
        if needed:
            yield f"is not there; the ledger refers to {file.records} responses in it: put the file back"
        return
    try:
        with path.open("rb") as opened:
            whole = hashlib.file_digest(opened, "sha256").hexdigest() if file.digests else ""
            if any(digest != whole for digest in file.digests):
                yield "is not the file as it was when its run was closed: its SHA-256 differs"
            yield from _few(_changed(opened, records))
        size, readable = path.stat().st_size, readable_length(path)
    except (OSError, RecordingError) as error:
        yield str(error).removeprefix(f"{path}: ")
        return
    if readable < (size if file.digests else file.end):
        yield f"can be read up to byte {readable} of {size} only: the record there is damaged, cut off or too large"


def _changed(opened: BinaryIO, records: Iterable[tuple[str, int, int, str]]) -> Iterator[str]:
    """Yield the records whose bytes are not those that were recorded."""
    for record, offset, length, digest in records:
        opened.seek(offset)
        found, left = hashlib.sha256(), length
        while left > 0 and (data := opened.read(min(left, _CHUNK))):
            found.update(data)
            left -= len(data)
        if left:
            yield f"record {record} at byte {offset} is cut off"
        elif found.hexdigest() != digest:
            yield f"record {record} at byte {offset} is not as it was recorded"


def _few(lines: Iterator[str]) -> Iterator[str]:
    """Pass on the first lines and count the others."""
    yield from islice(lines, _MOST_RECORDS)
    if others := sum(1 for _ in lines):
        yield f"{others} more records are not as they were recorded"
