"""A place to import into, files in the shapes that are imported, and a look at what came of them; asserts nothing."""

import os
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from collector.catalog.schema import Catalog, read_catalog
from collector.imports.formats import FORMATS
from jobs.imports.importing import Import
from jobs.imports.options import NO_MAPPING, make_options
from jobs.imports.report import ImportReport
from jobs.settings import Settings
from tests.ledgers import Ledger

NOW = datetime(2026, 4, 27, 5, tzinfo=UTC)
CATALOG = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\npypi = "pkg"\n', "catalog.toml")


def place(folder: Path, url: str = "") -> Settings:
    """Keep ledger and recordings in a folder, and let the clock stand."""
    return Settings(
        db=url or f"sqlite:///{folder / 'ledger.db'}",
        catalog=folder / "catalog.toml",
        recordings=folder / "recordings",
        now=NOW,
    )


def snapshot(folder: Path, day: str, *rows: str) -> Path:
    """Write a snapshot of a best-of list: of each repository `id,renamed to,stars`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day}_projects.csv"
    path.write_text("\n".join(["github_id,updated_github_id,star_count", *rows, ""]))
    return path


def bring(
    settings: Settings, *paths: Path, kind: str = "best-of", catalog: Catalog | None = CATALOG, **rest: Any
) -> ImportReport:
    """Import files; further arguments are those of Import, `mapping` is that of a table."""
    options = make_options(kind, catalog, settings.clock(), mapping=rest.pop("mapping", NO_MAPPING))
    stop = rest.pop("stop", threading.Event())
    progress = rest.pop("progress", lambda *_: None)
    return Import(settings, catalog, paths, FORMATS[kind], options, stop, progress, **rest).run()


def known(
    settings: Settings, when: int | date | datetime | None = None, *, of: str = "o/r"
) -> list[tuple[str, float, int]]:
    """Return day, value and run of all that was known of a repository of the catalog."""
    with Ledger.open(settings.db) as ledger:
        rows = ledger.history(None, None, None, None, ledger.known(when))
        return [(str(row.day), row.value, row.run) for row in rows if row.artifact == f"github:{of}"]


def git(folder: Path, *arguments: str, at: str = "2026-01-01T00:00:00Z") -> None:
    """Run git in a folder at a time, without any settings of the machine."""
    settings: Mapping[str, str] = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_DATE": at,
        "GIT_COMMITTER_DATE": at,
    }
    named = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")
    command = ["git", "-C", str(folder), *named, *arguments]
    subprocess.run(command, env=os.environ | settings, check=True, capture_output=True)  # noqa: S603 - our own arguments
