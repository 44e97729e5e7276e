"""The ranking, and who moved most."""

import csv
import io
import json

import pytest

from publish.history.movers import render, top
from publish.table.cells import build
from publish.table.make import Change
from storage.model import ProjectEntry
from tests.publish.sample import AS_OF, KNOWN, LAST_WEEK, RULES, part

BEFORE = {"a": 900.0, "b": 10.0, "c": 120.0, "d": None}
NOW = {"a": 1000.0, "b": 20.0, "c": 100.0, "d": 5.0}
ENTRIES = [ProjectEntry(one, f"Project {one.upper()}", (("github", f"o/{one}"),)) for one in (*NOW, "e")]
TABLE = build([part(f"github:o/{one}", value, project=one) for one, value in NOW.items()], ENTRIES, AS_OF, KNOWN, RULES)
CHANGES = {
    (one, "github_stars"): Change(old) if old is None else Change(old, NOW[one] - old, 100 * (NOW[one] - old) / old)
    for one, old in BEFORE.items()
}


def ids(limit: int | None = None) -> dict[str, list[str]]:
    made = top(TABLE, RULES.by_key["github_stars"], LAST_WEEK, CHANGES | {("e", "github_stars"): Change(None)}, limit)
    return {name: [one.project.id for one in movers] for name, movers in made.lists.items()}


def written(form: str, width: int | None = None) -> str:
    return render(top(TABLE, RULES.by_key["github_stars"], LAST_WEEK, CHANGES, 2), form, width)


def test_projects_are_ranked_and_movers_found_in_numbers_and_in_per_cent() -> None:
    assert ids() == {
        "ranking": ["a", "c", "b", "d"],
        "gains": ["a", "b"],
        "losses": ["c"],
        "percent_gains": ["b", "a"],
        "percent_losses": ["c"],
    }


def test_each_list_has_its_limit() -> None:
    assert [len(one) for one in ids(1).values()] == [1, 1, 1, 1, 1]


def test_text_fits_and_says_how_many_could_be_compared() -> None:
    text = written("text", 40)
    assert max(map(len, text.splitlines())) <= 46, "numbers are never broken"
    assert "4 projects with a number; 3 can be compared with 2026-04-20." in " ".join(text.split())
    assert "1  Project A         1,000    +100  +11.1 %" in written("text")


@pytest.mark.parametrize("form", ["json", "csv", "markdown"])
def test_every_format_has_the_same_figures(form: str) -> None:
    text = written(form)
    if form == "json":
        told = json.loads(text)
        assert told["losses"] == [
            {"place": 2, "project": "c", "name": "Project C", "value": 100, "state": "fresh", "day": "2026-04-27"}
            | {"before": 120, "change": -20, "percent": -16.666667}
        ]
    elif form == "csv":
        lines = list(csv.DictReader(io.StringIO(text)))
        (lost,) = (line for line in lines if line["list"] == "losses")
        assert (lost["project"], lost["before"], lost["change"]) == ("c", "120", "-20")
    else:
        assert "| 2 | Project C | 100 | −20 | −16.7 % |" in text
