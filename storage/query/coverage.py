"""What the ledger lacks: artifacts without a value in some days, and what runs said of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, union

from storage.database.as_known import counts, ids, said, same_place, standing, visible
from storage.database.schema import artifact, decision, hold, observation, outcome, run, series
from storage.identity.directory import load
from storage.identity.members import directory, resolve_members
from storage.model import Difference, Known, Told, Tracked, Withheld
from storage.runs.catalogs import projects

_ANSWERED = ("recorded", "unchanged")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The ledger as it is at one moment, asked for what is not in it; artifacts are given by their numbers."""

    connection: Connection

    def tracked(self, known: Known, wanted: Sequence[str] | None) -> list[Tracked]:
        """Return the artifacts of projects (by id, None: all), in catalog order, a pattern's images in its place.

        A pattern of which no image is known stands for itself. Raises UnknownProject.
        """
        entries = projects(self.connection, known, wanted)
        called = directory(self.connection, [member for entry in entries for member in entry.members], known)
        members = [member for entry in entries for member in resolve_members(entry, called)]
        born = self.births({member.artifact for member in members if member.artifact is not None})
        listed = {(one.project, one.name) for one in members if not one.listing}
        lists = {(one.kind, one.name): one.artifact for one in members if one.listing}
        return [
            Tracked(
                one.project,
                one.kind,
                one.name if one.listing or one.artifact is None else called.name(one.artifact),
                one.artifact,
                None if one.artifact is None else born.get(one.artifact),
                lists.get((one.kind, one.name)),
            )
            for one in members
            if not (one.listing and (one.project, one.name) in listed)
        ]

    def numbers(self, names: Mapping[str, Collection[str]]) -> dict[tuple[str, str], int]:
        """Return the number of each artifact by (kind, name), for names by kind; those that nobody asked for lack."""
        called = load(self.connection, names)
        found = {(kind, name): called.find(kind, name) for kind, of_kind in names.items() for name in of_kind}
        return {name: number for name, number in found.items() if number is not None}

    def births(self, artifacts: Collection[int]) -> dict[int, date]:
        """Return the UTC day on which each artifact came into being, where that is known."""
        query = select(artifact.c.id, artifact.c.born).where(artifact.c.id.in_(ids(artifacts)))
        return dict(self.connection.execute(query.where(artifact.c.born.is_not(None))).all()) if artifacts else {}

    def lacking(
        self, artifacts: Collection[int], metric: str, first: date, last: date, source: str | None = None
    ) -> set[int]:
        """Return the artifacts without a value of a metric, or of one `source` of it, in some days, both included."""
        if not artifacts:
            return set()
        return set(self.connection.scalars(lacking_query(artifacts, metric, first, last, source)))

    def doubted(self) -> set[int]:
        """Return the artifacts of which any value was ever held or rejected, of which there are few."""
        of = union(select(hold.c.series_id), select(decision.c.series_id).where(decision.c.verdict == "reject"))
        return set(self.connection.scalars(select(series.c.artifact_id).where(series.c.id.in_(of))))

    def without_good(self, artifacts: Collection[int], metric: str, first: date, last: date) -> set[int]:
        """Return the artifacts without a value that counts: they lack one, or what they have is withheld."""
        if not artifacts:
            return set()
        return set(self.connection.scalars(lacking_query(artifacts, metric, first, last, None, good=True)))

    def withheld(self, artifacts: Collection[int], metric: str, first: date, last: date) -> dict[int, Withheld]:
        """Return how the newest withheld value of some days stands, both included, by artifact; others lack."""
        if not artifacts:
            return {}
        rows = self.connection.execute(withheld_query(artifacts, metric, first, last))
        return {
            row.artifact_id: Withheld(row.source, rejected=True, reason=row.said)
            if row.standing == "reject"
            else Withheld(row.source, rejected=False, reason=row.reason)
            for row in rows
        }

    def known_seqs(self, first: date, last: date) -> list[int]:
        """Return the known_seqs of the runs of some days, both included, the oldest first."""
        query = select(run.c.known_seq).where(run.c.day.between(first, last)).order_by(run.c.known_seq)
        return list(self.connection.scalars(query))

    def said(self, artifacts: Collection[int], metric: str, known_seqs: Collection[int]) -> dict[int, Told]:
        """Return what the newest of these runs that spoke of an artifact's metric said, by artifact.

        That a value came goes without saying where it is of the week before its run: see `learned`.
        """
        if not artifacts or not known_seqs:
            return {}
        rows = self.connection.execute(said_query(artifacts, metric, known_seqs))
        return {row.artifact_id: Told(row.source, row.state, row.cause, row.detail) for row in rows}

    def answered(
        self, artifacts: Collection[int], source: str, known_seqs: Collection[int], *, or_for: str = ""
    ) -> set[int]:
        """Return the artifacts of which a source is said to have given a value, new or not, in any of these runs.

        With `or_for`, also those of which it gave none for that cause. Where it goes without saying: see `learned`.
        """
        if not artifacts or not known_seqs:
            return set()
        return set(self.connection.scalars(answered_query(artifacts, source, known_seqs, or_for)))

    def learned(
        self, artifacts: Collection[int], metric: str, known_seqs: Collection[int], first: date, last: date
    ) -> set[tuple[int, str]]:
        """Return artifacts and sources of which any of these runs learned a value for some days, both included."""
        if not artifacts or not known_seqs:
            return set()
        rows = self.connection.execute(learned_query(artifacts, metric, known_seqs, first, last))
        return {(row.artifact_id, row.source) for row in rows}

    def differences(
        self, artifacts: Collection[int], metric: str, sources: tuple[str, str], first: date, last: date
    ) -> list[Difference]:
        """Return for each artifact the values of two sources for the oldest day, within these, that both have."""
        if not artifacts:
            return []
        rows = self.connection.execute(differences_query(artifacts, metric, sources, first, last))
        return [Difference(row.artifact_id, row.day, row.one, row.other) for row in rows]


def lacking_query(
    artifacts: Collection[int], metric: str, first: date, last: date, source: str | None, *, good: bool = False
) -> Select[Any]:
    """Return the query for the artifacts without a value: a seek into the key for each of their series.

    With `good`, only values that count are values.
    """
    of_metric = and_(series.c.artifact_id == artifact.c.id, series.c.metric == metric)
    if source is not None:
        of_metric = and_(of_metric, series.c.source == source)
    in_time = and_(observation.c.day.between(first, last), visible(observation.c.known_seq, None))
    if good:
        in_time = and_(in_time, counts(observation, None))
    valued = (
        select(observation.c.series_id)
        .join(series, series.c.id == observation.c.series_id)
        .where(of_metric, in_time)
        .correlate(artifact)
        .exists()
    )
    return select(artifact.c.id).where(artifact.c.id.in_(ids(artifacts)), ~valued)


def withheld_query(artifacts: Collection[int], metric: str, first: date, last: date) -> Select[Any]:
    """Return the query for the values of artifacts that do not count, the newest last."""
    stands = standing(observation, None)
    return (
        select(series.c.artifact_id, series.c.source, stands.label("standing"))
        .add_columns(said(observation, None).label("said"), hold.c.reason)
        .join(observation, observation.c.series_id == series.c.id)
        .outerjoin(hold, same_place(hold, observation))
        .where(series.c.artifact_id.in_(ids(artifacts)), series.c.metric == metric)
        .where(observation.c.day.between(first, last), visible(observation.c.known_seq, None), stands != "accept")
        .order_by(observation.c.day, observation.c.known_seq)
    )


def said_query(artifacts: Collection[int], metric: str, known_seqs: Collection[int]) -> Select[Any]:
    """Return the query for what some runs said of artifacts, the oldest run first."""
    return (
        select(series.c.artifact_id, series.c.source, outcome.c.state, outcome.c.cause, outcome.c.detail)
        .join(outcome, outcome.c.series_id == series.c.id)
        .where(
            series.c.artifact_id.in_(ids(artifacts)),
            series.c.metric == metric,
            outcome.c.known_seq.in_(ids(known_seqs)),
        )
        .order_by(outcome.c.known_seq, series.c.source)
    )


def answered_query(artifacts: Collection[int], source: str, known_seqs: Collection[int], or_for: str) -> Select[Any]:
    """Return the query for the artifacts of which a source gave a value in some runs, or none for one cause."""
    answered = outcome.c.state.in_(_ANSWERED)
    return (
        select(series.c.artifact_id)
        .join(outcome, outcome.c.series_id == series.c.id)
        .where(
            series.c.artifact_id.in_(ids(artifacts)),
            series.c.source == source,
            outcome.c.known_seq.in_(ids(known_seqs)),
        )
        .where(or_(answered, outcome.c.cause == or_for) if or_for else answered)
        .distinct()
    )


def learned_query(
    artifacts: Collection[int], metric: str, known_seqs: Collection[int], first: date, last: date
) -> Select[Any]:
    """Return the query for artifacts and sources of which some runs learned values: a seek for each series."""
    in_time = and_(observation.c.series_id == series.c.id, observation.c.day.between(first, last))
    of_run = (
        select(observation.c.series_id).where(in_time, observation.c.known_seq.in_(ids(known_seqs))).correlate(series)
    )
    of_metric = and_(series.c.artifact_id.in_(ids(artifacts)), series.c.metric == metric)
    return select(series.c.artifact_id, series.c.source).where(of_metric, of_run.exists())


def differences_query(
    artifacts: Collection[int], metric: str, sources: tuple[str, str], first: date, last: date
) -> Select[Any]:
    """Return the query for the oldest day that two sources' series have in common, and for their newest values."""
    mine, theirs = series.alias("mine"), series.alias("theirs")
    one, other = observation.alias("one"), observation.alias("other")
    common = (
        select(
            mine.c.artifact_id, mine.c.id.label("mine"), theirs.c.id.label("theirs"), func.min(one.c.day).label("day")
        )
        .join(theirs, and_(theirs.c.artifact_id == mine.c.artifact_id, theirs.c.metric == mine.c.metric))
        .join(one, one.c.series_id == mine.c.id)
        .join(other, and_(other.c.series_id == theirs.c.id, other.c.day == one.c.day))
        .where(mine.c.artifact_id.in_(ids(artifacts)), mine.c.metric == metric)
        .where(mine.c.source == sources[0], theirs.c.source == sources[1], one.c.day.between(first, last))
        .where(visible(one.c.known_seq, None), visible(other.c.known_seq, None))
        .group_by(mine.c.artifact_id, mine.c.id, theirs.c.id)
        .subquery("common")
    )

    def newest(of: str) -> Any:
        sought = observation.alias(f"of_{of}")
        same = and_(sought.c.series_id == common.c[of], sought.c.day == common.c.day, visible(sought.c.known_seq, None))
        value = select(sought.c.value).where(same).order_by(sought.c.known_seq.desc()).limit(1)
        return value.correlate(common).scalar_subquery()

    columns = common.c.artifact_id, common.c.day, newest("mine").label("one"), newest("theirs").label("other")
    return select(*columns).order_by(common.c.artifact_id)
