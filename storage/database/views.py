"""The views for people with plain SQL, Datasette and Grafana; made anew whenever a ledger is created or upgraded."""

from typing import Final

from sqlalchemy import Connection, text

NAMES: Final = ("history",)

_ISO_DAY: Final = {
    "sqlite": "date({} * 86400, 'unixepoch')",
    "postgresql": "CAST(DATE '1970-01-01' + {} AS TEXT)",
}


def make(connection: Connection) -> None:
    """Make the views anew."""
    drop(connection)
    dialect = connection.dialect.name
    connection.execute(text(f"CREATE VIEW history AS {_history(dialect)}"))


def drop(connection: Connection) -> None:
    """Take the views away, for the tables under them are to be changed."""
    for name in reversed(NAMES):
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


def _history(dialect: str) -> str:
    """Return the query for every observation that counts, restated days several times."""
    return f"""
SELECT artifact.kind AS kind, artifact.name AS artifact, series.metric AS metric, series.source AS source,
       series.definition AS definition, {_ISO_DAY[dialect].format("observation.day")} AS day,
       observation.value AS value,
       CASE observation.method WHEN 1 THEN 'observed' WHEN 2 THEN 'derived' WHEN 3 THEN 'reconstructed'
                               WHEN 4 THEN 'imported' END AS method,
       run.id AS run, run.known_at AS known_at
FROM observation
JOIN series ON series.id = observation.series_id
JOIN artifact ON artifact.id = series.artifact_id
JOIN run ON run.known_seq = observation.known_seq
WHERE run.state <> 'open'
  AND (observation.series_id, observation.day, observation.known_seq) NOT IN ({_WITHHELD})"""  # noqa: S608


# As storage.database.as_known says it, of now.
_WITHHELD: Final = """
SELECT series_id, day, known_seq
FROM (SELECT series_id, day, known_seq FROM hold UNION SELECT series_id, day, known_seq FROM decision) AS doubted
WHERE COALESCE(
    NULLIF((SELECT verdict FROM decision
            WHERE decision.series_id = doubted.series_id AND decision.day = doubted.day
              AND decision.known_seq = doubted.known_seq AND verdict <> 'note'
            ORDER BY decided_seq DESC LIMIT 1), 'reopen'),
    (SELECT 'held' FROM hold WHERE hold.series_id = doubted.series_id AND hold.day = doubted.day
                               AND hold.known_seq = doubted.known_seq),
    'accept') <> 'accept'"""
