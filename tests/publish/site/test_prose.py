"""Numbers in prose come from the table, and those written by hand are held against it."""

from datetime import date

import pytest

from publish.site.prose import Number, drifted, resolve, unresolved

DAY = date(2026, 4, 27)
NUMBERS = {
    ("a", "github_stars"): Number("github_stars", "10.1k", 10_123.0, DAY, -0.0124, ("a", "Alpha")),
    ("b", "github_stars"): Number("github_stars", "15.6k", 15_618.0, DAY, None, ("b", "Beta")),
    ("b", "pypi_downloads_7d"): Number("pypi_downloads_7d", "—", None, None, None, ("b", "Beta")),
}
WORDS = {"github_stars": ("stars",), "pypi_downloads_7d": ("downloads",)}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("{{ a.github_stars }}", "10.1k"),
        ("{{a.github_stars.exact}}", "10,123"),
        ("{{ a.github_stars.day }}", "2026-04-27"),
        ("{{ a.github_stars.growth_4w }}", "−1.2 %"),
        ("{{ b.github_stars.growth_4w }}", "—"),
        ("{{ b.pypi_downloads_7d.exact }}", "—"),
        ('{{ historical "258M+" 2026-08-11 }}', "258M+ (2026-08-11)"),
    ],
)
def test_a_placeholder_is_the_number_of_the_table_in_the_form_asked_for(said: str, shown: str) -> None:
    assert resolve({"deep": [said, 7, None]}, NUMBERS) == {"deep": [shown, 7, None]}


def test_every_placeholder_that_is_wrong_is_named_with_its_line() -> None:
    text = '{{ c.github_stars }}\n{{ a.forks }} {{ a.github_stars.half }}\n\n{{ 7*7 }} {{ historical "1" 2026-13-01 }}'
    told = list(unresolved(text, NUMBERS))
    assert [line for line, _ in told] == [1, 2, 2, 4, 4]
    assert told[0][1] == "'c' is no project of this page, which has a, b"
    assert "'half' is no form of a number" in told[2][1]
    assert "2026-13-01" in told[4][1]


@pytest.mark.parametrize(
    "text",
    [
        "Alpha has 10,123 stars.",
        "Alpha has 10.1k stars, Beta 15.6k.",
        "Over 10,000+ stars for Alpha.",
        "Since 2018 it has stars.",
        "It ran 90,000 tests.",
        "Beta had 4.1M downloads.",
        '{{ historical "258M+" 2026-08-11 }} stars',
    ],
)
def test_a_number_that_the_table_has_or_that_is_of_something_else_is_let_be(text: str) -> None:
    assert not list(drifted(text, NUMBERS, WORDS))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Fine.\nAlpha has 11,000 stars.", 2),
        ("Alpha has 15,618 stars.", 1),
        ("Alpha has\n9.4k of all stars.", 2),
        ("Some 4,000+ stars.", 1),
    ],
)
def test_a_number_that_contradicts_the_table_is_named_with_what_would_be_right(text: str, line: int) -> None:
    ((where, told),) = drifted(text, NUMBERS, WORDS)
    assert where == line
    assert "10.1k (github_stars)" in told
