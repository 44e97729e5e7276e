"""The alembic migrations of the ledger."""
