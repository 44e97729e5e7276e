"""Tells a dead-man service that a refresh begins and how it ended; hearing nothing, it raises alarm."""

from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import click

from jobs.exits import DONE, FAILED, USAGE, exit_code
from jobs.settings import Settings


class Monitored:
    """Calls TALLYBOOK_PING_URL with `/start`, and at the end with `/` and the exit code, `code` or that of an error.

    Does nothing without the variable. A monitor that cannot be reached is a warning, and changes nothing else.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self.code = DONE

    def __enter__(self) -> Self:
        self._tell("start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, click.exceptions.Exit):
            self.code = error.exit_code
        elif isinstance(error, click.ClickException):
            self.code = USAGE
        elif error is not None:
            self.code = (exit_code(error) if isinstance(error, Exception) else None) or FAILED
        self._tell(str(self.code))

    def _tell(self, what: str) -> None:
        url = self._settings.ping_url
        if not url:
            return
        from collector.http.client import ping

        if why := ping(f"{url}/{what}", self._settings.user_agent):
            # Whoever has the path of such a URL can speak in our name.
            self._say(f"warning: the monitor at {urlsplit(url).hostname} could not be told {what!r}: {why}")
