"""Tests of gathering and telling what is wrong in a catalog."""

import pytest

from collector.catalog.mistakes import CatalogError, CatalogProblem, Mistakes, TooMany


def test_a_mistake_is_told_with_the_line_of_its_place_or_of_what_encloses_it() -> None:
    mistakes = Mistakes()
    mistakes.add(("a", "b"), "is wrong")
    mistakes.add(("c", "d", 0), "is not there")
    assert mistakes.problems("[a]\nb = 1\n[c]\n", "c.toml") == [
        CatalogProblem("c.toml", 2, "is wrong"),
        CatalogProblem("c.toml", 3, "is not there"),
    ]


def test_nothing_wrong_is_no_problem() -> None:
    assert Mistakes().problems("a = 1", "c.toml") == []


def test_after_a_thousand_mistakes_no_more_are_taken() -> None:
    mistakes = Mistakes()
    for _ in range(1000):
        mistakes.add(("a",), "is wrong")
    with pytest.raises(TooMany):
        mistakes.add(("a",), "is wrong")
    assert len(mistakes.problems("a = 1", "c.toml")) == 1000


def test_of_very_many_mistakes_the_first_are_told_and_the_others_counted() -> None:
    lines = str(CatalogError([CatalogProblem("c.toml", line, "is wrong") for line in range(1, 1001)])).splitlines()
    assert (len(lines), lines[-1]) == (101, "c.toml: and 900 more")
    assert lines[0] == "c.toml:1: is wrong"
