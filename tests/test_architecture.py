"""The shape of the house: who may import whom, as pyproject.toml says, and that the rules cover every folder."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
TOOLS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
BESIDE = ["benchmarks", "tests"]
"""What is checked like the rest, and not part of what is installed."""
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name not in BESIDE)


def test_imports_run_one_way(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The contracts are those of pyproject.toml; on failure the report says which import breaks which."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, is_debug_mode=False)
    assert status == 0, capsys.readouterr().out


def test_the_rules_the_types_and_the_wheel_cover_every_folder() -> None:
    assert sorted(TOOLS["importlinter"]["root_packages"]) == FOLDERS
    assert sorted(TOOLS["mypy"]["packages"]) == sorted([*FOLDERS, *BESIDE])
    assert sorted(TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"]) == FOLDERS


EQUALS = {"jobs", "jobs/commands", "collector/sources", "publish/formats", "migrations/versions"}
"""Folders that are lists of equals: one more of the same needs no new plan."""
MOST = 9


def test_a_stranger_can_take_in_a_folder_at_a_glance() -> None:
    """A folder holds at most nine modules or folders, but for lists of equals."""
    folders = [path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py")]
    crowded = {
        name: sorted(entries)
        for folder in folders
        if (name := str(folder.relative_to(ROOT))) not in EQUALS and len(entries := _entries(folder)) > MOST
    }
    assert not crowded


def _entries(folder: Path) -> list[str]:
    modules = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    return modules + [path.parent.name for path in folder.glob("*/__init__.py")]
