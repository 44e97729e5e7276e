"""What comes with its own future: what leaves its level and comes back is held, what stays is taken."""

from collections.abc import Sequence
from datetime import date
from time import process_time

import numpy as np
import pytest

from jobs.guard.guards import FROZEN, IMPLAUSIBLE, RESTATED, SHIFTED
from jobs.guard.hindsight import EPOCH, judge_past
from jobs.guard.levels import Values
from publish.table.metrics import Type

MONDAY = (date(2026, 4, 27) - EPOCH).days
CALM = (90_000, 91_000, 90_500, 92_000, 91_500, 92_500, 92_000, 93_000)


def values(*series: Sequence[float], first: int = MONDAY) -> Values:
    """Make the weekly values of some series, all brought by the run."""
    rows = [
        (number, first + 7 * week, value) for number, weekly in enumerate(series) for week, value in enumerate(weekly)
    ]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Values(columns[0], columns[1], columns[2].astype(float), np.ones(len(rows), dtype=bool))


def held(kind: Type, *series: Sequence[float]) -> list[float]:
    """Return the values that are held."""
    all_of_them = values(*series)
    return [float(all_of_them.value[one.place]) for one in judge_past(kind, all_of_them)]


@pytest.mark.parametrize(
    ("kind", "series", "wrong"),
    [
        ("gauge", (727, 727, 13_006, 727), [13_006]),
        ("gauge", (727, 727, 13_006, 13_010, 727, 728, 728), [13_006, 13_010]),
        ("gauge", (22_066, 22_260, 28, 22_398, 22_503), [28]),
        ("gauge", (15_040, 15_060, 15_080, 13_151, 13_151, 13_151, 15_136, 15_140, 15_150), [13_151] * 3),
        ("gauge", (357, 357, 357, 357, 357, 357, 358, 1, 358, 1, 1, 358, 358, 358, 2, 358), [1, 1, 1, 2]),
        ("gauge", (13_006, 727, 728, 728), [13_006]),
        ("gauge", (727, 727, 728, 728, 13_006), [13_006]),
        ("gauge", (727, 727, 728, 728, 13_006, 13_007), [13_006, 13_007]),
        ("counter", (1_000_000, 1_000_100, 1_000_050, 1_000_200), [1_000_050]),
        ("counter", (1_000_000, 1_000_100, 9_000_000, 1_000_200, 1_000_300), [9_000_000]),
        ("counter", (1_000_000, 1_000_100, 1_000_099), [1_000_099]),
        ("window", (*CALM, 12, *CALM), [12]),
        ("window", (*CALM, 93_000_000, *CALM), [93_000_000]),
    ],
)
def test_what_leaves_the_level_and_comes_back_is_held(kind: Type, series: Sequence[float], wrong: list[float]) -> None:
    assert held(kind, series) == wrong


@pytest.mark.parametrize(
    ("kind", "series"),
    [
        ("gauge", (53_690, 53_817, 18_331, 18_402, 18_430, 18_500)),  # went private by mistake, and lost its stars
        ("gauge", (40_800, 40_824, 1_547, 1_560, 1_571, 1_590, 1_600, 1_610)),  # another repository from then on
        ("gauge", (2, 402, 460, 510, 540)),  # a launch
        ("gauge", (3, 4, 4, 1, 5, 4, 20, 5)),
        ("gauge", (1000, 1020, 1500, 1530, 1560, 1590)),
        ("gauge", tuple(100 * 1.2**week for week in range(20))),
        ("counter", (1_000_000, 1_000_100, 40, 90, 160, 200)),  # made anew
        ("window", (*CALM, 61_000, 58_000, *CALM)),  # Christmas
        ("window", (900, 2600, 1100, 3300, 800, 2900, 1000, 2400)),
        ("window", (0, 0, 0, 450, 0, 0)),
        ("window", (*CALM, *(9 * value for value in CALM))),
        ("gauge", (5,)),
    ],
)
def test_what_stays_or_is_usual_is_taken(kind: Type, series: Sequence[float]) -> None:
    assert held(kind, series) == []


def test_no_values_are_judged_at_once() -> None:
    none = np.array([], dtype=np.int64)
    assert judge_past("gauge", Values(none, none, none.astype(float), none.astype(bool))) == []


def test_only_what_the_run_brought_is_held_and_what_was_known_is_its_level() -> None:
    known = values((727, 727, 13_006, 727, 727, 9, 727))
    own = known.value == 9
    (doubt,) = judge_past("gauge", Values(known.series, known.day, known.value, own))
    assert known.value[doubt.place] == 9
    assert doubt.guard == IMPLAUSIBLE


def test_why_it_is_held_is_said_in_the_readers_scale() -> None:
    (doubt,) = judge_past("window", values((*CALM, 12, *CALM)))
    assert doubt.reason == "93,000 on 2026-06-15, now 12 (-100.0 %; usual: 1 % a week), then 90,000 on 2026-06-29"
    (young,) = judge_past("gauge", values((727, 727, 13_006, 727)))
    assert young.reason.startswith("727 on 2026-05-04, now 13,006 (+1,689.0 %; in a series of less than 4 weeks)")


def test_what_is_usual_a_week_is_said_of_daily_values_too() -> None:
    daily = values([*(10_000 * 1.01**day for day in range(20)), 3, 12_500, 12_600])
    by_day = Values(daily.series, MONDAY + (daily.day - MONDAY) // 7, daily.value, daily.own)
    (doubt,) = judge_past("gauge", by_day)
    assert "usual: 7 % a week" in doubt.reason


def test_a_value_that_another_of_the_same_day_contradicts_is_held_whichever_came_first() -> None:
    for first, then in ((92_000.0, 212_000.0), (212_000.0, 92_000.0)):
        calm = values(CALM)
        at = 5
        told_again = Values(
            np.insert(calm.series, at, 0),
            np.insert(calm.day, at, calm.day[at]),
            np.insert(np.where(np.arange(len(CALM)) == at, then, calm.value), at, first),
            np.ones(len(CALM) + 1, dtype=bool),
        )
        (doubt,) = judge_past("window", told_again)
        assert (told_again.value[doubt.place], doubt.guard) == (212_000, RESTATED)
        assert doubt.reason.startswith(f"restated: {first:,.0f}, now {then:,.0f} (")


def many(count: int, weeks: int, factor: dict[int, float]) -> list[list[float]]:
    """Make series that grow a little, by a factor in some weeks."""
    return [
        [
            round(5_000 * (number + 1) * (1 + 0.003 * week + 0.001 * ((number + week) % 3)) * factor.get(week, 1))
            for week in range(weeks)
        ]
        for number in range(count)
    ]


def test_i03_weeks_in_which_most_of_a_source_fell_and_came_back_are_held() -> None:
    lost = values(*many(40, 12, {5: 0.78, 6: 0.5}))
    doubts = judge_past("window", lost)
    assert {(int(lost.day[one.place] - MONDAY) // 7, one.guard) for one in doubts} == {(5, SHIFTED), (6, SHIFTED)}
    assert len(doubts) == 80
    assert held("window", *many(19, 12, {5: 0.78, 6: 0.5})) == [], "too few to know"


def test_i05_stars_that_fell_a_little_for_most_of_a_source_and_came_back_are_held() -> None:
    fell, fine = many(30, 12, {5: 0.97, 6: 0.97, 7: 0.97}), many(15, 12, {})
    all_of_them = values(*fell, *fine)
    doubts = judge_past("gauge", all_of_them)
    assert {int(all_of_them.series[one.place]) for one in doubts} <= set(range(30))
    assert {one.guard for one in doubts} == {SHIFTED}
    assert judge_past("gauge", values(*many(40, 12, dict.fromkeys(range(5, 12), 0.97)))) == [], "it stays"


def test_christmas_is_no_outage() -> None:
    first = (date(2025, 11, 17) - EPOCH).days
    for low, guards in ((0.6, set()), (0.2, {SHIFTED})):
        weeks = values(*many(40, 12, {6: low}), first=first)
        assert {one.guard for one in judge_past("window", weeks)} == guards


def test_a_week_in_which_nothing_moved_is_held() -> None:
    series = many(40, 12, {})
    frozen = values(*([*one[:5], one[4], *one[6:]] for one in series))
    doubts = judge_past("gauge", frozen)
    assert {(int(frozen.day[one.place] - MONDAY) // 7, one.guard) for one in doubts} == {(5, FROZEN)}
    assert len(doubts) == 40
    assert held("counter", *([5_000.0 + number] * 9 for number in range(30))) == [], "images that sleep"


def test_the_weeks_of_a_list_are_judged_in_a_second() -> None:
    """Four hundred thousand values: whoever imports the history of a list waits for the reading, not for the guards."""
    numbers = np.random.default_rng(7)
    steps = numbers.normal(0.005, 0.01, (2000, 200)).cumsum(axis=1)
    weekly = np.exp(8 + steps).round()
    made = Values(
        np.repeat(np.arange(2000), 200),
        np.tile(MONDAY + 7 * np.arange(200), 2000),
        weekly.reshape(-1),
        np.ones(weekly.size, dtype=bool),
    )
    began = process_time()
    judge_past("gauge", made)
    assert process_time() - began < 10, "it takes one to two"
