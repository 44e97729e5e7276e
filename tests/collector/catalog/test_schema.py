"""Tests of the catalog: what it gives, and that every mistake is named at its line."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.catalog.mistakes import CatalogError, CatalogProblem
from collector.catalog.schema import Catalog, Project, load_catalog, read_catalog
from collector.model import Artifact

GOOD = """\
cadence = "Friday"
reserve = 0
max_stale = 1

[projects.kubeflow]
name = "Kubeflow"
github = ["kubeflow/kubeflow", "kubeflow/pipelines"]
pypi = ["kfp", "Kubeflow_Training.SDK"]
docker = ["kubeflow/*", "library/postgres"]
search = "Kubeflow"
wikipedia = ["Apache_Airflow"]

[projects.metaflow]
github = "Netflix/metaflow"
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        read_catalog(text, "catalog.toml")
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]
    return [str(problem).removeprefix("catalog.toml:") for problem in caught.value.problems]


def in_project(lines: str) -> list[str]:
    """Mistakes in the keys of a project that begin on line 2, next to a good artifact."""
    return mistakes(f'[projects.a]\n{lines}\n[projects.b]\npypi = "b"')


def test_a_good_catalog_is_read_as_it_stands() -> None:
    catalog = read_catalog(GOOD, "there/catalog.toml")
    assert catalog == Catalog(
        projects=(
            Project(
                "kubeflow",
                "Kubeflow",
                (
                    Artifact("github", "kubeflow/kubeflow"),
                    Artifact("github", "kubeflow/pipelines"),
                    Artifact("pypi", "kfp"),
                    Artifact("pypi", "kubeflow-training-sdk"),
                    Artifact("docker", "kubeflow/*"),
                    Artifact("docker", "library/postgres"),
                    Artifact("search", "Kubeflow"),
                    Artifact("wikipedia", "Apache Airflow"),
                ),
            ),
            Project("metaflow", "metaflow", (Artifact("github", "Netflix/metaflow"),)),
        ),
        cadence="friday",
        reserve=0.0,
        max_stale=1.0,
        text=GOOD,
        path="there/catalog.toml",
    )


def test_settings_have_defaults() -> None:
    catalog = read_catalog('projects.a.pypi = "a"', "catalog.toml")
    assert (catalog.cadence, catalog.reserve, catalog.max_stale) == ("monday", 0.1, 0.2)
    assert catalog.pypi_source == "pypistats"


def test_one_artifact_may_belong_to_two_projects() -> None:
    catalog = read_catalog('projects.a.pypi = "x"\nprojects.b.pypi = "x"', "catalog.toml")
    assert catalog.projects[0].artifacts == catalog.projects[1].artifacts


def test_every_mistake_is_named_at_once_in_the_order_of_the_lines() -> None:
    text = """\
cadence = "mondy"
reserve = 1
[projects.kubeflow]
githb = "kubeflow/kubeflow"
docker = [
    "kubeflow/ok",   # a comment, with a ] and a "
    "mysql",
]
pypi = 3
[projects.empty]
name = "Empty"
[project.other]
pypi = "other"
"""
    assert mistakes(text) == [
        "1: 'cadence' is 'mondy'; did you mean 'monday'?",
        "2: 'reserve' is not a share from 0 to less than 1, such as 0.1",
        "4: unknown key 'githb' in project 'kubeflow'; did you mean 'github'?",
        "7: docker 'mysql' in project 'kubeflow' is not namespace/image of Docker Hub; did you mean 'library/mysql'?",
        "9: 'pypi' in project 'kubeflow' is a number; it should be text or a list of texts",
        "10: project 'empty' has no artifact; give it one of github, pypi, docker, search, wikipedia",
        "12: unknown key 'project'; did you mean 'projects'?",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('cadence = "weekly"', "'cadence' is 'weekly'; known are monday, tuesday"),
        ("cadence = 1", "'cadence' is a number, not a weekday"),
        ('pypi_source = "clickpi"', "'pypi_source' is 'clickpi'; did you mean 'clickpy'?"),
        ("pypi_source = true", "'pypi_source' is true or false, not the name of a source"),
        ("reserve = true", "'reserve' is true or false; it should be a number such as 0.1"),
        ("reserve = 1.0", "'reserve' is not a share from 0 to less than 1, such as 0.1"),
        ("reserve = nan", "'reserve' is not a share"),
        ("max_stale = -0.1", "'max_stale' is not a share from 0 to 1, such as 0.2"),
        ("max_stale = 1979-05-27", "'max_stale' is a date or time; it should be a number such as 0.2"),
        ("colour = 1", "unknown key 'colour'; known are cadence, reserve, max_stale, pypi_source, projects"),
        ('kubeflow = {pypi = "kfp"}', "unknown key 'kubeflow'; a project is written [projects.kubeflow]"),
    ],
)
def test_a_setting_that_cannot_be_is_named(line: str, told: str) -> None:
    (mistake,) = mistakes(f'{line}\n[projects.a]\npypi = "a"')
    assert mistake.startswith(f"1: {told}")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kubeflow", ", such as 'kubeflow/kubeflow'"),
        ("a/b/c", "; did you mean 'a/b'?"),
        ("https://github.com/kubeflow/pipelines.git", "; did you mean 'kubeflow/pipelines'?"),
        ("-a/b", ", such as"),
        ("a/..", ", such as"),
        ("a/b c", ", such as"),
        ("a/b\\n", ", such as"),
        (f"{'a' * 40}/b", ", such as"),
        (f"a/{'b' * 101}", ", such as"),
        ('a/b\\"){x}', ", such as"),
    ],
)
def test_what_is_not_owner_and_repository_is_refused(name: str, told: str) -> None:
    (mistake,) = in_project(f'github = "{name}"')
    assert mistake.startswith("2: github ")
    assert f" in project 'a' is not owner/repo{told}" in mistake


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kfp[all]>=2", "; did you mean 'kfp'?"),
        ("https://packages.example/project/kfp/", "; did you mean 'kfp'?"),
        ("__all__", ", such as"),
        ("kfp-", ", such as"),
        ("../x", ", such as"),
        ("", ", such as"),
        ("a" * 201, ", such as"),
    ],
)
def test_what_is_not_a_package_is_refused(name: str, told: str) -> None:
    (mistake,) = in_project(f'pypi = "{name}"')
    assert f" in project 'a' is not the name of a package{told}" in mistake


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("postgres", "; did you mean 'library/postgres'?"),
        ("docker.io/library/redis:7", "; did you mean 'library/redis'?"),
        ("https://hub.docker.com/_/nginx", "; did you mean 'library/nginx'?"),
        ("https://hub.docker.com/r/kubeflow/x", "; did you mean 'kubeflow/x'?"),
        ("Kubeflow/X", "; did you mean 'kubeflow/x'?"),
        ("../x", ", such as"),
        ("a/..", ", such as"),
        ("a/b?c", "; did you mean 'a/b'?"),
        ("ghcr.io/a/b", ", such as"),
        (f"a/{'b' * 200}", ", such as"),
    ],
)
def test_what_is_not_an_image_is_refused(name: str, told: str) -> None:
    (mistake,) = in_project(f'docker = "{name}"')
    assert f" in project 'a' is not namespace/image of Docker Hub{told}" in mistake


def test_a_pattern_may_stand_for_images_but_not_for_namespaces() -> None:
    assert in_project('docker = "*/x"') == [
        "2: docker '*/x' in project 'a' has a '*' in its namespace; only the image may have one, such as 'kubeflow/*'"
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('name = " "', "the name of project 'a' is empty"),
        ('name = "\\u200b"', "the name of project 'a' is empty"),
        ('name = "x\\u202ey"', "the name of project 'a' holds a control character"),
        ('name = "x\\ny"', "the name of project 'a' holds a control character"),
        (f'name = "{"x" * 201}"', "the name of project 'a' has 201 characters; at most 200 are allowed"),
        ("name = 3", "the name of project 'a' is a number; it should be text"),
        ('search = ""', "search '' in project 'a' is empty"),
        ('search = ["x", "y"]', "'search' in project 'a' has 2 elements; it takes one"),
        (
            'wikipedia = "https://en.wikipedia.org/wiki/X"',
            "wikipedia 'https://en.wikipedia.org/wiki/X' in project 'a' is",
        ),
        ('wikipedia = "C#"', "wikipedia 'C#' in project 'a' is not the title of an article"),
    ],
)
def test_a_text_that_cannot_be_shown_or_asked_is_refused(line: str, told: str) -> None:
    (mistake,) = in_project(f'pypi = "a"\n{line}')
    assert mistake.startswith(f"3: {told}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('github = ["A/b", "a/B"]', "github:a/B is in project 'a' twice; keep one"),
        ('pypi = ["a.b", "A_b"]', "pypi:a-b is in project 'a' twice; keep one"),
        ('docker = ["n/image", "n/im*"]', "docker:n/image in project 'a' is covered by 'n/im*'; keep one"),
        ('docker = ["n/im*", "n/*"]', "docker:n/im* in project 'a' is covered by 'n/*'; keep one"),
    ],
)
def test_an_artifact_counts_once_in_a_project(line: str, told: str) -> None:
    assert in_project(line) == [f"2: {told}"]


@pytest.mark.parametrize(
    ("id_", "told"),
    [
        ("Kubeflow", "; did you mean 'kubeflow'?"),
        ("'my project'", "; did you mean 'my-project'?"),
        ("'…'", ""),
        ("_x", "; did you mean 'x'?"),
        ("'../x'", "; did you mean 'x'?"),
    ],
)
def test_an_id_that_does_not_fit_an_address_is_refused(id_: str, told: str) -> None:
    (mistake,) = mistakes(f'[projects.{id_}]\npypi = "a"')
    assert mistake == f"1: project id '{id_.strip(chr(39))}' is not made of small letters, digits and hyphens{told}"


def test_ids_that_differ_in_their_letters_case_only_are_one() -> None:
    assert mistakes('projects.a.pypi = "a"\nprojects.A.pypi = "a"') == [
        "2: project 'A' is there already as 'a'; ids are small letters"
    ]


def test_what_is_there_twice_does_not_hide_other_mistakes() -> None:
    """TOML forbids it, and tomllib gives up there."""
    text = '[projects.a]\npypi = "a"\npypi = [\n"b"]\n[projects.a]\ngithub = "x"\n[projects.b]\ngithub = "x"'
    assert mistakes(text) == [
        "3: key 'pypi' is there twice; keep one",
        "5: table [projects.a] is there twice; put both into one, or give one another name",
        "8: github 'x' in project 'b' is not owner/repo, such as 'kubeflow/kubeflow'",
    ]


def test_a_catalog_with_nothing_but_repetition_ends() -> None:
    found = mistakes("a = 1\n" * 1000)
    assert len(found) == 21
    assert " was not read any further, there may be more like this" in found


def test_the_larger_a_catalog_the_sooner_it_ends_at_repetitions() -> None:
    """Each costs one more reading of the whole, which would take half a minute in all."""
    assert len(mistakes('[projects.a]\nname="x"\n' * 50_000)) == 2


def test_a_catalog_with_nothing_but_mistakes_ends_after_a_thousand() -> None:
    """Each costs a comparison with the words that are known, which would take half a minute for the largest file."""
    with pytest.raises(CatalogError) as raised:
        read_catalog("".join(f"k{i} = 1\n" for i in range(100_000)), "c.toml")
    assert len(raised.value.problems) == 1001
    assert str(raised.value).splitlines()[:2] == [
        "c.toml: was not read any further, there may be more like this",
        "c.toml:1: unknown key 'k0'; known are cadence, reserve, max_stale, pypi_source, projects",
    ]


def test_a_project_has_at_most_twenty_patterns() -> None:
    """Each of its images is held against all of them."""
    patterns = ", ".join(f'"a/b{i:02}*"' for i in range(20))
    twenty = read_catalog(f'[projects.a]\ndocker = [{patterns}, "a/c"]', "c.toml")
    assert len(twenty.projects[0].artifacts) == 21
    assert mistakes(f'[projects.a]\ndocker = [{patterns}, "a/c*"]') == [
        "2: project 'a' has 21 patterns of images; 20 are the most"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", " there is no project; add one, such as [projects.kubeflow]"),
        ("# nothing\n", " there is no project; add one, such as [projects.kubeflow]"),
        ("\n[projects]", "2: there is no project; add one, such as [projects.kubeflow]"),
        ("projects = 3", "1: 'projects' is a number; a project is written as a table [projects.ID]"),
        ('\n[[projects]]\nid = "a"', "2: 'projects' is a list; a project is written as a table [projects.ID]"),
        ("[projects]\na = 3", "2: project 'a' is a number; it should be a table [projects.a]"),
        ("\nx = ", "2: is not TOML: Invalid value at the end of the file; text stands in quotes"),
        ("[projects.a]\nname = A", "2: is not TOML: Invalid value at column 8; text stands in quotes"),
        (f"x = {'[' * 5000}", " is nested too deeply; a project's keys hold names or lists of names"),
        (f"[a{'.b' * 300_000}]", " is nested too deeply; a project's keys hold names or lists of names"),
        (
            "x = { a" + ' . "b"' * 300_000 + " = 1 }",
            " is nested too deeply; a project's keys hold names or lists of names",
        ),
        (f"reserve = {'9' * 5000}", " is not TOML: a number in it has too many digits"),
    ],
)
def test_what_is_no_catalog_says_what_to_do(text: str, told: str) -> None:
    assert mistakes(text) == [told]


def test_a_list_holds_texts_only() -> None:
    assert in_project('pypi = ["a",\n 3,\n true,\n ["b"],\n {c = 1}]') == [
        "3: an element of 'pypi' in project 'a' is a number; it should be text",
        "4: an element of 'pypi' in project 'a' is true or false; it should be text",
        "5: an element of 'pypi' in project 'a' is a list; it should be text",
        "6: an element of 'pypi' in project 'a' is a table; it should be text",
    ]


def test_a_mistake_is_told_on_one_line_whatever_the_key() -> None:
    found = mistakes('projects."a\\nb" = 1\n"c\\nd" = {}\n["e\\nf"]\n["e\\nf"]')
    assert [mistake[0] for mistake in found] == ["1", "1", "2", "3", "4"]


def test_a_very_long_name_is_cut_in_the_message() -> None:
    assert all(len(mistake) < 300 for mistake in in_project(f'{"x" * 5000} = 1\ngithub = "{"y" * 5000}"'))


def test_a_file_is_read_with_its_mark_and_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "catalog.toml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_catalog(file).projects == read_catalog(GOOD, "x").projects
    file.write_bytes(b'[projects.a]\r\n\r\npypi = "-"\r\n')
    with pytest.raises(CatalogError, match=r"catalog\.toml:3: pypi '-' in project 'a'"):
        load_catalog(file)


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"no\.toml: there is no such file; `tallybook init` makes"):
        load_catalog(str(tmp_path / "no.toml"))


@pytest.mark.skipif(os.name == "nt", reason="opening a folder fails otherwise on Windows")
def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r": cannot be read: Is a directory"):
        load_catalog(tmp_path)


def test_a_file_of_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "catalog.toml"
    file.write_bytes('[projects.a]\nname = "Füße"'.encode("latin-1"))
    with pytest.raises(CatalogError, match=r"catalog\.toml:2: is not UTF-8 text"):
        load_catalog(file)


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "catalog.toml"
    with file.open("wb") as out:
        out.truncate(4 * 1024 * 1024 + 1)
    with pytest.raises(CatalogError, match="is larger than 4 MiB"):
        load_catalog(file)


PIECES = st.sampled_from(
    [
        *"[]{}=,.#'\"\\ \n",
        '"""',
        "'''",
        "projects",
        "[projects.a]\n",
        'pypi = "a"\n',
        "github = [\n",
        "a",
        "pypi",
        "1",
        "true",
        "2026-04-27",
        "\r\n",
        "\u202e",
    ]
)


def problems(text: str) -> tuple[CatalogProblem, ...]:
    try:
        read_catalog(text, "catalog.toml")
    except CatalogError as error:
        return error.problems
    return ()


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_the_text_it_is_a_catalog_or_its_mistakes_are_named(text: str) -> None:
    lines = range(1, text.count("\n") + 2)
    assert all(problem.line is None or problem.line in lines for problem in problems(text))
