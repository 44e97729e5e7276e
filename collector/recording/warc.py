"""The records of a WARC 1.1 file, made and read; each is a gzip member of its own, so a cut-off end costs only itself.

Made here and not by a library: warcio takes three times the time for it, and FastWARC, in C++, no less than this.
"""

import base64
import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

LARGEST_RECORD = 80 * 1024 * 1024
"""The most bytes of one record, unpacked or as stored: imported files have at most 64 MiB, bodies less."""
_CHUNK = 64 * 1024
_LEVEL = 3
"""The compression level: 9 costs several times the time and saves 8 per cent."""
_BLANK = b"\r\n\r\n"
_REPACK = (
    "holds several records in one gzip member, as gzip packs them: repack it, a member a record, "
    "for instance by `warcio recompress OLD NEW`"
)


class RecordingError(Exception):
    """A recording cannot be written or read; the message names the file."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its headers by lower-case name, its block, where it is stored, and the SHA-256 of those bytes."""

    headers: Mapping[str, str]
    block: bytes
    offset: int
    length: int
    digest: str

    @property
    def kind(self) -> str:
        """The WARC-Type."""
        return self.headers.get("warc-type", "")

    @property
    def identity(self) -> str:
        """The WARC-Record-ID."""
        return self.headers.get("warc-record-id", "")

    @property
    def url(self) -> str:
        """The WARC-Target-URI."""
        return self.headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">")

    @property
    def at(self) -> datetime:
        """The WARC-Date, in UTC. Raises ValueError."""
        return datetime.fromisoformat(self.headers.get("warc-date", "")).astimezone(UTC)

    def http(self) -> tuple[list[str], dict[str, str], bytes]:
        """Return the words of the HTTP message's first line, its headers by lower-case name, and its body."""
        head, _, body = self.block.partition(_BLANK)
        first, *lines = head.decode("utf-8", "replace").split("\r\n")
        return first.split(" ", 2), _headers(lines), body


def pack(headers: Mapping[str, str], block: bytes) -> bytes:
    """Return a record as it is stored."""
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    lines += [f"WARC-Block-Digest: sha1:{digest}", f"Content-Length: {len(block)}"]
    head = "\r\n".join(["WARC/1.1", *lines])
    return gzip.compress(b"".join((head.encode(), _BLANK, block, _BLANK)), _LEVEL, mtime=0)


def unpack(stored: bytes, offset: int = 0) -> Record:
    """Read a record as it is stored. Raises ValueError for what is none."""
    try:
        return _parse(zlib.decompress(stored, zlib.MAX_WBITS | 16), stored, offset)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def http_message(first: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return an HTTP message as a block."""
    # A value of many lines would be headers of its own, or the end of them.
    lines = (f"{name}: {' '.join(value.splitlines())}" for name, value in headers.items())
    head = "\r\n".join([first, *lines])
    return b"".join((head.encode("utf-8", "replace"), _BLANK, body))


def read_records(path: Path) -> Iterator[Record]:
    """Yield a file's whole records; one that is damaged or cut off ends it.

    Raises RecordingError if nothing can be read, or no gzipped WARC, or one that is not packed record by record.
    """
    known = False
    try:
        with path.open("rb") as file:
            for offset, stored, plain in _members(file):
                try:
                    record = _parse(plain, stored, offset)
                except _Several:
                    raise RecordingError(f"{path}: {_REPACK}") from None
                except ValueError:
                    break
                if max(len(plain), len(stored)) > LARGEST_RECORD:
                    break
                known = True
                yield record
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not known:
        if _is_plain(path):
            raise RecordingError(f"{path}: is a WARC file that is not packed: `warcio recompress OLD NEW.warc.gz` does")
        raise RecordingError(f"{path}: is not a gzipped WARC file, or its first record is damaged")


def _is_plain(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(5) == b"WARC/"


def readable_length(path: Path) -> int:
    """Return the byte up to which a recording can be read, its size if all of it; raises as `read_records`."""
    end = 0
    for record in read_records(path):
        end = record.offset + record.length
    return end


def unread(path: Path) -> str:
    """Say up to where a recording can be read, "" if that is its end; raises as `read_records`."""
    readable, size = readable_length(path), path.stat().st_size
    if readable >= size:
        return ""
    return f"can be read up to byte {readable} of {size} only: the record there is damaged, cut off or too large"


class _Several(ValueError):
    """There is another record behind the first one of a member."""


def _members(file: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield each gzip member that is whole, by its own checksum: its offset, its bytes as stored and unpacked.

    One that is larger than any record of ours is the last, and comes as far as that: few bytes can unpack to gigabytes.
    """
    offset, rest = 0, b""
    while True:
        unpacker, stored, plain = zlib.decompressobj(zlib.MAX_WBITS | 16), bytearray(), bytearray()
        while not unpacker.eof:
            data = rest or file.read(_CHUNK)
            try:
                plain += unpacker.decompress(data, LARGEST_RECORD + 1 - len(plain))
            except zlib.error:
                return
            if not data:
                return
            rest = unpacker.unused_data
            stored += data[: len(data) - len(rest)]
            if max(len(plain), len(stored)) > LARGEST_RECORD:
                break
        yield offset, bytes(stored), bytes(plain)
        if not unpacker.eof:
            return
        offset += len(stored)


def _parse(plain: bytes, stored: bytes, offset: int) -> Record:
    head, found, rest = plain.partition(_BLANK)
    version, *lines = head.decode("utf-8").split("\r\n")
    if not found or not version.startswith("WARC/1."):
        raise ValueError("no WARC record")
    headers = _headers(lines)
    length = int(headers["content-length"]) if headers.get("content-length", "").isdigit() else -1
    if not 0 <= length <= len(rest):
        raise ValueError("a record shorter than it says")
    if rest[length:].strip(b"\r\n"):
        raise _Several
    return Record(headers, rest[:length], offset, len(stored), hashlib.sha256(stored).hexdigest())


def _headers(lines: list[str]) -> dict[str, str]:
    """Return headers by lower-case name; of several of one name the last."""
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
