"""What a page is: a comparison of projects that somebody wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """A comparison: `slug` is its name in commands and addresses, `projects` are ids in the order of the table.

    `line` is that of its projects in the file `path`, for what the catalog has to say of them; `text` is the Markdown
    below the front matter.
    """

    slug: str
    title: str
    projects: tuple[str, ...]
    path: str
    line: int | None = None
    text: str = ""
    said: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """The rest of its front matter as plain JSON data: description, verdict, qualities, features, faq."""
    claims: Sequence["Claim"] = ()
    source: str = field(default="", compare=False, repr=False)
    """The whole file as it was read, for the lines of what is wrong in it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a cell says of a project: in which line, by which source, read on which ISO day."""

    line: int | None
    project: str
    about: str
    source: str | None
    checked: str | None
