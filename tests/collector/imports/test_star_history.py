"""The CSV that star-history.com exports."""

from datetime import date

from tests.collector.imports.reading import gathered, read_text, refused, taken, values

HEADER = "Repository,Date,Stars"
GULF = "GMT+0400 (Gulf Standard Time)"


def test_dates_of_javascript_are_read_as_utc_days_of_several_repositories() -> None:
    text = f"""{HEADER}
fruits/papaya,Tue Dec 07 2021 20:50:22 {GULF},1
fruits/papaya,Mon Apr 27 2026 02:10:45 {GULF},700
fruits/apricot,Thu Aug 14 2025 19:41:30 GMT-0700,120
fruits/apricot,2026-04-27,250
"""
    read = read_text("star-history", text)
    assert values(read) == [
        ("fruits/papaya", date(2021, 12, 7), 1.0),
        ("fruits/papaya", date(2026, 4, 26), 700.0),
        ("fruits/apricot", date(2025, 8, 15), 120.0),
        ("fruits/apricot", date(2026, 4, 27), 250.0),
    ]
    assert {(v.source, v.metric) for v in read.values} == {("star-history", "github_stars")}
    assert read.refused == []


def test_of_several_points_of_a_day_the_latest_is_taken() -> None:
    text = f"{HEADER}\na/b,Mon Apr 27 2026 12:00:00 GMT+0000,5\na/b,Mon Apr 27 2026 09:00:00 GMT+0000,4\n"
    assert taken(gathered("star-history", {"s.csv": text})[0]) == {("a/b", "2026-04-27"): 5.0}


def test_what_is_not_understood_is_refused_by_its_line() -> None:
    text = f"{HEADER}\na/b,27 avril 2026,5\na/b,2026-04-27,1.2k\nb,2026-04-27,3\na/c,2026-04-27,\n"
    read = read_text("star-history", text)
    assert values(read) == []
    assert [one.line for one in read.refused] == [2, 3, 4]
    (other,) = refused(read_text("star-history", "repo,day,count\na/b,2026-04-27,1\n"))
    assert "star-history.com exports Repository,Date,Stars" in other


def test_columns_may_stand_in_any_order() -> None:
    assert values(read_text("star-history", "stars,repository,date\n7,a/b,2026-04-27\n")) == [
        ("a/b", date(2026, 4, 27), 7.0)
    ]
