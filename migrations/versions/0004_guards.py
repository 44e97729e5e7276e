"""What guards hold back and what reviews decide of it; the view history leaves out what is withheld."""

import sqlalchemy as sa
from alembic import op

revision = "0004_guards"
down_revision = "0003_evident"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ROWID = {"sqlite_strict": True}
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}

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
"""
NOT_WITHHELD = """
AND COALESCE(
    NULLIF((SELECT decision.verdict FROM decision JOIN run AS review ON review.tick = decision.tick
            WHERE decision.series_id = observation.series_id AND decision.day = observation.day
              AND decision.tick > observation.tick AND decision.verdict <> 'note' AND review.state <> 'open'
            ORDER BY decision.tick DESC, decision.id DESC LIMIT 1), 'reopen'),
    (SELECT 'held' FROM hold WHERE hold.series_id = observation.series_id AND hold.day = observation.day
                               AND hold.tick = observation.tick),
    'accept') = 'accept'
"""


def upgrade() -> None:
    """Make the tables, and the view anew."""
    op.create_table(
        "hold",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("guard", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "day", "tick", name="pk_hold"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_hold_series_id"),
        sa.ForeignKeyConstraint(["tick"], ["run.tick"], name="fk_hold_tick"),
        **CLUSTERED,
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_decision_series_id"),
        sa.ForeignKeyConstraint(["tick"], ["run.tick"], name="fk_decision_tick"),
        sa.CheckConstraint("verdict IN ('accept', 'reject', 'reopen', 'note')", name="ck_decision_verdict"),
        **ROWID,
    )
    op.create_index("ix_decision_series_id_day", "decision", ["series_id", "day"])
    _view(NOT_WITHHELD)


def downgrade() -> None:
    """Take them away: what was held counts again."""
    _view("")
    op.drop_index("ix_decision_series_id_day", "decision")
    op.drop_table("decision")
    op.drop_table("hold")


def _view(condition: str) -> None:
    op.execute("DROP VIEW history")
    op.execute(HISTORY.format(iso_day=ISO_DAY[op.get_context().dialect.name]) + condition)
