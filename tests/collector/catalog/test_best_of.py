"""The catalog that is made of a best-of list: it can be read, and what was left out is named."""

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


def test_ids_are_made_of_letters_that_an_id_may_have_and_are_told_apart() -> None:
    names = ["C++ API", "C API", "Größe", "日本", "c-api"]
    text = "projects:\n" + "".join(f"  - {{name: '{name}', github_id: o/r}}\n" for name in names)
    assert list(made(text)) == ["c-api", "c-api-2", "groe", "o-r", "c-api-3"]


def test_a_bad_id_is_left_out_and_named_and_the_rest_of_the_project_stays() -> None:
    catalog = make_catalog(
        b"projects:\n  - {name: A, github_id: o/r, pypi_id: 'a`b'}\n  - {name: B, npm_id: b}\n  - just text\n"
    )
    assert catalog.projects == 1
    assert catalog.left_out[0].startswith("'A': pypi_id 'a`b' is not the name of a package")
    assert catalog.left_out[1] == "'B': has none of github_id, pypi_id, dockerhub_id"
    assert catalog.left_out[2].startswith("'Project 3': has none of")


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
        (b"projects: !!python/object/apply:os.system ['true']\n", "is not YAML"),
        (b"[" * 5000, "is not YAML"),
        (b"#" * (LARGEST + 1), "is larger than 8 MiB"),
        (b"projects: [" + b"{a: 1}," * 20_001 + b"]", "at most 20000"),
    ],
)
def test_what_is_no_such_list_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(NotUnderstood, match=said):
        make_catalog(content)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5))
def test_whatever_projects_are_called_the_catalog_can_be_read(names: list[str]) -> None:
    listed = yaml.safe_dump({"projects": [{"name": name, "github_id": "o/r"} for name in names]})
    assert len(read_catalog(make_catalog(listed.encode()).text, "catalog.toml").projects) == len(names)
