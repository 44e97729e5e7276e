"""What may stand on a command line for a day, a metric, a source or a form."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import click
import pytest

from jobs.commands.options import AsOf, Day, Form, KnownAt, MetricName
from jobs.names import UnknownName, project_ids
from jobs.settings import Settings

NOW = datetime(2026, 4, 29, 5, tzinfo=UTC)


def read(kind: click.ParamType[object], text: str) -> object:
    context = click.Context(click.Command("table"), obj=Settings(now=NOW))
    return kind.convert(text, None, context)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-27", date(2026, 4, 27)),
        ("today", date(2026, 4, 29)),
        ("yesterday", date(2026, 4, 28)),
        ("2026-03", date(2026, 3, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2026-04", date(2026, 4, 29)),
    ],
)
def test_a_day_may_be_a_word_or_a_month(text: str, day: date) -> None:
    assert read(AsOf(), text) == day


@pytest.mark.parametrize("text", ["2026-13", "0000-01", "27.4.2026", "", "soon"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a day such as"):
        read(AsOf(), text)


def test_a_single_day_is_never_a_month() -> None:
    with pytest.raises(click.BadParameter, match="is not a day such as"):
        read(Day(), "2026-03")


def test_what_was_known_may_be_told_by_a_word() -> None:
    assert read(KnownAt(), "yesterday") == date(2026, 4, 28)
    assert read(KnownAt(), "12") == 12


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("stars", "github_stars"),
        ("Downloads", "pypi_downloads_7d"),
        ("pulls", "dockerhub_pulls"),
        ("pypi_downloads_30d", "pypi_downloads_30d"),
    ],
)
def test_a_metric_may_be_named_by_what_it_counts(text: str, key: str) -> None:
    assert read(MetricName(), text) == key


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (MetricName(), "github_star", "Did you mean 'github_stars'"),
        (MetricName(), "nope", "There are: github_stars"),
        (Form(["text", "markdown"]), "markdwn", "Did you mean 'markdown'"),
    ],
)
def test_of_an_unknown_name_the_nearest_is_told_else_all(kind: click.ParamType[object], text: str, said: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        read(kind, text)
    assert said in caught.value.format_message()


def test_markdown_has_a_short_name() -> None:
    assert read(Form(["text", "markdown"]), "md") == "markdown"


class TestProjects:
    """Projects are named by their ids, or by what people call them."""

    THERE: ClassVar = {"airflow": "Apache Airflow", "kfp": "Kubeflow", "kubeflow": "Something else"}

    def test_ids_win_over_names_and_each_comes_once(self) -> None:
        named = ["apache airflow", "airflow", "kubeflow", "kfp"]
        assert project_ids(named, self.THERE) == ("airflow", "kubeflow", "kfp")

    def test_of_an_unknown_one_the_nearest_is_told(self) -> None:
        with pytest.raises(UnknownName, match=r"no such project: 'airflw'\. Did you mean 'airflow'\?"):
            project_ids(["airflw"], self.THERE)
        with pytest.raises(UnknownName, match=r"no such project: 'x'\. There are: p0, .*p19 and 80 more\."):
            project_ids(["x"], {f"p{i}": f"P {i}" for i in range(100)})


def test_the_last_day_of_the_cadence_is_read_from_the_ledger(tmp_path: Path) -> None:
    from jobs.cli import run

    database = f"sqlite:///{tmp_path / 'tallybook-demo/tallybook.db'}"
    assert run(["demo", "--folder", str(tmp_path / "tallybook-demo")]) == 0
    context = click.Context(click.Command("table"), obj=Settings(db=database, now=NOW))
    assert AsOf().convert("last", None, context) == date(2026, 4, 27)
