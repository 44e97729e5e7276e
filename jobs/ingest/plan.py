"""The plan of a run: what is asked of whom, and for which days. It stands at the head of the run's recording."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from collector.model import Artifact, Window
from collector.recording.reader import read_plan
from collector.recording.warc import RecordingError
from collector.sources import SOURCES
from collector.sources.protocol import How, Task

REFRESH = "refresh"
BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Part:
    """What a source is asked in one manner: the artifacts in their order.

    `days` are the past days that are wanted, for each artifact in the same order; None stands for the present.
    """

    source: str
    how: How
    artifacts: tuple[Artifact, ...]
    days: tuple[tuple[date, ...], ...] | None = None

    def tasks(self) -> Iterator[Task]:
        """Yield the tasks, a batch of artifacts each."""
        return SOURCES[self.source].tasks(self.artifacts, self.how)


@dataclass(frozen=True, slots=True)
class Plan:
    """A run as it was planned.

    `scope` is canonical JSON of what was asked for, `day` the UTC day that the run is for, `begun` when it was begun,
    and `catalog` the SHA-256 of the catalog's text. Where past days are wanted, counts of the `present` from which a
    source counts back are kept too, or not. `notes` are what a person should know of it.
    """

    kind: str
    scope: str
    day: date
    begun: datetime
    catalog: str
    parts: tuple[Part, ...]
    present: bool = True
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def artifacts(self) -> dict[str, list[Artifact]]:
        """The artifacts by source, each once, of the sources that are asked for any."""
        found: dict[str, dict[Artifact, None]] = {}
        for part in self.parts:
            found.setdefault(part.source, {}).update(dict.fromkeys(part.artifacts))
        return {source: list(artifacts) for source, artifacts in found.items() if artifacts}

    def tasks(self) -> dict[str, Iterator[Task]]:
        """Return what is to be done, by source."""
        return {
            source: chain.from_iterable([part.tasks() for part in self.parts if part.source == source])
            for source in self.artifacts
        }

    def wanted_days(self) -> dict[tuple[str, Artifact], frozenset[date]] | None:
        """Return the past days that are wanted, by source and artifact; None where it is the present."""
        found: dict[tuple[str, Artifact], frozenset[date]] = {}
        for part in self.parts:
            if part.days is None:
                return None
            for artifact, days in zip(part.artifacts, part.days, strict=True):
                found[part.source, artifact] = found.get((part.source, artifact), frozenset()) | frozenset(days)
        return found

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain data, for the head of a recording."""
        return {
            "kind": self.kind,
            "scope": self.scope,
            "day": self.day.isoformat(),
            "begun": self.begun.astimezone(UTC).isoformat(),
            "catalog": self.catalog,
            "present": self.present,
            "parts": [_part_as_json(part) for part in self.parts],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Plan":
        """Read what `as_json` made, from a file that may come from anywhere.

        Raises ValueError that says what is wrong with it.
        """
        try:
            begun = datetime.fromisoformat(raw["begun"])
            plan = cls(
                kind=raw["kind"],
                scope=raw["scope"],
                day=date.fromisoformat(raw["day"]),
                begun=begun.astimezone(UTC),
                catalog=raw["catalog"],
                parts=tuple(_part_from_json(part) for part in raw["parts"] if part["source"] in SOURCES),
                present=bool(raw["present"]),
                notes=tuple(
                    f"{source}: no source of that name is installed, so what it told is left out"
                    for source in dict.fromkeys(str(part["source"]) for part in raw["parts"])
                    if source not in SOURCES
                ),
            )
        except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise ValueError(f"its plan cannot be read ({type(error).__name__}: {error})") from error
        if plan.kind not in {REFRESH, BACKFILL} or not isinstance(plan.scope, str) or not isinstance(plan.catalog, str):
            raise ValueError("its plan is none that this version knows")
        return plan


def scope(projects: Sequence[str] = (), sources: Sequence[str] = (), of: str = "") -> str:
    """Return what a run is asked to do, as text to compare runs by; without arguments, the whole catalog."""
    return json.dumps({"projects": sorted(projects), "sources": sorted(sources), "of": of})


def joint_scope(scopes: Sequence[str]) -> str:
    """Return the scope of a run of several parts: what all are for, or all that any is for."""
    if len(set(scopes)) == 1:
        return scopes[0]
    asked = [json.loads(one) for one in scopes]
    parts = {
        of: [] if any(not one[of] for one in asked) else [name for one in asked for name in one[of]]
        for of in ("projects", "sources")
    }
    return scope(sorted(set(parts["projects"])), sorted(set(parts["sources"])))


def _part_as_json(part: Part) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "source": part.source,
        "base": part.how.base,
        "authenticated": part.how.authenticated,
        "metrics": sorted(part.how.metrics),
        "artifacts": [str(artifact) for artifact in part.artifacts],
    }
    if part.how.window is not None:
        plain["window"] = [part.how.window.first.isoformat(), part.how.window.last.isoformat()]
    if part.days is not None:
        # Most artifacts want the same days: each list of days once, and for each artifact which of them.
        listed = {days: number for number, days in enumerate(dict.fromkeys(part.days))}
        plain["days"] = [[day.isoformat() for day in days] for days in listed]
        plain["days_of"] = [listed[days] for days in part.days]
    return plain


def _part_from_json(raw: Mapping[str, Any]) -> Part:
    window = Window(*map(date.fromisoformat, raw["window"])) if "window" in raw else None
    days = None
    if "days" in raw:
        listed = [tuple(map(date.fromisoformat, days)) for days in raw["days"]]
        days = tuple(listed[number] for number in raw["days_of"])
        if len(days) != len(raw["artifacts"]):
            raise ValueError("not every artifact has its days")
    return Part(
        raw["source"],
        How(str(raw["base"]), bool(raw["authenticated"]), window, frozenset(map(str, raw["metrics"]))),
        tuple(Artifact.parse(str(name)) for name in raw["artifacts"]),
        days,
    )


class NoPlan(RecordingError):
    """A recording does not say what it was made for."""


def plan_of(path: Path) -> Plan:
    """Return what a recording was made for. Raises RecordingError if that cannot be read, NoPlan if it is not said."""
    raw = read_plan(path)
    if raw is None:
        raise NoPlan(f"{path}: does not say what it was recorded for")
    try:
        return Plan.from_json(raw)
    except ValueError as error:
        raise RecordingError(f"{path}: {error}") from error
