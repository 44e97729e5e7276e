"""The audit says what is known of the packages, and never calls sound what it could not ask about."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def audit() -> Any:
    spec = spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(name: str, *vulnerabilities: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0",
        "vulns": [{"id": each, "fix_versions": ["1.1"]} for each in vulnerabilities],
    }


SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (1.0)"}


@pytest.mark.parametrize(
    ("packages", "code", "lines"),
    [
        ([SKIPPED], 0, ["not done: none of the 1 packages could be looked up from here"]),
        ([package("a"), package("b")], 0, ["no known vulnerability in 2 packages"]),
        ([package("a"), SKIPPED], 0, ["no known vulnerability in 1 packages; 1 more could not be looked up"]),
        (
            [package("a", "PYSEC-1"), package("b")],
            1,
            ["a 1.0 has PYSEC-1, mended in 1.1", "1 known vulnerabilities in 2 packages"],
        ),
    ],
)
def test_what_could_not_be_looked_up_is_not_called_sound(
    audit: Any, packages: list[Any], code: int, lines: list[str]
) -> None:
    assert audit.verdict({"dependencies": packages}) == (code, lines)


def test_where_there_is_no_tool_the_audit_says_so_and_does_not_fail(
    audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pip-audit"
    program.write_text("#!/bin/sh\necho 'no route to host' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(audit, "TOOL", tmp_path)
    assert audit.main() == 0
    assert capsys.readouterr().err == "audit: not done: no route to host\n"
