"""The marks by which services know the answers that we have; knows neither what they are of nor how they are sent."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from storage.model import Run
from storage.runs import require_open
from storage.schema import etag, run
from storage.visible import chunks


def etags(connection: Connection, account: str, urls: Collection[str]) -> dict[str, str]:
    """Return the ETags by URL, as far as a closed run has kept one under the account."""
    found: dict[str, str] = {}
    query = select(etag.c.url, etag.c.etag).join(run, run.c.tick == etag.c.tick)
    for chunk in chunks(set(urls)):
        rows = connection.execute(query.where(etag.c.account == account, etag.c.url.in_(chunk), run.c.state != "open"))
        found |= dict(rows.all())
    return found


def keep_etags(connection: Connection, made_by: Run, account: str, found: Mapping[str, str]) -> None:
    """Keep ETags by URL, in place of those that the account had. Raises RunNotOpen."""
    require_open(connection, made_by.id)
    for chunk in chunks(set(found)):
        connection.execute(delete(etag).where(etag.c.account == account, etag.c.url.in_(chunk)))
    rows = [{"url": url, "account": account, "etag": mark, "tick": made_by.tick} for url, mark in found.items()]
    if rows:
        connection.execute(insert(etag), rows)
