"""The rules by which parts become cells."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.metrics import METRICS
from publish.table.cells import cell
from publish.table.rules import Rules
from storage.model import Held, Part, ProjectEntry
from tests.publish.sample import (
    AS_OF,
    KFP,
    KUBEFLOW,
    KUBEFLOW_PARTS,
    LAST_WEEK,
    LIST,
    METAFLOW,
    ONE_IMAGE,
    OTHER_IMAGE,
    RULES,
    STARS,
    UNREAD_LIST,
    after,
    part,
    pulls,
    table,
)

HELD = Held(AS_OF, 12, "implausible", "a counter never falls")
STRENGTH = ("missing", "held", "carried", "fresh")


def test_a_cell_is_the_sum_of_the_projects_artifacts() -> None:
    cell = table(*KUBEFLOW_PARTS).cell("kubeflow", "dockerhub_pulls")
    assert (cell.value, cell.text, cell.state, cell.day) == (367_013, "367.0k", "fresh", AS_OF)
    assert (cell.source, cell.method) == ("dockerhub", "observed")


def test_missing_failed_zero_and_not_applicable_are_four_different_things() -> None:
    zero = pulls(replace(ONE_IMAGE, value=0.0))
    gone = pulls(after(part("docker:kf/one"), "missing", "gone", "404"))
    failed = pulls(after(part("docker:kf/one"), "failed", "transient", "502"))
    not_applicable = table(*KUBEFLOW_PARTS).cell("metaflow", "dockerhub_pulls")
    assert [(one.value, one.text, one.state) for one in (zero, gone, failed, not_applicable)] == [
        (0, "0", "fresh"),
        (None, "—", "missing"),
        (None, "—", "missing"),
        (None, "—", "none"),
    ]
    assert [one.shares[0].reason for one in (gone, failed)] == [
        "last asked on 2026-04-27: none at the source",
        "last asked on 2026-04-27: failed",
    ]


@pytest.mark.parametrize(("age", "state"), [(0, "fresh"), (6, "fresh"), (7, "carried"), (400, "carried")])
def test_a_value_is_fresh_while_it_is_younger_than_a_week(age: int, state: str) -> None:
    cell = pulls(replace(ONE_IMAGE, day=AS_OF - timedelta(days=age)))
    assert (cell.value, cell.state, cell.day) == (300_000, state, AS_OF - timedelta(days=age))


def test_a_sum_is_as_old_as_its_oldest_part() -> None:
    cell = pulls(LIST, ONE_IMAGE, replace(OTHER_IMAGE, day=LAST_WEEK))
    assert (cell.value, cell.state, cell.day) == (367_013, "carried", LAST_WEEK)


def test_a_partial_sum_is_not_shown() -> None:
    cell = pulls(LIST, ONE_IMAGE, after(part("docker:kf/other"), "failed"))
    assert (cell.value, cell.text, cell.state, cell.day, cell.source) == (None, "—", "missing", None, None)


@pytest.mark.parametrize("outcome", ["failed", "missing", None])
def test_images_of_a_list_that_was_never_read_whole_make_no_sum(outcome: str | None) -> None:
    assert pulls(replace(UNREAD_LIST, outcome=outcome), ONE_IMAGE).state == "missing"


def test_a_list_that_fails_this_time_leaves_the_last_sum_as_it_was() -> None:
    last_time = replace(after(LIST, "failed"), day=LAST_WEEK)
    assert [pulls(last_time, ONE_IMAGE, as_of=day).state for day in (LAST_WEEK, AS_OF)] == ["fresh", "carried"]
    assert pulls(last_time, ONE_IMAGE).value == 300_000


def test_an_image_that_was_first_listed_later_is_no_part_of_an_older_sum() -> None:
    later = replace(OTHER_IMAGE, value=None, day=None, asked=AS_OF)
    older = [replace(one, day=LAST_WEEK) for one in (LIST, ONE_IMAGE)]
    assert pulls(*older, later, as_of=LAST_WEEK).value == 300_000
    assert pulls(*older, replace(later, outcome="failed"), as_of=LAST_WEEK).value is None
    assert pulls(*older, replace(later, member_name="kf/other"), as_of=LAST_WEEK).value is None


def test_two_artifacts_that_had_one_name_count_twice() -> None:
    renamed = replace(part("pypi:kfp", 7), member_name="kfp-new")
    assert table(KFP, renamed).cell("kubeflow", "pypi_downloads_7d").value == 3_104_007


def test_an_empty_list_is_not_a_zero() -> None:
    cell = pulls(LIST)
    assert (cell.value, cell.state, cell.obstacle) == (None, "missing", "no value, nothing is listed up to this day")


def test_a_member_that_was_never_asked_is_missing() -> None:
    for never in (Part("kubeflow", "docker", "kf/one", "kf/one"), Part("kubeflow", "docker", "kf/*", "")):
        assert [(share.state, share.reason) for share in pulls(never).shares] == [("missing", "never collected")]


def test_a_project_whose_artifacts_have_no_parts_is_missing_rather_than_not_applicable() -> None:
    assert pulls().state == "missing"
    assert cell(METRICS["dockerhub_pulls"], METAFLOW, [], AS_OF, RULES).state == "none"


def test_an_artifact_known_from_two_sources_counts_once_by_the_preferred_one() -> None:
    other = replace(KFP, source="clickpy", value=5.0)
    for parts in ((KFP, other), (other, KFP)):
        one = table(*parts).cell("kubeflow", "pypi_downloads_7d")
        assert (one.value, one.source) == (3_104_000, "pypistats")


def test_the_next_source_stands_in_where_the_preferred_one_has_no_value() -> None:
    other = replace(KFP, source="clickpy", value=5.0, method="derived")
    one = table(after(part("pypi:kfp"), "failed"), other).cell("kubeflow", "pypi_downloads_7d")
    assert (one.value, one.source, one.method, one.state) == (5, "clickpy", "derived", "fresh")


def test_a_sum_names_all_its_sources_and_its_weakest_method() -> None:
    other = replace(part("pypi:kfp-server-api", 5), source="clickpy", method="reconstructed")
    one = table(KFP, other).cell("kubeflow", "pypi_downloads_7d")
    assert (one.source, one.method) == ("clickpy, pypistats", "reconstructed")


def test_an_index_of_several_artifacts_is_not_added_up() -> None:
    project = ProjectEntry("kubeflow", "Kubeflow", (("search", "Kubeflow"), ("search", "KFP")))
    parts = [part("search:Kubeflow", 40), part("search:KFP", 2)]
    assert cell(METRICS["search_interest"], project, parts[:1], AS_OF, RULES).value == 40
    assert cell(METRICS["search_interest"], project, parts, AS_OF, RULES).state == "missing"


def test_a_held_value_leaves_the_last_good_one_with_its_day() -> None:
    one = pulls(replace(ONE_IMAGE, day=LAST_WEEK, held=HELD))
    assert (one.value, one.state, one.day) == (300_000, "held", LAST_WEEK)
    assert one.held == Held(AS_OF, 12, "implausible", "implausible: a counter never falls")


def test_a_cell_is_held_as_what_its_sum_would_be() -> None:
    one = pulls(replace(ONE_IMAGE, day=LAST_WEEK, held=HELD), replace(part("docker:kf/b", 5), held=None))
    assert (one.value, one.state) == (300_005, "held")
    assert one.held is not None
    assert one.held.value == 17


HISTORY = replace(STARS, source="github-history", method="reconstructed", value=903.0)


def stars(*parts: Part) -> tuple[float | None, str, str | None]:
    one = table(*parts).cell("kubeflow", "github_stars")
    return one.value, one.state, one.source


@pytest.mark.parametrize("day", [AS_OF, LAST_WEEK + timedelta(days=1)])
def test_no_later_value_of_another_source_takes_the_place_of_one_that_is_held(day: date) -> None:
    """A backfill on the day of the hold would tell the same doubtful number, and it would look fresh."""
    doubted = replace(STARS, day=LAST_WEEK, held=HELD)
    for parts in ((doubted, replace(HISTORY, day=day)), (replace(HISTORY, day=day), doubted)):
        assert stars(*parts) == (STARS.value, "held", "github")
    assert stars(replace(doubted, day=None, value=None), HISTORY)[1] == "missing"


def test_another_source_stands_in_for_a_value_once_that_is_rejected() -> None:
    rejected = replace(STARS, day=LAST_WEEK, held=replace(HELD, rejected=True))
    assert stars(rejected, HISTORY) == (903, "fresh", "github-history")


def test_a_value_that_is_held_of_another_source_leaves_the_preferred_one_alone() -> None:
    assert stars(STARS, replace(HISTORY, day=LAST_WEEK, held=HELD)) == (STARS.value, "fresh", "github")


def test_a_held_first_value_is_no_value() -> None:
    one = pulls(replace(ONE_IMAGE, day=None, value=None, held=HELD))
    assert (one.value, one.state, one.held) == (None, "missing", None)
    assert one.shares[0].reason == "12 of 2026-04-27 is held for review"


@pytest.mark.parametrize(("day", "state"), [(LAST_WEEK, "carried"), (AS_OF, "fresh")])
def test_a_rejected_value_is_carried_over_with_the_reason(day: date, state: str) -> None:
    one = pulls(replace(ONE_IMAGE, day=day, held=replace(HELD, reason="a counting error", rejected=True)))
    assert (one.value, one.state, one.held) == (300_000, state, None)
    assert one.shares[0].reason == ("rejected: a counting error" if state == "carried" else "")


def test_a_failure_after_a_rejected_value_is_what_is_to_be_said() -> None:
    rejected = replace(HELD, reason="a counting error", rejected=True)
    one = pulls(after(replace(ONE_IMAGE, day=LAST_WEEK, held=rejected), "failed"))
    assert one.shares[0].reason == "last asked on 2026-04-27: failed"


def test_rows_stand_in_their_order_and_a_row_without_any_value_is_left_out() -> None:
    shuffled = (LIST, ONE_IMAGE, KFP, STARS)
    assert [row.metric.label for row in table(*shuffled).rows] == [
        "GitHub stars",
        "PyPI weekly downloads",
        "Docker Hub pulls",
    ]
    without = table(STARS, KFP, UNREAD_LIST)
    assert [row.metric.key for row in without.rows] == ["github_stars", "pypi_downloads_7d"]
    assert [footnote.mark for footnote in without.footnotes] == [None]


def test_what_only_imports_bring_is_shown_where_it_came_and_not_missed_elsewhere() -> None:
    monthly = replace(KFP, metric="pypi_downloads_30d", source="best-of", value=9_000_000)
    without, having = table(STARS, KFP), table(STARS, KFP, monthly)
    assert not any("monthly" in footnote.text for footnote in without.footnotes)
    assert [row.metric.label for row in having.rows][1:3] == ["PyPI weekly downloads", "PyPI monthly downloads"]
    assert having.cell("kubeflow", "pypi_downloads_30d").text == "9.0M"
    assert any("Metaflow, PyPI monthly downloads: no value" in footnote.text for footnote in having.footnotes)


def test_projects_stand_in_the_order_asked_for_and_others_are_ignored() -> None:
    only = table(*KUBEFLOW_PARTS, projects=[KUBEFLOW])
    assert [cell.text for row in only.rows for cell in row.cells] == ["15.6k", "3.1M", "367.0k"]
    with pytest.raises(KeyError):
        only.cell("metaflow", "github_stars")


def ended(*parts: Part, day: date = AS_OF) -> tuple[str, float | None, list[str]]:
    one = cell(METRICS["pypi_downloads_30d"], KUBEFLOW, parts, day, RULES)
    return one.state, one.value, [share.reason for share in one.shares]


MONTHLY = replace(KFP, metric="pypi_downloads_30d", source="best-of", method="imported")


@pytest.mark.parametrize(("age", "state"), [(7, "carried"), (28, "carried"), (29, "missing"), (400, "missing")])
def test_an_import_that_nothing_follows_is_carried_for_four_weeks(age: int, state: str) -> None:
    last = AS_OF - timedelta(days=age)
    assert ended(replace(MONTHLY, day=last))[:2] == (state, None if state == "missing" else KFP.value)
    if state == "missing":
        said = ended(replace(MONTHLY, day=last))[2]
        assert said == [f"nothing newer was imported; the last value is of {last}"]


def test_a_series_has_ended_if_its_source_says_that_it_is_gone_but_not_if_that_only_fails() -> None:
    old = replace(MONTHLY, source="pypistats", method="observed", day=AS_OF - timedelta(days=29))
    said = "last asked on 2026-04-27: none at the source; the last value is of 2026-03-29"
    assert ended(after(old, "missing")) == ("missing", None, [said])
    assert ended(after(old, "failed"))[0] == "carried"


def test_an_import_has_not_ended_while_another_source_may_go_on() -> None:
    old = replace(MONTHLY, day=AS_OF - timedelta(days=29))
    never = replace(old, source="pypistats", value=None, day=None, method=None)
    assert ended(old, after(never, "failed"))[0] == "carried"
    assert ended(old, after(never, "missing"))[0] == "missing"
    assert ended(old, replace(old, source="pypistats", method="observed", day=AS_OF))[0] == "fresh"


def test_of_several_artifacts_one_that_has_ended_is_carried_with_the_others() -> None:
    """Whether it still belongs to the sum the catalog must say."""
    old = replace(MONTHLY, day=AS_OF - timedelta(days=29))
    other = replace(MONTHLY, member_name="kfp-sdk", artifact="kfp-sdk", value=5.0)
    assert ended(old, other)[:2] == ("carried", 3_104_005)


def test_an_edition_made_before_series_ended_carries_them_for_ever() -> None:
    old = replace(MONTHLY, day=AS_OF - timedelta(days=400))
    before = Rules(RULES.metrics)
    assert cell(METRICS["pypi_downloads_30d"], KUBEFLOW, [old], AS_OF, before).state == "carried"


def test_a_first_value_that_is_held_leaves_what_was_imported_before_it() -> None:
    first = replace(STARS, day=None, value=None, method=None, held=replace(HELD, value=338.0))
    before = replace(STARS, source="best-of", method="imported", day=LAST_WEEK, value=192_261.0)
    for parts in ((first, before), (before, first)):
        one = table(*parts).cell("kubeflow", "github_stars")
        assert (one.value, one.state, one.day, one.source) == (192_261, "held", LAST_WEEK, "best-of")
        assert one.held is not None
        assert (one.held.day, one.held.value) == (AS_OF, 338)
    assert stars(first, replace(before, day=AS_OF))[1] == "missing", "of that very day it may be the same mistake"
    assert table(first, before, rules=Rules(RULES.metrics)).cell("kubeflow", "github_stars").state == "missing"


DAYS = st.integers(0, 28).map(lambda age: AS_OF - timedelta(days=age))


@st.composite
def images(draw: st.DrawFn) -> list[Part]:
    """Draw a project's images: with and without values, of any age, after any outcome."""
    outcomes = st.sampled_from([None, "recorded", "unchanged", "missing", "failed", "held"])
    held = st.sampled_from([None, HELD, replace(HELD, rejected=True)])
    values = draw(st.lists(st.none() | st.integers(0, 2**50), min_size=1, max_size=8))
    return [
        replace(
            part(f"docker:kf/{place}", value, draw(DAYS)), outcome=draw(outcomes), asked=draw(DAYS), held=draw(held)
        )
        for place, value in enumerate(values)
    ]


@given(images())
def test_a_cells_state_is_that_of_its_weakest_part(parts: list[Part]) -> None:
    cell = pulls(*parts)
    assert cell.state == min((pulls(one).state for one in parts), key=STRENGTH.index)
    assert (cell.value is None) == (cell.state == "missing") == (cell.text == "—")


@given(images(), st.randoms())
def test_a_cells_value_is_the_sum_of_all_parts_or_none(parts: list[Part], random: object) -> None:
    values = [one.value for one in parts]
    expected = None if None in values else sum(value for value in values if value is not None)
    assert pulls(*parts).value == expected
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert pulls(*parts).value == expected


@given(images())
def test_every_cell_that_is_not_fresh_has_a_footnote_and_no_other_has(parts: list[Part]) -> None:
    made = table(STARS, *parts)
    noted = {place for footnote in made.footnotes for place in footnote.places}
    for project in ("metaflow", "kubeflow"):
        for key, metric in METRICS.items():
            stale = metric.expected and made.cell(project, key).state not in {"fresh", "none"}
            assert ((key, project) in noted) == stale
    marks = {footnote.mark for footnote in made.footnotes} - {None}
    of_rows = {mark for row in made.rows for mark in row.marks}
    assert marks == {cell.mark for row in made.rows for cell in row.cells} - {None} | of_rows


@given(images(), st.dates(date(2026, 1, 1), AS_OF))
def test_a_value_never_stems_from_a_part_without_a_day(parts: list[Part], as_of: date) -> None:
    cell = pulls(*parts, as_of=as_of)
    assert (cell.day is None) == (cell.value is None)
