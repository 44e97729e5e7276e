"""What `make` installs: exact versions for everything that pyproject.toml asks for, and nothing of one machine."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LINES = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
PINS = dict(line.split("==") for line in LINES)


def test_constraints_are_exact_versions_without_hosts_and_paths() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line)] == []
    assert list(PINS) == sorted(PINS)


def test_everything_asked_for_is_pinned_within_its_range() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    extras = [text for extra in project["optional-dependencies"].values() for text in extra]
    for text in [*project["dependencies"], *extras, *document["build-system"]["requires"]]:
        wanted = Requirement(text)
        assert PINS.get(canonicalize_name(wanted.name), "not pinned") in wanted.specifier, text
