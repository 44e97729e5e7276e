"""Tests of the catalog: what it gives, and that every mistake is named at its line."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.catalog.document import json_schema
from collector.catalog.problems import Problem
from collector.catalog.schema import LARGEST, Catalog, CatalogError, Project, load_catalog, read_catalog
from collector.model import Artifact
from collector.sources import KINDS

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
pypi_source = "clickpi"
[projects.empty]
name = "Empty"
[project.other]
pypi = "other"
"""
    assert mistakes(text) == [
        "1: 'cadence' is 'mondy'; did you mean 'monday'?",
        "2: 'reserve' should be less than 1",
        "4: unknown key 'githb' in project 'kubeflow'; did you mean 'github'?",
        "5: docker 'mysql' in project 'kubeflow' is not namespace/image of Docker Hub; did you mean 'library/mysql'?",
        "9: 'pypi' in project 'kubeflow' is a number; it should be text or a list of texts",
        "10: 'pypi_source' in project 'kubeflow' is 'clickpi'; did you mean 'clickpy'?",
        f"11: project 'empty' has no artifact; give it one of {', '.join(KINDS)}",
        "13: unknown key 'project'; did you mean 'projects'?",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('cadence = "weekly"', "'cadence' is 'weekly'; known are monday, tuesday"),
        ("cadence = 1", "'cadence' should be 'monday', 'tuesday'"),
        ('pypi_source = "clickpi"', "'pypi_source' is 'clickpi'; did you mean 'clickpy'?"),
        ("pypi_source = true", "'pypi_source' should be 'pypistats' or 'clickpy'"),
        ("reserve = true", "'reserve' is true or false; it should be a number"),
        ("reserve = 1.0", "'reserve' should be less than 1"),
        ("reserve = nan", "'reserve' should be"),
        ("max_stale = -0.1", "'max_stale' should be greater than or equal to 0"),
        ("max_stale = 1979-05-27", "'max_stale' is a date or time; it should be a number"),
        (
            "colour = 1",
            "unknown key 'colour'; known are cadence, reserve, max_stale, pypi_source, metrics, include, projects",
        ),
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
        ('name = " "', "name ' ' in project 'a' is empty"),
        ('name = "\\u200b"', "name '\\u200b' in project 'a' is empty"),
        ('name = "x\\u202ey"', "name 'x\\u202ey' in project 'a' holds a control character"),
        ('name = "x\\ny"', "name 'x\\ny' in project 'a' holds a control character"),
        (f'name = "{"x" * 201}"', f"name '{'x' * 80}…' in project 'a' has 201 characters; at most 200 are allowed"),
        ("name = 3", "'name' in project 'a' is a number; it should be text, in quotes"),
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
        ('github = ["A/b", "a/B"]', "'github' in project 'a' has 'a/B' twice; keep one"),
        ('github = ["a/b", "a/b#12"]', "'github' in project 'a' has 'a/b#12' twice; keep one"),
        ('github = ["a/b#12", "c/d#12"]', "'github' in project 'a' has 'c/d#12' twice; keep one"),
        ('pypi = ["a.b", "A_b"]', "'pypi' in project 'a' has 'a-b' twice; keep one"),
        ('docker = ["n/image", "n/im*"]', "'docker' in project 'a' has 'n/image', which 'n/im*' covers; keep one"),
        (
            'docker = ["n/im*", "n/*", "n/*"]',
            "'docker' in project 'a' has 'n/im*', which 'n/*' covers and 'n/*' twice; keep one of each",
        ),
    ],
)
def test_an_artifact_counts_once_in_a_project(line: str, told: str) -> None:
    assert in_project(line) == [f"2: {told}"]


def test_a_repository_may_be_pinned_to_its_number() -> None:
    catalog = read_catalog('projects.a.github = ["o/r#12345", "o/s"]', "c.toml")
    assert catalog.projects[0].artifacts == (Artifact("github", "o/r#12345"), Artifact("github", "o/s"))
    assert in_project('github = "o/r#x"') == [
        "2: github 'o/r#x' in project 'a' has no number behind its '#'; the repository's numeric id stands there"
    ]


def test_a_project_may_choose_who_is_asked_for_its_downloads() -> None:
    """A package that pypistats does not follow, for its name has dots, is followed by clickpy."""
    text = 'pypi_source = "pypistats"\n[projects.a]\npypi = "a.b"\npypi_source = "clickpy"\n[projects.c]\npypi = "c"'
    assert [project.pypi_source for project in read_catalog(text, "c.toml").projects] == ["clickpy", "pypistats"]


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
    what = "is no id: it should be made of small letters, digits and hyphens"
    assert mistake == f"1: project '{id_.strip(chr(39))}' {what}{told}"


def test_what_is_there_twice_does_not_hide_other_mistakes() -> None:
    """TOML forbids it, and tomllib gives up there."""
    text = '[projects.a]\npypi = "a"\npypi = [\n"b"]\n[projects.a]\ngithub = "x"\n[projects.b]\ngithub = "x"'
    assert mistakes(text) == [
        "3: key 'pypi' is there twice, first in line 2; keep one",
        "5: table [projects.a] is there twice, first in line 1; keep one",
        "8: github 'x' in project 'b' is not owner/repo, such as 'kubeflow/kubeflow'",
    ]


def test_of_very_many_mistakes_a_hundred_are_told() -> None:
    with pytest.raises(CatalogError) as raised:
        read_catalog("".join(f"k{i} = 1\n" for i in range(100_000)), "c.toml")
    told = str(raised.value).splitlines()
    assert (len(told), told[0][:22], told[-1]) == (101, "c.toml:1: unknown key ", "and 900 more")


def test_a_project_has_at_most_twenty_patterns() -> None:
    """Each of its images is held against all of them."""
    patterns = ", ".join(f'"a/b{i:02}*"' for i in range(20))
    twenty = read_catalog(f'[projects.a]\ndocker = [{patterns}, "a/c"]', "c.toml")
    assert len(twenty.projects[0].artifacts) == 21
    assert mistakes(f'[projects.a]\ndocker = [{patterns}, "a/c*"]') == [
        "2: 'docker' in project 'a' has 21 patterns; 20 are the most"
    ]


NO_TABLES = "'projects' holds no tables; a project is written as one, such as [projects.kubeflow]"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", " there is no project; add one, such as [projects.kubeflow]"),
        ("# nothing\n", " there is no project; add one, such as [projects.kubeflow]"),
        ("\n[projects]", "2: there is no project; add one, such as [projects.kubeflow]"),
        ("projects = 3", "1: 'projects' holds no tables; a project is written as one, such as [projects.kubeflow]"),
        (
            "\n[[projects]]\nid = 1",
            "2: 'projects' holds no tables; a project is written as one, such as [projects.kubeflow]",
        ),
        ("[projects]\na = 3", "2: project 'a' is a number; it should be made of keys and values"),
        ("\nx = ", "2: is not TOML: Invalid value at the end of the file; text stands in quotes"),
        ("[projects.a]\nname = A", "2: is not TOML: Invalid value at column 8; text stands in quotes"),
        ("[projects.a]\nx = 1\nx = 2\ny = ?", "4: is not TOML: Invalid value at column 5; text stands in quotes"),
        (f"x = {'[' * 5000}", " is not TOML: it is nested too deeply"),
        (f"reserve = {'9' * 5000}", " is not TOML: a number in it has too many digits"),
    ],
)
def test_what_is_no_catalog_says_what_to_do(text: str, told: str) -> None:
    assert mistakes(text)[-1] == told


def test_a_list_holds_texts_only() -> None:
    assert in_project('pypi = ["a",\n 3,\n true,\n ["b"],\n {c = 1}]') == [
        "2: an element of 'pypi' in project 'a' is a number; it should be text, in quotes",
        "2: an element of 'pypi' in project 'a' is true or false; it should be text, in quotes",
        "2: an element of 'pypi' in project 'a' is a list; it should be text, in quotes",
        "2: an element of 'pypi' in project 'a' is a table; it should be text, in quotes",
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
        out.truncate(LARGEST + 1)
    with pytest.raises(CatalogError, match="more than 64 MiB"):
        load_catalog(file)


ID = "small letters, digits and hyphens"


class TestIncluded:
    """A catalog of several files."""

    @pytest.fixture
    def main(self, tmp_path: Path) -> Path:
        (tmp_path / "more").mkdir()
        main = tmp_path / "catalog.toml"
        main.write_text('cadence = "friday"\ninclude = "more/*.toml"\n[projects.a]\nname = "A"\npypi = "a"\n')
        return main

    def test_projects_of_all_files_are_one_catalog_and_its_text_stands_for_all_of_it(self, main: Path) -> None:
        more = main.parent / "more"
        (more / "c.toml").write_text('projects.c = {github = ["o/c#5", "o/d"], pypi = "x", pypi_source = "clickpy"}')
        (more / "b.toml").write_text('[projects.b]\nname = "B \\"q\\""\ndocker = "n/*"\n')
        catalog = load_catalog(main)
        assert [project.id for project in catalog.projects] == ["a", "b", "c"]
        assert read_catalog(catalog.text, catalog.path) == catalog

    def test_a_change_of_an_included_file_changes_the_text(self, main: Path) -> None:
        before = load_catalog_of(main, 'projects.b.pypi = "b"')
        assert load_catalog_of(main, 'projects.b.pypi = "c"').text != before.text

    def test_a_project_in_two_files_is_named_with_both(self, main: Path) -> None:
        (main.parent / "more/b.toml").write_text('\n[projects.a]\npypi = "b"\n')
        with pytest.raises(CatalogError) as caught:
            load_catalog(main)
        more = main.parent / "more/b.toml"
        assert str(caught.value) == f"{more}:2: project 'a' is in {main} too, in line 3; keep one"

    def test_mistakes_of_all_files_are_told_at_once(self, main: Path) -> None:
        more = main.parent / "more"
        (more / "b.toml").write_text('[projects.b]\ngithb = "o/r"\n')
        (more / "c.toml").write_text('cadence = "monday"\n[projects.C]\npypi = "c"\n')
        main.write_text(main.read_text().replace('"more/*.toml"', '["more/*.toml", "less/*.toml"]'))
        with pytest.raises(CatalogError) as caught:
            load_catalog(main)
        assert [str(problem).removeprefix(f"{main.parent}/") for problem in caught.value.problems] == [
            "catalog.toml:2: 'include' names 'less/*.toml', but there is no such file",
            "more/b.toml:2: unknown key 'githb' in project 'b'; did you mean 'github'?",
            f"more/c.toml:1: unknown key 'cadence'; an included file has only projects, the rest is in {main}",
            f"more/c.toml:2: project 'C' is no id: it should be made of {ID}; did you mean 'c'?",
        ]

    def test_a_file_that_cannot_be_read_hides_no_mistake_of_another(self, main: Path) -> None:
        more = main.parent / "more"
        (more / "b.toml").write_bytes(b'projects.b.pypi = "\xff"')
        (more / "c.toml").write_text("[projects.c]\npypi = c\n")
        (more / "d.toml").write_text('projects.d.pypi = "-"')
        with pytest.raises(CatalogError) as caught:
            load_catalog(main)
        assert [(Path(problem.path).name, problem.line) for problem in caught.value.problems] == [
            ("c.toml", 2),
            ("d.toml", 1),
            ("b.toml", 1),
        ]

    def test_a_pattern_may_match_the_catalog_itself_and_a_file_twice(self, main: Path) -> None:
        (main.parent / "b.toml").write_text('projects.b.pypi = "b"')
        main.write_text(main.read_text().replace('"more/*.toml"', '["*.toml", "b.toml"]'))
        assert [project.id for project in load_catalog(main).projects] == ["a", "b"]


def load_catalog_of(main: Path, more: str) -> Catalog:
    (main.parent / "more/b.toml").write_text(more)
    return load_catalog(main)


def test_a_large_catalog_is_read_in_time_that_grows_with_its_projects_only() -> None:
    """100,000 projects are read in seconds; twice as many take twice as long and not four times."""

    def seconds(projects: int) -> float:
        text = "".join(f'[projects.p{i}]\ngithub = "o/r{i}"\ndocker = ["n{i}/*", "m/i{i}"]\n' for i in range(projects))
        began = time.process_time()
        assert len(read_catalog(text, "c.toml").projects) == projects
        return time.process_time() - began

    seconds(10)
    assert seconds(4000) < 10 * seconds(1000) + 0.1


def test_the_json_schema_says_what_each_key_is_for() -> None:
    schema = json_schema()
    project = schema["$defs"]["Project"]
    assert set(KINDS) < set(project["properties"])
    assert all(each["description"] for part in (schema, project) for each in part["properties"].values())
    assert (schema["additionalProperties"], project["additionalProperties"]) == (False, False)


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


def problems(text: str) -> tuple[Problem, ...]:
    try:
        read_catalog(text, "catalog.toml")
    except CatalogError as error:
        return error.problems
    return ()


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_the_text_it_is_a_catalog_or_its_mistakes_are_named(text: str) -> None:
    lines = range(1, text.count("\n") + 2)
    assert all(problem.line is None or problem.line in lines for problem in problems(text))
