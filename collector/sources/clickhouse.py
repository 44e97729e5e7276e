"""How ClickHouse's HTTP interface refuses: by a code of its own, under any status; knows no table and no query."""

import re

from collector.model import Request, Response
from collector.sources.protocol import Verdict, excerpt, judge

QUOTA = 201
FORBIDDEN_SETTING = 452
TOO_BIG = frozenset({158, 159, 160, 241, 307, 396})
"""TOO_MANY_ROWS, TIMEOUT_EXCEEDED, TOO_SLOW, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES."""
NOT_UNDERSTOOD = frozenset({36, 47, 60, 62, 81, 115, 456, 457})
"""BAD_ARGUMENTS, unknown column, table, syntax, unknown database, setting, and parameters that are amiss."""
THROW = {"read_overflow_mode": "throw", "result_overflow_mode": "throw"}
"""Settings by which what is too big is refused; a service may be set up to cut it off without a word."""
_EXCEPTION = re.compile(rb"Code: (\d{1,5})\. DB::.{0,300}", re.DOTALL)
_ENDS = 8192


def exception(response: Response) -> tuple[int, str] | None:
    """Return the code and text of an exception, wherever it is told: in a header, or at either end of a body.

    Once the header of a good answer is sent, an error can only come behind what there is of the data.
    """
    found = _EXCEPTION.search(response.body[:_ENDS]) or _EXCEPTION.search(response.body[-_ENDS:])
    if found is not None:
        return int(found[1]), excerpt(found[0].decode(errors="replace"))
    code = response.headers.get("x-clickhouse-exception-code", "").strip()
    if re.fullmatch(r"[0-9]{1,5}", code):
        return int(code), f"HTTP {response.status}: ClickHouse's exception {code}"
    return None


def verdict(request: Request, response: Response) -> Verdict:
    """Judge by the code, and without one as for any JSON service."""
    failed = exception(response)
    if failed is None:
        return judge(request, response)
    code, _ = failed
    if code == QUOTA:
        return Verdict.LIMITED
    return Verdict.FINAL if code in TOO_BIG | NOT_UNDERSTOOD | {FORBIDDEN_SETTING} else Verdict.TRANSIENT
