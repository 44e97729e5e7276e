"""Names that people type: the nearest of those that are there, for one that is not."""

from collections.abc import Iterable

_LONGEST = 100
"""Characters of a name that are compared: the comparison takes the square of them."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'table'?` for `tabel`, "" if nothing is near."""
    # Imported here: most names are right.
    import difflib

    by_folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name[:_LONGEST].casefold(), by_folded, n=1)
    return f" Did you mean {by_folded[near[0]]!r}?" if near else ""
