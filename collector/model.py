"""What passes between the parts of the collector: artifacts, requests, responses, and what was read; frozen data."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias, TypeVar

MetricType = Literal["gauge", "counter", "window", "index"]
"""Gauge: may rise and fall. Counter: only rises. Window: counted over whole days. Index: relative, has no unit."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that is kept of artifacts; `combine` is how a project's artifacts go together, None if they must not.

    A window is counted over so many whole `days` before its day.
    """

    key: str
    label: str
    unit: str
    type: MetricType
    combine: Literal["sum"] | None = "sum"
    days: int = 7


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    """One thing at one registry, e.g. `github:kubeflow/kubeflow`; the name may be a pattern, e.g. `docker:ns/*`.

    A name may be pinned to the registry's numeric id, e.g. `owner/repo#12345`.
    """

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

    @property
    def unpinned(self) -> str:
        """The name as its registry knows it, without a pinned id."""
        return self.name.partition("#")[0]


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the past that are asked for, `first` and `last` included (UTC)."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that a source wants sent.

    `bucket` names which of the service's quotas it draws on, where the service keeps several. A `shared` request is
    sent once in a collection, however many tasks yield it, and all of them get the response.
    """

    method: str
    url: str
    body: bytes = b""
    bucket: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response: the URL asked, lower-case header names, the decoded body, and when (UTC) it had arrived.

    `record` is its WARC-Record-ID in the recording.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    record: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A count as of the day of the response.

    `number` is the upstream's id and `called` the name that it answered with, "" where it does not say; `born` the UTC
    day on which the artifact came into being, if told. `record` is the response it was read from, where an answer is
    made of several; "" is the newest.
    """

    artifact: Artifact
    metric: str
    value: int
    number: str = ""
    called: str = ""
    born: date | None = None
    record: str = ""


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """Counts by whole UTC day, true zeros included; a day that is not there is not known. `record` as in a reading."""

    artifact: Artifact
    metric: str
    counts: Mapping[date, int]
    record: str = ""


@dataclass(frozen=True, slots=True)
class PastCounts:
    """Counts as of past days, reconstructed by the source; the rest as in a reading."""

    artifact: Artifact
    metric: str
    counts: Mapping[date, int]
    number: str = ""
    called: str = ""
    born: date | None = None
    record: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an artifact has no value: `missing` (the upstream says there is none) or `failed` (we could not tell).

    It concerns one `metric`, or all that its source was asked for.
    """

    artifact: Artifact
    state: str
    cause: str
    detail: str
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a task brought, of any number of metrics.

    `listed` are the artifacts and patterns whose list was read whole, so that what is not in it is not there;
    `warnings` what a person should know though there is a value.
    """

    readings: tuple[Reading, ...] = ()
    daily: tuple[DailyCounts, ...] = ()
    past: tuple[PastCounts, ...] = ()
    problems: tuple[Problem, ...] = ()
    listed: tuple[Artifact, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: "Answer") -> "Answer":
        """Return both answers as one."""
        return Answer(
            self.readings + other.readings,
            self.daily + other.daily,
            self.past + other.past,
            self.problems + other.problems,
            self.listed + other.listed,
            self.warnings + other.warnings,
        )


T = TypeVar("T")
Asking: TypeAlias = Generator[Request, Response, T]
"""Yields requests, is sent the response to each, returns what it was after; raises NoValue where there is none.

A request that gets no response is a NoValue too, raised where it was yielded.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no answer: a cause of `collector.errors`, and what happened in words."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a response is kept: its WARC-Record-ID, and offset, length and SHA-256 of its compressed record in a file.

    `file` is the recording's name, without its folder.
    """

    record: str
    url: str
    status: int
    at: datetime
    offset: int
    length: int
    digest: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with every response to it, in order, and where they are recorded.

    The last response is the answer, unless `failure` says why there is none.
    """

    request: Request
    responses: tuple[Response, ...] = ()
    failure: Failure | None = None
    kept: tuple[Recorded, ...] = field(default=())

    @property
    def answer(self) -> Response | None:
        """The response to be read, if there is one."""
        return self.responses[-1] if self.responses and self.failure is None else None
