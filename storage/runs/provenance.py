"""Where the numbers come from: the response behind a value."""

from sqlalchemy import Connection, select

from storage.database.errors import UnknownResponse
from storage.database.schema import recording, response, run
from storage.model import Origin


def origin(connection: Connection, number: int) -> Origin:
    """Return where a response came from and where it lies. Raises UnknownResponse."""
    columns = response.c.record, response.c.status, response.c.at
    place = response.c.offset, response.c.length, response.c.digest
    query = (
        select(run.c.id.label("run"), recording.c.name.label("recording"), *columns, *place)
        .join(recording, recording.c.id == response.c.recording_id)
        .join(run, run.c.known_seq == recording.c.known_seq)
        .where(response.c.id == number)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownResponse(f"there is no response {number} in the ledger")
    return Origin(**row._asdict())
