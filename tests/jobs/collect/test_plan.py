"""The plan asks for each artifact once, knows what it costs, and names what was misspelt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from collector.catalog.schema import Catalog, read_catalog
from collector.model import Artifact, Window
from jobs.collect.past import plan_past
from jobs.collect.plan import Estimate, Selection, artifacts_of, estimate, plan_refresh, selected, wanted
from jobs.names import UnknownName
from jobs.settings import Settings


def catalog(text: str) -> Catalog:
    return read_catalog(text, "catalog.toml")


TWO = catalog(
    """
    [projects.metaflow]
    name = "Metaflow"
    github = "Netflix/metaflow"
    pypi = "metaflow"

    [projects.kubeflow]
    name = "Kubeflow"
    github = ["kubeflow/kubeflow", "Netflix/metaflow"]
    docker = ["kubeflow/*"]
    """
)


NOW = datetime(2026, 4, 27, 5, tzinfo=UTC)


STANDARD = Settings()


def estimated(
    catalog: Catalog,
    *sources: str,
    settings: Settings = STANDARD,
    known: Callable[[Artifact], int] = lambda _pattern: 0,
    reserve: float = 0.0,
) -> list[Estimate]:
    settings = replace(settings, now=NOW)
    return estimate(plan_refresh(catalog, Selection(sources=sources), settings, None), settings, known, reserve)


def test_an_artifact_of_two_projects_is_asked_for_once() -> None:
    plan = artifacts_of(TWO, Selection())
    assert plan["github"] == [Artifact("github", "Netflix/metaflow"), Artifact("github", "kubeflow/kubeflow")]


def test_a_selection_narrows_projects_and_sources() -> None:
    plan = artifacts_of(TWO, Selection(("kubeflow",), ("dockerhub",)))
    assert plan == {"dockerhub": [Artifact("docker", "kubeflow/*")]}


def test_an_ordinary_refresh_asks_the_weekly_sources_and_of_two_for_downloads_the_one_of_the_catalog() -> None:
    def asked(catalog: Catalog, *sources: str) -> list[str]:
        return [name for name, artifacts in artifacts_of(catalog, Selection(sources=sources)).items() if artifacts]

    assert asked(TWO) == ["github", "pypistats", "dockerhub"]
    large = catalog('pypi_source = "clickpy"\n[projects.a]\npypi = "a"\ngithub = "o/a"')
    assert asked(large) == ["github", "clickpy"]
    assert asked(TWO, "clickpy") == ["clickpy"]


def test_a_project_may_choose_who_is_asked_for_its_downloads() -> None:
    """A package that pypistats does not follow; in two projects that chose otherwise, it is asked of both."""
    text = '[projects.{}]\npypi = ["{}", "both"]\n'
    two = catalog(text.format("a", "a.b") + 'pypi_source = "clickpy"\n' + text.format("c", "c"))
    plan = artifacts_of(two, Selection())
    assert plan == {
        "pypistats": [Artifact("pypi", "c"), Artifact("pypi", "both")],
        "clickpy": [Artifact("pypi", "a-b"), Artifact("pypi", "both")],
    }


def test_projects_are_selected_by_id_or_name() -> None:
    assert selected(TWO, ["Kubeflow", "kubeflow", "metaflow"], ["pypistats"]) == Selection(
        ("kubeflow", "metaflow"), ("pypistats",)
    )


@pytest.mark.parametrize(
    ("projects", "sources", "near"), [(["kubeflw"], [], "'kubeflow'"), ([], ["pypistat"], "'pypistats'")]
)
def test_of_what_is_not_there_the_nearest_is_named(projects: list[str], sources: list[str], near: str) -> None:
    with pytest.raises(UnknownName, match=f"Did you mean {near}"):
        selected(TWO, projects, sources)


def test_a_pattern_wants_what_matches_it() -> None:
    test = wanted(artifacts_of(TWO, Selection()), ())
    assert test("dockerhub", Artifact("docker", "kubeflow/centraldashboard"))
    assert not test("dockerhub", Artifact("docker", "other/centraldashboard"))
    assert not test("pypistats", Artifact("pypi", "kubeflow/centraldashboard"))
    assert test("clickpy", Artifact("pypi", "metaflow")), "whoever tells of it"
    assert not wanted(artifacts_of(TWO, Selection()), ("pypistats",))("clickpy", Artifact("pypi", "metaflow"))


def test_the_estimate_counts_requests_and_the_time_their_budget_takes() -> None:
    many = "\n".join(f'[projects.p{n}]\nname = "P{n}"\npypi = "p{n}"\ngithub = "o/p{n}"' for n in range(120))
    with_token = {e.source: e for e in estimated(catalog(many), settings=Settings(github_token="t"))}
    assert with_token["github"].requests == 3
    assert with_token["pypistats"].requests == 121, "the packages, and one for all of PyPI"
    assert with_token["pypistats"].seconds == 240.0, "30 a minute: 30 at once, then three and one more minutes"
    without_token = {e.source: e for e in estimated(catalog(many))}
    assert without_token["github"].requests == 120
    assert without_token["github"].seconds == 3600.0, "60 an hour without a token"


def test_what_is_too_much_for_an_hour_is_told_beforehand() -> None:
    many = "\n".join(f'[projects.p{n}]\nname = "P{n}"\ngithub = "o/p{n}"' for n in range(120))
    (part,) = estimated(catalog(many), "github", reserve=0.1)
    assert part.seconds == 7200.0
    spread = "3 hours, 54 in each; a run ends at the limit, and the same command goes on an hour later"
    assert part.quota == f"quota: 120 of the 60 requests an hour without a token: {spread}"
    (patient,) = estimated(catalog(many), "github", settings=Settings(max_wait=3600), reserve=0.1)
    assert patient.quota.endswith("3 hours, 54 in each"), "a run that may wait an hour need not end"
    fewer = "\n".join(many.splitlines()[: 3 * 54])
    (few,) = estimated(catalog(fewer), "github", reserve=0.1)
    assert (few.quota, few.seconds) == ("quota: 54 of the 60 requests an hour without a token", 3.0)


def test_rates_that_ask_for_a_longer_pause_than_allowed_are_told_to_end_the_run() -> None:
    many = "\n".join(f'[projects.p{n}]\nname = "P{n}"\npypi = "p{n}"' for n in range(40))
    (part,) = estimated(catalog(many), "pypistats", settings=Settings(max_wait=10))
    ending = "a run ends after about 30 requests, where a pause of 55 s would be longer than TALLYBOOK_MAX_WAIT"
    assert part.quota == f"rates: 5 in 1 s and 30 in 60 s; {ending}, and the same command goes on after it"
    for settings in (Settings(max_wait=60), Settings(max_wait=10, budgets=False)):
        (part,) = estimated(catalog(many), "pypistats", settings=settings)
        assert part.quota == "rates: 5 in 1 s and 30 in 60 s"
    fewer = "\n".join(many.splitlines()[: 3 * 29])
    (few,) = estimated(catalog(fewer), "pypistats", settings=Settings(max_wait=10))
    assert few.quota == "rates: 5 in 1 s and 30 in 60 s", "with the one for all of PyPI, 30"


def test_a_history_is_the_repository_and_the_newest_page_of_its_past() -> None:
    (part,) = estimated(TWO, "github-history")
    assert (part.artifacts, part.requests) == (2, 4)


def test_a_thousand_packages_are_a_few_queries_of_clickpy() -> None:
    many = "\n".join(f'[projects.p{n}]\npypi = "a-package-{n:04}"' for n in range(1000))
    (part,) = estimated(catalog(many), "clickpy")
    assert (part.requests, part.seconds) == (4, 0.0)


def test_budgets_off_takes_no_time() -> None:
    parts = estimated(TWO, settings=Settings(budgets=False))
    assert [part.seconds for part in parts] == [0.0, 0.0, 0.0]


def test_a_namespace_counts_as_many_requests_as_its_list_had_pages() -> None:
    parts = estimated(TWO, "dockerhub", known=lambda _pattern: 287)
    assert parts[0].requests == 3


WEEKS = tuple(date(2026, 4, 6) + timedelta(weeks=week) for week in range(3))


def test_artifacts_that_lack_the_same_days_are_asked_for_together() -> None:
    one, other, late = (Artifact("pypi", name) for name in ("one", "other", "late"))
    days = {"clickpy": {one: WEEKS, other: (WEEKS[0], WEEKS[-1]), late: WEEKS[2:]}}
    plan = plan_past(days, "", Settings(now=NOW), TWO, present=True)
    assert [(part.how.window, part.artifacts) for part in plan.parts] == [
        (Window(WEEKS[0], WEEKS[2]), (one, other)),
        (Window(WEEKS[2], WEEKS[2]), (late,)),
    ]
    assert plan.wanted_days() == {("clickpy", artifact): frozenset(of) for artifact, of in days["clickpy"].items()}


def test_a_source_that_tells_all_it_has_anyway_is_asked_once_a_package() -> None:
    one, other = Artifact("pypi", "one"), Artifact("pypi", "other")
    days = {"pypistats": {one: WEEKS[:1], other: WEEKS[2:]}}
    (part,) = plan_past(days, "", Settings(now=NOW), TWO, present=True).parts
    assert (part.how.window, part.artifacts) == (Window(WEEKS[0], WEEKS[2]), (one, other))


def test_a_past_in_pages_costs_a_request_for_each_and_one_before() -> None:
    years = tuple(NOW.date() - timedelta(weeks=back) for back in reversed(range(8 * 52)))
    days = {"github-history": {Artifact("github", "o/r"): years}}
    (part,) = estimate(plan_past(days, "", Settings(now=NOW), TWO, present=True), Settings())
    assert part.requests == 1 + 14
