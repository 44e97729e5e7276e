"""One run at a time: another process is refused and told which run goes on, and a killed one holds nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.database.errors import RunInProgress
from tests.ledgers import Ledger

HOLD = """
import sys
from tests.ledgers import Ledger
from tests.storage.play import begin
with Ledger.open(sys.argv[1]) as ledger, ledger.run_lock():
    begin(ledger)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process that holds the lock of a ledger, with a run open."""
    command = [sys.executable, "-c", HOLD, url]
    root = Path(__file__).parents[3]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused(ledger_url: str, ledger: Ledger) -> None:
    with holder(ledger_url), pytest.raises(RunInProgress, match="another process is working"), ledger.run_lock():
        pass


def test_the_lock_ends_with_its_process(ledger_url: str, ledger: Ledger) -> None:
    with holder(ledger_url) as process:
        process.kill()
        process.wait()
        with ledger.run_lock():
            assert ledger.runs(1)


def test_the_lock_can_be_taken_again_after_it_was_given_back(ledger: Ledger) -> None:
    for _ in range(2):
        with ledger.run_lock():
            pass


def test_the_lock_is_given_back_when_the_run_fails(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.run_lock():
        _ = 1 / 0
    with ledger.run_lock():
        pass
