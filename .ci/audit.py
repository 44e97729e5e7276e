"""Says which of the pinned packages have a known vulnerability, or that nobody could be asked, which is no failure."""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PINNED = Path("constraints.txt")
TOOL = Path(".venv/audit")
WANTED = "pip-audit>=2.9,<3"
PATIENCE = 300
"""Seconds for the installation, and for the questions."""


def main() -> int:
    """Ask, print what is known, and return the exit code: 1 if a package has a known vulnerability."""
    try:
        report = _ask()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        code, lines = 0, [f"not done: {(said.strip().splitlines() or ['no reason given'])[-1]}"]
    else:
        code, lines = verdict(report)
    for line in lines:
        sys.stderr.write(f"audit: {line}\n")
    return code


def verdict(report: Mapping[str, Any]) -> tuple[int, Sequence[str]]:
    """Return the exit code and what to print for pip-audit's report, which calls sound what it could not look up."""
    packages = report["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']} has {vulnerability['id']}, mended in {_versions(vulnerability)}"
        for package in asked
        for vulnerability in package["vulns"]
    ]
    if not asked:
        return 0, [f"not done: none of the {len(packages)} packages could be looked up from here"]
    left = f"; {len(packages) - len(asked)} more could not be looked up" if len(asked) < len(packages) else ""
    known = f"{len(found)} known vulnerabilities" if found else "no known vulnerability"
    return (1 if found else 0), [*found, f"{known} in {len(asked)} packages{left}"]


def _versions(vulnerability: Mapping[str, Any]) -> str:
    return ", ".join(vulnerability["fix_versions"]) or "no version yet"


def _ask() -> dict[str, Any]:
    """Run pip-audit, installed into an environment of its own. Raises OSError, ValueError, SubprocessError."""
    program = TOOL / "bin" / "pip-audit"
    if not program.exists():
        venv.create(TOOL, with_pip=True, clear=True)
        _run([TOOL / "bin" / "python", "-m", "pip", "install", "--quiet", WANTED])
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "report.json"
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", told]
        done = _run([program, "--requirement", PINNED, *options], check=False)
        # Its code is 1 for vulnerabilities and for errors alike; only the former leave a report.
        if not told.exists() or not told.stat().st_size:
            raise ValueError(done.stderr or "pip-audit gave no report")
        report: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
        return report


def _run(command: Sequence[str | Path], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=PATIENCE)  # noqa: S603 - ours


if __name__ == "__main__":
    sys.exit(main())
