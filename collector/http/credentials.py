"""Credentials: which may go with a request, which were refused, and how they are kept out of all that is written."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from collector.model import Request
from collector.sources.protocol import Source

_USERINFO = re.compile(r"//\S*@")
"""Up to the last @ of a word, for a password may hold any character, a / or an @ too."""
_LOOKED_AT = 2000
"""Characters of a message: it may quote what a server sent, however long, and is cut much shorter where it is told."""


class Tokens:
    """The tokens by service; `bases` are base URLs by service, outside of which its tokens are never sent."""

    def __init__(self, tokens: Mapping[str, Sequence[str]], bases: Mapping[str, str]) -> None:
        self._tokens = {service: tuple(token for token in of if token) for service, of in tokens.items()}
        self._bases = bases
        self._refused: set[str] = set()
        # The longest first, for one may begin like another.
        self._all = sorted((token for of in self._tokens.values() for token in of), key=len, reverse=True)
        self._accounts = {"": ""} | {token: account_of(token) for of in self._tokens.values() for token in of}

    def usable(self, source: Source, url: str) -> Sequence[str]:
        """Return the tokens that a request may be sent with; the empty one where it must go without."""
        base = self._bases.get(source.service, source.base)
        found = [token for token in self._tokens.get(source.service, ()) if token not in self._refused]
        return found if found and _within(url, base) else [""]

    def account(self, token: str) -> str:
        """Return what tells a token apart from others without telling it; "" for none."""
        return self._accounts[token]

    def etag(self, request: Request, token: str) -> str:
        """Return the mark of the answer that we have to a request with this token; "" if there is none."""
        here = request.url, self._accounts[token]
        return next((mark.etag.text for mark in request.marks if (mark.url, mark.account) == here), "")

    def lay_aside(self, token: str) -> bool:
        """Use no more a token that was refused; return whether there is another one to ask with.

        The last one stays: without any, the service would be asked as a stranger, and say nothing of the token.
        """
        others = {other for tokens in self._tokens.values() if token in tokens for other in tokens} - {token}
        if not others - self._refused:
            return False
        self._refused.add(token)
        return True

    def refused(self) -> list[str]:
        """Name, by service and place, the tokens that were laid aside: `github 2 of 3`."""
        return [
            f"{service} {place} of {len(tokens)}"
            for service, tokens in self._tokens.items()
            for place, token in enumerate(tokens, 1)
            if token in self._refused
        ]

    def blot(self, said: str) -> str:
        """Return text without any token in it."""
        for token in self._all:
            said = said.replace(token, "***")
        return said

    def blot_bytes(self, body: bytes) -> bytes:
        """Return bytes without any token in them."""
        for token in self._all:
            body = body.replace(token.encode(), b"***")
        return body


def account_of(token: str) -> str:
    """Return what tells a token apart from others, a digest from which it cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def without_userinfo(said: str) -> str:
    """Return a message without the names and passwords that stand in its URLs, as in those of proxies."""
    return _USERINFO.sub("//***@", said[:_LOOKED_AT])


def _within(url: str, base: str) -> bool:
    asked, home = urlsplit(url), urlsplit(base)
    if ".." in unquote(asked.path).split("/"):
        return False
    return asked[:2] == home[:2] and (asked.path + "/").startswith(home.path.rstrip("/") + "/")
