"""The views for people with plain SQL, Datasette and Grafana; made anew whenever a ledger is created or upgraded.

docs/sql.md tells what is in them. `snapshot` follows the rules by which a table makes its cells, for all days in one
query: a test compares the two.
"""

from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from storage.database.as_known import withheld

_ENDED_DAYS: Final = 28
NAMES: Final = ("history", "restatement", "snapshot")


def make(connection: Connection) -> None:
    """Make the views anew."""
    drop(connection)
    dialect = connection.dialect
    # What counts is said once, in Python; here it is of now, and so takes no parameter.
    doubted = str(withheld(None, standing_too=True).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    for name, query in zip(NAMES, (_history, _restatement, _snapshot), strict=True):
        connection.execute(text(f"CREATE VIEW {name} AS {query(_WORDS[dialect.name], doubted)}"))


def drop(connection: Connection) -> None:
    """Take the views away, for the tables under them are to be changed."""
    for name in NAMES:
        connection.execute(text(f"DROP VIEW IF EXISTS {name}"))


class _Words(NamedTuple):
    """What the two databases say differently."""

    iso: str
    """A day as text."""
    position: str
    """Where a star stands in a name, 0 for nowhere."""
    newest: str
    """The join of a series' newest observation that counts, up to the day of a week."""


# As storage.database.as_known.counts says it: NOT IN would look for NULL in every row.
_COUNTS: Final = "((series_id, day, known_seq) IN (SELECT series_id, day, known_seq FROM doubted)) IS NOT TRUE"
_OBSERVATION_COUNTS: Final = """((observation.series_id, observation.day, observation.known_seq)
           IN (SELECT series_id, day, known_seq FROM doubted)) IS NOT TRUE"""
_WORDS: Final = {
    "sqlite": _Words(
        "date({} * 86400, 'unixepoch')",
        "instr({}, '*')",
        f"""LEFT JOIN observation AS newest ON newest.series_id = series.id AND (newest.day, newest.known_seq) = (
        SELECT day, known_seq FROM observation WHERE series_id = series.id AND day <= week.day AND {_COUNTS}
        ORDER BY day DESC, known_seq DESC LIMIT 1)""",
    ),
    "postgresql": _Words(
        "CAST(DATE '1970-01-01' + {} AS TEXT)",
        "strpos({}, '*')",
        f"""LEFT JOIN LATERAL (
        SELECT day, known_seq, value, method FROM observation
        WHERE series_id = series.id AND day <= week.day AND {_COUNTS}
        ORDER BY day DESC, known_seq DESC LIMIT 1) AS newest ON TRUE""",
    ),
}
_METHOD: Final = (
    "CASE {} WHEN 1 THEN 'observed' WHEN 2 THEN 'derived' WHEN 3 THEN 'reconstructed' WHEN 4 THEN 'imported' END"
)


def _history(words: _Words, doubted: str) -> str:
    """Return the query for every observation that counts, restated days several times."""
    return f"""
WITH doubted AS ({doubted})
SELECT artifact.kind AS kind, artifact.name AS artifact, series.metric AS metric, series.source AS source,
       series.definition AS definition, {words.iso.format("observation.day")} AS day, observation.value AS value,
       {_METHOD.format("observation.method")} AS method, run.id AS run, run.known_at AS known_at
FROM observation
JOIN series ON series.id = observation.series_id
JOIN artifact ON artifact.id = series.artifact_id
JOIN run ON run.known_seq = observation.known_seq
WHERE {_OBSERVATION_COUNTS}"""


def _restatement(words: _Words, doubted: str) -> str:
    """Return the query for every value of a day that was told otherwise later, by the projects of now."""
    return f"""
WITH {_members(words, doubted)},
present AS (SELECT MAX(place) AS place FROM span),
told AS (
    SELECT observation.series_id, observation.day, observation.value AS after, run.known_at AS after_known_at,
           LAG(observation.value) OVER earlier AS before, LAG(run.known_at) OVER earlier AS before_known_at
    FROM observation
    JOIN run ON run.known_seq = observation.known_seq
    WHERE {_OBSERVATION_COUNTS}
    WINDOW earlier AS (PARTITION BY observation.series_id, observation.day ORDER BY observation.known_seq)
)
SELECT resolved.project AS project, series.metric AS metric, artifact.kind || ':' || artifact.name AS artifact,
       series.source AS source, {words.iso.format("told.day")} AS day, told.before AS before, told.after AS after,
       told.before_known_at AS before_known_at, told.after_known_at AS after_known_at
FROM told
JOIN series ON series.id = told.series_id
JOIN artifact ON artifact.id = series.artifact_id
JOIN resolved ON resolved.artifact_id = artifact.id
JOIN present ON present.place = resolved.place
WHERE told.before <> told.after"""


def _members(words: _Words, doubted: str) -> str:
    """Return the named queries for the artifacts of each project of the newest catalog, by all catalogs.

    span: the catalogs as runs used them. owner: which artifact a name of several leads to since and until a day.
    resolved: the artifacts of a project while the catalog of a place was in force; a kind that it had not yet is as it
    was at first.
    """
    star = words.position
    return f"""
RECURSIVE doubted AS MATERIALIZED ({doubted}),
span AS MATERIALIZED (
    SELECT known_seq AS place, day AS since, catalog_id
    FROM (SELECT known_seq, day, catalog_id, LAG(catalog_id) OVER (ORDER BY known_seq) AS before
          FROM run WHERE catalog_id IS NOT NULL) AS used
    WHERE before IS NULL OR before <> catalog_id
),
named AS (
    SELECT artifact.kind, artifact.number, alias.folded, alias.day, alias.known_seq, alias.artifact_id,
           MAX(CASE WHEN artifact.number IS NULL THEN 0 ELSE 1 END) OVER (PARTITION BY artifact.kind, alias.folded)
               AS is_numbered
    FROM alias
    JOIN artifact ON artifact.id = alias.artifact_id
    WHERE (artifact.kind, alias.folded) IN (
        SELECT holder.kind, alias.folded FROM alias JOIN artifact AS holder ON holder.id = alias.artifact_id
        GROUP BY holder.kind, alias.folded HAVING COUNT(DISTINCT alias.artifact_id) > 1)
),
owner AS MATERIALIZED (
    SELECT kind, folded, number, artifact_id,
           CASE WHEN ROW_NUMBER() OVER by_day = 1 THEN -1000000 ELSE day END AS since,
           COALESCE(LEAD(day) OVER by_day, 1000000) AS until
    FROM named
    WHERE is_numbered = 0 OR number IS NOT NULL
    WINDOW by_day AS (PARTITION BY kind, folded ORDER BY day, known_seq, artifact_id)
),
entry AS MATERIALIZED (
    SELECT at.place, project.id AS project,
           (SELECT MIN(later.place) FROM span AS later
            JOIN project AS had ON had.catalog_id = later.catalog_id AND had.id = project.id
            WHERE later.place >= at.place) AS of_place
    FROM span AS at
    JOIN project ON project.catalog_id = (SELECT catalog_id FROM span ORDER BY place DESC LIMIT 1)
),
listed AS MATERIALIZED (
    SELECT entry.place, entry.project, named_then.name, kinds.kind, chosen.catalog_id
    FROM entry
    JOIN span AS of_entry ON of_entry.place = entry.of_place
    JOIN project AS named_then ON named_then.catalog_id = of_entry.catalog_id AND named_then.id = entry.project
    CROSS JOIN (SELECT DISTINCT kind FROM member) AS kinds
    JOIN span AS chosen ON chosen.place = (
        SELECT MIN(later.place) FROM span AS later
        WHERE later.place >= entry.of_place AND EXISTS (
            SELECT 1 FROM member
            WHERE catalog_id = later.catalog_id AND project_id = entry.project AND kind = kinds.kind))
    WHERE chosen.place = entry.of_place OR EXISTS (
        SELECT 1 FROM member WHERE project_id = entry.project AND kind = kinds.kind
                               AND catalog_id = (SELECT catalog_id FROM span ORDER BY place DESC LIMIT 1))
),
meant AS (
    SELECT listed.place, listed.project, listed.name, listed.kind,
           CASE WHEN pinned.id IS NOT NULL THEN pinned.id
                WHEN owner.artifact_id IS NULL THEN (
                    SELECT artifact.id FROM alias JOIN artifact ON artifact.id = alias.artifact_id
                    WHERE alias.folded = member.folded AND artifact.kind = member.kind
                      AND (member.number IS NULL OR artifact.number IS NULL) LIMIT 1)
                WHEN member.number IS NULL OR owner.number IS NULL THEN owner.artifact_id END AS artifact_id,
           0 AS by_pattern,
           CASE WHEN {star.format("member.folded")} > 0 THEN 1 ELSE 0 END AS is_listing,
           CASE WHEN pinned.id IS NULL THEN COALESCE(owner.since, -1000000) ELSE -1000000 END AS since,
           CASE WHEN pinned.id IS NULL THEN COALESCE(owner.until, 1000000) ELSE 1000000 END AS until
    FROM listed
    JOIN member ON member.catalog_id = listed.catalog_id AND member.project_id = listed.project
               AND member.kind = listed.kind
    LEFT JOIN artifact AS pinned ON pinned.kind = member.kind AND pinned.number = member.number
    LEFT JOIN owner ON owner.kind = member.kind AND owner.folded = member.folded
    UNION ALL
    SELECT listed.place, listed.project, listed.name, listed.kind, artifact.id, 1, 0, -1000000, 1000000
    FROM listed
    JOIN member ON member.catalog_id = listed.catalog_id AND member.project_id = listed.project
               AND member.kind = listed.kind AND {star.format("member.folded")} > 0
    JOIN alias ON alias.folded >= substr(member.folded, 1, {star.format("member.folded")} - 1)
              AND alias.folded < substr(member.folded, 1, {star.format("member.folded")} - 1) || '\uffff'
              AND alias.folded LIKE replace(replace(member.folded, '_', '!_'), '*', '%') ESCAPE '!'
              AND {star.format("alias.folded")} = 0
    JOIN artifact ON artifact.id = alias.artifact_id AND artifact.kind = member.kind
),
resolved AS MATERIALIZED (
    SELECT place, project, name, kind, artifact_id, MIN(by_pattern) AS by_pattern, MAX(is_listing) AS is_listing,
           MIN(since) AS since, MAX(until) AS until
    FROM meant
    GROUP BY place, project, name, kind, artifact_id
)"""


def _snapshot(words: _Words, doubted: str) -> str:
    """Return the query for one row a project, metric and cadence day, as now known, where a table shows a value.

    candidate: each series of an artifact with its newest value up to a day. ranked: the best of an artifact's series
    first: a fresh value before an old one before none, then by preference. A source after one whose value waits for
    review does not stand in for it, but with what it knew before a first value that waits. An artifact without a value
    leaves its project without one, and so does a series that has ended: that was imported, or of which its source says
    that it is gone, four weeks after its last value. All steps are windows over project, name, metric and day, and no
    grouping, so that both databases look up only what a query names of them.
    """
    return f"""
WITH {_members(words, doubted)},
present AS MATERIALIZED (
    SELECT (SELECT MAX(day) FROM run) AS last,
           (SELECT MIN(first) FROM (SELECT (SELECT MIN(day) FROM observation WHERE series_id = series.id) AS first
                                    FROM series) AS of_each) AS first,
           CASE catalog.cadence WHEN 'monday' THEN 0 WHEN 'tuesday' THEN 1 WHEN 'wednesday' THEN 2
                                WHEN 'thursday' THEN 3 WHEN 'friday' THEN 4 WHEN 'saturday' THEN 5 ELSE 6 END AS weekday
    FROM catalog
    WHERE catalog.id = (SELECT catalog_id FROM span ORDER BY place DESC LIMIT 1)
),
weeks AS (
    SELECT last - (last + 10 - weekday) % 7 AS day FROM present
    UNION ALL
    SELECT weeks.day - 7 FROM weeks, present WHERE weeks.day - 7 >= present.first
),
week AS MATERIALIZED (
    SELECT weeks.day, COALESCE(MAX(span.place), (SELECT MIN(place) FROM span)) AS place
    FROM weeks
    LEFT JOIN span ON span.since <= weeks.day
    GROUP BY weeks.day
),
found AS (
    SELECT resolved.project, resolved.name, metric.key AS metric, metric.combine, week.day AS as_of,
           resolved.artifact_id, resolved.is_listing, resolved.by_pattern, series.id AS series_id, series.source,
           series.definition, COALESCE(metric_source.position, 1000) AS preference,
           newest.day, newest.known_seq, newest.value, newest.method
    FROM resolved
    JOIN week ON week.place = resolved.place AND week.day >= resolved.since AND week.day < resolved.until
    JOIN metric ON metric.kind = resolved.kind AND metric.type <> 'index'
    LEFT JOIN series ON series.artifact_id = resolved.artifact_id AND series.metric = metric.key
    LEFT JOIN metric_source ON metric_source.metric = metric.key AND metric_source.source = series.source
    {words.newest}
    WHERE resolved.by_pattern = 0 OR series.id IS NOT NULL
),
candidate AS (
    SELECT found.*,
           CASE WHEN is_listing = 1 THEN (
               SELECT MAX(run.day) FROM outcome JOIN run ON run.known_seq = outcome.known_seq
               WHERE outcome.series_id = found.series_id AND outcome.state IN (1, 2) AND run.day <= found.as_of
           ) ELSE day END AS shown_day,
           CASE WHEN series_id IN (SELECT series_id FROM doubted) AND 'held' = (
               SELECT doubted.standing FROM doubted
               WHERE doubted.series_id = found.series_id AND doubted.day <= found.as_of
                 AND (found.day IS NULL OR (doubted.day, doubted.known_seq) > (found.day, found.known_seq))
               ORDER BY doubted.day DESC, doubted.known_seq DESC LIMIT 1
           ) THEN 1 ELSE 0 END AS waits,
           CASE WHEN method = 4 THEN 1 WHEN day IS NULL OR as_of - day > {_ENDED_DAYS} THEN COALESCE((
               SELECT CASE WHEN outcome.state = 3 THEN 1 ELSE 0 END FROM outcome
               WHERE outcome.series_id = found.series_id ORDER BY outcome.known_seq DESC LIMIT 1
           ), 0) ELSE 0 END AS is_over
    FROM found
),
doubtful AS (
    SELECT candidate.*,
           CASE WHEN waits = 1 AND day IS NULL THEN (
               SELECT MAX(doubted.day) FROM doubted
               WHERE doubted.series_id = candidate.series_id AND doubted.day <= candidate.as_of
           ) END AS first_held
    FROM candidate
),
barred AS (
    SELECT doubtful.*,
           MIN(CASE WHEN waits = 1 THEN COALESCE(day, first_held - 1) END) OVER before AS good_until,
           MAX(CASE WHEN first_held IS NULL THEN 0 ELSE 1 END) OVER before AS begins_held,
           MIN(is_over) OVER (PARTITION BY project, name, metric, as_of, artifact_id) AS all_over
    FROM doubtful
    WINDOW before AS (PARTITION BY project, name, metric, as_of, artifact_id ORDER BY preference, source
                      GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
ranked AS (
    SELECT barred.*, CASE WHEN day > good_until THEN 1 ELSE 0 END AS is_barred,
           ROW_NUMBER() OVER (
               PARTITION BY project, name, metric, as_of, artifact_id
               ORDER BY CASE WHEN day > good_until THEN 1 ELSE 0 END,
                        CASE WHEN shown_day IS NULL THEN 2 WHEN as_of - shown_day < 7 THEN 0 ELSE 1 END,
                        preference, source, day DESC, definition) AS place
    FROM barred
),
share AS (
    SELECT ranked.*, CASE WHEN shown_day IS NULL OR is_barred = 1 THEN 0 ELSE 1 END AS is_there,
           CASE WHEN waits = 1 OR begins_held = 1 THEN 1 ELSE 0 END AS is_doubted,
           CASE WHEN all_over = 1 AND waits = 0 AND COALESCE(begins_held, 0) = 0 AND is_listing = 0
                     AND as_of - day > {_ENDED_DAYS} THEN 1 ELSE 0 END AS has_ended
    FROM ranked
    WHERE place = 1 AND NOT (
        -- A pattern's artifact that was listed for the first time after that day is no part of the older sum.
        by_pattern = 1 AND day IS NULL AND EXISTS (
            SELECT 1 FROM outcome JOIN run ON run.known_seq = outcome.known_seq
            WHERE outcome.series_id = ranked.series_id AND outcome.state IN (1, 2) AND run.day > ranked.as_of
              AND outcome.known_seq = (SELECT MAX(known_seq) FROM outcome WHERE series_id = ranked.series_id)))
),
cell AS (
    SELECT share.*, MIN(is_there) OVER one AS is_whole, SUM(1 - is_listing) OVER one AS artifacts,
           SUM(CASE WHEN is_listing = 0 THEN value END) OVER one AS total, MAX(is_doubted) OVER one AS is_held,
           MIN(has_ended) OVER one AS has_ended_whole,
           MAX(as_of - shown_day) OVER one AS age, MAX(method) OVER one AS weakest,
           MIN(CASE WHEN is_listing = 0 THEN source END) OVER one AS first_source,
           MAX(CASE WHEN is_listing = 0 THEN source END) OVER one AS last_source,
           ROW_NUMBER() OVER one AS nth
    FROM share
    WINDOW one AS (PARTITION BY project, name, metric, as_of)
)
SELECT project, name, metric, {words.iso.format("as_of")} AS day, total AS value,
       CASE WHEN is_held = 1 THEN 'held' WHEN age >= 7 THEN 'carried' ELSE 'fresh' END AS state,
       CASE WHEN first_source = last_source THEN first_source ELSE first_source || ', ' || last_source END AS source,
       {_METHOD.format("weakest")} AS method
FROM cell
WHERE nth = 1 AND is_whole = 1 AND has_ended_whole = 0 AND artifacts > 0 AND (combine = 'sum' OR artifacts = 1)"""
