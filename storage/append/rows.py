"""Inserts many rows as the driver takes them: tens of thousands need not be made into mappings and back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table


def insert_rows(connection: Connection, into: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that are tuples of a table's columns in their order, each as the database keeps it."""
    if not rows:
        return
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    columns = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in into.c.keys())  # noqa: SIM118
    marks = ", ".join([mark] * len(into.c))
    connection.exec_driver_sql(f"INSERT INTO {into.name} ({columns}) VALUES ({marks})", list(rows))  # noqa: S608
