"""A document says all that a reader of the published table saw, and comes back as it was kept."""

import json
from dataclasses import replace

import pytest

from publish.formats import FORMATS, document, render
from publish.table.cells import Table
from storage.model import Held
from tests.publish.sample import AS_OF, KFP, KNOWN, KUBEFLOW_PARTS, LAST_WEEK, RULES, STARS, after, part, table

HELD = replace(KFP, day=LAST_WEEK, held=Held(AS_OF, 12.5, "implausible", "it fell"))
TABLES = {
    "fresh": table(*KUBEFLOW_PARTS),
    "stale": table(replace(STARS, day=LAST_WEEK), after(part("pypi:kfp"), "failed", "transient", "5 < 6 & more")),
    "held": table(HELD, STARS),
    "empty": table(projects=()),
}


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("one", TABLES.values(), ids=TABLES)
def test_every_format_is_written_from_a_document_as_from_its_table(one: Table, fmt: str) -> None:
    one = replace(one, page="all", title="All")
    kept = document.write("all", "All", "Text.\n", one)
    back = document.read(kept, KNOWN.known_seq, RULES)
    assert render(back.table, fmt) == render(one, fmt)
    assert (back.page, back.title, back.text) == ("all", "All", "Text.\n")
    assert document.write("all", "All", "Text.\n", back.table) == kept


def test_a_document_is_canonical_and_has_the_rows_that_were_left_out() -> None:
    kept = document.write("all", "All", "", TABLES["stale"])
    assert json.dumps(json.loads(kept), sort_keys=True, separators=(",", ":")) == kept
    assert [row["metric"] for row in json.loads(kept)["left_out"]] == [
        row.metric.key for row in TABLES["stale"].left_out
    ]


def test_whatever_a_page_says_can_be_kept_in_a_database() -> None:
    text = "Größe \x00 \ud800 数"
    kept = document.write("all", "All", text, TABLES["fresh"])
    kept.encode("ascii")
    assert "\x00" not in kept
    assert document.read(kept, 1, RULES).text == text
