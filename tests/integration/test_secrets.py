"""No token is written anywhere: not to an output, a file, a recording, the ledger, nor into the list of processes."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.faults import Fault
from tests.integration.running import Desk, Running
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

TOKENS = tuple(
    f"ghp_{name}ThatMustBeWrittenNowhere{number}" for number, name in enumerate(("first", "second", "third"))
)
FAULTS = (
    Fault("500", "github", first=1),
    Fault("401", "github", first=1, skip=1),
    Fault("redirect-host", "pypistats", every=4, first=1),
    Fault("redirect-host", "dockerhub", every=4, first=1),
    Fault("half-json", "pypistats", every=5, first=1),
    Fault("reset", "dockerhub", every=5, first=1),
)
SESSION = (
    ("refresh", "--dry-run"),
    ("refresh", "--json"),
    ("backfill", "--from", "2026-01-01", "--source", "github-history", "--source", "pypistats"),
    ("table", "--format", "json"),
    ("publish", "--allow-stale"),
    ("verify",),
    ("status", "--json"),
    ("explain", "p0000", "github_stars"),
    ("schedule", "--print", "cron"),
    ("--help",),
    ("refresh", "--source", TOKENS[0][:8]),
)
_LEAST = 12
"""So many characters of a token in a row are as good as the token."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(projects=6)
    with Upstream(world) as up:
        made = Desk(tmp_path, up, {"GITHUB_TOKEN": TOKENS[0]})
        made.catalog(world.catalog())
        yield made


def test_a_faulty_session_writes_no_token_anywhere(desk: Desk) -> None:
    written: dict[str, bytes] = {}
    for number, arguments in enumerate(SESSION):
        desk.up.set_faults(*FAULTS)
        begun = desk.start(*arguments)
        written[f"process {number}"] = _listed(begun)
        ran = begun.wait()
        assert "Traceback" not in ran.err, ran.told()
        written[f"output {number}"] = (ran.out + ran.err).encode()
    for name, data in desk.files().items():
        written[name] = data
        if name.endswith(".gz"):
            written[f"{name}, unpacked"] = gzip.decompress(data)
    assert {name.rpartition(".")[2] for name in desk.files()} >= {"db", "gz", "md", "json"}
    assert [name for name, data in written.items() for piece in _pieces() if piece in data] == []
    counts = desk.up.counts()
    sent = {service: set(values) for service, values in counts["authorizations"].items() if values}
    assert sent == {"github": {f"Bearer {TOKENS[0]}"}}, "the session did use it"
    assert not any(counts["elsewhere"]["authorizations"].values()), "and no other host was told one"
    assert set(counts["faults"]) == {fault.kind for fault in FAULTS}


def test_a_token_that_is_refused_for_its_form_is_not_repeated(desk: Desk) -> None:
    for wrong in (f"{TOKENS[0]}\x7f", "ghp_shortOne", f"{TOKENS[0]} {TOKENS[1]}"):
        desk.extra["GITHUB_TOKEN"] = wrong
        ran = desk.run("refresh")
        assert (ran.code, "GITHUB_TOKEN" in ran.err) == (3, True), ran.told()
        assert not any(piece in (ran.out + ran.err).encode() for piece in (*_pieces(), b"shortOne"))


def test_a_token_that_github_refuses_is_said_once_and_the_other_services_go_on(desk: Desk) -> None:
    desk.up.set_faults(Fault("401", "github"))
    ran = desk.run("refresh")
    assert ran.code == 3, ran.told()
    assert ran.err.count("GITHUB_TOKEN was refused; give one that is valid, or none") == 1, ran.told()
    assert "github: 6 of 6 failed" in ran.err
    assert "pypistats: 6 recorded" in ran.out
    assert not any(piece in (ran.out + ran.err).encode() for piece in _pieces())


def _listed(begun: Running) -> bytes:
    """Give what the list of all processes shows of one."""
    place = Path(f"/proc/{begun.pid}")
    return b"".join((place / name).read_bytes() for name in ("cmdline", "comm") if place.exists())


def _pieces() -> list[bytes]:
    """Give what is looked for: every part of each token that is long enough to give it away."""
    return [token[at : at + _LEAST].encode() for token in TOKENS for at in range(len(token) - _LEAST + 1)]
