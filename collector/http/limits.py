"""When the next request to a service may go out, by its rates, its announced quota, its refusals; never sleeps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING

from collector.sources.protocol import Budget

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

EPOCH_FLOOR = 1_000_000_000
"""A `Retry-After` above this is a time, not a duration: Docker documented `X-Retry-After` as an epoch until 2025."""
SOON = 0.02
"""Seconds until requests under way may have told more."""
WINDOW_MARGIN = 1.01
"""A window is taken this much longer than published, since requests arrive closer together than they were sent."""


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
    _closed_until: float = field(init=False, default=0.0)
    _refusals: int = field(init=False, default=0)
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

    def enter(self, bucket: str, now: float, epoch: float) -> float:
        """Return 0 if a request may go out now (it is then counted), else the seconds after which to ask again.

        `bucket` names the quota the request draws on; `now` is a monotonic time and `epoch` UTC epoch seconds.
        """
        with self._lock:
            wait = max(self._closed_until - now, self._quota_wait(bucket, epoch))
            wait = wait if wait > 0 else self._rate_wait(now)
            if wait <= 0:
                self._under_way[bucket] += 1
            return max(0.0, wait)

    def refused(self, told: float | None, now: float) -> None:
        """Let nothing out for as long as a refusal told, or the budget's `untold_wait`, doubled each time.

        Refusals of requests that were on the way when the gate closed count as one.
        """
        with self._lock:
            self._refusals += self._closed_until <= now
            wait = self.budget.untold_wait * 2 ** (self._refusals - 1) if told is None else told
            self._closed_until = max(self._closed_until, now + wait)

    def answered(self) -> None:
        """Forget how often the service has refused: it answers again."""
        self._refusals = 0

    def note(self, bucket: str, headers: Mapping[str, str]) -> None:
        """Take a request as ended, and learn the quota that its response announces; without one, give no headers."""
        limit, remaining, reset = (_number(headers.get(f"x-ratelimit-{name}", "")) for name in _QUOTA)
        with self._lock:
            self._under_way[bucket] = max(0, self._under_way[bucket] - 1)
            self._heard.add(bucket)
            if limit is None or remaining is None or reset is None:
                return
            known = self._quotas.get(bucket)
            if known is None or reset > known.reset:
                self._quotas[bucket] = _Quota(int(limit), int(remaining), reset)
            else:
                known.remaining = min(known.remaining, int(remaining))

    def _quota_wait(self, bucket: str, epoch: float) -> float:
        """Return how long an announced quota closes the gate; requests under way may not be counted in it yet."""
        quota, under_way = self._quotas.get(bucket), self._under_way[bucket]
        if quota is None:
            # One goes ahead to learn the quota: a crowd could overdraw what little is left of it.
            return SOON if self.budget.keep_reserve and under_way and bucket not in self._heard else 0.0
        if epoch >= quota.reset:
            del self._quotas[bucket]
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
