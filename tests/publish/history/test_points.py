"""Points of a history: what may be compared, and what belongs to a week."""

from dataclasses import replace
from datetime import timedelta

import pytest

from publish.history.points import comparable, lines
from tests.publish.past import START, carried, point
from tests.publish.sample import METAFLOW


def test_a_value_of_an_earlier_week_is_not_the_weeks_own() -> None:
    assert point(1, 5.0).own == 5.0
    assert carried(1, 5.0, START).own is None
    assert point(1, None).own is None


def test_a_held_week_shows_the_last_good_value_and_has_none_of_its_own() -> None:
    assert replace(point(1, 5.0), state="held").own is None


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        ({"a": ("github", "counted")}, True),
        ({"a": ("github-history", "counted")}, False),
        ({"a": ("github", "counted anew")}, False),
        ({"a": ("github", "counted"), "new": ("github", "counted")}, True),
        ({"a": ("github", "counted"), "new": ("github", "counted anew")}, False),
        ({"renamed": ("github", "counted")}, True),
        ({}, False),
    ],
)
def test_points_compare_if_they_rest_on_the_same_sources_and_definitions(
    changed: dict[str, tuple[str, str]], may: bool
) -> None:
    older = replace(point(0, 5.0), basis={"a": ("github", "counted")})
    assert comparable(older, replace(point(1, 6.0), basis=changed)) is may


def test_what_an_edit_of_the_catalog_exchanged_does_not_compare_until_both_are_after_it() -> None:
    edited = replace(point(1, 6.0), changed=point(0, 5.0).as_of + timedelta(days=3))
    assert not comparable(point(0, 5.0), edited)
    assert comparable(edited, replace(point(2, 7.0), changed=edited.changed))


def test_two_artifacts_that_change_places_between_sources_do_not_compare() -> None:
    one, other = ("pypistats", "without mirrors"), ("clickpy", "with mirrors")
    older = replace(point(0, 5.0), basis={"a": one, "b": other})
    assert not comparable(older, replace(point(1, 6.0), basis={"a": other, "b": one}))


def test_points_are_grouped_by_metric_and_project() -> None:
    stars, theirs = point(0, 1.0), point(0, 2.0, project=METAFLOW)
    pulls = point(0, 3.0, metric="dockerhub_pulls")
    grouped = [(metric.key, lines_of) for metric, lines_of in lines([stars, point(1, 4.0), theirs, pulls])]
    assert grouped == [("github_stars", [[stars, point(1, 4.0)], [theirs]]), ("dockerhub_pulls", [[pulls]])]
