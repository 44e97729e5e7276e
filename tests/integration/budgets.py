"""The limits of the played services and how far they are used up; knows no service's way of refusing."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the services allow; 0 is no limit. The default announces plenty, `real` is what apis.md describes.

    `core`, `graphql` and `anonymous` are GitHub's per `hour` seconds, `points` per minute; `hub` is per `hub_window`
    seconds; `aliases` is how many repositories one query may name. Of ClickPy, `queries` are per hour, `rows` may be in
    a result and `counts` (projects by days) be read; `locked` are the settings by which it would refuse what is more.
    """

    core: int = 100_000
    graphql: int = 100_000
    anonymous: int = 100_000
    hour: float = 3600
    concurrent: int = 0
    points: int = 0
    aliases: int = 120
    per_second: int = 0
    per_minute: int = 0
    hub: int = 100_000
    hub_window: float = 60
    queries: int = 0
    rows: int = 1000
    counts: int = 0
    locked: bool = False

    @classmethod
    def real(cls) -> Self:
        github = cls(core=5000, graphql=5000, anonymous=60, concurrent=100, points=900)
        return replace(github, per_second=5, per_minute=30, hub=180, queries=60)


@dataclass(slots=True)
class Budget:
    """A fixed window: `limit` points until `reset` (epoch seconds), then all over again."""

    limit: int
    window: float
    reset: float = 0.0
    used: int = 0

    def spend(self, now: float) -> bool:
        """Take a point; False if there is none left. A limit of 0 never refuses."""
        if now >= self.reset:
            self.reset, self.used = now + self.window, 0
        if self.limit and self.used >= self.limit:
            return False
        self.used += 1
        return True

    def remaining(self) -> int:
        return max(self.limit - self.used, 0)


class Budgets:
    """The budgets in use, made as they are first asked for."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[str, Budget] = {}

    def of(self, key: str, limit: int, window: float) -> Budget:
        """Give the budget of a key, e.g. of a token and a kind of request."""
        return self._open.setdefault(key, Budget(limit, window))
