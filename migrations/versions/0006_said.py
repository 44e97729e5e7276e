"""An ETag is kept with what was said of the answer that it marks, to be read again where the service says no more."""

import sqlalchemy as sa
from alembic import op

revision = "0006_said"
down_revision = "0005_rejected"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("etag", sa.Column("said", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("etag", "said")
