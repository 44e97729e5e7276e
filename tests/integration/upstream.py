"""The played services as a process of their own on loopback, and a handle on it; knows nothing of tallybook.

`python -m tests.integration.upstream --port 0 --latency 0.1 --world projects=1000,share=4` prints its port and serves.
"""

import argparse
import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.integration.budgets import Limits
from tests.integration.faults import Fault
from tests.integration.stage import SERVICES, Stage
from tests.integration.wire import Connection
from tests.integration.world import World

ROOT = Path(__file__).parents[2]
_HOST = "127.0.0.1"


class Upstream:
    """A context manager: starts the server as a child process, sets it up over its control channel, stops it."""

    def __init__(self, world: World | None = None, *, latency: float = 0.0, limits: Limits | None = None) -> None:
        self.world = world or World()
        self._latency = latency
        self._limits = limits or Limits()

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.integration.upstream", "--port", "0", "--until-eof"]
        self._process = subprocess.Popen(  # noqa: S603 - this very module
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self._line = http.client.HTTPConnection(_HOST, self.port, timeout=10)
        self.set_world(self.world)
        self.set_limits(self._limits)
        self.set_latency(self._latency)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """End the server, if it is not ended yet; its port then refuses connections."""
        self._line.close()
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def url(self, service: str) -> str:
        return f"http://{_HOST}:{self.port}/{service}"

    def environment(self) -> dict[str, str]:
        """Give the variables that point tallybook at this server."""
        return {f"TALLYBOOK_{service.upper()}_URL": self.url(service) for service in SERVICES}

    def set_world(self, world: World) -> None:
        self.world = world
        self._tell("world", world.to_json())

    def set_limits(self, limits: Limits) -> None:
        """Set new limits; everything spent before is forgotten."""
        self._tell("limits", asdict(limits))

    def set_faults(self, *faults: Fault) -> None:
        """Replace the faults that are set; their counting starts anew."""
        self._tell("faults", [fault.to_json() for fault in faults])

    def set_latency(self, seconds: float) -> None:
        self._tell("latency", seconds)

    def reset(self) -> None:
        """Forget counts, faults and spent budgets; world, limits and latency stay."""
        self._tell("reset", None)

    def counts(self) -> dict[str, Any]:
        """Give what was asked and answered since the last reset.

        `requests`, `statuses`, `peaks` (requests at once) and `authorizations` per service; `agents`; `faults` by kind;
        `elsewhere`: the same of the other host.
        """
        counted: dict[str, Any] = self._tell("counts", None)
        return counted

    def requests(self, service: str = "") -> int:
        """Count the requests to a service, or to all of them, since the last reset."""
        asked = self.counts()["requests"]
        return sum(sum(paths.values()) for name, paths in asked.items() if service in {"", name})

    def _tell(self, what: str, raw: Any) -> Any:
        self._line.request("POST", f"/_control/{what}", json.dumps(raw))
        response = self._line.getresponse()
        body = response.read()
        assert response.status == 200, body
        return json.loads(body)


async def serve(stage: Stage, stranger: Stage, port: int, *, until_eof: bool) -> None:
    """Serve both hosts until SIGTERM, or until standard input ends; print the first one's port."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        loop.add_reader(sys.stdin, lambda: stop.set() if not os.read(0, 64) else None)
    here = await loop.create_server(lambda: Connection(stage), _HOST, port, backlog=1024)
    away = await loop.create_server(lambda: Connection(stranger), _HOST, 0, backlog=128)
    ports = [server.sockets[0].getsockname()[1] for server in (here, away)]
    urls = [f"http://{_HOST}:{each}" for each in ports]
    stage.settle(urls[0], stranger, urls[1])
    stranger.settle(urls[1])
    sys.stdout.write(f"{ports[0]}\n")
    sys.stdout.flush()
    await stop.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="tests.integration.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--world", default="", help="projects=10,images=1,share=1,seed=1,today=2026-04-27")
    parser.add_argument("--limits", choices=("plenty", "real"), default="plenty")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    given = parser.parse_args(arguments)
    world = World.from_text(given.world)
    limits = Limits.real() if given.limits == "real" else Limits()
    stage = Stage(world, limits, given.latency)
    stranger = Stage(replace(world, seed=world.seed + 1), limits, given.latency)
    asyncio.run(serve(stage, stranger, given.port, until_eof=given.until_eof))


if __name__ == "__main__":
    main()
