"""What a source is: a declaration, and a generator that asks and reads. Whoever writes one needs this and `reading`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from collector.errors import NoValue
from collector.model import Answer, Artifact, Asking, Metric, Request, Response, Window
from collector.sources.kinds import Kind
from collector.sources.reading import refusal

UNTOLD_WAIT = 60.0
"""Seconds to wait after a refusal that does not say how long: what GitHub asks for at least."""


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


@dataclass(frozen=True, slots=True)
class Past:
    """How far back a source answers: so many `days`, or since each artifact's creation (None).

    `page_weeks`: after a first request for an artifact its past comes in pages of so many weeks, the newest first; 0
    if it comes with the first answer.
    """

    days: int | None = None
    page_weeks: int = 0


@dataclass(frozen=True, slots=True)
class How:
    """How to ask: the service's base URL without a trailing slash, and whether credentials will be sent.

    `window` are the days of the past that are wanted, None for the present; `metrics` the keys of optional metrics
    that are wanted beside the usual ones.
    """

    base: str
    authenticated: bool = False
    window: Window | None = None
    metrics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric as one source measures it; an `optional` one is asked for only where a catalog wants it."""

    metric: Metric
    definition: str
    optional: bool = False


@dataclass(frozen=True)
class Source:
    """A service and one way of asking it about one kind of artifact.

    `service` names whose limits, credentials and base URL (`TALLYBOOK_<SERVICE>_URL`) apply. `ask(artifacts, how)` is
    one task: a generator that yields requests and returns an answer, without I/O, clock or sleep. `batches(artifacts,
    how)` parts the artifacts of a collection into tasks, by default `batch` to a task; all tasks together send
    `shared` requests that are the same for each. `refusal(request, response)` says why a response is no answer, and so
    whether it is asked again (TRANSIENT) or a limit waited for (LIMIT); None if it can be read.

    `past` says how far back it answers for days gone by (None: not at all), and `weekly` whether an ordinary refresh
    asks it. `names` declares the kind, where it is not one of `kinds.SHARED`.
    """

    name: str
    service: str
    kind: str
    measures: tuple[Measure, ...]
    base: str
    budget: Budget
    ask: Callable[[Sequence[Artifact], How], Asking[Answer]]
    batch: int = 1
    batches: Callable[[Sequence[Artifact], How], Iterator[Sequence[Artifact]]] | None = None
    shared: int = 0
    refusal: Callable[[Request, Response], NoValue | None] = refusal
    past: Past | None = None
    weekly: bool = True
    names: Kind | None = None

    @cached_property
    def metrics(self) -> Mapping[str, str]:
        """The definition of each metric by its key, optional ones too."""
        return {measure.metric.key: measure.definition for measure in self.measures}

    @cached_property
    def lengths(self) -> Mapping[str, int]:
        """Over how many days each metric is counted, by its key; it means something of windows only."""
        return {measure.metric.key: measure.metric.days for measure in self.measures}

    def asked(self, how: How) -> tuple[str, ...]:
        """Return the keys of the metrics that a task asks for."""
        return tuple(m.metric.key for m in self.measures if not m.optional or m.metric.key in how.metrics)

    def tasks(self, artifacts: Sequence[Artifact], how: How) -> "Iterator[Task]":
        """Yield the tasks that ask for these artifacts."""
        starts = range(0, len(artifacts), self.batch)
        chunks = (artifacts[start : start + self.batch] for start in starts)
        parts = self.batches(artifacts, how) if self.batches else chunks
        return (Task(self, tuple(part), how) for part in parts)


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked at once: some artifacts of one source, in one way."""

    source: Source
    artifacts: tuple[Artifact, ...]
    how: How = field(default_factory=lambda: How(""))

    def asking(self) -> Asking[Answer]:
        """Return the generator that asks; made anew, it asks the same again."""
        return self.source.ask(self.artifacts, self.how)
