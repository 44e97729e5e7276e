"""Tests of gathering what was read of a file."""

import pytest

from collector.imports.model import File
from collector.imports.rows import Rows
from collector.imports.sheet import NotUnderstood


def test_of_a_file_with_a_million_rows_that_are_not_understood_nothing_is_taken() -> None:
    """They would need more memory than all that can be taken of it."""
    gathered = Rows(File("a.csv", b""))
    reason = "has 1 cells where the header has 5"
    for line in range(2, 1_000_002):
        gathered.refuse(line, reason)
    with pytest.raises(NotUnderstood) as raised:
        gathered.refuse(1_000_002, reason)
    assert str(raised.value) == (
        "has more than 1,000,000 rows that are not understood, the first in line 2: has 1 cells where the header has 5"
    )
