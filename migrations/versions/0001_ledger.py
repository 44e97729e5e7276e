"""All tables of the ledger.

Written out rather than taken from storage.database.schema, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

from storage.database import views

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


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "artifact",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("born", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_artifact"),
        sa.UniqueConstraint("number", "kind", name="uq_artifact_number_kind"),
        **ROWID,
    )
    op.create_index("ix_artifact_name", "artifact", ["name"])
    op.create_table(
        "catalog",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("cadence", sa.Text, nullable=False),
        sa.Column("max_stale", VALUE, nullable=False),
        sa.Column("first_seen", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalog"),
        sa.UniqueConstraint("digest", name="uq_catalog_digest"),
        **ROWID,
    )
    op.create_table(
        "metric",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("combine", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_metric"),
        **ROWID,
    )
    op.create_table(
        "metric_source",
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("metric", "source", name="pk_metric_source"),
        sa.ForeignKeyConstraint(["metric"], ["metric.key"], name="fk_metric_source_metric"),
        **CLUSTERED,
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
        "run",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("closed_at", sa.Text, nullable=False),
        sa.Column("known_at", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("catalog_id", sa.Integer),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("known_seq", name="uq_run_known_seq"),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"], name="fk_run_catalog_id"),
        sa.CheckConstraint("state IN ('done', 'partial', 'failed')", name=op.f("ck_run_state")),
        **ROWID,
    )
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
    op.create_table(
        "alias",
        sa.Column("artifact_id", sa.Integer, nullable=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("folded", NAME, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("artifact_id", "known_seq", "folded", name="pk_alias"),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifact.id"], name="fk_alias_artifact_id"),
        sa.ForeignKeyConstraint(["known_seq"], ["run.known_seq"], name="fk_alias_known_seq"),
        **CLUSTERED,
    )
    op.create_index("ix_alias_folded", "alias", ["folded"])
    op.create_table(
        "decision",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("decided_seq", BIG, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "day", "known_seq", "decided_seq", name="pk_decision"),
        sa.ForeignKeyConstraint(["decided_seq"], ["run.known_seq"], name="fk_decision_decided_seq"),
        sa.ForeignKeyConstraint(["known_seq"], ["run.known_seq"], name="fk_decision_known_seq"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_decision_series_id"),
        sa.CheckConstraint("verdict IN ('accept', 'reject', 'reopen', 'note')", name=op.f("ck_decision_verdict")),
        **CLUSTERED,
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("newest_run", sa.Integer, nullable=False),
        sa.Column("catalog_id", sa.Integer),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"], name="fk_edition_catalog_id"),
        sa.ForeignKeyConstraint(["known_seq"], ["run.known_seq"], name="fk_edition_known_seq"),
        **ROWID,
    )
    op.create_index("ix_edition_day_page", "edition", ["day", "page"])
    op.create_table(
        "hold",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("guard", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "day", "known_seq", name="pk_hold"),
        sa.ForeignKeyConstraint(["known_seq"], ["run.known_seq"], name="fk_hold_known_seq"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_hold_series_id"),
        **CLUSTERED,
    )
    op.create_table(
        "member",
        sa.Column("catalog_id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", NAME, nullable=False),
        sa.Column("number", sa.Text),
        sa.PrimaryKeyConstraint("catalog_id", "project_id", "position", name="pk_member"),
        sa.ForeignKeyConstraint(
            ["catalog_id", "project_id"], ["project.catalog_id", "project.id"], name="fk_member_catalog_id_project_id"
        ),
        **CLUSTERED,
    )
    op.create_table(
        "observation",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("value", VALUE, nullable=False),
        sa.Column("method", SMALL, nullable=False),
        sa.Column("response_id", BIG),
        sa.PrimaryKeyConstraint("series_id", "day", "known_seq", name="pk_observation"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_observation_series_id"),
        **CLUSTERED,
    )
    op.create_table(
        "outcome",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("state", SMALL, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("response_id", BIG),
        sa.PrimaryKeyConstraint("series_id", "known_seq", name="pk_outcome"),
        sa.ForeignKeyConstraint(["known_seq"], ["run.known_seq"], name="fk_outcome_known_seq"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_outcome_series_id"),
        **CLUSTERED,
    )
    op.create_index("ix_outcome_known_seq", "outcome", ["known_seq"])
    op.create_table(
        "recording",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("known_seq", BIG, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_recording"),
        sa.UniqueConstraint("name", "known_seq", name="uq_recording_name_known_seq"),
        sa.ForeignKeyConstraint(["known_seq"], ["run.known_seq"], name="fk_recording_known_seq"),
        **ROWID,
    )
    op.create_index("ix_recording_known_seq", "recording", ["known_seq"])
    op.create_table(
        "edition_file",
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "name", name="pk_edition_file"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_edition_file_edition_id"),
        **ROWID,
    )
    op.create_table(
        "response",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("recording_id", sa.Integer, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("offset", BIG, nullable=False),
        sa.Column("length", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("record", name="uq_response_record"),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name="fk_response_recording_id"),
        **ROWID,
    )
    op.create_index("ix_response_recording_id", "response", ["recording_id"])


def downgrade() -> None:
    """Take them away, with all that they hold."""
    views.drop(op.get_bind())
    newest_first = """
        response edition_file recording outcome observation member hold edition decision alias
        series run project metric_source metric catalog artifact
    """
    for table in newest_first.split():
        op.drop_table(table)
