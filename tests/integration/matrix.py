"""What can befall each way of asking, laid out so that one run of the command meets many faults; knows no pytest."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.integration.breakage import kinds
from tests.integration.faults import Fault
from tests.integration.running import KINDS, METRICS, TOKEN, Desk, Fact, Ran
from tests.integration.world import World

LIMITS = (
    "403-primary",
    "429-primary",
    "403-secondary",
    "403-secondary-after",
    "429",
    "429-seconds",
    "429-date",
    "429-epoch",
    "429-rubbish",
    "graphql-limited",
    "graphql-secondary",
)
"""Refusals that concern all of a service."""
CREDENTIALS = ("401", "403-refused")
PASSING = ("500", "503", "504", "502-html", "reset", "reset-midway", "truncated", "html-200", "empty-200", "hang")
"""Faults after which the same question may well be answered."""
TOLD = ("429-seconds", "429-date", "429-epoch")
"""Refusals that say for how long."""
SLOW = ("drip",)
"""Replies of which every byte comes within the time limit for reading, but not the whole."""
HARMLESS = ("number-string",)
"""What does not hinder reading: apis.md says that numbers can be strings."""
_SILENT_WEEKS = 8
"""Packages of this last digit have weeks without downloads; a shift of their days could not be told by anybody."""
_STATE = re.compile(r"^\w+: (\w+:\S+) (failed|missing|renamed)\b", re.MULTILINE)
_GITHUB_ONLY = frozenset({"403-blocked", "451", "403-agent", "403-primary", "429-primary"})


@dataclass(frozen=True, slots=True)
class Way:
    """A way of asking a service; `block` artifacts go into one request."""

    name: str
    service: str
    token: str = ""
    patterns: bool = False
    block: int = 1

    @property
    def kind(self) -> str:
        return KINDS[self.service]

    def knows(self, fault: str) -> bool:
        """Say whether the service could answer so when asked this way."""
        if fault.startswith("clickhouse"):
            return self.service == "clickpy"
        if fault.startswith("graphql"):
            return self.name == "graphql"
        if fault in SLOW:  # it takes long to see through, and what sends requests is the same for all
            return self.name == "pypistats"
        return self.service == "github" or (fault not in _GITHUB_ONLY and not fault.startswith("403-secondary"))


WAYS = {
    way.name: way
    for way in (
        Way("graphql", "github", token=TOKEN, block=50),
        Way("rest", "github"),
        Way("pypistats", "pypistats"),
        Way("dockerhub", "dockerhub"),
        Way("dockerlist", "dockerhub", patterns=True),
    )
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Which fault befalls which projects: one block of projects each, some blocks left in peace between them."""

    way: Way
    faults: tuple[str, ...]

    def blocks(self) -> list[str]:
        """Name the fault of each block, "" for none."""
        named: list[str] = []
        for number, fault in enumerate(self.faults):
            if len(named) % 10 == _SILENT_WEEKS:
                named.append("")
            named += [fault] if number % 4 else ["", fault]
        return [*named, ""]

    def world(self) -> World:
        return World(projects=len(self.blocks()) * self.way.block)

    def befallen(self) -> Iterator[tuple[int, str]]:
        """Give each project's index and its fault."""
        for number, fault in enumerate(self.blocks()):
            for index in range(number * self.way.block, (number + 1) * self.way.block):
                yield index, fault

    def rules(self, *, first: int | None = None) -> list[Fault]:
        """Give the faults to set; each befalls all requests of its block, or only the `first` ones."""
        rules = []
        for number, fault in enumerate(self.blocks()):
            indexes = range(number * self.way.block, (number + 1) * self.way.block)
            names = "|".join(f"{index:04d}" for index in indexes)
            pattern = rf"(?:org|pkg-p|ns)(?:{names})\b"
            pause = 0.4 if fault in SLOW else 1.0
            rules += [Fault(fault, self.way.service, pattern, first=first, seconds=pause)] if fault else []
        return rules

    def asked(self, index: int) -> str:
        """Name what the catalog has of a project, of the kind that is asked for."""
        return f"docker:{self.world().namespace(index)}/*" if self.way.patterns else self.stored(index)

    def stored(self, index: int) -> str:
        """Name the artifact whose value is stored."""
        world, kind = self.world(), self.way.kind
        names = {"github": world.repo(index), "pypi": world.package(index), "docker": world.images_of(index)[0]}
        return f"{kind}:{names[kind]}"


def single_faults(way: Way) -> tuple[str, ...]:
    """Name every kind of fault that can befall one request without ending the whole source."""
    return tuple(kind for kind in kinds() if way.knows(kind) and kind not in {*LIMITS, *CREDENTIALS})


def states(ran: Ran) -> dict[str, str]:
    """Read from the report, or from the messages, which artifact failed, is missing or was renamed."""
    if ran.out.startswith("{"):
        return {problem["subject"]: problem["state"] for problem in json.loads(ran.out)["problems"]}
    return dict(_STATE.findall(ran.err))


def wrong(facts: list[Fact], world: World) -> list[Fact]:
    """Give the facts that are not so."""
    return [fact for fact in facts if fact.value != value_of(world, fact)]


def value_of(world: World, fact: Fact) -> int | None:
    """Give the true value at the place of a fact; None if there cannot be one."""
    kind, _, name = fact.artifact.partition(":")
    if METRICS[kind] != fact.metric or (kind != "pypi" and fact.day != world.today):
        return None
    if kind == "pypi":
        return world.window(name, fact.day)
    return world.stars(name, fact.day) if kind == "github" else world.pulls(name, fact.day)


def leaks(desk: Desk, ran: Ran) -> list[str]:
    """Name where the token was written, as it is, in a recording or in a message."""
    secret = TOKEN.encode()
    found = [name for name in ("stdout", "stderr") if TOKEN in (ran.out if name == "stdout" else ran.err)]
    for name, content in desk.files().items():
        plain = _unpacked(content) if name.endswith(".gz") else content
        found += [name] if secret in content or secret in plain else []
    return found


def _unpacked(content: bytes) -> bytes:
    """Unpack what there is of a gzip file, whose end a kill may have cut off."""
    plain, rest = b"", content
    while rest:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        plain += unpacker.decompress(rest)
        rest = unpacker.unused_data
    return plain
