"""Runs a command as a process of its own and says what it took; knows nothing of what it does."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the wall clock, seconds of the processors (user and system), bytes of resident memory at the peak."""

    wall: float
    cpu: float
    peak: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Took:
    """Run a command in a folder to its end. Raises CalledProcessError, with what it said, if it fails.

    The peak is never less than what the process that started the command had itself then.
    """
    with (folder / ".said").open("w+b") as said:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            told = said.read().decode(errors="replace")
            raise subprocess.CalledProcessError(process.returncode, command, told)
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def cpu_of(pid: int) -> float:
    """Return the seconds of the processors that a running process has used so far. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
