"""What passes between the parts of the collector: requests, responses and what was read; frozen data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    """One thing at one registry, e.g. `github:kubeflow/kubeflow`; the name may be a pattern, e.g. `docker:ns/*`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Artifact":
        """Read the `kind:name` form."""
        kind, _, name = text.partition(":")
        return cls(kind, name)

    @property
    def is_pattern(self) -> bool:
        """Whether the name stands for all that match it."""
        return "*" in self.name


class ETag(NamedTuple):
    """How a service knows an answer that it gave, and what its reader `said` of it, to read again if it still holds."""

    text: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The ETag of the answer at a URL, as it was given to an account; others get other ones."""

    url: str
    account: str
    etag: ETag


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that a source wants sent, and the artifacts whose numbers it asks for."""

    source: str
    url: str
    artifacts: tuple[Artifact, ...]
    method: str = "GET"
    body: bytes = b""
    bucket: str = ""
    """Which of the service's quotas it draws on, where the service keeps several."""
    context: bool = False
    """The source's other requests wait for its answer, because reading theirs needs it."""
    hops: int = 0
    """How many redirects led here."""
    seen: int = 0
    """How many items the earlier pages of the same list held."""
    marks: tuple[Mark, ...] = ()
    """Marks of answers that we have; where one is of this URL, the service may answer 304, that nothing changed."""
    carry: str = ""
    """What the reader of the answer before hands to the reader of this one, as JSON."""
    known: str = ""
    """What was said of the answer that we have, if the service may say that it still holds."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response: the URL asked, lower-case header names, the decoded body, and when (UTC) it had arrived.

    `account` tells the credentials apart that it was asked with; it is not recorded.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    account: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A count as of the day of the response; `number` is the upstream's id, `called` the name it answered with."""

    artifact: Artifact
    value: int
    number: str = ""
    called: str = ""
    born: date | None = None
    """The UTC day on which the artifact came into being, where the upstream says it."""


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """Counts by whole UTC day, as far as the response has rows; a day without a row is simply not there."""

    artifact: Artifact
    counts: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class PastCounts:
    """Counts as of past days, reconstructed by the source; `number`, `called` and `born` as in a reading."""

    artifact: Artifact
    counts: Mapping[date, int]
    number: str = ""
    called: str = ""
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the past that are asked for, `first` and `last` included (UTC)."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an artifact has no value: `missing` (the upstream says there is none) or `failed` (we could not tell)."""

    artifact: Artifact
    state: str
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one response says. `listed` are artifacts whose lists end here, read whole; `halt` ends the source.

    `unchanged` are artifacts of which the service says that nothing is new since the answer whose ETag was sent.
    `window` are the days that were asked for, None for the present; `etags` the marks of answers worth keeping, by
    URL; `notes` what a person should know of it though every value is as it should be.
    """

    readings: tuple[Reading, ...] = ()
    daily: tuple[DailyCounts, ...] = ()
    past: tuple[PastCounts, ...] = ()
    problems: tuple[Problem, ...] = ()
    follow_ups: tuple[Request, ...] = ()
    listed: tuple[Artifact, ...] = ()
    unchanged: tuple[Artifact, ...] = ()
    halt: str = ""
    window: Window | None = None
    etags: Mapping[str, ETag] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no answer: a cause of `collector.errors`, and what happened in words."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with every response to it, in order; the last is its answer unless `failure` says why there is none."""

    request: Request
    responses: tuple[Response, ...] = ()
    failure: Failure | None = None

    @property
    def answer(self) -> Response | None:
        """The response to be read, if there is one."""
        return self.responses[-1] if self.responses and self.failure is None else None
