"""When an export of Google Trends is due, and the links that make it."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.imports.exports import ExportDue, export_due, middle

TODAY = date(2026, 4, 27)
TERMS = ("Metaflow", "Kubeflow")
BASE = "https://trends.google.com/trends/explore?date=today%205-y&q="


def due(terms: tuple[str, ...], *exported: str, today: date = TODAY, **interest: float) -> ExportDue | None:
    return export_due(terms, [f"Google Trends; exported {day}" for day in exported], today, interest)


def test_the_first_export_is_due_as_soon_as_the_catalog_has_terms() -> None:
    assert due(TERMS) == ExportDue(None, (f"{BASE}Kubeflow,Metaflow",))
    assert due(()) is None


@pytest.mark.parametrize(("exported", "is_due"), [("2026-03-23", False), ("2026-03-22", True), ("2026-04-28", False)])
def test_the_next_is_due_when_the_newest_is_older_than_35_days(exported: str, is_due: bool) -> None:
    found = due(TERMS, "2025-01-01", exported)
    assert (found is not None) == is_due
    if found:
        assert found.newest == date.fromisoformat(exported)


def test_terms_are_encoded_but_for_the_comma_between_them() -> None:
    (link,) = (due(("C++ & R", "日本", 'a "b"')) or ExportDue(None, ())).links
    assert link == f"{BASE}a%20%22b%22,C%2B%2B%20%26%20R,%E6%97%A5%E6%9C%AC"


def test_more_than_five_terms_take_several_links_with_a_common_term() -> None:
    terms = tuple("abcdefg")
    found = due(terms)
    assert found is not None
    assert (found.anchor, found.links) == ("a", (f"{BASE}a,b,c,d,e", f"{BASE}a,f,g"))
    assert (due(tuple("abcde")) or found).links == (f"{BASE}a,b,c,d,e",)


def test_the_common_term_is_of_middle_strength_if_that_is_known() -> None:
    found = due(tuple("abcdefg"), "2026-01-01", a=90.0, b=0.2, c=8.0, d=0.0)
    assert found is not None
    assert (found.anchor, found.links[0]) == ("c", f"{BASE}c,a,b,d,e")
    assert middle(["x", "y"], {"z": 3.0}) == "x"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8),
        min_size=1,
        max_size=30,
    )
)
def test_every_term_is_in_a_link_of_at_most_five_and_the_common_one_in_all(terms: list[str]) -> None:
    found = due(tuple(terms))
    assert found is not None
    asked = [parse_qs(urlsplit(link).query.replace(",", "%00"))["q"][0].split("\0") for link in found.links]
    assert {term for few in asked for term in few} == set(terms)
    assert all(len(few) <= 5 and (not found.anchor or found.anchor in few) for few in asked)
    assert (len(found.links) > 1) == bool(found.anchor)
