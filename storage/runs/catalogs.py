"""The catalogs that runs were made by: kept once each, and read back as they were known."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, func, insert, select

from storage.database.as_known import visible
from storage.database.errors import UnknownProject
from storage.database.schema import catalog, member, metric, metric_source, project, run
from storage.database.text import folded, unpinned
from storage.model import Known, MetricEntry, ProjectEntry


def keep_catalog(
    connection: Connection,
    text: str,
    cadence: str,
    projects: Sequence[ProjectEntry],
    now: datetime,
    max_stale: float,
) -> int:
    """Store a catalog unless the same text is there already; return its id.

    What is asked for often is kept beside the text, which takes seconds to read if it is large.
    """
    digest = hashlib.sha256(text.encode()).hexdigest()
    known = connection.scalar(select(catalog.c.id).where(catalog.c.digest == digest))
    if known is not None:
        return int(known)
    number = 1 + int(connection.scalar(select(func.coalesce(func.max(catalog.c.id), 0))) or 0)
    row = {"id": number, "digest": digest, "text": text, "cadence": cadence, "max_stale": max_stale, "first_seen": now}
    connection.execute(insert(catalog), row)
    if projects:
        connection.execute(insert(project), _project_rows(number, projects))
    if members := _member_rows(number, projects):
        connection.execute(insert(member), members)
    return number


def keep_metrics(connection: Connection, metrics: Sequence[MetricEntry]) -> None:
    """Store what tables show, in the order of their rows, in place of what was there: the view snapshot goes by it."""
    connection.execute(delete(metric_source))
    connection.execute(delete(metric))
    names = "key", "kind", "label", "unit", "type", "combine"
    rows = [{"position": at, **{name: getattr(one, name) for name in names}} for at, one in enumerate(metrics)]
    connection.execute(insert(metric), rows)
    sources = [
        {"metric": one.key, "source": source, "position": at}
        for one in metrics
        for at, source in enumerate(one.sources)
    ]
    connection.execute(insert(metric_source), sources)


def metrics(connection: Connection) -> list[dict[str, Any]]:
    """Return what tables show as the last run knew it, in the order of their rows: MetricEntry's fields by name."""
    of_metric: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(metric_source).order_by(metric_source.c.position)):
        of_metric[row.metric].append(row.source)
    names = (column for column in metric.c if column.name != "position")
    rows = connection.execute(select(*names).order_by(metric.c.position)).mappings()
    return [{**row, "sources": tuple(of_metric[row["key"]])} for row in rows]


def projects(connection: Connection, known: Known, ids: Sequence[str] | None) -> list[ProjectEntry]:
    """Return the projects of the catalog as known: all, or those named, by id or by name, in their order.

    One that is named and has left the catalog is as the last catalog that had it. Raises UnknownProject.
    """
    number = _catalog(connection, known)
    entries = entries_of(connection, number, ids)
    if ids is None:
        return entries
    named = {entry.id: entry for entry in entries}
    for gone in [name for name in dict.fromkeys(ids) if name not in named]:
        named |= {entry.id: entry for entry in entries_of(connection, _last_with(connection, known, gone), [gone])}
    unknown = [name for name in dict.fromkeys(ids) if name not in named]
    if unknown:
        everything = entries_of(connection, number, None)
        by_name = {entry.name.casefold(): entry for entry in reversed(everything)}
        named |= {name: by_name[name.casefold()] for name in unknown if name.casefold() in by_name}
        unknown = [name for name in unknown if name not in named]
    if unknown:
        raise UnknownProject(unknown, [entry.id for entry in everything])
    return list({named[name].id: named[name] for name in ids}.values())


def cadence(connection: Connection, known: Known | None) -> str:
    """Return the cadence of the catalog as known, or now (None); "" if no run had a catalog."""
    number = _catalog(connection, known)
    return str(connection.scalar(select(catalog.c.cadence).where(catalog.c.id == number)) or "")


def _catalog(connection: Connection, known: Known | None) -> int | None:
    """Return the newest catalog as known; before the first one, for runs may be put there later, the first."""
    number = connection.scalar(newest_catalog(known))
    if number is None and known is not None:
        wanted = and_(visible(run.c.known_seq, None), run.c.catalog_id.is_not(None))
        number = connection.scalar(select(run.c.catalog_id).where(wanted).order_by(run.c.known_seq).limit(1))
    return number


def _last_with(connection: Connection, known: Known, project_id: str) -> int | None:
    """Return the newest catalog, as known, that has a project."""
    has = project.c.catalog_id == run.c.catalog_id, project.c.id == project_id
    return connection.scalar(newest_catalog(known).join(project, and_(*has)))


def newest_catalog(known: Known | None) -> Select[int | None]:
    """Return the query for the catalog of the newest run that has one, as known."""
    wanted = and_(visible(run.c.known_seq, known), run.c.catalog_id.is_not(None))
    return select(run.c.catalog_id).where(wanted).order_by(run.c.known_seq.desc()).limit(1)


def entries_of(connection: Connection, number: int | None, ids: Sequence[str] | None) -> list[ProjectEntry]:
    """Return the projects of one catalog, in its order; only those named that it has, unless `ids` is None."""
    found = select(project).where(project.c.catalog_id == number).order_by(project.c.position)
    rows = select(member).where(member.c.catalog_id == number).order_by(member.c.project_id, member.c.position)
    if ids is not None:
        found, rows = found.where(project.c.id.in_(ids)), rows.where(member.c.project_id.in_(ids))
    members: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(rows):
        members.setdefault(row.project_id, []).append((row.kind, row.name))
    return [ProjectEntry(row.id, row.name, tuple(members.get(row.id, ()))) for row in connection.execute(found)]


def _project_rows(number: int, entries: Iterable[ProjectEntry]) -> list[Mapping[str, object]]:
    return [
        {"catalog_id": number, "position": position, "id": entry.id, "name": entry.name}
        for position, entry in enumerate(entries)
    ]


def _member_rows(number: int, entries: Iterable[ProjectEntry]) -> list[Mapping[str, object]]:
    rows: list[Mapping[str, object]] = []
    for entry in entries:
        for position, (kind, name) in enumerate(entry.members):
            base, pin = unpinned(kind, name)
            of = {"catalog_id": number, "project_id": entry.id, "position": position, "kind": kind, "name": name}
            rows.append({**of, "folded": folded(kind, base), "number": pin or None})
    return rows
