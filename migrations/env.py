"""Runs the migrations: on the connection of storage.database.migrate, or alone on the ledger of TALLYBOOK_DB."""

import os

from alembic import context
from sqlalchemy import Connection

from storage.database.connection import make_engine, parse_url, writing
from storage.database.schema import metadata


def migrate(connection: Connection) -> None:
    """Run the migrations on a connection, all of them or none."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


def print_sql(url: str) -> None:
    """Print the migrations as SQL, for those who run such things by hand."""
    context.configure(url=parse_url(url), target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Choose among the three."""
    given = context.config.attributes.get("connection")
    url = os.environ.get("TALLYBOOK_DB", "sqlite:///tallybook.db")
    if isinstance(given, Connection):
        migrate(given)
    elif context.is_offline_mode():
        print_sql(url)
    else:
        engine = make_engine(parse_url(url))
        with writing(engine) as connection:
            migrate(connection)
        engine.dispose()


main()
