"""The demonstration: replays the bundled sample recording into a ledger and imports the export, as anyone would."""

import os
import shutil
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path

from collector.catalog.schema import Catalog, load_catalog
from collector.imports.formats import FORMATS
from jobs.collect.plan import Selection
from jobs.collect.record import Job
from jobs.collect.refresh import replay
from jobs.demo.sample.make_export import NAME
from jobs.editions.publishing import Order, publish
from jobs.editions.site import build_site
from jobs.imports.importing import Import
from jobs.imports.options import make_options
from jobs.imports.report import ImportReport
from jobs.ingest.report import Report
from jobs.reading import read_table
from jobs.settings import Settings
from publish.table.cells import Table

RECORDED = datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)
"""When the sample was supposedly recorded; the clock stands there, as it would have in a refresh."""

_LABEL = "Sample numbers, made up, not measured."


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration in a folder, which is made if it is not there."""

    folder: Path

    def read(self, stop: threading.Event) -> tuple[Report, ImportReport, Table]:
        """Read the sample into the folder's ledger and return what that brought, and the table as of its day."""
        settings = self._settings()
        sample = files("jobs.demo") / "sample"
        self.folder.mkdir(parents=True, exist_ok=True)
        settings.catalog.write_text((sample / "catalog.toml").read_text(encoding="utf-8"), encoding="utf-8")
        catalog = load_catalog(settings.catalog)
        with as_file(sample / "demo.warc.gz") as recording:
            report = replay(Job(settings, catalog, stop, lambda *_: None), Selection(), [recording])
        with as_file(sample / NAME) as export:
            imported = self._import(export, settings, catalog, stop)
        return report, imported, read_table(settings, (), RECORDED.date(), None)

    def publish(self) -> Path:
        """Publish the shipped page, and return the first page of the site."""
        settings = self._settings()
        page = (files("jobs") / "starter" / "metaflow-vs-kubeflow.md").read_text(encoding="utf-8")
        order = Order(output=self.folder / "site", pages=self.folder / "comparisons", allow_stale=True)
        order.pages.mkdir(exist_ok=True)
        labelled = page.replace("description: ", f"description: {_LABEL} ", 1)
        (order.pages / "metaflow-vs-kubeflow.md").write_text(labelled, encoding="utf-8")
        publish(settings, order)
        return build_site(settings, order.output).start

    def _import(self, export: Path, settings: Settings, catalog: Catalog, stop: threading.Event) -> ImportReport:
        form, options = FORMATS["google-trends"], make_options("google-trends", catalog, settings.clock())
        return Import(settings, catalog, (export,), form, options, stop, lambda *_: None).run()

    def _settings(self) -> Settings:
        return Settings(
            db=f"sqlite:///{self.folder / 'tallybook.db'}",
            catalog=self.folder / "catalog.toml",
            recordings=self.folder / "recordings",
            now=RECORDED,
        )


def invocation(folder: Path) -> str:
    """Return how this program is called from within `folder`: by its name if that finds it, else by its path."""
    program = Path(sys.argv[0]).absolute()
    found = shutil.which("tallybook")
    if found is not None and Path(found).absolute() == program:
        return "tallybook"
    if program.name != "tallybook":
        return f"{os.path.relpath(sys.executable, folder)} -m jobs.cli"
    return os.path.relpath(program, folder)
