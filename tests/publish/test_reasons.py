"""Why a cell differs is told by its artifacts: each kind of change by its own reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs.metrics import METRICS
from publish.differences import reasons
from publish.table.cells import Cell, cell
from storage.model import Held, Part, ProjectEntry, Run
from tests.publish.sample import (
    AS_OF,
    KFP,
    KUBEFLOW,
    LAST_WEEK,
    LIST,
    ONE_IMAGE,
    OTHER_IMAGE,
    RULES,
    after,
    part,
    pulls,
)

AT = datetime(2026, 6, 15, 5, tzinfo=UTC)
RUN = Run(
    12, 99, "refresh", "{}", AT.date(), AT, AT, AT, "done", None, "0", ""
)  # fmt: skip
RUNS = {12: RUN, 13: replace(RUN, id=13, kind="backfill"), 14: replace(RUN, id=14, kind="import")}


def downloads(*parts: Part, project: ProjectEntry = KUBEFLOW) -> Cell:
    return cell(METRICS["pypi_downloads_7d"], project, parts, AS_OF, RULES)


def told(old: Cell, new: Cell) -> list[tuple[str, str]]:
    return [(reason.kind, reason.text) for reason in reasons(old, new, RUNS)]


def test_another_value_for_the_same_day_is_restated_by_upstream() -> None:
    new = downloads(replace(KFP, value=3_104_500.0, run=12))
    ((kind, text),) = told(downloads(KFP), new)
    assert kind == "restated"
    assert text == (
        "restated by pypistats: pypi:kfp of 2026-04-27 3,104,000 → 3,104,500, learned in run 12 on 2026-06-15 (refresh)"
    )


@pytest.mark.parametrize(("run", "how"), [(12, "healed by a refresh"), (13, "backfilled"), (14, "imported")])
def test_a_value_where_there_was_none_is_late_data_and_says_how_it_came(run: int, how: str) -> None:
    old, new = downloads(part("pypi:kfp")), downloads(replace(KFP, run=run))
    assert told(old, new) == [
        ("late", f"late data: pypi:kfp 3,104,000 of 2026-04-27, not none, {how} in run {run} on 2026-06-15")
    ]


def test_a_value_of_a_newer_day_is_late_data() -> None:
    old, new = downloads(replace(KFP, day=LAST_WEEK)), downloads(replace(KFP, run=14, value=5.0))
    ((kind, text),) = told(old, new)
    assert kind == "late"
    assert "5 of 2026-04-27, not 3,104,000 of 2026-04-20, imported in run 14" in text


def test_a_rename_alone_and_with_another_value() -> None:
    renamed = replace(KFP, artifact="kubeflow-pipelines", run=12)
    assert told(downloads(KFP), downloads(renamed)) == [("rename", "renamed: pypi:kfp is now pypi:kubeflow-pipelines")]
    both = told(downloads(KFP), downloads(replace(renamed, value=1.0)))
    assert [kind for kind, _ in both] == ["rename", "restated"]


def test_a_member_written_anew_for_the_same_artifact_is_no_reason_of_its_own() -> None:
    moved = replace(KFP, member_name="kubeflow-pipelines", value=1.0, run=12)
    assert [kind for kind, _ in told(downloads(KFP), downloads(moved))] == ["restated"]


def test_other_members_are_another_definition() -> None:
    more = part("pypi:kfp-server", 7)
    assert told(downloads(KFP), downloads(KFP, replace(more, run=12))) == [
        ("definition", "pypi:kfp-server (7 of 2026-04-27) counts now, healed by a refresh in run 12 on 2026-06-15")
    ]
    assert told(downloads(KFP, more), downloads(KFP)) == [
        ("definition", "pypi:kfp-server (7 of 2026-04-27) does not count any more")
    ]


def test_another_source_and_another_definition_are_named() -> None:
    other = replace(KFP, source="clickpy", definition="with mirrors", value=9.0, run=13)
    ((kind, text),) = told(downloads(KFP), downloads(other))
    assert kind == "definition"
    assert "pypi:kfp now from clickpy (9), not pypistats (3,104,000), backfilled in run 13" in text
    ((kind, text),) = told(downloads(KFP), downloads(replace(KFP, definition="other", value=9.0)))
    assert (kind, "by another definition: 3,104,000 → 9" in text) == ("definition", True)


def test_what_has_no_value_any_more_says_why() -> None:
    gone = after(part("pypi:kfp"), "missing", "gone", "404")
    ((kind, text),) = told(downloads(KFP), downloads(gone))
    assert kind == "gone"
    assert text == "pypi:kfp has no value any more: last asked on 2026-04-27: none at the source"


def test_only_the_state_and_a_review_are_told_apart() -> None:
    old = replace(KFP, day=LAST_WEEK)
    held = replace(old, held=Held(AS_OF, 12, "implausible", "too few"))
    ((kind, text),) = told(downloads(old), downloads(held))
    assert (kind, text) == ("review", "by review: pypi:kfp carried → held, 12 of 2026-04-27 is held for review")
    stale = replace(downloads(KFP), state="carried", shares=(replace(downloads(KFP).shares[0], state="carried"),))
    assert told(downloads(KFP), stale) == [("state", "only its state: pypi:kfp fresh → carried")]


def test_a_held_value_that_was_accepted_counts_by_review() -> None:
    held = replace(KFP, day=LAST_WEEK, held=Held(AS_OF, 12, "implausible", "too few"))
    ((kind, text),) = told(downloads(held), downloads(replace(KFP, value=12.0)))
    assert (kind, text) == ("review", "by review: pypi:kfp 12 of 2026-04-27 counts, which was held")


def test_a_value_that_was_rejected_is_gone_by_review() -> None:
    rejected = replace(KFP, day=LAST_WEEK, held=Held(AS_OF, 12, "review", "a counting error", rejected=True))
    ((kind, text),) = told(downloads(replace(KFP, value=12.0)), downloads(rejected))
    assert (kind, text) == ("review", "by review: pypi:kfp 12 of 2026-04-27 was rejected: a counting error")


def test_a_list_that_was_read_later_is_late_data() -> None:
    ((kind, text),) = told(pulls(replace(LIST, day=LAST_WEEK), ONE_IMAGE), pulls(LIST, ONE_IMAGE))
    assert kind == "late"
    assert text == "late data: the list docker:kf/* was read whole on 2026-04-27, not on 2026-04-20"


def test_an_image_that_a_pattern_brings_in_is_never_taken_for_another_one_renamed() -> None:
    kinds = [kind for kind, _ in told(pulls(LIST, ONE_IMAGE), pulls(LIST, OTHER_IMAGE))]
    assert kinds == ["definition", "definition"]


def test_there_is_always_a_reason() -> None:
    one = downloads(KFP)
    assert told(one, replace(one, method="imported")) == [("definition", "counted otherwise: observed → imported")]
    bare = replace(one, shares=())
    assert told(bare, replace(bare, state="missing", obstacle="no list"))[0] == (
        "state",
        "only its state: fresh → missing, no list",
    )


def test_two_artifacts_that_had_one_name_are_kept_apart_by_their_members() -> None:
    """A repository and what was made anew under its old name."""
    old = replace(KFP, member_name="old"), replace(KFP, value=1.0)
    new = replace(KFP, member_name="old", value=2.0, run=12), replace(KFP, value=1.0)
    texts = [text for _, text in told(downloads(*old), downloads(*new))]
    assert len(texts) == 1
    assert "3,104,000 → 2" in texts[0]


def test_a_run_that_is_not_known_leaves_out_where_a_value_was_learned() -> None:
    ((_, text),) = told(downloads(KFP), downloads(replace(KFP, value=1.0, run=77)))
    assert text.endswith("3,104,000 → 1")


def test_days_are_those_of_the_values() -> None:
    older = replace(KFP, day=AS_OF - timedelta(days=2), value=9.0)
    ((_, text),) = told(downloads(older), downloads(replace(older, value=8.0, run=12)))
    assert "of 2026-04-25 9 → 8" in text
