"""The marks by which services know the answers that we have; knows neither what they are of nor how they are sent."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from storage.database.as_known import chunks
from storage.database.schema import etag, run
from storage.model import Run
from storage.runs.runs import require_open


def etags(connection: Connection, account: str, urls: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the ETags by URL, each with what was said of its answer, as far as a closed run has kept one."""
    found: dict[str, tuple[str, str]] = {}
    query = select(etag.c.url, etag.c.etag, etag.c.said).join(run, run.c.known_seq == etag.c.known_seq)
    for chunk in chunks(set(urls)):
        rows = connection.execute(query.where(etag.c.account == account, etag.c.url.in_(chunk), run.c.state != "open"))
        found |= {url: (mark, said) for url, mark, said in rows}
    return found


def keep_etags(connection: Connection, made_by: Run, account: str, found: Mapping[str, tuple[str, str]]) -> None:
    """Keep ETags by URL, each with what is said of its answer, in place of the account's. Raises RunNotOpen."""
    require_open(connection, made_by.id)
    for chunk in chunks(set(found)):
        connection.execute(delete(etag).where(etag.c.account == account, etag.c.url.in_(chunk)))
    rows = [
        {"url": url, "account": account, "etag": mark, "said": said, "known_seq": made_by.known_seq}
        for url, (mark, said) in found.items()
    ]
    if rows:
        connection.execute(insert(etag), rows)


def forget_said(connection: Connection, made_by: Run) -> None:
    """Forget the ETags of a run by which values would be taken as they were: some of its values are in doubt."""
    connection.execute(delete(etag).where(etag.c.known_seq == made_by.known_seq, etag.c.said != ""))
