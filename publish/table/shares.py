"""What each artifact gives to a cell, and why it gives nothing or nothing new."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from publish.table.metrics import Metric
from publish.table.numbers import grouped
from publish.table.rules import Rules
from storage.model import Held, Part

State = Literal["fresh", "carried", "held", "missing", "none"]

_ANSWERED = ("recorded", "unchanged")
_ENDED = {"missing": "none at the source", "failed": "failed"}
_PLAINLY = {"missing": "not found", "failed": "could not be read"}
WHOLE = ("frozen", "shifted")
"""The guards that hold a whole source, whose cells are explained together."""


@dataclass(frozen=True, slots=True)
class Share:
    """One artifact's part in a cell; if it is not fresh, `reason`, `cause` and `detail` say why, `plain` to readers.

    A `listing` stands for a pattern: it has no value of its own, but without the whole list there is no sum. One that
    has `ended` has no value any more, nor has any other of its cell.
    """

    artifact: str
    state: State
    part: Part
    reason: str = ""
    cause: str = ""
    detail: str = ""
    listing: bool = False
    plain: str = ""
    ended: bool = False

    @property
    def value(self) -> float | None:
        """The artifact's own number, None if there is none."""
        return None if self.listing else self.part.value

    @property
    def held(self) -> Held | None:
        """What is held for review that would be the artifact's newer number."""
        return self.part.held if self.state == "held" else None

    @property
    def day(self) -> date | None:
        """The UTC day that the value is as of; of a listing, the day on which the list was last read whole."""
        return self.part.day


def shares(parts: Iterable[Part], metric: Metric, as_of: date, rules: Rules) -> tuple[Share, ...]:
    """Give one share for each artifact of the metric's kind among a project's parts, in their order."""
    candidates: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in parts:
        if part.member_kind == metric.kind:
            # With the member: two artifacts may have had one name, one after the other.
            candidates[(part.member_name, part.artifact)].append(part)
    fresh_since = as_of - timedelta(days=rules.fresh_days - 1)
    found: list[Share] = []
    ended: list[Share] = []
    for of_one in candidates.values():
        part = _preferred(of_one, metric, fresh_since, joins=rules.joins_series)
        if not _listed_later(part, as_of):
            found.append(_share(part, fresh_since))
            ended += _ended(found[-1], of_one, metric, as_of, rules)
    return tuple(ended if len(ended) == len(found) else found)


def _ended(share: Share, parts: Sequence[Part], metric: Metric, as_of: date, rules: Rules) -> list[Share]:
    """Return what is to be said of an artifact whose series has ended, with its last value; nothing if it has not.

    It has if nobody who told of it can be expected to go on: what was imported does not, nor what its source says is
    gone. An index comes by exports, and is current for as long as its scale is.
    """
    lasts = rules.scale_days if metric.type == "index" else rules.ended_days
    if rules.ended_days is None or lasts is None or share.state != "carried" or share.listing or share.day is None:
        return []
    told = [part for part in parts if part.metric == metric.key]
    gone = [part for part in told if part.outcome == "missing"]
    if share.day >= as_of - timedelta(days=lasts) or any(p.method != "imported" and p not in gone for p in told):
        return []
    part = replace(gone[0] if gone else share.part, value=None, day=None, method=None)
    last = f"the last value is of {share.day.isoformat()}"
    reason, plain = (_reason(gone[0]), _plainly(gone[0])) if gone else 2 * ("nothing newer was imported",)
    said = f"{reason}; {last}", part.cause or "", part.detail or ""
    return [Share(share.artifact, "missing", part, *said, plain=f"{plain}; {last}", ended=True)]


def _listed_later(part: Part, as_of: date) -> bool:
    """Whether a pattern's artifact is known, but was first listed after the day: it is no part of the older sum."""
    by_pattern = "*" in part.member_name and part.artifact not in {"", part.member_name}
    answered_since = part.outcome in _ANSWERED and part.asked is not None and part.asked > as_of
    return by_pattern and part.day is None and answered_since


def _preferred(parts: list[Part], metric: Metric, fresh_since: date, *, joins: bool) -> Part:
    """Choose among the series of one artifact: a fresh value before an old one before none, then by source, then day.

    What another source knows of the very week is nearer to the truth than what the preferred one knew before; the
    remark under the table says that it is another count. But while a value waits for review, no later one by a source
    that comes after it stands in for it: it is likely to tell the same, and nobody would see the doubt. If it is the
    first of its source, and the sources are one line, what another one knew before it is the last good value.
    """
    of_metric = [part for part in parts if part.metric == metric.key]
    if len(of_metric) == 1:
        return of_metric[0]
    doubted = [part for part in of_metric if _waits(part)]
    ours = [part for part in of_metric if not any(_is_barred(part, by, metric, joins=joins) for by in doubted)]
    if not ours:
        never = parts[0]
        return Part(never.project, never.member_kind, never.member_name, never.artifact)
    best = min(ours, key=lambda part: _rank(part, metric, fresh_since))
    first = [by for by in doubted if by.day is None and _comes_after(best, by, metric)]
    return replace(best, held=first[0].held) if joins and first and best.held is None else best


def _waits(part: Part) -> bool:
    return part.held is not None and not part.held.rejected


def _comes_after(part: Part, by: Part, metric: Metric) -> bool:
    return metric.preference(part.source or "") > metric.preference(by.source or "")


def _is_barred(part: Part, by: Part, metric: Metric, *, joins: bool) -> bool:
    """Whether a value is newer than the last good one of a source before its own that has one held for review."""
    if by.day is None and joins and by.held is not None:
        return _comes_after(part, by, metric) and part.day is not None and part.day >= by.held.day
    return _comes_after(part, by, metric) and (by.day is None or (part.day is not None and part.day > by.day))


def _rank(part: Part, metric: Metric, fresh_since: date) -> tuple[int, tuple[int, str], int]:
    if part.value is None or part.day is None:
        return 2, metric.preference(part.source or ""), 0
    return int(part.day < fresh_since), metric.preference(part.source or ""), -part.day.toordinal()


def _share(part: Part, fresh_since: date) -> Share:
    name = part.artifact or part.member_name
    listing = "*" in name
    state = _state(part, fresh_since, listing=listing)
    artifact = f"{part.member_kind}:{name}"
    if state == "fresh":
        return Share(artifact, state, part, listing=listing)
    if part.held is not None and (not part.held.rejected or part.outcome not in _ENDED):
        return _withheld(artifact, state, part, part.held)
    return Share(artifact, state, part, _reason(part), part.cause or "", part.detail or "", listing, _plainly(part))


def _withheld(artifact: str, state: State, part: Part, held: Held) -> Share:
    day = held.day.isoformat()
    if held.rejected:
        reason = f"rejected: {held.reason}"
        return Share(
            artifact, state, part, reason, detail=f"that of {day}", plain=f"that of {day} was rejected by review"
        )
    which = "the value" if held.guard in WHOLE else grouped(held.value)
    reason, plain = f"{which} of {day} is held for review", f"that of {day} is held for review"
    return Share(artifact, state, part, reason, held.guard, held.reason, plain=plain)


def _state(part: Part, fresh_since: date, *, listing: bool) -> State:
    if part.day is None or (part.value is None and not listing):
        return "missing"
    if _waits(part):
        return "held"
    return "fresh" if part.day >= fresh_since else "carried"


def _reason(part: Part) -> str:
    if part.metric is None or (part.outcome is None and part.day is None):
        return "never collected"
    if part.outcome in _ENDED:
        when = f" on {part.asked.isoformat()}" if part.asked else ""
        return f"last asked{when}: {_ENDED[part.outcome]}"
    return "nothing newer" if part.day else "nothing up to this day"


def _plainly(part: Part) -> str:
    """Say why an artifact has nothing newer, to who does not operate the services."""
    if part.outcome in _PLAINLY and part.asked and part.metric is not None:
        return f"{_PLAINLY[part.outcome]} on {part.asked.isoformat()}"
    return _reason(part)
