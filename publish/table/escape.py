"""Makes text from outside (names, upstream messages) safe to show."""

import re
import unicodedata

_JOINERS = "\u200c\u200d"  # they spell words in several scripts and join emoji, and cannot reorder a line
_MARKUP = re.compile(r"[\\`*\[\]>|~$]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])")
_EXECUTED = tuple("=+-@＝＋－＠")


def printable(text: str) -> str:
    """Put text on one line: white space becomes single spaces; control, bidirectional and invisible marks go."""
    kept = "".join(" " if char.isspace() else char for char in text if _shows(char))
    return " ".join(kept.split())


def clipped(text: str, width: int) -> str:
    """Printable text of at most `width` characters; an ellipsis tells that some is left out."""
    line = printable(text)
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def markdown(text: str) -> str:
    """Printable text that is neither Markdown nor HTML, inside a table cell or after a footnote's mark.

    `&` and `<` become entities: a backslash before them is shown by renderers other than GitHub's.
    """
    return _MARKUP.sub(r"\\\g<0>", printable(text).replace("&", "&amp;").replace("<", "&lt;"))


def spreadsheet(text: str) -> str:
    """Printable text that a spreadsheet shows rather than executes: a leading `'` guards what begins a formula."""
    line = printable(text)
    return f"'{line}" if line.startswith(_EXECUTED) else line


def _shows(char: str) -> bool:
    return char.isspace() or char in _JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
