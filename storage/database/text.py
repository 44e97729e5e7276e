"""Text from outside, as it is kept and compared."""

import re
from typing import Final

_GITHUB: Final = "github"
"""The kind of artifact whose names do not mind case, and may be pinned to their number."""
_PINNED: Final = re.compile(r"(.+)#([0-9]+)")


def storable(text: str) -> str:
    """Return text without what some database refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def folded(kind: str, name: str) -> str:
    """Return a name as its registry compares it."""
    return name.lower() if kind == _GITHUB else name


def unpinned(kind: str, name: str) -> tuple[str, str]:
    """Return the name and the number of a member pinned as `owner/repo#12345`; of another its name and ""."""
    found = _PINNED.fullmatch(name) if kind == _GITHUB else None
    return (name, "") if found is None else (found[1], found[2])
