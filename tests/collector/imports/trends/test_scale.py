"""Joining exports to one scale."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.imports.trends.export import Export
from collector.imports.trends.scale import Joint, NotJoined, join
from tests.collector.imports.trends.exports import SUNDAY, export, weeks

REFERENCE = export("one.csv", Kubeflow=[20, 20, 20, 20], Metaflow=[8, 8, 8, 8])
OTHER = export("two.csv", Airflow=[100, 100, 100, 100], Kubeflow=[10, 10, 10, 10])


def factors(joint: Joint) -> dict[str, float]:
    """Give the factor of each export by its file's name."""
    return {one.export.file.name: one.factor for one in joint.exports}


def not_joined(*exports: Export, anchor: str = "") -> str:
    with pytest.raises(NotJoined) as caught:
        join(exports, anchor)
    return f"{caught.value.file}: {caught.value}"


def test_one_export_is_its_own_scale() -> None:
    assert join([REFERENCE]) == join([REFERENCE], "whatever")
    assert factors(join([REFERENCE])) == {"one.csv": 1.0}


def test_the_others_are_multiplied_by_the_ratio_of_the_anchors_means() -> None:
    joint = join([REFERENCE, OTHER])
    assert (factors(joint), joint.anchors, joint.odd) == ({"one.csv": 1.0, "two.csv": 2.0}, ("kubeflow",), ())


def test_the_first_file_is_the_reference() -> None:
    assert factors(join([OTHER, REFERENCE])) == {"two.csv": 1.0, "one.csv": 0.5}


def test_the_means_are_those_of_the_dates_that_both_have() -> None:
    longer = export("two.csv", Kubeflow=[90, 90, 10, 10, 10, 10])
    assert factors(join([REFERENCE, longer]))["two.csv"] == 2.0


def test_of_several_common_terms_the_one_that_rounding_hurts_least_is_the_anchor() -> None:
    one = export("one.csv", A=[80] * 4, B=[40] * 4, C=[5] * 4)
    two = export("two.csv", A=[4] * 4, B=[30] * 4, C=[90] * 4)
    assert join([one, two]).anchors == ("b",)
    assert join([one, two], "A").anchors == ("a",)
    assert factors(join([one, two], "a"))["two.csv"] == 20.0


def test_an_anchor_that_is_not_in_every_export_is_refused() -> None:
    assert not_joined(REFERENCE, OTHER, anchor="Airflow") == (
        "one.csv: has no term 'airflow', the anchor asked for; it has Kubeflow, Metaflow"
    )


def test_an_export_may_be_led_to_the_reference_through_another() -> None:
    third = export("three.csv", Airflow=[50] * 4, Dagster=[70] * 4)
    for exports in ([REFERENCE, OTHER, third], [REFERENCE, third, OTHER]):
        joint = join(exports)
        assert factors(joint) == {"one.csv": 1.0, "two.csv": 2.0, "three.csv": 4.0}
        assert joint.anchors == ("airflow", "kubeflow")


def test_exports_without_a_common_term_are_refused_with_what_to_do() -> None:
    assert not_joined(REFERENCE, export("two.csv", Airflow=[9] * 4)) == (
        "two.csv: shares no term with one.csv; export it again with a term of middle strength that is in every export"
    )


def test_exports_of_other_weeks_are_refused() -> None:
    days = weeks(4, weeks(2)[0])
    shifted = replace(OTHER, values={"kubeflow": dict.fromkeys(days, 10.0)})
    assert "two.csv: shares fewer than 4 dates with one.csv; export all for the same range" in not_joined(
        REFERENCE, shifted
    )


def test_exports_of_another_place_or_step_are_refused() -> None:
    assert "two.csv: is of Italy, one.csv of Worldwide" in not_joined(REFERENCE, replace(OTHER, place="Italy"))
    assert "is of no stated place, one.csv of Worldwide" in not_joined(REFERENCE, replace(OTHER, place=""))
    assert "has a row a day, one.csv a row a week" in not_joined(REFERENCE, replace(OTHER, step="day"))
    assert factors(join([REFERENCE, replace(OTHER, place="worldwide")]))["two.csv"] == 2.0


def test_a_weak_anchor_is_said_with_the_error_to_expect() -> None:
    joint = join([REFERENCE, export("two.csv", Kubeflow=[2, 2, 2, 2])])
    assert joint.odd == (
        (
            "two.csv: the anchor kubeflow has a mean of 2.0 only, so rounding may put its scale off by up to 28%; "
            "export it again with a term of middle strength that is in every export"
        ),
    )
    assert not join([REFERENCE, export("two.csv", Kubeflow=[3, 3, 3, 3])]).odd


def test_an_anchor_that_rounding_hides_joins_nothing() -> None:
    hidden = export("two.csv", Kubeflow=[0.5, 0.5, 1, 1], Airflow=[100] * 4)
    told = "two.csv: shares with one.csv only what rounding hides, a mean below 1: kubeflow"
    assert told in not_joined(REFERENCE, hidden)
    assert told in not_joined(REFERENCE, hidden, anchor="Kubeflow")


def test_a_term_in_several_exports_is_told_by_the_reference_or_else_by_the_finest() -> None:
    third = export("three.csv", Airflow=[30] * 4, Kubeflow=[90] * 4)
    joint = join([REFERENCE, third, OTHER])
    told = {term: joint.of(term) for term in ("kubeflow", "airflow", "dagster")}
    assert [one and one.export.file.name for one in told.values()] == ["one.csv", "two.csv", None]


VALUES = st.integers(1, 100).map(float)


@st.composite
def shares(draw: st.DrawFn) -> dict[str, list[float]]:
    """Draw what was truly searched: weekly shares of some terms, the first of which will be the anchor."""
    count = draw(st.integers(4, 8))
    return {f"t{at}": draw(st.lists(VALUES, min_size=count, max_size=count)) for at in range(draw(st.integers(2, 6)))}


def scaled(true: dict[str, list[float]], name: str, terms: list[str], scale: float) -> Export:
    """Make an export of some terms on a scale of its own."""
    return export(name, **{term: [value * scale for value in true[term]] for term in terms})


SCALES = st.floats(1, 50)


@given(shares(), st.lists(SCALES, min_size=6, max_size=6))
def test_whatever_the_scales_of_the_exports_the_joint_one_is_that_of_the_first(
    true: dict[str, list[float]], scales: list[float]
) -> None:
    exports = [scaled(true, f"{at}.csv", ["t0", f"t{at}"] if at else ["t0"], scales[at]) for at in range(len(true))]
    for joint in (join(exports), join(exports, "t0")):
        for term, values in true.items():
            one = joint.of(term)
            assert one is not None
            for start, value in zip(weeks(len(values)), values, strict=True):
                assert one.export.values[term][start] * one.factor == pytest.approx(value * scales[0])


@given(shares(), st.floats(1, 1000), st.randoms(use_true_random=False))
def test_a_common_factor_and_the_order_of_the_others_change_nothing(
    true: dict[str, list[float]], factor: float, random: Random
) -> None:
    terms = list(true)
    exports = [scaled(true, f"{at}.csv", terms[max(0, at - 1) : at + 1], 1 + at) for at in range(len(terms))]
    straight = join(exports)
    others = exports[1:]
    random.shuffle(others)
    shuffled = join([exports[0], *others])
    assert factors(shuffled) == pytest.approx(factors(straight))
    assert [shuffled.of(term) for term in terms] == [straight.of(term) for term in terms]
    louder = [
        replace(one, values={t: {d: v * factor for d, v in by.items()} for t, by in one.values.items()})
        for one in exports
    ]
    assume(all(value >= 1 for one in louder for by in one.values.values() for value in by.values()))
    assert factors(join(louder)) == pytest.approx(factors(straight))


@given(shares())
def test_rounding_stays_within_the_error_that_is_told(true: dict[str, list[float]]) -> None:
    rounded = {term: [float(round(value / 3)) for value in values] for term, values in true.items()}
    assume(sum(rounded["t0"]) >= len(rounded["t0"]))
    one, two = scaled(true, "one.csv", ["t0"], 1), export("two.csv", t0=rounded["t0"])
    factor = factors(join([one, two]))["two.csv"]
    mean = sum(rounded["t0"]) / len(rounded["t0"])
    assert abs(factor / 3 - 1) <= 0.5 / mean + 1e-9


def test_the_last_week_of_these_exports_is_whole() -> None:
    assert max(REFERENCE.values["kubeflow"]) == SUNDAY
