"""Credentials: which may go with a request, and how they are kept out of all that is written."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

_USERINFO = re.compile(r"//\S*@")
"""Up to the last @ of a word, for a password may hold any character, a / or an @ too."""
_LOOKED_AT = 2000
"""Characters of a message: it may quote what a server sent, however long, and is cut much shorter where it is told."""


class Tokens:
    """The token of each service that has one; never sent to an address outside of the service's base URL."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = {service: token for service, token in tokens.items() if token}

    def of(self, service: str, base: str, url: str) -> str:
        """Return the token that a request goes with; "" if it goes without."""
        token = self._tokens.get(service, "")
        return token if token and _within(url, base) else ""

    def blot(self, said: str) -> str:
        """Return text without any token in it."""
        for token in self._tokens.values():
            said = said.replace(token, "***")
        return said

    def blot_bytes(self, body: bytes) -> bytes:
        """Return bytes without any token in them."""
        for token in self._tokens.values():
            body = body.replace(token.encode(), b"***")
        return body


def without_userinfo(said: str) -> str:
    """Return a message without the names and passwords that stand in its URLs, as in those of proxies."""
    return _USERINFO.sub("//***@", said[:_LOOKED_AT])


def _within(url: str, base: str) -> bool:
    asked, home = urlsplit(url), urlsplit(base)
    if ".." in unquote(asked.path).split("/"):
        return False
    return asked[:2] == home[:2] and (asked.path + "/").startswith(home.path.rstrip("/") + "/")
