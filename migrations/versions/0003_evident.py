"""Outcomes that an observation of the same run says as well, two thirds of a weekly ledger, are not kept any more.

The room they took is used again by what comes; the file itself does not shrink.
"""

from alembic import op

revision = "0003_evident"
down_revision = "0002_editions"
branch_labels = None
depends_on = None

# As storage.append.evident does for each run closed: the observation is the series' newest as known after the run, and
# at most a week older than the run's day.
DROP = """
DELETE FROM outcome
WHERE state = 'recorded' AND cause = '' AND detail = '' AND (series_id, tick) IN (
    SELECT series_id, tick
    FROM (
        SELECT learned.series_id AS series_id, learned.tick AS tick, learned.day AS day, run.day AS ran,
               max(learned.day) OVER (PARTITION BY learned.series_id ORDER BY learned.tick) AS newest
        FROM (SELECT series_id, tick, max(day) AS day FROM observation GROUP BY series_id, tick) AS learned
        JOIN run ON run.tick = learned.tick
        WHERE run.state <> 'open'
    ) AS known
    WHERE day = newest AND day BETWEEN ran - 7 AND ran
)
"""
SAY_AGAIN = """
INSERT INTO outcome (series_id, tick, state, cause, detail, response_id)
SELECT series_id, tick, 'recorded', '', '', max(response_id)
FROM observation
WHERE NOT EXISTS (
    SELECT 1 FROM outcome WHERE outcome.series_id = observation.series_id AND outcome.tick = observation.tick
)
GROUP BY series_id, tick
"""


def upgrade() -> None:
    """Drop them."""
    op.execute(DROP)


def downgrade() -> None:
    """Say them again."""
    op.execute(SAY_AGAIN)
