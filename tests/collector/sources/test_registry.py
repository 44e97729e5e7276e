"""Sources are found where they stand, and in installed packages; a package that is broken stops nobody."""

import subprocess
import sys
from pathlib import Path

import pytest

from collector.sources import BROKEN, KINDS, METRICS, OPTIONAL_METRICS, PYPI_SOURCES, SOURCES
from collector.sources.conformance import CHECKS

PACKAGE = """
from collector.model import Answer, Metric, Reading, Request
from collector.sources.kinds import Kind
from collector.sources.protocol import Budget, Measure, Source
from collector.sources.reading import count, get, json_body

LIKES = Metric("hub_likes", "Likes on the Hub", "likes", "gauge")


def ask(artifacts, how):
    (artifact,) = artifacts
    response = yield from get(Request("GET", f"{how.base}/api/{artifact.name}"))
    return Answer((Reading(artifact, LIKES.key, count(json_body(response)["likes"], "likes")),))


SOURCE = Source(
    name="the-hub",
    service="hub",
    kind="model",
    names=Kind("model", "Models of the Hub.", "org/model", str.lower),
    measures=(Measure(LIKES, "likes when asked"),),
    base="https://hub.example",
    budget=Budget(rates=((1, 1.0),)),
    ask=ask,
)
"""
TEST = """
import pytest

from collector.model import Artifact
from collector.sources.conformance import CHECKS, Case
from tallybook_hub import SOURCE

CASE = Case(SOURCE, [Artifact("model", "org/one")], {"/api/": {"likes": 7001}})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_conformance(check):
    check(CASE)
"""
POINTS = """[tallybook.sources]
the-hub = tallybook_hub:SOURCE
missing = tallybook_nowhere:SOURCE
number = tallybook_hub:LIKES
again = collector.sources.github:SOURCE
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Give a folder in which a package is installed that brings a source, and some that cannot be used."""
    (tmp_path / "tallybook_hub.py").write_text(PACKAGE)
    info = tmp_path / "tallybook_hub-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tallybook-hub\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return tmp_path


def run(installed: Path, *arguments: str) -> str:
    environ = {"PYTHONPATH": f"{installed}:{ROOT}", "PATH": ""}
    done = subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        env=environ,
        cwd=installed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_installed_package_brings_a_source_with_its_kind_and_its_metric(installed: Path) -> None:
    said = run(
        installed,
        "-c",
        "import collector.sources as s; print(list(s.SOURCES)[-1], list(s.KINDS)[-1], list(s.METRICS)[-1])",
    )
    assert said.split() == ["the-hub", "model", "hub_likes"]


def test_a_source_may_be_imported_before_the_registry_that_finds_it(installed: Path) -> None:
    run(installed, "-c", "import tallybook_hub; from collector.sources import SOURCES; SOURCES['the-hub']")


def test_packages_that_cannot_be_used_are_named_and_stop_nobody(installed: Path) -> None:
    said = run(installed, "-c", "from collector.sources import BROKEN; print(*BROKEN, sep='\\n')").splitlines()
    assert [line.split(" cannot be used: ") for line in said] == [
        ["tallybook.sources: again = collector.sources.github:SOURCE", "there is a source github already (ValueError)"],
        [
            "tallybook.sources: missing = tallybook_nowhere:SOURCE",
            "No module named 'tallybook_nowhere' (ModuleNotFoundError)",
        ],
        [
            "tallybook.sources: number = tallybook_hub:LIKES",
            "it is a Metric, not a collector.sources.protocol.Source (TypeError)",
        ],
    ]


def test_such_a_package_is_tested_by_the_same_checks_as_ours(installed: Path) -> None:
    (installed / "test_hub.py").write_text(TEST)
    assert f"{len(CHECKS)} passed" in run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_hub.py")


def test_our_own_sources_are_there_and_none_is_broken() -> None:
    assert BROKEN == ()
    assert list(SOURCES)[:3] == ["github", "github-history", "pypistats"]
    assert all(name == source.name for name, source in SOURCES.items())


def test_what_is_declared_is_found_in_the_registry() -> None:
    assert {source.kind for source in SOURCES.values()} <= KINDS.keys()
    assert PYPI_SOURCES == ("pypistats", "clickpy")
    assert "github_forks" in OPTIONAL_METRICS
    assert list(METRICS)[:2] == ["github_stars", "github_forks"]


def test_sources_that_measure_one_metric_declare_the_same() -> None:
    measures = [measure for source in SOURCES.values() for measure in source.measures]
    assert all(METRICS[measure.metric.key] == measure.metric for measure in measures)
