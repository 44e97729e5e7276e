"""Claims: what answered under a name that was another one's, kept apart and held until a review says whose the name is.

A claim is an artifact of its own, called by the name and the number that came. What it is called says what is claimed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, insert, select

from storage.database.as_known import ids, visible
from storage.database.schema import artifact, decision, hold, observation, run, series
from storage.identity.directory import APART, Called, Directory, folded, keep, load
from storage.identity.members import Member
from storage.identity.resolve import numbers
from storage.model import Known, Part, Run
from storage.quarantine.held import IDENTITY, Held

APART_CAUSE: Final = "apart"
"""The cause of the outcome of what is kept apart; that of what was asked for is IDENTITY."""

_Place = tuple[int, date]
"""Series and day."""
_Said = tuple[str | None, str | None, str | None]
"""Metric, source and definition."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The newest value of each claim, by the name that is claimed (kind, folded), as held or rejected."""

    of_name: Mapping[tuple[str, str], Sequence[tuple[Row[Any], Held]]]

    def newer(self, member: Member, said: _Said, day: date | None, tick: int | None) -> Held | None:
        """Return what is claimed for a member's name since its artifact's value of a day, learned at a tick."""
        found = None
        for row, held in self.of_name.get((member.kind, folded(member.kind, member.name)), ()):
            same = (row.metric, row.source, row.definition) == said and row.artifact_id != member.artifact
            if same and (day is None or (row.day, row.tick) > (day, tick)):
                found = held
        return found


def newest_claims(connection: Connection, day: date, known: Known) -> Claims:
    """Return the claims that had been made by a day, as known; what was accepted is none any more."""
    rows = connection.execute(_query(visible(hold.c.tick, known), hold.c.day <= day, run.c.day <= day)).all()
    of_series = {row.series_id: row for row in rows}
    verdicts = _verdicts(connection, {row.artifact_id for row in rows}, known)
    found: dict[tuple[str, str], list[tuple[Row[Any], Held]]] = defaultdict(list)
    for row in sorted(of_series.values(), key=lambda row: (row.day, row.tick)):
        verdict, why, at = verdicts.get(row.artifact_id, ("", "", row.tick))
        held = Held(row.day, row.value, IDENTITY, row.reason, series=row.series_id)
        if verdict == "reject":
            held = replace(held, guard="review", reason=f"{why}; {numbers(row.reason)}", rejected=True)
        # One that was accepted, lost the name again and is back is another question.
        if verdict != "accept" or row.tick > at:
            found[row.kind, folded(row.kind, _claimed(row)[0])].append((row, held))
    return Claims(found)


def claimed_parts(connection: Connection, parts: Sequence[Part], known: Known) -> list[Part]:
    """Return all that was ever claimed for the names of parts, each claim as a part of its own."""
    claims: dict[tuple[str, str, _Said], list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_query(visible(hold.c.tick, known))):
        name = folded(row.kind, _claimed(row)[0])
        claims[row.kind, name, (row.metric, row.source, row.definition)].append(row)
    found: dict[Part, None] = {}
    for part in parts:
        said = part.metric, part.source, part.definition
        name = folded(part.member_kind, part.member_name)
        mine = (row for row in claims.get((part.member_kind, name, said), ()) if row.series_id != part.series)
        found |= dict.fromkeys(replace(part, artifact=row.name, series=row.series_id) for row in mine)
    return list(found)


def hold_claims(connection: Connection, tick: int, why: Mapping[int, str]) -> None:
    """Hold what an open run brought of the series of claims, for a reason each."""
    if not why:
        return
    place = and_(*(hold.c[name] == observation.c[name] for name in ("series_id", "day", "tick")))
    new = (
        select(observation.c.series_id, observation.c.day)
        .where(observation.c.series_id.in_(ids(why)), observation.c.tick == tick)
        .where(~exists().where(place).correlate(observation))
    )
    rows = [
        {"series_id": row.series_id, "day": row.day, "tick": tick, "guard": IDENTITY, "reason": why[row.series_id]}
        for row in connection.execute(new)
    ]
    if rows:
        connection.execute(insert(hold), rows)


def rejected(connection: Connection, artifacts: Collection[int]) -> set[int]:
    """Return those of some claims that are not to be asked about again."""
    verdicts = _verdicts(connection, artifacts, None)
    return {number for number, (verdict, *_) in verdicts.items() if verdict == "reject"}


def settle(connection: Connection, review: Run, values: Collection[_Place], verdict: str) -> list[_Place]:
    """Draw what a verdict on claims among values (series, day) means for whose the names are.

    An accepted one has its name from the day on which it came; another verdict gives the name back. Returns what more
    is decided with it: what else came of the claim since, and the same days of the artifact that has its number.
    """
    if verdict == "note":
        return []
    of_artifact: dict[int, list[Row[Any]]] = defaultdict(list)
    meant = set(values)
    rows = connection.execute(_query(visible(hold.c.tick, None))).all()
    for row in rows:
        if (row.series_id, row.day) in meant:
            of_artifact[row.artifact_id].append(row)
    more: list[_Place] = []
    for number, listed in of_artifact.items():
        name, of = _claimed(listed[0])
        directory = load(connection, {listed[0].kind: {name, listed[0].name}}, numbers={of})
        owner = directory.find_number(listed[0].kind, of)
        owner = number if owner is None else owner
        since = min(row.run_day for row in listed)
        if verdict == "accept":
            came = [row for row in rows if row.artifact_id == number and row.run_day >= since]
            _give(directory, Called(owner, review.tick, name, of, since, given=True))
            more += [(row.series_id, row.day) for row in came]
            more += _of_owner(connection, owner, came)
        else:
            _give_back(directory, owner, name, review.tick)
        keep(connection, directory)
    return more


def _give(directory: Directory, row: Called) -> None:
    kind, _ = directory.names[row.artifact]
    if directory.find(kind, row.name) != row.artifact:
        directory.learn(row)


def _give_back(directory: Directory, owner: int, name: str, tick: int) -> None:
    """Let a name lead again to whose it was before a review gave it away, as of the same day."""
    kind, _ = directory.names[owner]
    given = [row for row in directory.calls[owner] if row.given and folded(kind, row.name) == folded(kind, name)]
    if not given or directory.find(kind, name) != owner:
        return
    since = given[-1].day
    before = directory.find(kind, name, since - timedelta(days=1))
    if before is not None and before != owner:
        directory.learn(Called(before, tick, name, directory.number(before), since, given=True))


def _of_owner(connection: Connection, owner: int, rows: Sequence[Row[Any]]) -> Iterator[_Place]:
    """Yield the days of a claim in the series of the artifact that has its number, where it was known by another name.

    A decision there is shown with its numbers from then on.
    """
    query = select(series.c.id, series.c.metric, series.c.source, series.c.definition)
    known = connection.execute(query.where(series.c.artifact_id == owner)).all()
    for row in rows:
        for one in known:
            if (one.metric, one.source, one.definition) == (row.metric, row.source, row.definition):
                yield one.id, row.day


def _verdicts(
    connection: Connection, artifacts: Collection[int], known: Known | None
) -> dict[int, tuple[str, str, int]]:
    """Return the newest verdict on each claim, with its reason and tick; a note is none."""
    if not artifacts:
        return {}
    same = and_(hold.c.series_id == decision.c.series_id, hold.c.day == decision.c.day, hold.c.guard == IDENTITY)
    query = (
        select(series.c.artifact_id, decision.c.verdict, decision.c.reason, decision.c.tick)
        .join(series, series.c.id == decision.c.series_id)
        .join(hold, same)
        .where(series.c.artifact_id.in_(ids(artifacts)), decision.c.verdict != "note")
        .where(visible(decision.c.tick, known))
        .order_by(decision.c.tick, decision.c.id)
    )
    return {row.artifact_id: (row.verdict, row.reason, row.tick) for row in connection.execute(query)}


def _claimed(row: Row[Any]) -> tuple[str, str]:
    """Return the name that is claimed, and the number for which."""
    name, _, number = row.name.rpartition(APART)
    return name, number


def _query(*which: ColumnElement[bool]) -> Select[Any]:
    """Return the query for what is held of claims, by the day of its value; the table hold is short."""
    same = and_(*(hold.c[name] == observation.c[name] for name in ("series_id", "day", "tick")))
    return (
        select(hold.c.series_id, hold.c.day, hold.c.tick, hold.c.reason, observation.c.value)
        .add_columns(series.c.artifact_id, series.c.metric, series.c.source, series.c.definition)
        .add_columns(artifact.c.kind, artifact.c.name, run.c.day.label("run_day"))
        .join(observation, same)
        .join(series, series.c.id == hold.c.series_id)
        .join(artifact, artifact.c.id == series.c.artifact_id)
        .join(run, run.c.tick == hold.c.tick)
        .where(hold.c.guard == IDENTITY, *which)
        .order_by(hold.c.day, hold.c.tick)
    )
