"""Columns for a terminal: numbers to the right, cells broken between words where it is too narrow, nothing cut off."""

import textwrap
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest
from typing import Final
from unicodedata import combining, east_asian_width

_GAP: Final = "  "
_LONGEST_WORD: Final = 40
"""Of a longer word, such as an address, a column need not be as wide."""


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def lay_out(
    head: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = (), width: int | None = None
) -> str:
    """Write lines under a head; columns `right` are aligned there and never broken. Without a width, nothing is.

    Columns that have no room beside the others stand below them in a further block, after the first column.
    """
    lines = list(rows)
    columns = [[head[at], *(line[at] for line in lines)] for at in range(len(head))]
    widths = [max(map(width_of, column)) for column in columns]
    if width is None or sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        return _block(columns, widths, right)
    least = [_least(column, whole=at in right) for at, column in enumerate(columns)]
    blocks: list[list[int]] = [[0]]
    for at in range(1, len(columns)):
        if len(blocks[-1]) > 1 and sum(least[one] + len(_GAP) for one in blocks[-1]) + least[at] > width:
            blocks.append([0])
        blocks[-1].append(at)
    shown = []
    for block in blocks:
        of = [widths[at] for at in block]
        while sum(of) + len(_GAP) * (len(of) - 1) > width:
            # The widest that can give gives first.
            at = max(range(len(of)), key=lambda at: (of[at] > least[block[at]], of[at]))
            if of[at] <= least[block[at]]:
                break
            of[at] -= 1
        shown.append(_block([columns[at] for at in block], of, {n for n, at in enumerate(block) if at in right}))
    return "\n\n".join(shown)


def wrapped(text: str, width: int | None) -> list[str]:
    """Break a text between words; without a width, or where it is empty, it is one line."""
    return (textwrap.wrap(text, width, break_on_hyphens=False) if width else []) or [text]


def _least(column: Sequence[str], *, whole: bool) -> int:
    """Return how narrow a column can be: as its longest word, or if its cells are left whole, the longest of these."""
    words = max((width_of(word) for text in column for word in text.split()), default=0)
    return max(min(words, _LONGEST_WORD), *(map(width_of, column[1:]) if whole else ()), 1)


def _block(columns: Sequence[Sequence[str]], widths: Sequence[int], right: Collection[int]) -> str:
    told = []
    for number, cells in enumerate(zip(*columns, strict=True)):
        wrapped = [
            [text] if width_of(text) <= wide else textwrap.wrap(text, wide, break_on_hyphens=False) or [""]
            for text, wide in zip(cells, widths, strict=True)
        ]
        for line in zip_longest(*wrapped, fillvalue=""):
            padded = [
                f"{' ' * (wide - width_of(text))}{text}" if at in right else f"{text}{' ' * (wide - width_of(text))}"
                for at, (text, wide) in enumerate(zip(line, widths, strict=True))
            ]
            told.append(_GAP.join(padded).rstrip())
        if number == 0:
            told.append(_GAP.join("-" * wide for wide in widths))
    return "\n".join(told)
