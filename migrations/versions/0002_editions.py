"""Editions, the marks of answers that need not be sent again, and when an artifact came into being."""

import sqlalchemy as sa
from alembic import op

revision = "0002_editions"
down_revision = "0001_ledger"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ROWID = {"sqlite_strict": True}
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("artifact", sa.Column("born", sa.Integer))
    op.create_table(
        "etag",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.PrimaryKeyConstraint("url", "account", name="pk_etag"),
        **CLUSTERED,
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("projects", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("tick", BIG, nullable=False),
        sa.Column("newest_run", sa.Integer, nullable=False),
        sa.Column("catalog_id", sa.Integer),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.ForeignKeyConstraint(["tick"], ["run.tick"], name="fk_edition_tick"),
        sa.ForeignKeyConstraint(["catalog_id"], ["catalog.id"], name="fk_edition_catalog_id"),
        **ROWID,
    )
    op.create_index("ix_edition_day_page", "edition", ["day", "page"])


def downgrade() -> None:
    """Take them away, with the record of what was published."""
    op.drop_index("ix_edition_day_page", "edition")
    op.drop_table("edition")
    op.drop_table("etag")
    op.drop_column("artifact", "born")
