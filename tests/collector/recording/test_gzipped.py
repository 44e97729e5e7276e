"""Tests of gzip members: each by its own, none larger than any record of ours."""

import gzip
import io
import tracemalloc

from collector.recording.gzipped import LARGEST_RECORD, members


def read(data: bytes) -> list[tuple[int, bytes, bytes]]:
    return list(members(io.BytesIO(data)))


def bomb(size: int) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(size // 2**20):
            file.write(bytes(2**20))
    return packed.getvalue()


def test_members_come_with_their_place_their_bytes_and_their_content() -> None:
    one, two = gzip.compress(b"one"), gzip.compress(b"two" * 100_000)
    assert read(one + two) == [(0, one, b"one"), (len(one), two, b"two" * 100_000)]


def test_a_member_that_is_damaged_or_cut_off_ends_the_file() -> None:
    one, two = gzip.compress(b"one"), bytearray(gzip.compress(b"two"))
    two[-6] ^= 0xFF
    assert len(read(one + bytes(two) + one)) == 1
    assert len(read(one + one[:-1])) == 1


def test_a_member_that_unpacks_to_gigabytes_ends_the_file_and_does_not_fill_the_memory() -> None:
    one = gzip.compress(b"one")
    data = one + bomb(512 * 2**20) + one
    tracemalloc.start()
    try:
        assert len(read(data)) == 1
        assert tracemalloc.get_traced_memory()[1] < 2.5 * LARGEST_RECORD
    finally:
        tracemalloc.stop()


def test_a_member_of_endless_empty_blocks_ends_the_file() -> None:
    empty = b"\x00\x00\x00\xff\xff"  # a stored block of no bytes, not the last one
    head = bytes.fromhex("1f8b0800000000000003")
    assert read(head + empty * (LARGEST_RECORD // len(empty) + 2)) == []
