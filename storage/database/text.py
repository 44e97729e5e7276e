"""Text from outside, as every database takes it; knows no table."""


def storable(text: str) -> str:
    """Return text without what some database refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
