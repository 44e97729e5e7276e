"""The ledger's rows as frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Run:
    """One refresh, backfill, import or review; times are whole UTC seconds.

    `known_seq` orders the ledger's second clock. `state` is done, partial or failed. `started_at` is when its
    collection began, `closed_at` when it was stored, and `known_at` since when it is known: earlier, for what was
    public then. `scope` is canonical JSON that names what was asked for.
    """

    id: int
    known_seq: int
    kind: str
    scope: str
    day: date
    started_at: datetime
    closed_at: datetime
    known_at: datetime
    state: str
    catalog_id: int | None
    version: str
    note: str


@dataclass(frozen=True, slots=True)
class Known:
    """What was known after a run: rows up to its known_seq count. `at` is when it became known (UTC).

    `late` are known_seqs of runs that were put in their place in the past later on, and do not count here.
    """

    known_seq: int
    run: int
    at: datetime
    late: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """That a project's artifacts of a kind became others by an edit of the catalog, from the run of a UTC day on."""

    day: date
    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectEntry:
    """A project of a catalog. Members are (kind, name) in catalog order; a name may be a pattern `ns/*`.

    `changes` are the latest edits that replaced artifacts, one a kind at the most, if they were looked up.
    """

    id: str
    name: str
    members: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...] = ()


class MetricEntry(Protocol):
    """A metric as tables show it: of which kind of artifact, how artifacts combine, and its sources by preference."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def combine(self) -> str | None: ...  # noqa: D102
    @property
    def sources(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """Where a recorded response lies: the recording's file name, WARC record id, status, UTC time, and its bytes.

    `digest` is the sha256 of the `length` stored bytes at `offset`.
    """

    recording: str
    record: str
    status: int
    at: datetime
    offset: int
    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What a run says of a series beside its observations: `state` missing or failed, or recorded for a list.

    `name` is the artifact as asked; `response` is the WARC record id that told, or "".
    """

    kind: str
    name: str
    metric: str
    source: str
    definition: str
    state: str
    cause: str = ""
    detail: str = ""
    response: str = ""


class Piece(NamedTuple):
    """A part of what a run learned: observations, the responses that they and all later ones refer to, and outcomes.

    `frame` has `storage.append.readings.COLUMNS`, None for none.
    """

    frame: "pd.DataFrame | None"
    responses: Sequence[ResponseRow] = ()
    outcomes: Sequence[OutcomeRow] = ()


@dataclass(frozen=True, slots=True)
class SeriesOutcome:
    """What an append made of one series, under the name as asked.

    `renamed_to` is the name that the artifact is called by now, if that was learned here and is not the name asked.
    """

    kind: str
    name: str
    metric: str
    source: str
    state: str
    cause: str = ""
    detail: str = ""
    new_rows: int = 0
    renamed_to: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A value that is newer than the one that counts and is withheld: its day, the guard that held it, and why.

    One that was `rejected` in a review has the review's reason, and the guard "review".
    """

    day: date
    value: float
    guard: str
    reason: str
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One series of one artifact of a project, with its newest value as of a day; the grain that tables add up.

    `artifact` is the name that it was called by then; for a pattern's own part it is the pattern, or "" if nobody has
    listed it yet. A member that nobody has asked for has `metric` None. `day`, `value`, `method`, `run`, `response`
    belong to the value and are None without one; a pattern's own part has no value, and its `day` is that of the
    newest run that read the list whole. `outcome`, `cause`, `detail` are those of the newest outcome of the series,
    and `asked` is the day of its run. `held` is what is withheld that would be the newest value, and `series` the
    ledger's number of the series.
    """

    project: str
    member_kind: str
    member_name: str
    artifact: str
    metric: str | None = None
    source: str | None = None
    definition: str | None = None
    day: date | None = None
    value: float | None = None
    method: str | None = None
    run: int | None = None
    response: int | None = None
    outcome: str | None = None
    cause: str | None = None
    detail: str | None = None
    asked: date | None = None
    held: Held | None = None
    series: int | None = None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One observation of one project: `artifact` is `kind:name` by its newest known name, `known_at` its run's.

    `standing` is whether it counts, is held for review or was rejected.
    """

    project: str
    metric: str
    artifact: str
    source: str
    definition: str
    day: date
    value: float
    method: str
    run: int
    known_at: datetime
    standing: Literal["counts", "held", "rejected"] = "counts"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the value of a day was before: in which run, and since when that was known (UTC)."""

    value: float
    run: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """The response that a value was read from: its run, the recording and its place there.

    `url` is what was requested, as far as somebody looked it up in the recording.
    """

    run: int
    recording: str
    record: str
    status: int
    at: datetime
    offset: int
    length: int
    digest: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SourceFreshness:
    """How fresh a source is: newest day with a value, newest run that asked it, and that run's outcomes by state."""

    source: str
    newest_day: date | None
    newest_run: int | None
    series: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Edition:
    """A published table: of a page as of a UTC day, made at a UTC time.

    `known_seq` is that of the newest run that was known, `newest_run` the highest number of a run by then: a run with a
    higher number did not count, wherever it was put. `rules` is canonical JSON of what made cells of values, `document`
    canonical JSON of all that was shown, and `digest` its sha256. `id` is 0 until it is stored.
    """

    page: str
    day: date
    made_at: datetime
    known_seq: int
    newest_run: int
    catalog_id: int | None
    rules: str
    document: str
    digest: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """An edition in a list: its number, page and UTC day, when it was made, the newest run by then, and its digest."""

    id: int
    page: str
    day: date
    made_at: datetime
    run: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A recording that runs refer to: its file name, its ids in the ledger, and the sha256 that the file should have.

    `responses` is how many responses the ledger knows in it.
    """

    name: str
    ids: tuple[int, ...]
    digests: tuple[str, ...]
    responses: int


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    """A migration's result: the revisions before (None: there was no ledger) and after, and the backup copy if any."""

    before: str | None
    after: str
    backup: Path | None


@dataclass(frozen=True, slots=True)
class Tracked:
    """An artifact of a project by its newest name. `artifact` is its number, None if nobody has asked for it yet.

    `born` is the UTC day on which it came into being, where that is known; `listing` the number of the pattern that it
    is there by.
    """

    project: str
    kind: str
    name: str
    artifact: int | None
    born: date | None = None
    listing: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a run said of an artifact by a source: the outcome's state, cause and detail."""

    source: str
    state: str
    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """That a source's value does not count: it is held for a guard's reason, or was rejected for a review's."""

    source: str
    rejected: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What two sources say of the same day of one artifact, given by its number."""

    artifact: int
    day: date
    one: float
    other: float
