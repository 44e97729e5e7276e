"""Why there is no value: causes, named by what the caller does next, and the errors that carry them."""

from datetime import datetime

GONE = "gone"
"""The upstream says there is none: a person should look at the catalog; asked again next time."""
CREDENTIALS = "credentials"
"""The token was refused: nothing more is asked of this service until a person mends it."""
LIMIT = "limit"
"""A rate limit, and no time left to wait for it: come again later."""
TOO_BIG = "too big"
"""The service will not answer so much at once: never repeated unchanged."""
BAD_REQUEST = "bad request"
"""The service does not understand the question: a fault of this program."""
TRANSIENT = "transient"
"""Timeouts, lost connections, server errors: the next refresh will do."""
BAD_PAYLOAD = "bad payload"
"""An answer that is not what the service documents: nothing of it is used."""
REFUSED = "refused"
"""The service refuses this request, and says why."""
HOLE = "upstream hole"
"""The upstream's own data lack days that the value needs."""
NOT_ASKED = "not asked"
"""The source ended before its turn came."""

ENDS_THE_SOURCE = frozenset({CREDENTIALS, LIMIT})
"""Causes that the next request to the same service would meet too."""


class NoValue(Exception):
    """What was asked for has no value: `missing` (the upstream says there is none) or `failed` (we could not tell)."""

    def __init__(self, cause: str, detail: str, state: str = "failed") -> None:
        super().__init__(detail)
        self.cause, self.detail, self.state = cause, detail, state


class BadPayload(NoValue):
    """A response's body is not what the service documents; the detail says where and why."""

    def __init__(self, detail: str) -> None:
        super().__init__(BAD_PAYLOAD, detail)


class LimitReached(Exception):
    """A service's limit leaves nothing for longer than we may wait; `until` is when (UTC) it opens again."""

    def __init__(self, service: str, until: datetime) -> None:
        super().__init__(f"the limit of {service} is used up until {until:%Y-%m-%d %H:%M:%S} UTC")
        self.until = until


class Stopped(Exception):
    """The run is being ended from outside; whatever waits gives up."""
