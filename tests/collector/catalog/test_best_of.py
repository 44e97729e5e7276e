"""The catalog that is made of a best-of list: it can be read, and what was left out is named."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from collector.catalog.best_of import LARGEST, make_catalog
from collector.catalog.schema import read_catalog
from collector.imports.sheet import NotUnderstood
from collector.model import Artifact

LIST = """
configuration: {min_stars: 300}
categories: []
projects:
  - name: Kubeflow
    github_id: kubeflow/kubeflow
    pypi_id: KFP_sdk
    dockerhub_id: kubeflow/web
    conda_id: conda-forge/kfp
    category: workflow
  - {name: PostgreSQL "the" Server\\x, dockerhub_id: postgres}
  - {github_id: o/no-name}
"""


def made(text: str) -> dict[str, tuple[str, tuple[Artifact, ...]]]:
    catalog = read_catalog(make_catalog(text.encode()).text, "catalog.toml")
    return {project.id: (project.name, project.artifacts) for project in catalog.projects}


def test_projects_get_ids_names_and_the_artifacts_that_can_be_counted() -> None:
    assert made(LIST) == {
        "kubeflow": (
            "Kubeflow",
            (Artifact("github", "kubeflow/kubeflow"), Artifact("pypi", "kfp-sdk"), Artifact("docker", "kubeflow/web")),
        ),
        "postgresql-the-server-x": ('PostgreSQL "the" Server\\x', (Artifact("docker", "library/postgres"),)),
        "no-name": ("no-name", (Artifact("github", "o/no-name"),)),
    }


def test_what_the_list_counts_of_its_packages_goes_on_as_a_metric_of_the_catalog() -> None:
    assert read_catalog(make_catalog(LIST.encode()).text, "catalog.toml").metrics == ("pypi_downloads_30d",)
    assert read_catalog(make_catalog(b"projects: [{github_id: o/r}]").text, "catalog.toml").metrics == ()


def test_ids_are_made_of_letters_that_an_id_may_have_and_are_told_apart() -> None:
    names = ["C++ API", "C API", "Größe", "日本", "c-api"]
    text = "projects:\n" + "".join(f"  - {{name: '{name}', github_id: o/r}}\n" for name in names)
    assert list(made(text)) == ["c-api", "c-api-2", "groe", "o-r", "c-api-3"]


def test_a_bad_id_is_left_out_and_the_rest_of_the_project_stays() -> None:
    catalog = make_catalog(
        b"projects:\n  - {name: A, github_id: o/r, pypi_id: 'a`b'}\n  - {name: B, conda_id: b}\n  - just text\n"
    )
    assert (catalog.projects, catalog.left_out) == (1, 2)


def test_what_cannot_be_used_is_told_once_a_kind_with_how_many() -> None:
    bad = "".join(f"  - {{name: P{i}, github_id: o/r{i}, pypi_id: 'a`{i}', conda_id: c{i}}}\n" for i in range(500))
    catalog = make_catalog(f"projects:\n{bad}  - {{name: None}}\n".encode())
    conda, pypi, empty, _ = catalog.notes
    assert conda == "conda_id, which is not counted: 500, such as 'c0' of 'P0', 'c1' of 'P1', 'c2' of 'P2'"
    assert pypi.startswith("pypi_id that cannot be one: 500, such as 'a`0' is not the name of a package; did you mean")
    assert empty == "projects without any artifact that is counted: 1, 'None'"


def test_an_id_with_a_slash_at_its_end_or_an_address_is_that_id() -> None:
    text = "projects:\n  - {name: A, github_id: acme/alpha/, pypi_id: alpha/, dockerhub_id: hub.docker.com/r/acme/a/}\n"
    assert made(text) == {
        "a": ("A", (Artifact("github", "acme/alpha"), Artifact("pypi", "alpha"), Artifact("docker", "acme/a")))
    }


def test_what_yaml_would_take_for_something_else_is_what_its_writer_meant() -> None:
    text = "projects:\n" + "".join(
        f"  - {{name: {n}, github_id: o/r, pypi_id: {n}}}\n" for n in ("On", "3.10", "2020-02-02")
    )
    assert [(name, artifacts[1].name) for name, artifacts in made(text).values()] == [
        ("On", "on"),
        ("3.10", "3-10"),
        ("2020-02-02", "2020-02-02"),
    ]


@pytest.mark.parametrize("none", ["", "~", "null", "false", "False", "''"])
def test_a_list_has_several_ways_to_say_that_there_is_none(none: str) -> None:
    assert made(f"projects:\n  - {{name: A, github_id: o/r, pypi_id: {none}}}\n") == {
        "a": ("A", (Artifact("github", "o/r"),))
    }


def test_the_cadence_is_that_of_the_lists_history(tmp_path: Path) -> None:
    text = b"configuration: {projects_history_folder: past/}\nprojects: [{github_id: o/r}]"
    assert read_catalog(make_catalog(text, tmp_path).text, "c.toml").cadence == "monday"
    (tmp_path / "past").mkdir()
    for day in ("2026-04-22", "2026-04-29", "2026-05-04", "2026-05-99"):
        (tmp_path / f"past/{day}_projects.csv").touch()
    catalog = make_catalog(text, tmp_path)
    assert read_catalog(catalog.text, "c.toml").cadence == "wednesday"
    assert catalog.notes == ("cadence: wednesday, as the snapshots in past/ are",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no list of projects"),
        (b"- a\n- b\n", "no list of projects"),
        (b"projects: 7\n", "no list of projects"),
        (b"projects: []\n", "no list of projects"),
        (b"projects: [{name: A}]\n", "no project with an id"),
        (b"projects: [", "is not YAML"),
        (b"\xff\xfe\x00", "is not YAML"),
        (b"projects: !!python/object/apply:os.system ['true']\n", "no project with an id"),
        (b"[" * 5000, "is not YAML"),
        (b"#" * (LARGEST + 1), "is larger than 8 MiB"),
        (b"projects: [" + b"a," * 100_001 + b"]", "at most 100000"),
    ],
)
def test_what_is_no_such_list_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        make_catalog(content)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5))
def test_whatever_projects_are_called_the_catalog_can_be_read(names: list[str]) -> None:
    listed = yaml.safe_dump({"projects": [{"name": name, "github_id": "o/r"} for name in names]})
    assert len(read_catalog(make_catalog(listed.encode()).text, "catalog.toml").projects) == len(names)
