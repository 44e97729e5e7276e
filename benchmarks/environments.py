"""Throw-away environments for peers, which are no dependencies of ours; knows no peer's interface."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
PLACE: Final = Path(__file__).parent / ".peers"
"""Kept between runs, and ignored by git; delete it whenever you like."""


def environment(name: str, packages: Sequence[str]) -> Path:
    """Make an environment with exactly these packages unless it is there; return its Python.

    Raises CalledProcessError if they cannot be installed.
    """
    place, stamp = PLACE / name, PLACE / name / ".installed"
    python, wanted = place / "bin" / "python", "\n".join(packages)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"installing {', '.join(packages)} into {place.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    _run(sys.executable, "-m", "venv", "--clear", str(place))
    _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def ask(python: Path, module: str, *arguments: str) -> Any:
    """Run a module of ours in an environment; return what it prints, read as JSON. Raises CalledProcessError."""
    return json.loads(_run(str(python), "-m", module, *arguments))


def _run(*command: str) -> str:
    # A peer's own telemetry is of no use to a benchmark.
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | quiet, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout
