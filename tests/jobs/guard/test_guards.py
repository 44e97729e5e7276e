"""The guards, each on an incident that really happened to published tables, in small made-up data of the same shape."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from jobs.guard.guards import COLLAPSED, FROZEN, IMPLAUSIBLE, RESTATED, SHIFTED, STALE, Verdict, judge
from storage.quarantine.held import RunSeries

MONDAY = date(2026, 4, 27)
WEEK = timedelta(days=7)
GITHUB = "github", "github_stars"
SOURCES = {"github_stars": "github", "pypi_downloads_7d": "pypistats", "dockerhub_pulls": "dockerhub"}


def asked(number: int, metric: str, past: Sequence[float], now: float | None) -> RunSeries:
    """Make the series of a run on Monday, with weekly values before it; without a value, it got no answer."""
    days = tuple((MONDAY - back * WEEK, value) for back, value in zip(range(len(past), 0, -1), past, strict=True))
    news = () if now is None else ((MONDAY, now),)
    newest = None if now is None else MONDAY
    return RunSeries(number, metric, SOURCES[metric], now is not None, newest, news, days)


def many(metric: str, count: int, now: Callable[[int, float], float | None], weeks: int = 8) -> list[RunSeries]:
    """Make series of different sizes that wander a little; `now(number, last)` is what each brought."""
    made = []
    for number in range(count):
        values = [
            1000.0 * (number + 1) * (1 + 0.002 * week + 0.01 * ((number + week) % 3 == 0)) for week in range(weeks)
        ]
        if metric == "dockerhub_pulls":
            values.sort()
        made.append(asked(number, metric, values, now(number, values[-1])))
    return made


def usual(_number: int, last: float) -> float:
    return last * 1.002


def held(verdict: Verdict) -> dict[str, int]:
    guards = [one.guard for one in verdict.holds]
    return {guard: guards.count(guard) for guard in guards}


def found(verdict: Verdict) -> list[tuple[str, str, bool]]:
    return [(finding.source, finding.guard, finding.held) for finding in verdict.findings]


def test_an_ordinary_week_is_left_alone() -> None:
    run = [one for metric in SOURCES for one in many(metric, 40, usual)]
    assert judge(run, MONDAY) == Verdict()


def test_i01_a_source_that_answers_nothing_has_collapsed() -> None:
    run = [*many("pypi_downloads_7d", 870, lambda *_: None), *many("github_stars", 40, usual)]
    verdict = judge(run, MONDAY)
    assert (held(verdict), found(verdict)) == ({}, [("pypistats", COLLAPSED, False)])
    assert verdict.findings[0].text == "0 of the 870 series that had a value in the last weeks were answered"


def test_i16_a_partial_result_is_no_whole_one_and_what_came_is_kept() -> None:
    run = many("github_stars", 203, lambda number, last: last if number < 2 else None)
    verdict = judge(run, MONDAY)
    assert (held(verdict), found(verdict)) == ({}, [("github", COLLAPSED, False)])
    assert str(verdict.findings[0]) == (
        "github: collapsed: 2 of the 203 series that had a value in the last weeks were answered"
    )


def test_some_failures_are_no_collapse_nor_is_what_has_failed_for_long() -> None:
    assert found(judge(many("github_stars", 100, lambda n, last: None if n % 5 == 0 else usual(n, last)), MONDAY)) == []
    gone = many("github_stars", 100, lambda *_: None)
    assert found(judge(gone, MONDAY + 6 * WEEK)) == []


def test_a_week_in_which_nothing_moved_is_frozen_upstream() -> None:
    verdict = judge(many("pypi_downloads_7d", 40, lambda _, last: last), MONDAY)
    assert (held(verdict), found(verdict)) == ({FROZEN: 40}, [("pypistats", FROZEN, True)])
    assert verdict.holds[0].reason == "all 40 values equal those of 2026-04-20"


def test_one_that_moved_shows_that_the_source_is_alive() -> None:
    run = many("github_stars", 40, lambda number, last: last + (number == 7))
    assert judge(run, MONDAY) == Verdict()


def test_values_that_wait_for_review_do_not_hide_a_frozen_source() -> None:
    """They are compared with the last good ones, of more than a week ago, and so seem to move."""
    run = many("github_stars", 40, lambda _, last: last)
    waiting = [asked(40, "github_stars", [1000.0] * 8, 9e6), asked(41, "github_stars", [5000.0] * 8, 5001)]
    verdict = judge([*run, *(replace(one, doubted=True, past=one.past[:-1]) for one in waiting)], MONDAY)
    assert (held(verdict), found(verdict)) == ({FROZEN: 41, IMPLAUSIBLE: 1}, [("github", FROZEN, True)])
    assert verdict.findings[0].text.startswith("all 40 values equal those of ")
    assert [hold.series for hold in verdict.holds if hold.guard == IMPLAUSIBLE] == [40]
    overtaken = replace(waiting[1], doubted=True)
    assert judge([*run, overtaken], MONDAY) == Verdict(), "of the week before it has a good value, and it moved"


def test_a_source_that_stays_frozen_is_held_again_while_all_of_it_waits_for_review() -> None:
    run = [
        replace(one, doubted=True, past=one.past[:-1], news=((MONDAY, one.past[-2][1]),))
        for one in many("github_stars", 40, usual)
    ]
    assert held(judge(run, MONDAY)) == {FROZEN: 40}


def unchanged(metric: str, count: int) -> list[RunSeries]:
    """Make series that were answered with nothing new since a week ago."""
    return [replace(one, answered=True) for one in many(metric, count, lambda *_: None)]


def test_a_source_that_tells_no_newer_day_for_a_week_is_stale_and_nothing_is_held() -> None:
    verdict = judge(unchanged("pypi_downloads_7d", 40), MONDAY)
    assert (held(verdict), found(verdict)) == ({}, [("pypistats", STALE, False)])
    assert verdict.findings[0].text == "none of the 40 series that were answered has a day after 2026-04-20"


def test_a_few_days_without_news_are_not_stale_nor_is_what_one_series_shows_to_be_alive() -> None:
    run = unchanged("pypi_downloads_7d", 40)
    assert judge(run, MONDAY - timedelta(days=2)) == Verdict()
    assert judge([*run, *many("pypi_downloads_7d", 1, usual)], MONDAY) == Verdict()
    assert judge(unchanged("pypi_downloads_7d", 19), MONDAY) == Verdict()
    assert judge(unchanged("github_stars", 40), MONDAY) == Verdict(), "a count is of the day on which it was asked"
    assert judge([replace(one, doubted=True) for one in run], MONDAY) == Verdict(), "the newer day may be held"


def test_images_that_sleep_are_normal() -> None:
    asleep = [asked(number, "dockerhub_pulls", [5000.0 + number] * 5, 5000.0 + number) for number in range(30)]
    assert judge(asleep, MONDAY) == Verdict()


def test_few_series_do_not_make_a_frozen_source() -> None:
    assert judge(many("github_stars", 19, lambda _, last: last), MONDAY) == Verdict()


def test_a_source_that_is_asked_in_parts_is_judged_with_what_the_day_brought_before() -> None:
    """Only the present run can be held; the others are closed."""
    still = many("github_stars", 24, lambda _, last: last)
    verdict = judge(still[19:], MONDAY, lambda source, metric: still if (source, metric) == GITHUB else [])
    assert ([one.series for one in verdict.holds], held(verdict)) == ([19, 20, 21, 22, 23], {FROZEN: 5})
    told = "all 24 values equal those of 2026-04-20, 19 of them brought by earlier runs of the day"
    assert verdict.holds[0].reason == told
    assert str(verdict.findings[0]) == f"github: frozen: {told}; the 5 of this run are held for review"


def test_a_part_that_moved_or_one_before_it_shows_that_the_source_is_alive() -> None:
    still = many("github_stars", 24, lambda _, last: last)
    moved = many("github_stars", 24, lambda number, last: last + (number == 7))
    assert judge(still[19:], MONDAY, lambda *_: moved) == Verdict()
    assert judge(moved[5:10], MONDAY, lambda *_: still) == Verdict()
    assert judge(still[19:], MONDAY, lambda *_: still[:14]) == Verdict(), "19 are too few, however they come"


def test_the_days_other_runs_are_looked_at_only_where_they_matter() -> None:
    asked_for: list[tuple[str, str]] = []

    def earlier(source: str, metric: str) -> list[RunSeries]:
        asked_for.append((source, metric))
        return []

    still = many("dockerhub_pulls", 5, lambda _, last: last)
    judge(
        [*many("github_stars", 40, lambda _, last: last), *many("pypi_downloads_7d", 5, usual), *still], MONDAY, earlier
    )
    assert asked_for == [("dockerhub", "dockerhub_pulls")]


def test_a_refresh_on_the_day_after_compares_with_the_week_before() -> None:
    """Few stars come in a day, but in a week."""
    run = [
        RunSeries(
            one.series, one.metric, one.source, True, MONDAY, one.news, (*one.past, (MONDAY - timedelta(days=1), last))
        )
        for one in many("github_stars", 40, usual)
        for last in [one.news[0][1]]
    ]
    assert judge(run, MONDAY) == Verdict()


def test_i03_a_week_that_lost_most_of_its_downloads_is_held() -> None:
    verdict = judge(many("pypi_downloads_7d", 40, lambda _, last: last * 12 / 4948), MONDAY)
    assert (held(verdict), found(verdict)) == ({SHIFTED: 40}, [("pypistats", SHIFTED, True)])
    assert verdict.findings[0].text.startswith("the 40 values of the source changed by -99 % in the middle")


def test_a_source_that_lost_a_third_is_held_though_each_series_alone_would_pass() -> None:
    verdict = judge(many("pypi_downloads_7d", 40, lambda _, last: last * 0.66), MONDAY)
    assert held(verdict) == {SHIFTED: 40}
    one = judge(many("pypi_downloads_7d", 1, lambda _, last: last * 0.66), MONDAY)
    assert (one.holds, one.findings, [step.series for step in one.moves]) == ((), (), [0])


def test_i05_most_of_a_sources_stars_falling_together_are_held_and_the_others_count() -> None:
    run = many("github_stars", 468, lambda number, last: last * (0.95 if number < 324 else 1.001))
    verdict = judge(run, MONDAY)
    assert (held(verdict), found(verdict)) == ({SHIFTED: 324}, [("github", SHIFTED, True)])
    assert {one.series for one in verdict.holds} == set(range(324))
    assert "324 of 468 values fell in the same week" in verdict.findings[0].text


def test_a_fourth_of_all_repositories_losing_a_few_stars_is_nothing() -> None:
    run = many("github_stars", 100, lambda number, last: last - 3 if number % 4 == 0 else last + 2)
    assert judge(run, MONDAY) == Verdict()


def only(metric: str, past: Sequence[float], now: float) -> Iterable[str]:
    verdict = judge([asked(1, metric, past, now)], MONDAY)
    assert verdict.findings == ()
    return [f"{one.guard}: {one.reason}" for one in verdict.holds]


def test_i07_a_repository_that_lost_its_stars_is_held_for_review() -> None:
    (said,) = only("github_stars", [53_100, 53_220, 53_330, 53_450, 53_560, 53_690, 53_817], 18_331)
    assert said.startswith(f"{IMPLAUSIBLE}: 53,817 on 2026-04-20, now 18,331 (-65.9 %; usual: 0.2 % a week)")


def test_i07_once_it_is_accepted_the_next_is_judged_by_it() -> None:
    assert only("github_stars", [53_450, 53_560, 53_690, 53_817, 18_331], 18_402) == []


def test_i10_stars_that_are_restored_are_not_held_again() -> None:
    before = [69_700, 69_750, 69_810, 69_850, 69_900, 69_950, 70_001]
    assert only("github_stars", before, 266) != []
    assert only("github_stars", [*before, 266, 900, 1_484], 69_990) == []
    assert only("github_stars", [*before, 266, 900, 1_484, 71_049], 71_100) == []


def test_pulls_that_fall_are_held_however_little() -> None:
    assert only("dockerhub_pulls", [1_000_000, 1_000_100], 1_000_099) == [
        f"{IMPLAUSIBLE}: 1,000,100 on 2026-04-20, now 1,000,099 (-0.0 %; a counter never falls)"
    ]


def test_a_held_day_that_is_restated_is_judged_but_says_nothing_of_the_source() -> None:
    past = tuple((MONDAY - back * WEEK, 90_000.0 + back) for back in range(8, 1, -1))
    news = ((MONDAY - WEEK, 12.0), (MONDAY, 90_500.0))
    verdict = judge([RunSeries(1, "pypi_downloads_7d", "pypistats", True, MONDAY, news, past)], MONDAY)
    assert [one.day for one in verdict.holds] == [MONDAY - WEEK]


def restating(one: RunSeries, *told: tuple[int, float]) -> RunSeries:
    """Let a run tell other values for the days so many weeks before Monday."""
    before = dict(one.past)
    anew = {MONDAY - back * WEEK: value for back, value in told}
    past = tuple(sorted((before | anew).items()))
    return replace(one, past=past, restated=tuple((day, before[day], anew[day]) for day in sorted(anew)))


def test_a_past_day_that_is_restated_out_of_all_proportion_is_held_and_the_newest_judged_without_it() -> None:
    """Each by what was known of the others: several that are wrong do not make one another likely."""
    calm = asked(1, "pypi_downloads_7d", [90_000.0 + 100 * week for week in range(10)], 91_000.0)
    verdict = judge([restating(calm, (1, 909_000.0), (2, 908_000.0), (4, 0.0))], MONDAY)
    assert [(one.day, one.guard) for one in verdict.holds] == [(MONDAY - back * WEEK, RESTATED) for back in (4, 2, 1)]
    assert verdict.holds[-1].reason == "restated: 90,900, now 909,000 (+900.0 %; usual: 0.1 % a week)"


def test_a_past_day_that_is_held_does_not_let_the_newest_value_of_a_frozen_source_count() -> None:
    run = many("pypi_downloads_7d", 40, lambda _, last: last)
    run[5] = restating(run[5], (3, 0.0))
    verdict = judge(run, MONDAY)
    assert held(verdict) == {FROZEN: 40, RESTATED: 1}
    assert {(hold.day, hold.guard) for hold in verdict.holds if hold.series == 5} == {
        (MONDAY, FROZEN),
        (MONDAY - 3 * WEEK, RESTATED),
    }


def test_what_is_told_later_on_for_a_day_that_had_no_value_is_held_if_it_fits_nothing_around_it() -> None:
    (one,) = [asked(1, "pypi_downloads_7d", [90_000.0 + 100 * week for week in range(10)], 91_000.0)]
    day, before = one.past[5]
    wrong, right = ((*one.past[:5], (day, value), *one.past[6:]) for value in (15 * before, before))
    (hold,) = judge([replace(one, past=wrong, restated=((day, None, 15 * before),))], MONDAY).holds
    assert (hold.day, hold.guard) == (day, RESTATED)
    assert hold.reason == "told later on as 1,357,500 (usual: 0.1 % a week)"
    assert judge([replace(one, past=right, restated=((day, None, before),))], MONDAY) == Verdict()


def test_a_past_that_is_told_anew_beside_a_newest_value_that_fits_is_judged_day_by_day() -> None:
    calm = asked(1, "pypi_downloads_7d", [90_000.0 + 100 * week for week in range(10)], 91_000.0)
    anew = tuple((day, value, value * (1.1 if back == 3 else 15)) for back, (day, value) in enumerate(calm.past[::-1]))
    verdict = judge([replace(calm, along=tuple(day for day, _ in calm.past), restated=anew)], MONDAY)
    assert [(one.day, one.guard) for one in verdict.holds] == [
        (day, RESTATED) for day, was, now in anew if now > 2 * was
    ]


def test_a_past_day_that_is_corrected_counts_as_it_is_told() -> None:
    calm = asked(1, "pypi_downloads_7d", [90_000.0 + 100 * week for week in range(10)], 91_000.0)
    verdict = judge([restating(calm, (3, 99_000.0), (4, 70_000.0))], MONDAY)
    assert (verdict.holds, verdict.findings) == ((), ())
    assert verdict.restated == {MONDAY - 3 * WEEK: 1, MONDAY - 4 * WEEK: 1}


def test_what_stands_and_falls_with_the_newest_value_is_held_with_it() -> None:
    """Else the day before would be shown as the last good one."""
    (one,) = [asked(1, "github_stars", [15_000, 15_020], 15)]
    along = (MONDAY - 2 * WEEK, MONDAY - WEEK)
    holds = judge([replace(one, along=along)], MONDAY).holds
    assert [hold.day for hold in holds] == [MONDAY, *along]
    assert holds[1].reason.startswith("told together with that of 2026-04-27: 15,020 on 2026-04-20, now 15")
    run = [replace(each, along=along) for each in many("pypi_downloads_7d", 40, lambda _, last: last * 12)]
    assert held(judge(run, MONDAY)) == {SHIFTED: 3 * 40}
    fine = [replace(each, along=along) for each in many("pypi_downloads_7d", 40, usual)]
    assert judge(fine, MONDAY) == Verdict()


def test_a_source_that_was_accepted_is_not_held_again_before_a_week_has_passed() -> None:
    run = many("pypi_downloads_7d", 40, lambda _, last: last * 0.66)
    for back, guards in ((1, {}), (6, {SHIFTED: 40})):
        day = MONDAY - timedelta(days=back)
        accepted = [
            replace(one, past=(*one.past, (day, one.news[0][1])) if back == 1 else one.past, accepted=day)
            for one in run
        ]
        assert held(judge(accepted, MONDAY)) == guards


def test_what_is_withheld_for_months_does_not_come_to_count_because_nobody_looked() -> None:
    first = RunSeries(1, "github_stars", "github", True, MONDAY, ((MONDAY, 903.0),), ())
    assert judge([first], MONDAY) == Verdict()
    (hold,) = judge([replace(first, doubted=True)], MONDAY).holds
    assert hold.reason == "903, with nothing before it that counts but values that are held"


def test_a_metric_that_no_table_shows_is_not_judged() -> None:
    verdict = judge(
        [RunSeries(1, "unheard_of", "csv", True, MONDAY, ((MONDAY, 1.0),), ((MONDAY - WEEK, 9e9),))], MONDAY
    )
    assert verdict == Verdict()
