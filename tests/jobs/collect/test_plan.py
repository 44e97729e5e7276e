"""The plan asks for each artifact once, knows what it costs, and names what was misspelt."""

import pytest

from collector.catalog.schema import Catalog, read_catalog
from collector.model import Artifact
from jobs.collect.plan import PlanError, Selection, estimate, make_plan, wanted, without
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


def none_known(_pattern: Artifact) -> int:
    return 0


def test_an_artifact_of_two_projects_is_asked_for_once() -> None:
    plan = make_plan(TWO, Selection())
    assert plan["github"] == [Artifact("github", "Netflix/metaflow"), Artifact("github", "kubeflow/kubeflow")]


def test_a_selection_narrows_projects_and_sources() -> None:
    plan = make_plan(TWO, Selection(("kubeflow",), ("dockerhub",)))
    assert plan == {"dockerhub": [Artifact("docker", "kubeflow/*")]}


def test_an_ordinary_refresh_asks_the_weekly_sources_and_of_two_for_downloads_the_one_of_the_catalog() -> None:
    assert list(make_plan(TWO, Selection())) == ["github", "pypistats", "dockerhub"]
    large = catalog('pypi_source = "clickpy"\n[projects.a]\npypi = "a"')
    assert list(make_plan(large, Selection())) == ["github", "clickpy", "dockerhub"]
    assert list(make_plan(TWO, Selection(sources=("clickpy",)))) == ["clickpy"]


@pytest.mark.parametrize("selection", [Selection(projects=("kubeflw",)), Selection(sources=("githb",))])
def test_what_is_not_there_is_named_beside_what_is(selection: Selection) -> None:
    with pytest.raises(PlanError, match=r"kubeflw.*metaflow|githb.*pypistats"):
        make_plan(TWO, selection)


def test_what_is_done_is_not_asked_again() -> None:
    rest = without(make_plan(TWO, Selection()), {("github", "Netflix/metaflow", "github")})
    assert rest["github"] == [Artifact("github", "kubeflow/kubeflow")]
    assert len(rest["pypistats"]) == 1


def test_a_pattern_wants_what_matches_it() -> None:
    test = wanted(make_plan(TWO, Selection()))
    assert test(Artifact("docker", "kubeflow/centraldashboard"))
    assert not test(Artifact("docker", "other/centraldashboard"))
    assert not test(Artifact("pypi", "kubeflow/centraldashboard"))


def test_the_estimate_counts_requests_and_the_time_their_budget_takes() -> None:
    many = "\n".join(f'[projects.p{n}]\nname = "P{n}"\npypi = "p{n}"\ngithub = "o/p{n}"' for n in range(120))
    plan = make_plan(catalog(many), Selection())
    with_token = {e.source: e for e in estimate(plan, Settings(github_token="t"), none_known)}
    assert with_token["github"].requests == 3
    assert with_token["pypistats"].requests == 121, "the packages, and one for all of PyPI"
    assert with_token["pypistats"].seconds == 240.0, "30 a minute: 30 at once, then three and one more minutes"
    without_token = {e.source: e for e in estimate(plan, Settings(), none_known)}
    assert without_token["github"].requests == 120
    assert without_token["github"].seconds == 3600.0, "60 an hour without a token"


def test_what_is_too_much_for_an_hour_is_told_beforehand() -> None:
    many = "\n".join(f'[projects.p{n}]\nname = "P{n}"\ngithub = "o/p{n}"' for n in range(120))
    plan = make_plan(catalog(many), Selection(sources=("github",)))
    (part,) = estimate(plan, Settings(), none_known, 0.1)
    assert part.seconds == 7200.0
    spread = "3 hours, 54 in each; a run ends at the limit, and the same command goes on an hour later"
    assert part.quota == f"quota: 120 of the 60 requests an hour without a token: {spread}"
    (patient,) = estimate(plan, Settings(max_wait=3600), none_known, 0.1)
    assert patient.quota.endswith("3 hours, 54 in each"), "a run that may wait an hour need not end"
    (few,) = estimate({"github": plan["github"][:54]}, Settings(), none_known, 0.1)
    assert (few.quota, few.seconds) == ("quota: 54 of the 60 requests an hour without a token", 3.0)


def test_rates_that_ask_for_a_longer_pause_than_allowed_are_told_to_end_the_run() -> None:
    many = "\n".join(f'[projects.p{n}]\nname = "P{n}"\npypi = "p{n}"' for n in range(40))
    plan = make_plan(catalog(many), Selection(sources=("pypistats",)))
    (part,) = estimate(plan, Settings(max_wait=10), none_known)
    ending = "a run ends after about 30 requests, where a pause of 55 s would be longer than TALLYBOOK_MAX_WAIT"
    assert part.quota == f"rates: 5 in 1 s and 30 in 60 s; {ending}, and the same command goes on after it"
    for settings in (Settings(max_wait=60), Settings(max_wait=10, budgets=False)):
        (part,) = estimate(plan, settings, none_known)
        assert part.quota == "rates: 5 in 1 s and 30 in 60 s"
    (few,) = estimate({"pypistats": plan["pypistats"][:29]}, Settings(max_wait=10), none_known)
    assert few.quota == "rates: 5 in 1 s and 30 in 60 s", "with the one for all of PyPI, 30"


def test_a_history_is_the_repository_and_the_newest_page_of_its_past() -> None:
    (part,) = estimate(make_plan(TWO, Selection(sources=("github-history",))), Settings(), none_known)
    assert (part.artifacts, part.requests) == (2, 4)


def test_a_thousand_packages_are_a_few_queries_of_clickpy() -> None:
    many = "\n".join(f'[projects.p{n}]\npypi = "a-package-{n:04}"' for n in range(1000))
    (part,) = estimate(make_plan(catalog(many), Selection(sources=("clickpy",))), Settings(), none_known)
    assert (part.requests, part.seconds) == (4, 0.0)


def test_budgets_off_takes_no_time() -> None:
    parts = estimate(make_plan(TWO, Selection()), Settings(budgets=False), none_known)
    assert [part.seconds for part in parts] == [0.0, 0.0, 0.0]


def test_a_namespace_counts_as_many_requests_as_its_list_had_pages() -> None:
    parts = estimate(make_plan(TWO, Selection(sources=("dockerhub",))), Settings(), lambda _pattern: 287)
    assert parts[0].requests == 3
