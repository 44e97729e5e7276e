"""What is gathered until the commit: everything that was told, in bounded memory, in the order in which it came."""

from datetime import UTC, datetime

import pytest

from collector.model import Answer, Artifact, Problem, Reading
from collector.sources.protocol import How
from jobs.ingest import gathered as gathering
from jobs.ingest.gathered import Gathered
from jobs.ingest.plan import REFRESH, Part, Plan
from tests.jobs.ingest.told import MONDAY, PACKAGE, REPOSITORY, answered, downloads

AT = datetime(2026, 4, 27, 5, tzinfo=UTC)
PLAN = Plan(
    REFRESH,
    "{}",
    MONDAY,
    AT,
    "0" * 64,
    (Part("github", How("https://h"), (REPOSITORY,)), Part("pypistats", How("https://h"), (PACKAGE,))),
)


def many(gathered: Gathered, count: int) -> None:
    for number in range(count):
        artifact = Artifact("pypi", f"p{number}")
        gathered.take(downloads(14, artifact=artifact, number=number))


@pytest.mark.parametrize("most_rows", [5, 100_000], ids=["in a file", "in memory"])
def test_what_waits_comes_back_whole_and_in_order(most_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "PIECE", 4)
    monkeypatch.setattr(gathering, "MOST_ROWS", most_rows)
    gathered = Gathered(PLAN, "monday")
    many(gathered, 10)
    for _ in range(2):
        pieces = list(gathered.pieces())
        names = [name for piece in pieces if piece.frame is not None for name in piece.frame["name"]]
        assert list(dict.fromkeys(names)) == [f"p{number}" for number in range(10)]
        assert [row.offset for piece in pieces for row in piece.responses] == [100 * number for number in range(10)]
    assert gathered.responses == 10
    assert len(gathered.read) == 10


def test_a_problem_concerns_all_metrics_that_were_asked_for_or_the_one_it_names() -> None:
    gathered = Gathered(PLAN, "monday")
    gathered.take(answered("github", REPOSITORY, Answer(problems=(Problem(REPOSITORY, "missing", "gone", "404"),))))
    named = Problem(PACKAGE, "failed", "bad payload", "x", "pypi_downloads_7d")
    gathered.take(answered("pypistats", PACKAGE, Answer(problems=(named,)), 2))
    (piece,) = gathered.pieces()
    assert [(row.name, row.metric, row.state, row.cause) for row in piece.outcomes] == [
        ("ns/one", "github_stars", "missing", "gone"),
        ("kfp", "pypi_downloads_7d", "failed", "bad payload"),
    ]


def test_of_what_is_not_wanted_nothing_is_kept() -> None:
    gathered = Gathered(PLAN, "monday", lambda source, _: source == "github")
    gathered.take(answered("github", REPOSITORY, Answer(readings=(Reading(REPOSITORY, "github_stars", 1),))))
    gathered.take(answered("pypistats", PACKAGE, Answer(problems=(Problem(PACKAGE, "failed", "x", "y"),)), 2))
    (piece,) = gathered.pieces()
    assert piece.frame is not None
    assert (list(piece.frame["name"]), piece.outcomes, gathered.sources) == (["ns/one"], [], ["github"])


def test_what_is_not_stored_is_reported_all_the_same_and_warnings_once() -> None:
    gathered = Gathered(PLAN, "monday")
    told = Answer(readings=(Reading(REPOSITORY, "github_stars", 1),), warnings=("odd",))
    gathered.take(answered("github", REPOSITORY, told))
    gathered.take(answered("pypistats", PACKAGE, Answer(problems=(Problem(PACKAGE, "failed", "x", "y"),)), 2))
    gathered.take(answered("github", REPOSITORY, told, 3))
    report = gathered.report()
    assert report.counts == {"github": {"recorded": 1}, "pypistats": {"failed": 1}}
    assert (report.run, report.warnings) == (None, ("github: odd",))
