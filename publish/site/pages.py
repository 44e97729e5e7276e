"""What a page is: a comparison of projects that somebody wrote."""

from dataclasses import dataclass


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
