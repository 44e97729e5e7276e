"""How ClickHouse's HTTP interface refuses: by a code of its own, under any status; knows no table and no query."""

import re

from collector.errors import BAD_REQUEST, LIMIT, TOO_BIG, TRANSIENT, NoValue
from collector.model import Request, Response
from collector.sources import reading
from collector.sources.reading import excerpt

THROW = {"read_overflow_mode": "throw", "result_overflow_mode": "throw"}
"""Settings by which what is too big is refused; a service may be set up to cut it off without a word."""
_FORBIDDEN_SETTING = 452
_CAUSES = (
    {201: LIMIT, _FORBIDDEN_SETTING: BAD_REQUEST}
    # TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES
    | dict.fromkeys((158, 159, 160, 241, 307, 396), TOO_BIG)
    # BAD_ARGUMENTS, unknown column, table, syntax, unknown database, setting, and parameters that are amiss
    | dict.fromkeys((36, 47, 60, 62, 81, 115, 456, 457), BAD_REQUEST)
)
_EXCEPTION = re.compile(rb"Code: (\d{1,5})\. DB::.{0,300}", re.DOTALL)
_ENDS = 8192


class ForbiddenSetting(NoValue):
    """The service lets nobody change a setting; without it, it may answer."""


def refusal(request: Request, response: Response) -> NoValue | None:
    """Judge by the code of an exception, wherever it is told, and without one as for any JSON service.

    It stands in a header, or at either end of a body: once the header of a good answer is sent, an error can only come
    behind what there is of the data.
    """
    found = _EXCEPTION.search(response.body[:_ENDS]) or _EXCEPTION.search(response.body[-_ENDS:])
    header = response.headers.get("x-clickhouse-exception-code", "").strip()
    if found is not None:
        code, said = int(found[1]), excerpt(found[0].decode(errors="replace"))
    elif re.fullmatch(r"[0-9]{1,5}", header):
        code, said = int(header), f"HTTP {response.status}: ClickHouse's exception {header}"
    else:
        return reading.refusal(request, response)
    kind = ForbiddenSetting if code == _FORBIDDEN_SETTING else NoValue
    return kind(_CAUSES.get(code, TRANSIENT), said)
