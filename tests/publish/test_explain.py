"""Where a number comes from, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publish.explain import Doubts, explain, responses, series
from storage.model import Origin
from storage.quarantine.held import Decision, HeldValue
from tests.publish import sample
from tests.publish.sample import after, part, table

ORIGIN = Origin(
    run=3,
    recording="2026-04-27T050000Z.warc.gz",
    record="<urn:uuid:00000000-0000-4000-8000-000000000007>",
    url="https://hub.example/v2/namespaces/kf/repositories?page_size=100",
    status=200,
    at=datetime(2026, 4, 27, 5, 0, 3, tzinfo=UTC),
    offset=512,
    length=2048,
    digest="0" * 64,
)
OF_TWO_IMAGES = """\
Kubeflow, Docker Hub pulls as of 2026-04-27: 367.0k (carried)
known at run 3, 2026-04-27T05:00:12Z

300,000  docker:kf/one
 67,013  docker:kf/other
-------
367,013  pulls

artifact    docker:kf/one
  value       300,000 pulls
  day         2026-04-20
  state       carried
  method      observed
  reason      last asked on 2026-04-27: failed (transient), 502
  source      dockerhub
  definition  dockerhub_pulls as dockerhub counts it
  run         3
  requested   2026-04-27T05:00:03Z
  URL         https://hub.example/v2/namespaces/kf/repositories?page_size=100
  status      200
  recording   2026-04-27T050000Z.warc.gz
  record      <urn:uuid:00000000-0000-4000-8000-000000000007>

artifact    docker:kf/other
  value       67,013 pulls
  day         2026-04-27
  state       fresh
  method      observed
  source      dockerhub
  definition  dockerhub_pulls as dockerhub counts it
  run         3
  response    not kept
"""


def test_a_sum_is_explained_to_the_raw_responses() -> None:
    old = after(replace(sample.ONE_IMAGE, day=sample.LAST_WEEK), "failed", "transient", "502")
    made = table(old, replace(sample.OTHER_IMAGE, response=None))
    assert responses(made, "kubeflow", "dockerhub_pulls") == [7]
    assert explain(made, "kubeflow", "dockerhub_pulls", {7: ORIGIN}) == OF_TWO_IMAGES


def test_a_value_that_the_service_did_not_send_again_says_so() -> None:
    text = explain(table(sample.STARS), "kubeflow", "github_stars", {7: replace(ORIGIN, status=304)})
    assert "  status      304: the answer before still held\n" in text


def test_a_value_that_was_imported_leads_to_its_file_and_to_no_status() -> None:
    origin = replace(ORIGIN, url="file:my%20stars.csv", status=0)
    text = explain(table(sample.STARS), "kubeflow", "github_stars", {7: origin})
    assert "  imported    2026-04-27T05:00:03Z\n  file        my stars.csv\n  recording " in text
    assert "status" not in text
    assert "requested" not in text


def test_the_list_behind_a_pattern_is_part_of_the_explanation() -> None:
    text = explain(table(*sample.KUBEFLOW_PARTS), "kubeflow", "dockerhub_pulls", {})
    assert "artifact    docker:kf/*\n  list        last read whole on 2026-04-27\n" in text


def test_what_is_missing_is_explained_though_its_row_is_left_out() -> None:
    made = table(
        after(sample.UNREAD_LIST, "failed", "transient", "page 2"),
        sample.ONE_IMAGE,
        after(part("docker:kf/new"), "missing"),
    )
    text = explain(made, "kubeflow", "dockerhub_pulls", {})
    assert text.startswith("Kubeflow, Docker Hub pulls as of 2026-04-27: — (missing)\n")
    assert "\n      —  no sum\n" in text
    assert "  list        never read whole\n  state       missing\n" in text
    assert "  value       none\n  reason      last asked on 2026-04-27: none at the source\n" in text


def test_a_single_artifact_needs_no_addition() -> None:
    assert "\n\n15,618  github:kubeflow/kubeflow\n\n" in explain(table(sample.STARS), "kubeflow", "github_stars", {})


def test_what_does_not_apply_and_what_stands_in_the_way_are_told() -> None:
    made = table(sample.STARS, sample.LIST)
    assert "(not applicable: the catalog names no such artifact)" in explain(made, "metaflow", "dockerhub_pulls", {})
    assert "(missing: no value, nothing is listed up to this day)" in explain(made, "kubeflow", "dockerhub_pulls", {})
    assert "(missing: no value, never collected)" in explain(made, "kubeflow", "pypi_downloads_7d", {})


def test_a_cell_that_does_not_exist_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="github_followers"):
        explain(table(sample.STARS), "kubeflow", "github_followers", {})


def test_a_remark_on_the_cell_stands_before_its_artifacts() -> None:
    other = replace(sample.KFP, source="clickpy", definition="mirrors included")
    lines = explain(table(sample.STARS, other), "kubeflow", "pypi_downloads_7d", {}).splitlines()
    assert lines[2] == "note: from clickpy: mirrors included"


def test_what_was_held_and_decided_is_told_in_its_order() -> None:
    one = replace(sample.ONE_IMAGE, series=4)
    made = table(one)
    assert series(made, "kubeflow", "dockerhub_pulls") == [4]
    holds = [HeldValue(4, sample.LAST_WEEK, 2, 12, "implausible", "a counter never falls", 2, sample.LAST_WEEK)]
    at = datetime(2026, 4, 21, 9, tzinfo=UTC)
    decisions = [Decision(4, sample.LAST_WEEK, 2, 3, "reject", "a counting error", at)]
    text = explain(made, "kubeflow", "dockerhub_pulls", {}, Doubts(holds, decisions))
    assert text.splitlines()[-2:] == [
        "  held        12 of 2026-04-20, implausible: a counter never falls (run 2)",
        "  rejected    that of 2026-04-20: a counting error (run 3)",
    ]


def test_of_many_holds_the_newest_are_told() -> None:
    days = [sample.AS_OF - timedelta(days=7 * back) for back in range(14)]
    holds = [HeldValue(4, day, 2, 12, "implausible", "it fell", 2, day) for day in days]
    made = table(replace(sample.ONE_IMAGE, series=4))
    lines = explain(made, "kubeflow", "dockerhub_pulls", {}, Doubts(holds)).splitlines()
    assert sum(line.startswith("  held ") for line in lines) == 10
    assert any(line.endswith("4 older ones are not shown") for line in lines)
    assert "12 of 2026-04-27" in lines[-1]
