"""The same table in every format."""

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.formats import FORMATS, render
from publish.formats.csv import COLUMNS
from publish.formats.grid import View
from publish.table.cells import Table
from publish.table.make import Change
from storage.model import Held, ProjectEntry
from tests.publish import sample
from tests.publish.sample import after, part, table

FRESH = table(*sample.KUBEFLOW_PARTS)
STALE = table(replace(sample.STARS, day=sample.LAST_WEEK), part("pypi:kfp"), sample.LIST, sample.ONE_IMAGE)

MARKDOWN = """\
| Metric | Metaflow | Kubeflow |
|---|---|---|
| GitHub stars | 10.1k | 15.6k |
| PyPI weekly downloads | 153.8k | 3.1M |
| Docker Hub pulls | — | 367.0k |

As of 2026-04-27 — updated weekly.
"""
STALE_MARKDOWN = """\
| Metric | Metaflow | Kubeflow |
|---|---|---|
| GitHub stars | 10.1k | 15.6k¹ |
| PyPI weekly downloads | 153.8k | —² |
| Docker Hub pulls | — | 300.0k |

As of 2026-04-27 — updated weekly.

¹ Kubeflow, GitHub stars: value of 2026-04-20, nothing newer

² Kubeflow, PyPI weekly downloads: no value, never collected
"""
TEXT = """\
Metric                 Metaflow  Kubeflow
---------------------  --------  --------
GitHub stars              10.1k     15.6k
PyPI weekly downloads    153.8k      3.1M
Docker Hub pulls              —    367.0k

As of 2026-04-27 — updated weekly.
"""


def test_markdown_is_the_same_byte_for_byte() -> None:
    assert render(FRESH, "markdown") == MARKDOWN
    assert render(STALE, "markdown") == STALE_MARKDOWN


def test_text_has_its_numbers_on_the_right() -> None:
    assert render(FRESH, "text") == TEXT


def of_many(number: int) -> Table:
    projects = [ProjectEntry(f"p{n}", f"Project {n}", (("pypi", f"p{n}"),)) for n in range(number)]
    return table(*(part(f"pypi:p{n}", 1000 * n, project=f"p{n}") for n in range(number)), projects=projects)


@pytest.mark.parametrize(
    ("fmt", "first"), [("text", "Metric "), ("markdown", "| Metric "), ("html", '<th scope="col">Metric<')]
)
def test_a_few_projects_are_columns_and_many_are_rows_in_every_format(fmt: str, first: str) -> None:
    turned = first.replace("Metric", "Project")
    assert first in render(of_many(6), fmt)
    assert turned in render(of_many(7), fmt)
    assert turned in render(of_many(2), fmt, View(rows="project"))
    assert first in render(of_many(7), fmt, View(rows="metric"))


def test_text_fits_its_width_and_loses_nothing() -> None:
    for view in (View(rows="metric"), View(rows="project")):
        text = render(of_many(40), "text", view, width=80)
        assert max(map(len, text.splitlines())) <= 80
        assert [f"{n}.0k" for n in range(1, 40)] == re.findall(r"\d+\.0k", text)


def test_a_text_is_broken_between_words() -> None:
    text = render(STALE, "text", width=40)
    assert "² Kubeflow, PyPI weekly downloads: no\nvalue, never collected\n" in text


def test_exact_numbers_are_written_in_full() -> None:
    assert "| GitHub stars | 10,123 | 15,618¹ |" in render(STALE, "markdown", View(exact=True))


SINCE = View(
    since=sample.LAST_WEEK,
    changes={
        (project, metric): Change(None)
        for project in ("metaflow", "kubeflow")
        for metric in ("github_stars", "pypi_downloads_7d", "dockerhub_pulls")
    }
    | {("metaflow", "github_stars"): Change(10_000, 123, 1.23)},
)


def test_each_cell_has_its_change_where_there_is_one() -> None:
    text = render(FRESH, "markdown", SINCE)
    assert "| GitHub stars | 10.1k +1.2 % | 15.6k — |" in text
    assert "| Docker Hub pulls | — | 367.0k — |" in text
    assert "With the change since 2026-04-20; — where the two cannot be compared." in text
    assert "10,123 +123 |" in render(FRESH, "markdown", replace(SINCE, exact=True))
    cells = json.loads(render(FRESH, "json", SINCE))["rows"][0]["cells"]
    assert cells["metaflow"]["change"] == {"since": "2026-04-20", "before": 10_000, "absolute": 123, "percent": 1.23}
    assert cells["kubeflow"]["change"]["percent"] is None
    lines = list(csv.DictReader(io.StringIO(render(FRESH, "csv", SINCE))))
    assert (lines[0]["since"], lines[0]["before"], lines[0]["change"], lines[0]["percent"]) == (
        *("2026-04-20", "10000", "123", "1.23"),
    )


def test_json_is_the_contract() -> None:
    assert json.loads(render(FRESH, "json")) == {
        "as_of": "2026-04-27",
        "known_at": {"run": 3, "at": "2026-04-27T05:00:12Z"},
        "projects": [{"id": "metaflow", "name": "Metaflow"}, {"id": "kubeflow", "name": "Kubeflow"}],
        "rows": [
            {
                "metric": row.metric.key,
                "label": row.metric.label,
                "unit": row.metric.unit,
                "definition": f"{row.metric.key} as {kubeflow[2]} counts it",
                "cells": {"metaflow": cell_object(*metaflow), "kubeflow": cell_object(*kubeflow)},
            }
            for row, metaflow, kubeflow in zip(
                FRESH.rows,
                [(10123, "10.1k", "github"), (153800, "153.8k", "pypistats"), (None, "—", None)],
                [(15618, "15.6k", "github"), (3104000, "3.1M", "pypistats"), (367013, "367.0k", "dockerhub")],
                strict=True,
            )
        ],
        "caption": "As of 2026-04-27 — updated weekly.",
        "footnotes": [],
        "left_out": json.loads(render(FRESH, "json"))["left_out"],
    }


def cell_object(value: int | None, text: str, source: str | None) -> dict[str, object]:
    if value is None:
        return {"value": None, "text": text, "state": "none", "day": None, "source": None, "method": None}
    fresh = {"state": "fresh", "day": "2026-04-27", "source": source, "method": "observed"}
    return {"value": value, "text": text, **fresh}


def test_json_writes_whole_numbers_without_a_fraction_and_a_missing_cell_with_nulls() -> None:
    assert '"value": 10123,' in render(FRESH, "json")
    rows = json.loads(render(STALE, "json"))["rows"]
    assert rows[0]["cells"]["kubeflow"]["text"] == "15.6k"
    assert rows[1]["cells"]["kubeflow"] == cell_object(None, "—", None) | {
        "state": "missing",
        "note": "Kubeflow, PyPI weekly downloads: no value, never collected",
        "details": "no value (pypi:kfp), never collected",
    }
    assert json.loads(render(STALE, "json"))["footnotes"][1] == {
        "mark": 2,
        "text": "Kubeflow, PyPI weekly downloads: no value, never collected",
        "places": [["pypi_downloads_7d", "kubeflow"]],
        "rows": [],
    }


def test_json_shows_a_held_cell_beside_the_last_good_value() -> None:
    held = Held(sample.AS_OF, 12, "implausible", "a counter never falls")
    image = replace(sample.ONE_IMAGE, day=sample.LAST_WEEK, held=held)
    content = json.loads(render(table(sample.LIST, image), "json"))
    cell = next(row for row in content["rows"] if row["metric"] == "dockerhub_pulls")["cells"]["kubeflow"]
    assert (cell["value"], cell["state"], cell["day"]) == (300_000, "held", "2026-04-20")
    assert cell["held"] == {"value": 12, "day": "2026-04-27", "reason": "implausible: a counter never falls"}


def test_csv_has_a_line_a_cell_with_its_state_and_no_marks() -> None:
    lines = list(csv.reader(io.StringIO(render(STALE, "csv"))))
    assert [line[:9] for line in lines] == [
        line.split(",")
        for line in (
            "metric,label,project,value,text,state,day,source,method",
            "github_stars,GitHub stars,metaflow,10123,10.1k,fresh,2026-04-27,github,observed",
            "github_stars,GitHub stars,kubeflow,15618,15.6k,carried,2026-04-20,github,observed",
            "pypi_downloads_7d,PyPI weekly downloads,metaflow,153800,153.8k,fresh,2026-04-27,pypistats,observed",
            "pypi_downloads_7d,PyPI weekly downloads,kubeflow,,—,missing,,,",
            "dockerhub_pulls,Docker Hub pulls,metaflow,,—,none,,,",
            "dockerhub_pulls,Docker Hub pulls,kubeflow,300000,300.0k,fresh,2026-04-27,dockerhub,observed",
        )
    ]


def test_csv_says_all_that_the_other_formats_say() -> None:
    held = Held(sample.AS_OF, 12, "implausible", "a counter never falls")
    image = replace(sample.ONE_IMAGE, day=sample.LAST_WEEK, held=held)
    made = replace(table(sample.LIST, image), page="tools", title="=Tools")
    lines = list(csv.DictReader(io.StringIO(render(made, "csv"))))
    (line,) = (one for one in lines if one["project"] == "kubeflow" and one["metric"] == "dockerhub_pulls")
    assert line["unit"] == "pulls"
    assert line["definition"] == "dockerhub_pulls as dockerhub counts it"
    assert line["note"].endswith("value of 2026-04-20, that of 2026-04-27 is held for review")
    assert "(implausible)" in line["details"]
    assert (line["held_value"], line["held_day"]) == ("12", "2026-04-27")
    assert line["held_reason"] == "implausible: a counter never falls"
    assert (line["name"], line["as_of"], line["page"], line["title"]) == ("Kubeflow", "2026-04-27", "tools", "'=Tools")


class Reader(HTMLParser):
    """Collects the tags and texts of a fragment, and fails on an unbalanced one."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.states: list[str | None] = []
        self.feed(fragment)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        if tag == "td":
            self.states.append(dict(attrs)["class"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts += [data.strip()] if data.strip() else []


HTML_TAGS = {"section", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "li"}


def test_html_is_a_fragment_with_the_same_words_and_the_states_as_classes() -> None:
    page = Reader(render(STALE, "html"))
    assert page.tags == HTML_TAGS
    assert page.texts[:6] == ["Metric", "Metaflow", "Kubeflow", "GitHub stars", "10.1k", "15.6k¹"]
    assert page.texts[-3:] == ["As of 2026-04-27 — updated weekly.", *(line.line for line in STALE.footnotes)]
    assert page.states == ["fresh", "carried", "fresh", "missing", "none", "fresh"]


@pytest.mark.parametrize("fmt", FORMATS)
def test_every_format_ends_with_one_newline_even_without_rows(fmt: str) -> None:
    for one in (FRESH, STALE, table(projects=[]), table(after(part("docker:x"), "failed"), projects=[sample.KUBEFLOW])):
        text = render(one, fmt)
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'xls': choose one of text, markdown, html, csv, json"):
        render(FRESH, "xls")


@given(st.text(min_size=1), st.text())
def test_names_and_messages_from_outside_break_no_format(name: str, detail: str) -> None:
    """A table has as many cells and tags as it has projects and metrics, whatever these are called."""
    projects = [replace(sample.METAFLOW, name=name), sample.KUBEFLOW]
    old = after(replace(sample.KFP, day=sample.LAST_WEEK), "failed", "refused", detail)
    hostile = table(sample.STARS, old, sample.LIST, sample.ONE_IMAGE, projects=projects)
    assert Reader(render(hostile, "html")).tags == HTML_TAGS
    assert json.loads(render(hostile, "json"))["projects"][0]["name"] == name
    assert {len(line) for line in csv.reader(io.StringIO(render(hostile, "csv")))} == {len(COLUMNS)}
    assert len(render(hostile, "text").splitlines()) == 9
    lines = render(hostile, "markdown").splitlines()
    assert len(lines) == 9
    cells = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines[:4]]
    assert cells == [4, 4, 4, 4]


@pytest.mark.parametrize(("fmt", "heavy"), [("json", "jinja2"), ("text", "jinja2")])
def test_a_format_loads_only_what_it_needs(fmt: str, heavy: str) -> None:
    modules = f"publish.formats.{fmt}, publish.history.points, publish.explain"
    code = f"import sys, {modules}; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603
