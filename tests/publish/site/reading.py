"""Reads a page as a parser does, for the tests of the site: a mistake in its nesting or ids is an error."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "link", "br", "hr", "img", "circle", "rect"}


@dataclass
class Html(HTMLParser):
    """What a page holds: its ids, where its links lead, its tags with attributes, and its words."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert len(found) == len(attrs), f"{tag} has an attribute twice"
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        self.links += [str(found[key]) for key in ("href", "src") if found.get(key)]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words, on one line."""
        return " ".join("".join(self.words).split())


def read(content: bytes) -> Html:
    """Read a page and check what holds for every one of them: whole, no id twice, nothing inline, nothing loaded."""
    page = Html()
    page.feed(content.decode())
    page.close()
    assert not page._open, f"{page._open} stay open"
    assert len(page.ids) == len(set(page.ids)), "an id is there twice"
    names = {tag for tag, _ in page.tags}
    assert {"html", "title", "main", "h1"} <= names
    assert not names & {"script", "style", "img", "iframe", "object", "form"}
    for tag, attributes in page.tags:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for key in ("aria-labelledby", "popovertarget"):
            assert set(str(attributes.get(key) or "").split()) <= set(page.ids), f"{tag}: {key} leads nowhere"
    (policy,) = [found["content"] for tag, found in page.tags if found.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy).startswith("default-src 'none'; style-src 'self'")
    return page
