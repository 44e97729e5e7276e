"""Whatever befalls the machine: one line says what, nothing stored is lost, and the same command completes the work."""

import ctypes
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from tests.integration.nursery import Nursery
from tests.integration.running import Desk, Ran, truth
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

WORLD = World(projects=4)
SHARED_MEMORY = 33_000
"""More bytes than SQLite's file of this name has, without which a ledger cannot be read at all."""

PAGE = 4096


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with Upstream() as up:
        yield up


@pytest.fixture
def desk(running: Upstream, tmp_path: Path, nursery: Nursery) -> Desk:
    running.reset()
    running.set_latency(0)
    running.set_world(WORLD)
    made = Desk(tmp_path, running, nursery=nursery)
    made.catalog(WORLD.catalog())
    return made


@pytest.fixture(scope="module")
def stored(running: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a refresh and an edition in it, to be copied."""
    running.set_world(WORLD)
    made = Desk(tmp_path_factory.mktemp("stored"), running)
    made.catalog(WORLD.catalog())
    for arguments in (("refresh",), ("publish",)):
        ran = made.run(*arguments)
        assert ran.code == 0, ran.told()
    return made.folder


@pytest.fixture
def filled(desk: Desk, stored: Path) -> Desk:
    shutil.copytree(stored, desk.folder, dirs_exist_ok=True)
    return desk


def cramped(desk: Desk, *arguments: str, size: int = SHARED_MEMORY) -> Ran:
    """Run a command that can make no file larger than a size, which is as if the disk were full."""
    # Else it would leave half of a compiled module behind for all others.
    tight = Desk(desk.folder, desk.up, desk.extra | {"PYTHONDONTWRITEBYTECODE": "1"})
    return tight.run(*arguments, prepare=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)))


def mortal() -> None:
    """Let permissions hold for root too."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) == 0


def refused(ran: Ran, *said: str, code: int = 1) -> None:
    """Check that a command ended in one line, with this code, and with these words."""
    lines = [line for line in ran.err.splitlines() if line.startswith("tallybook: ")]
    assert (ran.code, len(lines), "Traceback" in ran.err) == (code, 1, False), ran.told()
    assert all(word in lines[0] for word in said), ran.told()


def sound(desk: Desk) -> None:
    for arguments in (("db", "check"), ("verify",)):
        ran = desk.run(*arguments)
        assert ran.code == 0, ran.told()


def complete(desk: Desk, world: World = WORLD) -> None:
    ran = desk.run("refresh")
    assert ran.code == 0, ran.told()
    assert dict(fact.point() for fact in desk.facts()) == truth(world)
    sound(desk)


def csv_of(folder: Path, rows: int) -> None:
    """Write a table that cannot be packed much smaller."""
    chance = random.Random(3)  # noqa: S311 - repeatable, not secret
    lines = [f"github_stars,github:o/r{number},other,2026-01-05,{chance.getrandbits(40)}" for number in range(rows)]
    (folder / "kept.csv").write_text("\n".join(["metric,artifact,source,day,value", *lines]), encoding="utf-8")


# The disk


@pytest.mark.parametrize("size", [4_000, 20_000, 60_000], ids=["making the ledger", "migrating", "filling it"])
def test_a_full_disk_ends_a_refresh_and_costs_nothing_but_time(desk: Desk, size: int) -> None:
    refused(cramped(desk, "refresh", size=size), "disk")
    complete(desk)


def test_a_disk_that_is_full_amid_a_refresh_keeps_what_is_stored(filled: Desk) -> None:
    before = filled.facts()
    later = WORLD.on(WORLD.today + timedelta(days=7))
    filled.up.set_world(later)
    ran = cramped(filled, "refresh")
    refused(ran)
    assert filled.facts() == before
    sound(filled)
    assert filled.run("refresh").code == 0
    assert truth(later).items() <= dict(fact.point() for fact in filled.facts()).items()
    sound(filled)


def test_a_full_disk_keeps_an_import_out_as_a_whole(desk: Desk) -> None:
    assert desk.run("db", "upgrade").code == 0
    csv_of(desk.folder, 9_000)
    refused(cramped(desk, "import", "--from", "csv", "kept.csv"), "cannot be written")
    ran = desk.run("import", "--from", "csv", "kept.csv")
    assert (ran.code, "9,000 new observations" in ran.out) == (0, True), ran.told()
    sound(desk)


def test_a_full_disk_keeps_an_edition_from_being_published_in_part(desk: Desk) -> None:
    """The page is larger than what may be written, so that reading the ledger is not what fails."""
    world = World(projects=80)
    desk.up.set_world(world)
    desk.catalog(world.catalog())
    assert desk.run("refresh").code == 0
    refused(cramped(desk, "publish"), "2026-04-27.json", "cannot be written")
    assert [path for path in (desk.folder / "site").rglob("*") if path.is_file()] == []
    assert desk.run("diff", "2026-04-27").code == 2
    refused(cramped(desk, "history", *world.ids(), "-o", "h.csv"), "h.csv: cannot be written")
    assert not list(desk.folder.glob("*h.csv*"))
    assert desk.run("publish").code == 0
    sound(desk)


def test_a_full_disk_leaves_a_ledger_that_was_to_be_upgraded_as_it_was(filled: Desk) -> None:
    before = filled.facts()
    refused(cramped(filled, "db", "upgrade"), "disk")
    assert filled.facts() == before
    sound(filled)
    assert filled.run("db", "upgrade").code == 0
    assert filled.facts() == before


def test_output_that_cannot_be_written_is_said_once(filled: Desk) -> None:
    def full() -> None:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)

    commands: list[tuple[str, ...]] = [("table",), ("history", "p0000"), ("publish",)]
    for arguments in commands:
        refused(filled.run(*arguments, prepare=full), "No space left on device")


def test_whoever_listens_to_nothing_gets_the_exit_code(filled: Desk) -> None:
    def closed() -> None:
        os.close(1)
        os.close(2)

    assert [filled.run(*arguments, prepare=closed).code for arguments in (("table",), ("tabel",))] == [0, 2]


def test_what_may_not_be_written_is_named_and_can_still_be_read(filled: Desk) -> None:
    ledger = filled.folder / "tallybook.db"
    ledger.chmod(0o444)
    refused(filled.run("refresh", prepare=mortal), "can be read but not written")
    csv_of(filled.folder, 3)
    refused(filled.run("import", "--from", "csv", "kept.csv", prepare=mortal), "can be read but not written")
    for reading in ("table", "verify", "status"):
        ran = filled.run(reading, prepare=mortal)
        assert ran.code == 0, ran.told()
    for file in filled.folder.glob("tallybook.db*"):
        file.chmod(0o644)
    for place, doing in (("recordings", "refresh"), ("site/all", "publish")):
        (filled.folder / place).chmod(0o555)
        refused(filled.run(doing, prepare=mortal), place, "cannot be written: Permission denied")
        (filled.folder / place).chmod(0o755)
        assert filled.run(doing).code == 0


def test_recordings_that_cannot_be_a_folder_are_named(desk: Desk) -> None:
    (desk.folder / "recordings").write_text("in the way")
    refused(desk.run("refresh"), "recordings/", "cannot be written")
    (desk.folder / "recordings").unlink()
    complete(desk)


# The ledger


def test_a_ledger_that_others_lock_for_too_long_is_named(filled: Desk) -> None:
    filled.extra["TALLYBOOK_DB"] = "sqlite:///tallybook.db?timeout=0.2"
    csv_of(filled.folder, 3)
    with closing(sqlite3.connect(filled.folder / "tallybook.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for arguments in (("refresh",), ("publish", "--as-of", "2026-04-26", "--allow-stale"), ("import", "kept.csv")):
            options = ("--from", "csv") if arguments[0] == "import" else ()
            refused(filled.run(*arguments, *options), "is kept locked by another process")
        assert filled.run("table").code == 0
        other.execute("ROLLBACK")
    assert filled.run("refresh").code == 0


@pytest.mark.parametrize("damage", ["text", "cut off", "one page"])
def test_a_damaged_ledger_is_named_and_never_written_over(filled: Desk, damage: str) -> None:
    ledger = filled.folder / "tallybook.db"
    whole = ledger.read_bytes()
    with closing(sqlite3.connect(ledger)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'run'").fetchone()
    start = (root - 1) * PAGE
    broken = {
        "text": b"once upon a time\n" * 1000,
        "cut off": whole[: len(whole) // 2],
        "one page": whole[:start] + bytes(PAGE) + whole[start + PAGE :],
    }[damage]
    ledger.write_bytes(broken)
    for arguments in (("refresh",), ("table",), ("db", "check")):
        refused(filled.run(*arguments), "damaged: restore it from a copy")
    ran = filled.run("verify")
    assert (ran.code, "damaged" in ran.out + ran.err, "Traceback" in ran.err) == (1, True, False), ran.told()
    assert ledger.read_bytes() == broken


def test_a_server_that_goes_away_in_the_middle_is_named(desk: Desk, postgres: URL) -> None:
    desk.extra["TALLYBOOK_DB"] = postgres.render_as_string(hide_password=False)
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    try:
        desk.up.set_latency(0.3)
        begun = desk.start("refresh")
        _until(lambda: desk.up.requests("dockerhub") > 1)
        with admin.connect() as connection:
            connection.execute(others)
        refused(begun.wait(), "cannot be reached")
        desk.up.set_latency(0)
        complete(desk)
    finally:
        with admin.connect() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        admin.dispose()


# The recordings


@pytest.mark.parametrize("damage", ["cut off", "a byte is another", "gone"])
def test_a_damaged_recording_is_said_by_all_who_read_it(filled: Desk, damage: str) -> None:
    (recording,) = (filled.folder / "recordings").glob("*.warc.gz")
    whole = recording.read_bytes()
    middle = len(whole) // 2
    if damage == "cut off":
        recording.write_bytes(whole[:middle])
    elif damage == "gone":
        recording.unlink()
    else:
        recording.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    ran = filled.run("verify")
    assert (ran.code, f"recordings/{recording.name}: " in ran.out) == (1, True), ran.told()
    if damage != "gone":
        other = Desk(filled.folder / "other", filled.up)
        other.folder.mkdir()
        other.catalog(WORLD.catalog())
        for arguments in (("refresh", "--replay", str(recording)), ("import", str(recording), "--from", "warc")):
            ran = other.run(*arguments)
            assert (ran.code, "can be read up to byte" in ran.err) == (3, True), ran.told()
    filled.extra["TALLYBOOK_NOW"] = f"{WORLD.today}T06:00:00Z"  # else the new recording would take the lost one's name
    assert filled.run("refresh").code == 0
    recording.write_bytes(whole)
    sound(filled)


# The clock


def test_a_clock_that_was_put_back_is_said_and_does_no_harm(filled: Desk) -> None:
    before = filled.facts()
    filled.extra["TALLYBOOK_NOW"] = "2026-04-26T23:00:00Z"
    ran = filled.run("refresh")
    assert (ran.code, "the clock was put back" in ran.err) == (0, True), ran.told()
    filled.extra.clear()
    ran = filled.run("refresh")
    assert (ran.code, "the clock" in ran.err) == (0, False), ran.told()
    assert [fact for fact in filled.facts() if fact in before] == before
    assert dict(fact.point() for fact in filled.facts() if fact.day == WORLD.today).items() <= truth(WORLD).items()
    assert filled.run("diff", "2026-04-27").out == "nothing has changed\n"
    ran = filled.run("verify")
    assert (ran.code, "note: run 2 has its place after run 1" in ran.out) == (0, True), ran.told()


def test_a_clock_a_year_ahead_publishes_nothing_and_is_forgotten(filled: Desk) -> None:
    filled.extra["TALLYBOOK_NOW"] = "2027-04-27T05:00:00Z"
    assert filled.run("refresh").code == 3
    assert filled.run("publish").code == 5
    filled.extra.clear()
    ran = filled.run("refresh")
    assert (ran.code, "the clock was put back" in ran.err) == (0, True), ran.told()
    today = {fact.point() for fact in filled.facts() if fact.day <= WORLD.today}
    assert dict(today) == truth(WORLD)
    assert filled.run("publish").code == 0


# The end, by a signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whatever_is_ended_in_the_middle_is_completed_by_the_same_command(filled: Desk, number: signal.Signals) -> None:
    filled.up.set_latency(0.4)
    backfill = ("backfill", "--from", "2025-12-01", "--source", "github-history")
    asked = filled.up.requests()
    assert _ended(filled, backfill, number, lambda: filled.up.requests() > asked) in {1, 3, -9}
    filled.up.set_latency(0)
    assert filled.run(*backfill).code == 0
    csv_of(filled.folder, 40_000)
    imports = ("import", "kept.csv", "--from", "csv")
    recordings = filled.folder / "recordings"
    assert _ended(filled, imports, number, lambda: any(recordings.glob("*import*"))) in {1, -9}
    assert "40,000 new observations" in filled.run(*imports).out
    site = filled.folder / "site"
    published = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    shutil.rmtree(site)
    assert _ended(filled, ("publish",), number, lambda: any(site.rglob("*.md"))) in {0, 1, -number}
    assert filled.run("publish").code == 0
    assert {site / "all" / "2026-04-27.md", site / "all" / "2026-04-27.json"} <= published.keys()
    assert published.keys() <= {path for path in site.rglob("*") if path.is_file()}
    sound(filled)


def _ended(desk: Desk, arguments: tuple[str, ...], number: signal.Signals, when: Callable[[], bool]) -> int:
    begun = desk.start(*arguments)
    _until(lambda: begun.ended() or when())
    begun.send(number)
    ran = begun.wait()
    assert "Traceback" not in ran.err, ran.told()
    return ran.code


def _until(met: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
