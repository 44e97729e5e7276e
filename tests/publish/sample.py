"""Two projects and what a ledger knows of them, for the tests of what is published."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from jobs.metrics import METRICS
from publish.table.cells import Cell, Table, build, cell
from publish.table.rules import Rules, current_rules
from storage.model import Known, Part, ProjectEntry

AS_OF = date(2026, 4, 27)
LAST_WEEK = date(2026, 4, 20)
RULES = current_rules(METRICS.values())
KNOWN = Known(known_seq=1777266000, run=3, at=datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC))
METAFLOW = ProjectEntry("metaflow", "Metaflow", (("github", "Netflix/metaflow"), ("pypi", "metaflow")))
KUBEFLOW = ProjectEntry("kubeflow", "Kubeflow", (("github", "kubeflow/kubeflow"), ("pypi", "kfp"), ("docker", "kf/*")))
SOURCE = {
    "github": ("github_stars", "github"),
    "pypi": ("pypi_downloads_7d", "pypistats"),
    "docker": ("dockerhub_pulls", "dockerhub"),
    "search": ("search_interest", "google-trends"),
}


def part(artifact: str, value: float | None = None, day: date = AS_OF, project: str = "kubeflow") -> Part:
    """Make the part of an artifact (`kind:name`) that was asked for; without a value it was never answered."""
    kind, _, name = artifact.partition(":")
    metric, source = SOURCE[kind]
    return Part(
        project=project,
        member_kind=kind,
        member_name=name,
        artifact=name,
        metric=metric,
        source=source,
        definition=f"{metric} as {source} counts it",
        day=None if value is None else day,
        value=value,
        method=None if value is None else "observed",
        run=None if value is None else 3,
        response=None if value is None else 7,
        outcome=None if value is None else "recorded",
        asked=None if value is None else day,
    )


def after(one: Part, outcome: str, cause: str = "", detail: str = "") -> Part:
    """Let the newest request for a part have ended otherwise."""
    return replace(one, outcome=outcome, cause=cause, detail=detail, asked=AS_OF)


STARS = part("github:kubeflow/kubeflow", 15_618)
KFP = part("pypi:kfp", 3_104_000)
LIST = replace(after(part("docker:kf/*"), "recorded"), day=AS_OF)
"""A pattern's list, read whole."""
UNREAD_LIST = replace(LIST, day=None, outcome=None)
ONE_IMAGE = replace(part("docker:kf/one", 300_000), member_name="kf/*")
OTHER_IMAGE = replace(part("docker:kf/other", 67_013), member_name="kf/*")
METAFLOW_PARTS = (
    part("github:Netflix/metaflow", 10_123, project="metaflow"),
    part("pypi:metaflow", 153_800, project="metaflow"),
)
KUBEFLOW_PARTS = (STARS, KFP, LIST, ONE_IMAGE, OTHER_IMAGE)


def table(*parts: Part, projects: Iterable[ProjectEntry] = (METAFLOW, KUBEFLOW), rules: Rules = RULES) -> Table:
    """Make the table of Metaflow, all fresh, and of Kubeflow with these parts."""
    return build((*METAFLOW_PARTS, *parts), projects, AS_OF, KNOWN, rules)


def pulls(*parts: Part, as_of: date = AS_OF) -> Cell:
    """Make Kubeflow's cell of Docker Hub pulls from these parts."""
    return cell(METRICS["dockerhub_pulls"], KUBEFLOW, parts, as_of, RULES)


def notes(*parts: Part) -> list[str]:
    """Write the footnotes under the table of these parts."""
    return [footnote.line for footnote in table(*parts).footnotes]


def details(*parts: Part) -> list[str]:
    """Write the operator's words on the cells that have footnotes."""
    return [said for footnote in table(*parts).footnotes for said in footnote.details]
