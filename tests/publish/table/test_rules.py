"""The rules that are kept with an edition, and read back to derive it again."""

import json
from dataclasses import replace

import pytest

from publish.table.rules import Rules, RulesError
from tests.publish.sample import AS_OF, KFP, KUBEFLOW_PARTS, LAST_WEEK, METAFLOW, RULES, part, table


def test_rules_come_back_as_they_were_kept() -> None:
    kept = replace(RULES, fresh_days=3, caption="On {day}.").to_json()
    assert Rules.from_json(kept) == replace(RULES, fresh_days=3, caption="On {day}.")
    assert [metric["key"] for metric in json.loads(kept)["metrics"]] == list(RULES.by_key)


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"metrics": [{}]}', '{"metrics": [], "later": 1}'])
def test_rules_that_cannot_be_read_are_refused(kept: str) -> None:
    with pytest.raises(RulesError, match="cannot be read by this version"):
        Rules.from_json(kept)


def test_a_table_follows_its_rules() -> None:
    old = replace(KFP, day=LAST_WEEK)
    assert table(old).cell("kubeflow", KFP.metric or "").state == "carried"
    assert table(old, rules=replace(RULES, fresh_days=8)).cell("kubeflow", KFP.metric or "").state == "fresh"
    turned = table(*KUBEFLOW_PARTS, rules=replace(RULES, metrics=RULES.metrics[::-1], caption="{day}!"))
    assert turned.rows[0].metric.key == "dockerhub_pulls"
    assert turned.caption == f"{AS_OF}!"


def test_a_scale_is_left_when_the_rules_call_it_old() -> None:
    project = replace(METAFLOW, members=(("search", "m"),))
    old = replace(part("search:m", 5, LAST_WEEK, "metaflow"), definition="exported 2026-04-20")
    other = replace(part("search:m", 9, project="metaflow"), definition="by another", source="wikimedia")
    shown = [table(old, other, projects=[project], rules=replace(RULES, scale_days=days)) for days in (35, 7)]
    assert [one.cell("metaflow", "search_interest").value for one in shown] == [5, 9]
