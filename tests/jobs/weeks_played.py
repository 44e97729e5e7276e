"""Plays weeks on a ledger by real catalogs and metrics, for the tests of what is published; knows no assertion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from collector.catalog.schema import read_catalog
from jobs.editions.publishing import Moment, draft
from publish.site.pages import Page
from storage.editions.editions import keep
from storage.model import Edition, OutcomeRow, ProjectEntry, Run
from tests.ledgers import Ledger
from tests.storage.play import MONDAY, START, WEEK, Row, frame

CATALOG = """
[projects.flow]
name = "Flow"
github = "o/flow"
pypi = "flow"

[projects.kube]
name = "Kube"
github = "o/kube"
pypi = ["kfp", "kube-sdk"]
docker = ["kube/*"]
"""
BOTH = Page("both", "Both", ("flow", "kube"), "")
ONE = Page("one", "One", ("kube",), "")
VALUES: tuple[tuple[str, float], ...] = (
    ("github:o/flow", 10_123),
    ("github:o/kube", 15_618),
    ("pypi:flow", 153_800),
    ("pypi:kfp", 3_000_000),
    ("pypi:kube-sdk", 104_000),
    ("docker:kube/a", 300_000),
    ("docker:kube/b", 67_013),
)


def fresh(day: date, **changed: float) -> list[Row]:
    """Make a value of every artifact for a day, but for those changed, by the last part of their name."""
    return [(name, day, changed.get(name.split("/")[-1].split(":")[-1], value)) for name, value in VALUES]


def listed(state: str = "recorded") -> OutcomeRow:
    """Make the outcome of the namespace's list."""
    return OutcomeRow("docker", "kube/*", "dockerhub_pulls", "dockerhub", "as asked", state)


@dataclass(slots=True)
class Weeks:
    """A ledger and a clock, which `pass_` moves on."""

    ledger: Ledger
    now: datetime = START
    catalog: str = CATALOG
    made: list[tuple[Edition, Mapping[str, bytes]]] = field(default_factory=list)
    """What was published: each edition with its files."""

    @property
    def day(self) -> date:
        """The day of the clock."""
        return self.now.date()

    def begin(self, kind: str = "refresh", public: datetime | None = None) -> Run:
        """Store a run of the present catalog."""
        read = read_catalog(self.catalog, "catalog.toml")
        entries = [ProjectEntry(p.id, p.name, tuple((a.kind, a.name) for a in p.artifacts)) for p in read.projects]
        number = self.ledger.keep_catalog(read.text, read.cadence, entries, self.now, read.max_stale)
        return self.ledger.begin(
            kind=kind, scope="{}", day=self.day, now=self.now, catalog_id=number, version="0", public=public
        )

    def learn(
        self,
        rows: Sequence[Row],
        *,
        kind: str = "refresh",
        public: datetime | None = None,
        number: str = "",
        called: str = "",
        outcomes: Sequence[OutcomeRow] = (),
    ) -> Run:
        """Play a whole run."""
        run = self.begin(kind, public)
        self.ledger.append(run, frame(rows, number=number, called=called), (), outcomes)
        return run

    def week(self, weeks: int = 1, **changed: float) -> Run:
        """Move the clock on and play a refresh in which every artifact answers."""
        self.now += weeks * WEEK
        return self.learn(fresh(self.day, **changed), outcomes=[listed()])

    def publish(self, *pages: Page, day: date | None = None) -> list[Edition]:
        """Publish pages as editions, without files; note what they were written as."""
        with self.ledger.writing() as connection:
            moment = Moment.read(connection, self.now)
            drafts = [draft(connection, page, day or self.day, moment) for page in pages or [BOTH]]
            made = [(keep(connection, one.edition, one.files), one.files) for one in drafts]
        self.made += made
        return [edition for edition, _ in made]


def days_back(days: int) -> date:
    """Return a day before the first Monday."""
    return MONDAY - timedelta(days=days)
