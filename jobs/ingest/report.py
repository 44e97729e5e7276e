"""What a run did, source by source: counts of outcomes, every problem and rename, and the exit code that it means."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from collector.errors import CREDENTIALS, LIMIT
from jobs.exits import DONE, FAILED, HELD, PARTLY
from storage.model import SeriesOutcome

if TYPE_CHECKING:
    from collector.http.workers import Told
    from jobs.guard.guards import Finding

_FEW = 20
"""Up to so many of a source that have the same trouble are named."""
_SUCCESS = ("recorded", "unchanged")
_SHOWN = {"quarantined": "held"}
_ORDER = ("recorded", "unchanged", "quarantined", "missing", "failed")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that has no value and why, or one that goes by another name now."""

    source: str
    subject: str
    state: str
    detail: str
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.source}: {self.subject} {self.state}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Left:
    """What a limit left of a source for another time: so many of so many series, and what the limit says."""

    source: str
    count: int
    of: int
    detail: str

    def __str__(self) -> str:
        return f"{self.source}: {self.count} of {self.of} are left, the same command asks for them first: {self.detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """A run's result. `counts` are series by source and state; `observations` the new rows in the ledger.

    `findings` are what the guards say of whole sources.
    """

    run: int | None
    recordings: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    observations: int
    troubles: tuple[Trouble, ...] = ()
    warnings: tuple[str, ...] = ()
    findings: "tuple[Finding, ...]" = ()
    changes: tuple[str, ...] = ()
    """The largest moves, and the published weeks of which values were restated."""
    responses: int = 0
    cut: tuple[str, ...] = ()
    """Recordings that could be read in part only, and up to where."""
    resumed: bool = False
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """Return DONE, PARTLY if something failed beside something that did not, or FAILED if nothing succeeded.

        HELD if a source is held back as a whole.
        """
        totals: Counter[str] = Counter()
        for states in self.counts.values():
            totals.update(states)
        succeeded = sum(totals[state] for state in _ORDER if state != "failed")
        if any(finding.held for finding in self.findings):
            return HELD
        if not totals["failed"] and not self.interrupted:
            return DONE
        return PARTLY if succeeded else FAILED

    @property
    def left(self) -> tuple[Left, ...]:
        """Return what limits left of the sources."""
        told = {
            trouble.source: trouble.detail.removeprefix(f"{LIMIT}: ")
            for trouble in self.troubles
            if trouble.cause == LIMIT
        }
        counts = Counter(trouble.source for trouble in self.troubles if trouble.cause == LIMIT)
        return tuple(Left(source, counts[source], self._asked(source), detail) for source, detail in told.items())

    def _asked(self, source: str) -> int:
        return sum(self.counts[source].values())

    def messages(self) -> list[str]:
        """Return what a person must know, a line each; where many of a source have the same trouble, one for all."""
        limits = {left.source: left for left in self.left}
        shared = Counter((one.source, one.state, one.detail) for one in self.troubles if one.cause != LIMIT)
        lines: dict[str, None] = {}
        for one in self.troubles:
            alike = shared[one.source, one.state, one.detail]
            # What is wrong with a token is wrong of all that it was sent for.
            if alike > (1 if one.cause == CREDENTIALS else _FEW):
                lines[f"{one.source}: {alike} of {self._asked(one.source)} {one.state}: {one.detail}"] = None
            elif one.cause != LIMIT or limits[one.source].count <= _FEW:
                lines[str(one)] = None
        return [*lines, *map(str, self.left), *self.cut, *self.warnings, *map(str, self.findings), *self.changes]

    def with_held(self, held: Sequence[SeriesOutcome], findings: "Sequence[Finding]") -> "Report":
        """Return the report with what the guards hold and say: what is held was counted as recorded."""
        by_source = Counter(one.source for one in held)
        counts = {
            source: {
                **states,
                "recorded": states.get("recorded", 0) - by_source[source],
                "quarantined": by_source[source],
            }
            for source, states in self.counts.items()
        }
        counts = {source: {state: n for state, n in states.items() if n} for source, states in counts.items()}
        # Of a source that is held as a whole, the finding speaks for all.
        whole = {finding.source for finding in findings if finding.held}
        troubles = [
            Trouble(one.source, f"{one.kind}:{one.name}", "held", one.detail) for one in held if one.source not in whole
        ]
        return replace(self, counts=counts, troubles=(*self.troubles, *troubles), findings=tuple(findings))

    def lines(self) -> list[str]:
        """Return one line a source, e.g. `pypistats: 412 recorded, 3 missing, 5 failed`."""
        return [f"{source}: {_counted(states)}" for source, states in self.counts.items()]

    def as_json(self) -> dict[str, object]:
        """Return the report as plain data for machines."""
        return {
            "run": self.run,
            "recordings": list(self.recordings),
            "sources": {
                source: {state: states.get(state, 0) for state in _ORDER} for source, states in self.counts.items()
            },
            "observations": self.observations,
            "problems": [
                {"source": t.source, "subject": t.subject, "state": t.state, "detail": t.detail} for t in self.troubles
            ],
            "warnings": list(self.warnings),
            "findings": [asdict(finding) for finding in self.findings],
            "changes": list(self.changes),
            "resumed": self.resumed,
            "interrupted": self.interrupted,
        }


def _trouble(outcome: SeriesOutcome) -> Trouble:
    subject, detail = f"{outcome.kind}:{outcome.name}", f"{outcome.cause}: {outcome.detail}"
    return Trouble(outcome.source, subject, outcome.state, detail, outcome.cause)


def _counted(states: Mapping[str, int]) -> str:
    shown = [
        f"{states.get(state, 0)} {_SHOWN.get(state, state)}"
        for state in _ORDER
        if states.get(state) or state == "recorded"
    ]
    return ", ".join(shown)


@dataclass(slots=True)
class Tally:
    """The newest outcome of each series of a run, as they come in; a success is not undone by a later failure."""

    outcomes: dict[tuple[str, str, str, str], SeriesOutcome] = field(default_factory=dict)
    observations: int = 0

    def add(self, outcome: SeriesOutcome) -> None:
        """Take one outcome."""
        self.observations += outcome.new_rows
        key = (outcome.source, outcome.kind, outcome.name, outcome.metric)
        known = self.outcomes.get(key)
        if known is None or _ORDER.index(outcome.state) <= _ORDER.index(known.state):
            self.outcomes[key] = outcome

    def take(self, told: "Told") -> None:
        """Take what a task was told, as far as that needs no reading of its numbers."""
        name, failed = told.task.source.name, set()
        for problem in told.answer.problems:
            failed.add(problem.artifact)
            series = problem.artifact.kind, problem.artifact.name, problem.metric, name
            self.add(SeriesOutcome(*series, problem.state, problem.cause, problem.detail))
        for artifact in told.task.artifacts:
            if artifact not in failed:
                self.add(SeriesOutcome(artifact.kind, artifact.name, "", name, "recorded"))

    def report(self, sources: Iterable[str], warnings: Iterable[str] = (), run: int | None = None) -> Report:
        """Return what was done with these sources."""
        counts = self.counts(list(sources))
        return Report(run, (), counts, self.observations, self.troubles(), tuple(warnings))

    def counts(self, sources: list[str]) -> dict[str, dict[str, int]]:
        """Return the number of series by source and state; every source asked is there.

        A pattern counts only where its list could not be read: its images count for themselves.
        """
        outcomes = self.outcomes.values()
        found = Counter((o.source, o.state) for o in outcomes if "*" not in o.name or o.state not in _SUCCESS)
        return {source: {state: found[source, state] for state in _ORDER if found[source, state]} for source in sources}

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what failed, is missing, is another one under its name or was renamed, by source and name."""
        found = []
        for (source, kind, name, _), outcome in sorted(self.outcomes.items()):
            if outcome.state in {"failed", "missing"}:
                found.append(_trouble(outcome))
            if outcome.renamed_to:
                detail = f"is now called {outcome.renamed_to}; put the new name into the catalog"
                found.append(Trouble(source, f"{kind}:{name}", "renamed", detail))
        return tuple(found)
