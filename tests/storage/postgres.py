"""A PostgreSQL server for the tests: the one that the environment names, else a private one that ends with them."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = "TALLYBOOK_TEST_POSTGRES"


class NoServer(Exception):
    """There is no server and none can be started; the message says why."""


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a server's maintenance database. Raises NoServer."""
    if url := os.environ.get(SERVER):
        yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="tallybook-pg-", dir="/tmp"))
    try:
        with _private_server(_programs(), folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Find the folder of initdb and pg_ctl; Debian keeps them out of PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoServer(f"{SERVER} is not set, and there is no initdb and pg_ctl: install the package postgresql")


@contextmanager
def _private_server(programs: Path, folder: Path) -> Iterator[str]:
    data, log = folder / "data", folder / "log"
    settings = f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "tallybook",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    _run([*initdb, "--locale=C.UTF-8"], folder)
    _run([programs / "pg_ctl", "-D", data, "-w", "-l", log, "-o", settings, "start"], folder)
    try:
        yield f"postgresql+psycopg://tallybook@/postgres?host={folder}"
    finally:
        _run([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], folder)


def _run(command: list[str | Path], folder: Path) -> None:
    """Run one of PostgreSQL's programs, which refuse to be run by root."""
    user: int | None = None
    group: int | None = None
    if os.geteuid() == 0:
        user, group = _somebody()
        os.chown(folder, user, group)
    # No pipe for the output: the server would inherit it and never close it.
    with (folder / "said").open("a") as said:
        done = subprocess.run(  # noqa: S603 - programs found above, and our own arguments
            command, cwd=folder, user=user, group=group, extra_groups=None if user is None else [], stdout=said,
            stderr=said, stdin=subprocess.DEVNULL, check=False, timeout=60,
        )  # fmt: skip
    if done.returncode:
        raise NoServer(f"{command[0]} failed: {(folder / 'said').read_text()[-500:]}")


def _somebody() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise NoServer("a private server cannot be run by root, and there is no user postgres or nobody")
