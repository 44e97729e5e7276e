"""Pages: what they say is read, and every mistake in them is named with its line, whoever wrote them."""

import contextlib
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.pages import Found, PageError, find_pages, json_schema, read_page
from publish.site.pages import Page

GOOD = "---\ntitle: A and B\nprojects: [a, b-2]\n---\n\nText.\n"


def mistakes(front: str, slug: str = "a-and-b") -> list[str]:
    with pytest.raises(PageError) as caught:
        read_page(f"---\n{front}\n---\nText.\n", slug, "a.md")
    return str(caught.value).splitlines()


def test_a_page_has_a_title_and_projects_in_its_order() -> None:
    page = read_page(GOOD, "a-and-b", "a.md")
    assert page == Page("a-and-b", "A and B", ("a", "b-2"), "a.md", 3, "Text.")


def test_line_ends_of_other_systems_and_keys_for_later_are_no_matter() -> None:
    later = GOOD.replace("---\n\nText", "layout: [{q: why, a: so}]\nupdated: 2026-04-27\n---\n\nText")
    assert read_page(later.replace("\n", "\r\n"), "a-and-b", "a.md") == read_page(GOOD, "a-and-b", "a.md")


def test_a_page_without_a_title_is_called_by_its_file() -> None:
    assert read_page("---\nprojects:\n- a\n---\n", "one", "one.md") == Page("one", "one", ("a",), "one.md", 2)
    assert read_page("---\nprojects: a\n---\n", "one", "one.md").projects == ("a",), "text is a list of one"


def test_every_mistake_is_named_at_once_with_its_line() -> None:
    assert mistakes("title: 2026-04-27\nprojects:\n- a\n- Big\n- 7\nprojets: 3") == [
        "a.md:2: 'title' is a date or time; it should be text, in quotes",
        "a.md:5: projects 'Big' is no project's id: it is made of small letters, digits and hyphens",
        "a.md:6: an element of 'projects' is a number; it should be text, in quotes",
        "a.md:7: unknown key 'projets'; did you mean 'projects'?",
    ]


def test_of_very_many_mistakes_the_first_are_told_and_the_others_counted() -> None:
    found = mistakes("projects:\n" + "- 7\n" * 1000)
    assert (len(found), found[0][:7], found[-2][:9], found[-1]) == (101, "a.md:3:", "a.md:102:", "and 900 more")


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("title: A", "a.md: there is no 'projects'"),
        ("projects: 7", "a.md:2: 'projects' is a number; it should be text or a list of texts"),
        ("projects: []", "a.md:2: 'projects' is empty; name the projects by their ids"),
        ("projects:\n- a\n- b\n- a", "a.md:2: 'projects' has 'a' twice; keep one"),
        ("projects: [on]", "a.md:2: an element of 'projects' is true or false; it should be text, in quotes"),
        ("projects: [a]\ntitle: ''", "a.md:3: title '' is empty"),
        ("projects: [a]\ntitle: " + "x" * 201, "a.md:3: title 'xxx"),
        ('projects: [a]\ntitle: "a\\u202eb"', "a.md:3: title 'a\\u202eb' holds a control character"),
        ("projects: [a]\nprojects: [b]", "a.md:3: key 'projects' is there twice"),
        ("projects: [a]\ntitel: A", "a.md:3: unknown key 'titel'; did you mean 'title'?"),
        ("projects: [a]\nwhen: 2026-13-45", "a.md:3: the value of 'when' is none"),
        (
            "projects: [a]\nrun: !!python/object/apply:os.system [ls]",
            "a.md:3: the value of 'run' is not for a page: could not determine",
        ),
        ("projects: [a", "a.md:2: is not YAML"),
        ("- a\n- b", "a.md:2: the front matter is not made of keys"),
        ("just text", "a.md:2: the front matter is not made of keys"),
        ("x: " + "[" * 3000, "a.md: the front matter is not YAML"),
        ("projects: [a]\nx: \x07", "a.md: the front matter is not YAML"),
        ("projects: [" + ", ".join(f"p{n}" for n in range(1001)) + "]", "a.md:2: 'projects' has 1001 elements"),
        ("x: " + "y" * 70_000, "a.md:1: the front matter has more than 64 KiB"),
    ],
)
def test_a_mistake_says_where_and_what(front: str, said: str) -> None:
    (line,) = mistakes(front)
    assert line.startswith(said)


def test_the_json_schema_of_a_page_says_what_each_key_is_for() -> None:
    schema = json_schema()
    assert schema["required"] == ["projects"]
    assert all(schema["properties"][key]["description"] for key in ("title", "projects"))
    assert schema["properties"]["projects"]["minItems"] == 1


WHOLE = """title: A and B
projects: [a, b]
description: Two of a kind.
verdict: {text: Take a., date: 2026-04-01, author: Somebody}
qualities:
- name: Best For
  cells:
    a: {text: Few, source: "https://a.example/docs", checked: 2026-03-01}
features:
- group: Work
  features:
  - name: Graphs
    cells:
      a: {value: yes, source: "https://a.example/graphs", checked: 2026-03-01}
      b: {}
faq:
- {question: "Why?", answer: So.}"""


def test_a_page_says_what_each_is_like_and_can_do_with_sources_and_days() -> None:
    page = read_page(f"---\n{WHOLE}\n---\n", "a-and-b", "a.md")
    assert page.said["verdict"] == {"text": "Take a.", "date": "2026-04-01", "author": "Somebody"}
    (row,) = page.said["features"][0]["features"]
    assert (row["cells"]["a"]["value"], row["cells"]["b"]["value"]) == ("yes", None), "a bare yes is no mistake"
    assert [(one.line, one.project, one.about, one.checked) for one in page.claims] == [
        (9, "a", "Best For", "2026-03-01"),
        (15, "a", "Graphs", "2026-03-01"),
    ]


def test_mistakes_deep_in_a_page_are_all_named_with_their_lines() -> None:
    wrong = WHOLE.replace("      b: {}", "      c: {text: What, source: nowhere}\n      b: {value: maybe}")
    wrong = wrong.replace("author: Somebody", "auther: Somebody").replace("answer: So.", "answer: ''")
    assert mistakes(wrong) == [
        "a.md:5: there is no 'author'",
        "a.md:5: unknown key 'auther'; did you mean 'author'?",
        "a.md:16: source 'nowhere' is no address; give one that begins with https://",
        "a.md:17: 'value' is 'maybe'; known are yes, no, partly",
        "a.md:19: 'answer' should have at least 1 character",
    ]


def test_a_claim_without_a_source_and_a_cell_of_another_project_are_named() -> None:
    wrong = WHOLE.replace("      b: {}", "      c: {}\n      b: {text: Unproven}")
    assert mistakes(wrong) == [
        "a.md:16: 'c' under 'Graphs' is no project of this page; known are a, b",
        "a.md:17: 'Graphs' of 'b' says something without source and checked; give both, or leave the cell empty",
    ]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/etc/passwd", "https://a b", "http://"])
def test_a_source_is_an_address_that_a_browser_may_go_to(address: str) -> None:
    (line,) = mistakes(WHOLE.replace("https://a.example/docs", address))
    assert "is no address" in line


@pytest.mark.parametrize("text", ["", "# Title\n", "----\ntitle: A\n----\n"])
def test_a_file_without_front_matter_says_what_one_is(text: str) -> None:
    with pytest.raises(PageError, match="a page begins with a line ---"):
        read_page(text, "a", "a.md")


def test_front_matter_without_an_end_is_named() -> None:
    with pytest.raises(PageError, match="has no end"):
        read_page("---\ntitle: A\n", "a", "a.md")


@pytest.mark.parametrize("slug", ["README", "a b", "../a", "ä", ""])
def test_a_file_whose_name_is_no_address_is_refused_beside_its_other_mistakes(slug: str) -> None:
    first, second = mistakes("title: A", slug)
    assert "a page's file is named in small letters" in first
    assert "there is no 'projects'" in second


def test_a_page_cannot_take_the_place_of_the_projects_in_the_site() -> None:
    assert mistakes("projects: a", "projects") == [
        "a.md: a page cannot be called projects: the site has its projects there"
    ]


@given(st.text(st.sampled_from(string.printable + "é\u202e\ufeff\x00&*!<"), max_size=80))
def test_whatever_stands_in_a_page_it_is_read_or_refused(front: str) -> None:
    with contextlib.suppress(PageError):
        assert read_page(f"---\n{front}\n---\n", "a", "a.md").projects


def test_the_pages_of_a_folder_come_by_name_and_only_those_named_are_read(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.md").write_text(GOOD)
    (tmp_path / "broken.md").write_text("no page")
    (tmp_path / "notes.txt").write_text("no page either")
    named = find_pages(tmp_path, ("b", "a", "b"))
    assert ([page.slug for page in named.pages], named.problems) == (["b", "a"], ())
    (problem,) = find_pages(tmp_path, ("a", "brokn")).problems
    assert problem.message == "there is no page 'brokn'. Did you mean 'broken'?"


def test_a_bad_page_need_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD)
    (tmp_path / "broken.md").write_text("no page")
    found = find_pages(tmp_path)
    assert [page.slug for page in found.pages] == ["a"]
    assert [Path(problem.path).name for problem in found.problems] == ["broken.md"]


def test_no_folder_means_no_pages(tmp_path: Path) -> None:
    assert find_pages(tmp_path / "none") == Found((), ())


def test_what_is_no_text_or_too_much_of_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"---\nprojects: [a]\n---\n\xff")
    (tmp_path / "b.md").write_bytes(b"---\nprojects: [a]\n---\n" + b"x" * 1024 * 1024)
    first, second = find_pages(tmp_path).problems
    assert (first.line, "not UTF-8" in first.message) == (4, True)
    assert "larger than 1 MiB" in second.message
