"""When the next request to a service may go out, by its rates, its announced quota, its refusals; never sleeps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

EPOCH_FLOOR = 1_000_000_000
"""A `Retry-After` above this is a time, not a duration: Docker documented `X-Retry-After` as an epoch until 2025."""
UNTOLD_WAIT = 60.0
"""Seconds to wait after a refusal that does not say how long: what GitHub asks for at least."""
SOON = 0.02
"""Seconds until requests under way may have told more."""
WINDOW_MARGIN = 1.01
"""A window is taken this much longer than published, since requests arrive closer together than they were sent."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a service allows: `rates` as (requests, seconds); connections at once with and without these limits.

    `keep_reserve` says whether a share of its announced quota is left to the user's other tools; `hourly` is the quota
    without credentials where it is known before the first response (0 if not); `untold_wait` the seconds to wait after
    a refusal that does not say how long, doubled each time.
    """

    rates: tuple[tuple[int, float], ...] = ()
    connections: int = 8
    unlimited_connections: int = 32
    keep_reserve: bool = False
    hourly: int = 0
    untold_wait: float = UNTOLD_WAIT

    def within(self, quota: int, reserve: float) -> int:
        """Return how much of an announced quota may be used if this share of it is left to others."""
        return quota - int(quota * reserve) if self.keep_reserve else quota

    def seconds(self, requests: int) -> float:
        """Return the least time in seconds that the published rates allow for this many requests."""
        return max(((requests - 1) // count * period for count, period in self.rates if requests > 0), default=0.0)

    def within_pauses(self, requests: int, longest: float) -> int:
        """Return how many of so many requests go out before the published rates ask for a longer pause."""
        pauses = ((sent, self.seconds(sent + 1) - self.seconds(sent)) for sent in range(1, requests))
        return next((sent for sent, pause in pauses if pause > longest), requests)


@dataclass(slots=True)
class _Refusals:
    """How long refusals have closed the gate, in monotonic time, and how many there were in a row."""

    until: float = 0.0
    count: int = 0

    def add(self, told: float | None, untold: float, now: float) -> None:
        """Take a refusal; those of requests that were on the way when the gate closed count as one."""
        if self.until <= now:
            self.count += 1
        self.until = max(self.until, now + (untold * 2 ** (self.count - 1) if told is None else told))


@dataclass(slots=True)
class _Quota:
    limit: int
    remaining: int
    reset: float


def retry_after(headers: Mapping[str, str], epoch: float) -> float | None:
    """Return the seconds that a refusal asks to wait: `Retry-After` (seconds, HTTP date, epoch) or the quota's reset.

    `epoch` is the present as UTC epoch seconds. None if the response does not say.
    """
    for name in ("retry-after", "x-retry-after"):
        delay = _delay(headers.get(name, ""), epoch)
        if delay is not None:
            return delay
    reset = _number(headers.get("x-ratelimit-reset", ""))
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and reset is not None:
        return max(0.0, reset - epoch)
    return None


def _delay(text: str, epoch: float) -> float | None:
    number = _number(text)
    if number is not None:
        return max(0.0, number - epoch) if number > EPOCH_FLOOR else number
    try:
        told = parsedate_to_datetime(text)
        # A date without a zone is UTC, as everything in HTTP; Python would take it for local time.
        return max(0.0, (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() - epoch)
    except (ValueError, TypeError, OverflowError):
        return None


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None  # noqa: PLR2004


@dataclass(slots=True)
class Gate:
    """The door to one service, shared by all threads that ask it.

    `paced=False` leaves the published rates out; what the service itself announces is honoured always.
    """

    budget: Budget
    paced: bool = True
    reserve: float = 0.0
    _bucket: "InMemoryBucket | None" = field(init=False, default=None)
    _refusals: dict[str | None, _Refusals] = field(init=False, default_factory=dict)
    _quotas: dict[str, _Quota] = field(init=False, default_factory=dict)
    _under_way: Counter[str] = field(init=False, default_factory=Counter)
    _heard: set[str] = field(init=False, default_factory=set)
    _lock: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        if self.paced and self.budget.rates:
            # Imported here: it takes a tenth of the start of a command, and most commands ask nobody.
            from pyrate_limiter import InMemoryBucket, Rate

            rates = [Rate(count, int(seconds * 1000 * WINDOW_MARGIN)) for count, seconds in self.budget.rates]
            self._bucket = InMemoryBucket(rates)

    def enter(self, account: str, now: float, epoch: float) -> float:
        """Return 0 if a request may go out now (it is then counted), else the seconds after which to ask again.

        `account` names the quota the request draws on; `now` is a monotonic time and `epoch` UTC epoch seconds.
        """
        with self._lock:
            wait = max(self._refusal_wait(account, now), self._quota_wait(account, epoch))
            if wait > 0:
                return wait
            wait = self._rate_wait(now)
            if wait == 0:
                self._under_way[account] += 1
            return wait

    def left(self, account: str) -> float:
        """Return how many requests an account has left, as far as is known; without bounds where nothing is."""
        with self._lock:
            quota = self._quotas.get(account)
            return inf if quota is None else quota.remaining - self._under_way[account]

    def refused(self, told: float | None, now: float, account: str | None = None) -> None:
        """Let nothing out for as long as a refusal told, or the budget's `untold_wait`, doubled each time.

        With an `account`, only it is shut out, else everybody.
        """
        with self._lock:
            self._refusals.setdefault(account, _Refusals()).add(told, self.budget.untold_wait, now)

    def answered(self, account: str) -> None:
        """Forget how often the service, and it this account, has refused: it answers again."""
        if not self._refusals:
            return
        with self._lock:
            for refusals in (self._refusals.get(None), self._refusals.get(account)):
                if refusals is not None:
                    refusals.count = 0

    def note(self, account: str, headers: Mapping[str, str]) -> None:
        """Take a request as ended, and learn the quota that its response announces; without one, give no headers."""
        limit, remaining, reset = (_number(headers.get(f"x-ratelimit-{name}", "")) for name in _QUOTA)
        with self._lock:
            self._under_way[account] = max(0, self._under_way[account] - 1)
            self._heard.add(account)
            if limit is None or remaining is None or reset is None:
                return
            known = self._quotas.get(account)
            if known is None or reset > known.reset:
                self._quotas[account] = _Quota(int(limit), int(remaining), reset)
            else:
                known.remaining = min(known.remaining, int(remaining))

    def _refusal_wait(self, account: str, now: float) -> float:
        if not self._refusals:
            return 0.0
        both = (self._refusals.get(None), self._refusals.get(account))
        return max((refusals.until - now for refusals in both if refusals is not None), default=0.0)

    def _quota_wait(self, account: str, epoch: float) -> float:
        """Return how long an announced quota closes the gate; requests under way may not be counted in it yet."""
        quota, under_way = self._quotas.get(account), self._under_way[account]
        if quota is None:
            # One goes ahead to learn the quota: a crowd could overdraw what little is left of it.
            return SOON if self.budget.keep_reserve and under_way and account not in self._heard else 0.0
        if epoch >= quota.reset:
            del self._quotas[account]
            return 0.0
        kept = quota.limit - self.budget.within(quota.limit, self.reserve)
        if quota.remaining <= kept:
            return quota.reset - epoch
        return SOON if quota.remaining - under_way <= kept else 0.0

    def _rate_wait(self, now: float) -> float:
        if self._bucket is None:
            return 0.0
        from pyrate_limiter import RateItem

        item = RateItem("request", int(now * 1000))
        self._bucket.leak(item.timestamp)
        if self._bucket.put(item):
            return 0.0
        waiting = self._bucket.waiting(item)
        return max(0.001, waiting / 1000) if isinstance(waiting, int) else 0.001


_QUOTA = ("limit", "remaining", "reset")
_LAST = int(datetime.max.replace(tzinfo=UTC).timestamp()) - 1


def when(seconds: float, epoch: float) -> datetime:
    """Return the UTC time so many seconds after `epoch`, at most the end of the calendar."""
    return datetime.fromtimestamp(min(int(epoch + seconds) + 1, _LAST), UTC)
