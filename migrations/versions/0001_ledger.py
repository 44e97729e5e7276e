"""The ledger: runs, catalogs, artifacts and their identities, series, responses, observations, outcomes.

Written out rather than taken from storage.database.schema, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_ledger"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer, "sqlite")
VALUE: sa.Double[float] = sa.Double().with_variant(sa.REAL, "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ROWID = {"sqlite_strict": True}
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}

ISO_DAY = {
    "sqlite": "date(observation.day * 86400, 'unixepoch')",
    "postgresql": "CAST(DATE '1970-01-01' + observation.day AS TEXT)",
}
# For people with plain SQL. Rows of a run that is not closed are not in it.
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


def upgrade() -> None:
    """Make the ledger's tables and the view."""
    _catalogs()
    _runs()
    _artifacts()
    _facts()
    op.execute(HISTORY.format(iso_day=ISO_DAY[op.get_context().dialect.name]))


def downgrade() -> None:
    """Take the ledger away, with all that it holds."""
    op.execute("DROP VIEW history")
    newest_first = "outcome observation response series identity artifact run member project catalog"
    for table in newest_first.split():
        op.drop_table(table)


def _catalogs() -> None:
    op.create_table(
        "catalog",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("cadence", sa.Text, nullable=False),
        sa.Column("first_seen", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog"),
        sa.UniqueConstraint("digest", name="uq_catalog_digest"),
        **ROWID,
    )
    op.create_table(
        "project",
        sa.Column("catalog_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("catalog_id", "id", name="pk_project"),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"], name="fk_project_catalog_id"),
        **CLUSTERED,
    )
    op.create_table(
        "member",
        sa.Column("catalog_id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("catalog_id", "project_id", "position", name="pk_member"),
        sa.ForeignKeyConstraint(
            ["catalog_id", "project_id"], ["project.catalog_id", "project.id"], name="fk_member_catalog_id_project_id"
        ),
        **CLUSTERED,
    )


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("closed_at", sa.Text),
        sa.Column("known_at", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("catalog_id", sa.Integer),
        sa.Column("recording", sa.Text),
        sa.Column("recording_digest", sa.Text),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("tick", name="uq_run_tick"),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"], name="fk_run_catalog_id"),
        sa.CheckConstraint("state IN ('open', 'done', 'partial', 'failed')", name="ck_run_state"),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="ck_run_closed"),
        sa.CheckConstraint("(state = 'open') = (known_at IS NULL)", name="ck_run_known"),
        **ROWID,
    )
    is_open = sa.text("state = 'open'")
    op.create_index("uq_run_open", "run", ["state"], unique=True, sqlite_where=is_open, postgresql_where=is_open)


def _artifacts() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_artifact"),
        sa.UniqueConstraint("kind", "folded", name="uq_artifact_kind_folded"),
        **ROWID,
    )
    op.create_table(
        "identity",
        sa.Column("artifact_id", sa.Integer, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", NAME, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("artifact_id", "tick", "name", name="pk_identity"),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifact.id"], name="fk_identity_artifact_id"),
        sa.ForeignKeyConstraint(["tick"], ["run.tick"], name="fk_identity_tick"),
        **CLUSTERED,
    )
    op.create_index("ix_identity_folded", "identity", ["folded"])
    op.create_index("ix_identity_number", "identity", ["number"])
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("artifact_id", sa.Integer, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("definition", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint(
            "artifact_id", "metric", "source", "definition", name="uq_series_artifact_id_metric_source_definition"
        ),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifact.id"], name="fk_series_artifact_id"),
        **ROWID,
    )


def _facts() -> None:
    op.create_table(
        "response",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("offset", BIG, nullable=False),
        sa.Column("length", BIG, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("record", name="uq_response_record"),
        sa.ForeignKeyConstraint(["tick"], ["run.tick"], name="fk_response_tick"),
        **ROWID,
    )
    op.create_index("ix_response_tick", "response", ["tick"])
    op.create_table(
        "observation",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("value", VALUE, nullable=False),
        sa.Column("method", SMALL, nullable=False),
        sa.Column("response_id", BIG),
        sa.PrimaryKeyConstraint("series_id", "day", "tick", name="pk_observation"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_observation_series_id"),
        **CLUSTERED,
    )
    op.create_table(
        "outcome",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("response_id", BIG),
        sa.PrimaryKeyConstraint("series_id", "tick", name="pk_outcome"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_outcome_series_id"),
        sa.ForeignKeyConstraint(["tick"], ["run.tick"], name="fk_outcome_tick"),
        sa.CheckConstraint("state IN ('recorded', 'unchanged', 'missing', 'failed', 'held')", name="ck_outcome_state"),
        **CLUSTERED,
    )
    op.create_index("ix_outcome_tick", "outcome", ["tick"])
