"""A rejection concerns what a guard held of a day, not the good values beside it; so does the view history."""

from alembic import op

revision = "0005_rejected"
down_revision = "0004_guards"
branch_labels = None
depends_on = None

ISO_DAY = {
    "sqlite": "date(observation.day * 86400, 'unixepoch')",
    "postgresql": "CAST(DATE '1970-01-01' + observation.day AS TEXT)",
}
HISTORY = """
CREATE VIEW history AS
SELECT artifact.kind AS kind, artifact.name AS artifact, series.metric AS metric, series.source AS source,
       series.definition AS definition, {iso_day} AS day, observation.value AS value,
       CASE observation.method WHEN 1 THEN 'observed' WHEN 2 THEN 'derived' WHEN 3 THEN 'reconstructed'
                               WHEN 4 THEN 'imported' END AS method,
       run.id AS run, run.known_at AS known_at
FROM observation
JOIN series ON series.id = observation.series_id
JOIN artifact ON artifact.id = series.artifact_id
JOIN run ON run.tick = observation.tick
WHERE run.state <> 'open'
AND COALESCE(
    NULLIF((SELECT decision.verdict FROM decision JOIN run AS review ON review.tick = decision.tick
            WHERE decision.series_id = observation.series_id AND decision.day = observation.day
              AND decision.tick > observation.tick AND decision.verdict <> 'note' AND review.state <> 'open' {concerned}
            ORDER BY decision.tick DESC, decision.id DESC LIMIT 1), 'reopen'),
    (SELECT 'held' FROM hold WHERE hold.series_id = observation.series_id AND hold.day = observation.day
                               AND hold.tick = observation.tick),
    'accept') = 'accept'
"""
# As storage.quarantine.withheld does.
CONCERNED = """
              AND (decision.verdict <> 'reject'
                   OR EXISTS (SELECT 1 FROM hold WHERE hold.series_id = observation.series_id
                                                   AND hold.day = observation.day AND hold.tick = observation.tick)
                   OR NOT EXISTS (
                       SELECT 1 FROM hold
                       WHERE hold.series_id = decision.series_id AND hold.day = decision.day
                         AND hold.tick < decision.tick
                         AND COALESCE((SELECT earlier.verdict FROM decision AS earlier
                                       WHERE earlier.series_id = hold.series_id AND earlier.day = hold.day
                                         AND earlier.tick > hold.tick AND earlier.tick < decision.tick
                                         AND earlier.verdict <> 'note'
                                       ORDER BY earlier.tick DESC, earlier.id DESC LIMIT 1), '') <> 'reject'))
"""


def upgrade() -> None:
    """Make the view anew."""
    _view(CONCERNED)


def downgrade() -> None:
    """Let a rejection concern all values of its day again."""
    _view("")


def _view(concerned: str) -> None:
    op.execute("DROP VIEW history")
    op.execute(HISTORY.format(iso_day=ISO_DAY[op.get_context().dialect.name], concerned=concerned))
