"""Brings a request to the service that it is for, lets faults befall it and counts it; knows no sockets."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.integration import clickpy, dockerhub, github, pypistats
from tests.integration.breakage import Case, broken
from tests.integration.budgets import Budgets, Limits
from tests.integration.faults import Fault, Schedule
from tests.integration.message import Reply, Request, reply_json
from tests.integration.world import World

SERVICES = ("github", "pypistats", "clickpy", "dockerhub")
_CONTROL = "/_control/"


class Counts:
    """What was asked, what was answered, how much at once and by whom."""

    def __init__(self) -> None:
        self._requests: dict[str, Counter[str]] = {}
        self._statuses: dict[str, Counter[str]] = {}
        self._peaks: Counter[str] = Counter()
        self._tokens: dict[str, set[str]] = {}
        self._agents: set[str] = set()
        self.faults: Counter[str] = Counter()

    def add(self, request: Request, reply: Reply, busy: int) -> None:
        service = request.service
        self._requests.setdefault(service, Counter())[f"{request.method} {request.path}"] += 1
        shown = str(reply.status) if reply.manner == "whole" else reply.manner
        self._statuses.setdefault(service, Counter())[shown] += 1
        self._peaks[service] = max(self._peaks[service], busy)
        self._tokens.setdefault(service, set()).add(request.headers.get("authorization", ""))
        self._agents.add(request.headers.get("user-agent", ""))

    def to_json(self) -> dict[str, Any]:
        return {
            "requests": self._requests,
            "statuses": self._statuses,
            "peaks": self._peaks,
            "authorizations": {service: sorted(values - {""}) for service, values in self._tokens.items()},
            "agents": sorted(self._agents),
            "faults": self.faults,
        }


class Stage:
    """The played services on one host, their world and everything that can be set about them."""

    def __init__(self, world: World, limits: Limits, latency: float) -> None:
        self.world, self.latency = world, latency
        self._budgets = Budgets(limits)
        self._faults = Schedule()
        self._counts = Counts()
        self._busy: Counter[str] = Counter()
        self._here = self._elsewhere = ""
        self._stranger: Stage | None = None

    def settle(self, here: str, stranger: "Stage | None" = None, elsewhere: str = "") -> None:
        """Hear the URL of this host, and of the other one to which redirects may lead."""
        self._here, self._stranger, self._elsewhere = here, stranger, elsewhere

    def arrive(self, request: Request) -> tuple[Reply, float]:
        """Answer a request; the second is the latency in seconds."""
        service, _, path = request.path[1:].partition("/")
        if request.path.startswith(_CONTROL):
            return self._control(request), 0.0
        if service not in SERVICES:
            return reply_json({"message": "no such service"}, 404), 0.0
        asked = Request(
            request.method, f"/{path}", request.query_text, request.headers, request.body, service, self._base(service)
        )
        self._busy[service] += 1
        reply = self._answer(asked)
        self._counts.add(asked, reply, self._busy[service])
        return reply, self.latency

    def leave(self, request: Request) -> None:
        """Hear that a request has been dealt with."""
        self._busy[request.path[1:].partition("/")[0]] -= 1

    def _base(self, service: str) -> str:
        return f"{self._here}/{service}"

    def _answer(self, request: Request) -> Reply:
        now = time.time()
        good = self._good(request, now)
        fault = self._faults.of(request)
        if fault is None:
            return good
        self._counts.faults[fault.kind] += 1
        return broken(Case(fault, request, good, now, f"{self._elsewhere}/{request.service}"))

    def _good(self, request: Request, now: float) -> Reply:
        if request.service == "github":
            return github.answer(request, self.world, self._budgets, now=now, busy=self._busy["github"])
        others = {"pypistats": pypistats.answer, "clickpy": clickpy.answer, "dockerhub": dockerhub.answer}
        return others[request.service](request, self.world, self._budgets, now=now)

    # the control channel

    def _control(self, request: Request) -> Reply:
        raw = json.loads(request.body) if request.body else None
        what = request.path.removeprefix(_CONTROL)
        if what == "counts":
            return reply_json(self._counted())
        settings: dict[str, Callable[[Any], None]] = {
            "world": self._set_world,
            "limits": self._set_limits,
            "faults": self._set_faults,
            "latency": self._set_latency,
            "reset": self._reset,
        }
        if what not in settings:
            return reply_json({"message": "no such setting"}, 404)
        settings[what](raw)
        return reply_json({"done": what})

    def _counted(self) -> dict[str, Any]:
        away = self._stranger._counts.to_json() if self._stranger else {}
        return self._counts.to_json() | {"elsewhere": away}

    def _set_world(self, raw: Any) -> None:
        self.world = World.from_json(raw)
        if self._stranger:
            self._stranger.world = replace(self.world, seed=self.world.seed + 1)

    def _set_limits(self, raw: Any) -> None:
        self._budgets = Budgets(Limits(**raw))

    def _set_faults(self, raw: Any) -> None:
        self._faults = Schedule(Fault(**each) for each in raw)

    def _set_latency(self, raw: Any) -> None:
        self.latency = float(raw)

    def _reset(self, _: Any) -> None:
        """Forget what was counted, the faults and what was spent; the world, the limits and the latency stay."""
        self._counts = Counts()
        self._faults = Schedule()
        self._budgets = Budgets(self._budgets.limits)
        if self._stranger:
            self._stranger._reset(None)
