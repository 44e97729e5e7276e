"""Which requests are to go wrong, and in which way; knows the names of the ways, not what they look like."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tests.integration.message import Request


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls the requests of a service ("" for every one) whose path, query and body match the pattern `path`.

    Of these, `skip` pass, then every `every`th is hit until `first` have been (None: no end). `seconds` is the
    Retry-After of refusals and the time between two bytes of a drip; `keys` a pattern of the names of the members
    whose values are mangled.
    """

    kind: str
    service: str = ""
    path: str = ""
    every: int = 1
    first: int | None = None
    skip: int = 0
    seconds: float = 1.0
    keys: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Schedule:
    """The faults that are set, and how often each has been met."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._rules = [_Rule(fault) for fault in faults]

    def of(self, request: Request) -> Fault | None:
        """Give the first fault that hits this request; every fault that matches counts it."""
        hits = [rule.fault for rule in self._rules if rule.hits(request)]
        return hits[0] if hits else None


class _Rule:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._path = re.compile(fault.path)
        self._met = 0
        self._hit = 0

    def hits(self, request: Request) -> bool:
        fault = self.fault
        if fault.service not in {"", request.service} or not self._path.search(_asked(request)):
            return False
        self._met += 1
        past = self._met - fault.skip
        spent = fault.first is not None and self._hit >= fault.first
        if past <= 0 or past % fault.every or spent:
            return False
        self._hit += 1
        return True


def _asked(request: Request) -> str:
    return f"{request.target()} {request.body.decode(errors='replace')}" if request.body else request.target()
