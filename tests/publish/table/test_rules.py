"""The rules that are kept beside what was published, and the digest over both."""

import json
from dataclasses import replace

from publish.formats import render
from publish.table.metrics import METRICS
from publish.table.rules import RULES, digest, rules, version
from publish.table.shares import PERIOD_DAYS
from tests.publish.sample import KFP, KUBEFLOW_PARTS, LAST_WEEK, after, part, table

PUBLISHED = {
    1: "af9c12caa7ed31c525e8740a5d735a528d4ba57b2b460644b9b351aa82cc7fdd",
    2: "af9c12caa7ed31c525e8740a5d735a528d4ba57b2b460644b9b351aa82cc7fdd",
}
"""By the version of the rules, the digest of three sample tables as written; an entry stays as it is for good."""


def test_the_rules_tell_the_version_the_metrics_and_what_is_fresh() -> None:
    told = json.loads(rules())
    assert (told["rules"], told["period_days"]) == (RULES, PERIOD_DAYS)
    assert [metric["key"] for metric in told["metrics"]] == list(METRICS)
    assert told["metrics"][0]["sources"][0] == "github"


def test_the_version_is_read_back_from_what_was_kept() -> None:
    assert version(rules()) == RULES
    assert [version(text) for text in ("", "[]", "{}", '{"rules": "one"}', '{"rules": 7}')] == [*[None] * 4, 7]


def test_the_digest_tells_apart_every_byte_and_where_a_text_ends() -> None:
    digests = {digest(("a", "b"), "c"), digest(("ab", ""), "c"), digest(("a", "b"), "d"), digest(("a", "bc"), "")}
    assert len(digests) == 4


def test_the_same_values_are_written_as_they_were_by_the_same_version_of_the_rules() -> None:
    """If this fails, editions that are out cannot be made again as they were: raise RULES and add its digest here."""
    fresh = table(*KUBEFLOW_PARTS)
    marked = table(after(KFP, "failed", "transient", "502"), part("github:kubeflow/kubeflow", 15_618, LAST_WEEK))
    remarked = table(replace(KFP, source="clickpy", definition="with mirrors", method="imported"))
    written = tuple(render(one, form) for one in (fresh, marked, remarked) for form in ("markdown", "json"))
    assert digest(written, "") == PUBLISHED[RULES]
