"""Runs a command as a process of its own and says what it took; knows nothing of what it does.

The command is begun by a small process that is this file: the peak that the system tells of a process counts what began
it, too, and whoever measures may have grown.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_KNOWN_SEQS: Final = os.sysconf("SC_CLK_TCK")
_SAID: Final = ".said"


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the wall clock, seconds of the processors (user and system), bytes of resident memory at the peak."""

    wall: float
    cpu: float
    peak: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Took:
    """Run a command in a folder to its end. Raises CalledProcessError, with what it said, if it fails."""
    began = [sys.executable, "-I", __file__, *command]
    done = subprocess.run(began, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE)
    code, *took = json.loads(done.stdout)
    if code:
        told = (folder / _SAID).read_text(encoding="utf-8", errors="replace")
        raise subprocess.CalledProcessError(code, command, told)
    return Took(*took)


def cpu_of(pid: int) -> float:
    """Return the seconds of the processors that a running process has used so far. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _KNOWN_SEQS


def _main(command: Sequence[str]) -> None:
    """Print the exit code of a command, then what it took, as JSON; what it says goes into a file of the folder."""
    with Path(_SAID).open("wb") as said:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        took = Took(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
        process.returncode = os.waitstatus_to_exitcode(status)
    print(json.dumps([process.returncode, *asdict(took).values()]))  # noqa: T201


if __name__ == "__main__":
    _main(sys.argv[1:])
