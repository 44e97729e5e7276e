"""What the environment and the command line say about where things are and how to behave; checked, frozen."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jobs.names import did_you_mean

VERSION = "0.1.0"
_BASE_URL = re.compile(r"TALLYBOOK_([A-Z0-9_]+)_URL")
"""The base URL of any service, so that a new one needs no line here."""
_PREFIX = "TALLYBOOK_"
_PING = "TALLYBOOK_PING_URL"
_VARIABLES = frozenset(
    _PREFIX + name
    for name in ("DB", "CATALOG", "RECORDINGS", "CONTACT", "PING_URL", "NOW", "BUDGETS", "MAX_WAIT", "TIMEOUT")
)
"""The variables beside the base URLs."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
SHORTEST_TOKEN = 16
"""GitHub's have 40 and more. What is shorter may stand in an answer by chance, where tokens are blotted out."""


class SettingsError(Exception):
    """A variable or option that cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the ledger, catalog and recordings are, who we are to the services, and for how long we wait (seconds).

    `now` is the time at which the clock stands that dates and stamps things; None lets it run. `budgets` False leaves
    the services' published limits out. `bases` are base URLs by service, for those that are not the public ones.
    `ping_url` is that of a monitor, "" without one; it is a secret.
    `bad_token` says what is wrong with GITHUB_TOKEN, "" if nothing is: only what would send it needs to stop.
    """

    db: str = "sqlite:///tallybook.db"
    catalog: Path = Path("catalog.toml")
    recordings: Path = Path("recordings")
    github_token: str = field(default="", repr=False)
    bad_token: str = ""
    contact: str = ""
    ping_url: str = field(default="", repr=False)
    now: datetime | None = None
    budgets: bool = True
    max_wait: float = 900.0
    timeout: float = 30.0
    bases: Mapping[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the clock that dates and stamps: the real one in UTC, by whole seconds, or the one that stands."""
        now = self.now
        return _present if now is None else lambda: now

    @property
    def user_agent(self) -> str:
        """Return who we are, with a contact, as the services ask for."""
        return f"tallybook/{VERSION} ({self.contact or 'no contact given'})"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the TALLYBOOK_* variables and GITHUB_TOKEN; an empty variable counts as unset.

    Raises SettingsError, but not for the token.
    """

    def value(name: str, default: str = "") -> str:
        return environ.get(name, "").strip() or default

    standard = Settings()
    token = value("GITHUB_TOKEN")
    bad_token = _bad_token(token)
    return Settings(
        db=value("TALLYBOOK_DB", standard.db),
        catalog=Path(value("TALLYBOOK_CATALOG", str(standard.catalog))),
        recordings=Path(value("TALLYBOOK_RECORDINGS", str(standard.recordings))),
        github_token="" if bad_token else token,
        bad_token=bad_token,
        contact=_contact(value("TALLYBOOK_CONTACT")),
        ping_url=_ping_url(value(_PING)),
        now=read_time("TALLYBOOK_NOW", value("TALLYBOOK_NOW")) if value("TALLYBOOK_NOW") else None,
        budgets=_switch("TALLYBOOK_BUDGETS", value("TALLYBOOK_BUDGETS", "on")),
        max_wait=_seconds("TALLYBOOK_MAX_WAIT", value("TALLYBOOK_MAX_WAIT", "900")),
        timeout=_seconds("TALLYBOOK_TIMEOUT", value("TALLYBOOK_TIMEOUT", "30")),
        bases={
            found[1].lower(): _url(name, value(name))
            for name in environ
            if (found := _BASE_URL.fullmatch(name)) and name != _PING and value(name)
        },
    )


def unread(environ: Mapping[str, str]) -> list[str]:
    """Say which TALLYBOOK_* variables nothing reads, and what may be meant."""
    names = [name for name in environ if name.upper().startswith(_PREFIX) and name not in _VARIABLES]
    if not names:
        return []
    # Only here, for the services are many modules, and most commands need none.
    from collector.sources import SOURCES

    known = {*_VARIABLES, *(f"{_PREFIX}{source.service.upper()}_URL" for source in SOURCES.values())}
    parts = [name.removeprefix(_PREFIX) for name in sorted(known)]
    return [
        f"{name}: there is no such variable, so it is left out.{did_you_mean(name[len(_PREFIX) :], parts, _PREFIX)}"
        for name in sorted(names)
        if name not in known
    ]


def read_time(name: str, text: str) -> datetime:
    """Read an ISO time as UTC, by whole seconds; one without a zone is taken as UTC. Raises SettingsError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{name}: {text!r} is not an ISO time such as 2026-04-27T05:00:00Z") from None
    try:
        aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        aware = datetime.min.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= aware.year <= _LAST_YEAR:
        raise SettingsError(f"{name}: {text!r} is not of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return aware.replace(microsecond=0)


def _present() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _bad_token(token: str) -> str:
    """Say what is wrong with a token, without repeating it."""
    if "," in token:
        return "GITHUB_TOKEN: holds a comma; give one token"
    if not re.fullmatch(r"[\x21-\x7e]*", token):
        return "GITHUB_TOKEN: holds characters that no token has"
    if 0 < len(token) < SHORTEST_TOKEN:
        return f"GITHUB_TOKEN: a token has at least {SHORTEST_TOKEN} characters"
    return ""


def _contact(text: str) -> str:
    if not re.fullmatch(r"[\x20-\x7e]*", text):
        raise SettingsError("TALLYBOOK_CONTACT: an e-mail address or URL in plain ASCII is needed")
    return text


def _switch(name: str, text: str) -> bool:
    if text.lower() not in {"on", "off"}:
        raise SettingsError(f"{name}: {text!r} is neither 'on' nor 'off'")
    return text.lower() == "on"


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 10**7:
        raise SettingsError(f"{name}: {text!r} is not a number of seconds above 0")
    return seconds


def _ping_url(text: str) -> str:
    """Check a monitor's URL. Its path is a secret, and not repeated."""
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~\-/]*)?", text):
        raise SettingsError(f"{_PING}: is not a URL such as https://monitor.example/ping/UUID")
    return text.rstrip("/")


def _url(name: str, text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~\-/]*)?", text):
        raise SettingsError(f"{name}: {text!r} is not a base URL such as https://mirror.example/api")
    return text.rstrip("/")
