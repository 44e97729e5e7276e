"""The members of a gzip file, each by its own, within limits; knows not what is in them."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

LARGEST_RECORD = 80 * 1024 * 1024
"""The most bytes of one record, unpacked or as stored: imported files have at most 64 MiB, bodies less."""
_CHUNK = 64 * 1024


def members(file: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield each gzip member that is whole, by its own checksum: its offset, its bytes as stored and unpacked.

    One that is larger than any record of ours ends the file as a damaged one does: few bytes can unpack to gigabytes.
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
                return
        yield offset, bytes(stored), bytes(plain)
        offset += len(stored)
