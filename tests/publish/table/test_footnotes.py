"""What is said under a table of the cells that are not fresh: to readers in short, to who operates it in full."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from publish.table.cells import build
from publish.table.footnotes import superscript
from storage.model import Held, ProjectEntry
from tests.publish.sample import (
    AS_OF,
    KFP,
    KNOWN,
    KUBEFLOW_PARTS,
    LAST_WEEK,
    LIST,
    ONE_IMAGE,
    OTHER_IMAGE,
    RULES,
    STARS,
    UNREAD_LIST,
    after,
    details,
    notes,
    part,
)


def test_a_fresh_table_has_no_footnotes() -> None:
    assert notes(*KUBEFLOW_PARTS) == []


def test_a_carried_value_is_named_with_its_day_its_artifact_and_the_cause() -> None:
    old = after(replace(ONE_IMAGE, day=LAST_WEEK), "failed", "limit", "used up until 06:00.")
    assert notes(STARS, KFP, LIST, old, OTHER_IMAGE) == [
        "¹ Kubeflow, Docker Hub pulls: value of 2026-04-20, could not be read on 2026-04-27"
    ]
    assert details(STARS, KFP, LIST, old, OTHER_IMAGE) == [
        "value of 2026-04-20 (docker:kf/one), last asked on 2026-04-27: failed (limit), used up until 06:00"
    ]


def test_values_carried_for_one_cause_are_told_together_with_the_span_of_their_days() -> None:
    old = [replace(part(f"docker:kf/{n}", 1, LAST_WEEK.replace(day=n)), outcome="missing") for n in range(1, 6)]
    old = [replace(one, asked=AS_OF) for one in old]
    assert notes(STARS, KFP, LIST, *old) == [
        "¹ Kubeflow, Docker Hub pulls: values of 2026-04-01 to 2026-04-05, not found on 2026-04-27"
    ]
    assert details(STARS, KFP, LIST, *old) == [
        (
            "values of 2026-04-01 to 2026-04-05 (docker:kf/1, docker:kf/2, docker:kf/3 and 2 more), "
            "last asked on 2026-04-27: none at the source"
        )
    ]


def test_a_missing_sum_names_what_it_lacks_rather_than_what_is_old() -> None:
    old = replace(ONE_IMAGE, day=LAST_WEEK)
    lacking = after(part("docker:kf/other"), "missing", "gone", "404")
    assert notes(STARS, KFP, LIST, old, lacking) == [
        "Left out: Kubeflow, Docker Hub pulls: a part of the sum is missing, not found on 2026-04-27"
    ]
    assert details(STARS, KFP, LIST, old, lacking) == [
        "no sum without docker:kf/other, last asked on 2026-04-27: none at the source (gone), 404"
    ]


def test_a_list_that_was_not_read_whole_is_named() -> None:
    parts = STARS, KFP, after(UNREAD_LIST, "failed", "transient", "page 2 timed out"), ONE_IMAGE
    assert notes(*parts) == [
        "Left out: Kubeflow, Docker Hub pulls: list of its images never read whole, could not be read on 2026-04-27"
    ]
    assert details(*parts) == [
        "list of docker:kf/* never read whole, last asked on 2026-04-27: failed (transient), page 2 timed out"
    ]


def test_images_that_are_as_old_as_their_list_are_not_named_beside_it() -> None:
    failed = replace(after(LIST, "failed", "transient"), day=LAST_WEEK)
    old = [replace(one, day=LAST_WEEK) for one in (ONE_IMAGE, OTHER_IMAGE)]
    because = "list of docker:kf/* last read whole on 2026-04-20, last asked on 2026-04-27: failed (transient)"
    assert details(STARS, KFP, failed, *old) == [because]
    older = replace(ONE_IMAGE, day=LAST_WEEK.replace(day=13))
    assert details(STARS, KFP, failed, older, old[1]) == [
        f"{because}; value of 2026-04-13 (docker:kf/one), nothing newer"
    ]


def test_cells_of_one_reason_share_a_footnote() -> None:
    failed = [after(one, "failed", "transient", "no network") for one in (STARS, KFP)]
    old = [replace(one, day=LAST_WEEK) for one in failed]
    assert notes(*old, LIST, ONE_IMAGE) == [
        (
            "¹ Kubeflow, GitHub stars; Kubeflow, PyPI weekly downloads: value of 2026-04-20, "
            "could not be read on 2026-04-27"
        )
    ]


def test_many_stale_cells_make_one_short_footnote() -> None:
    projects = [ProjectEntry(f"p{n}", f"Project {n}", (("pypi", f"p{n}"),)) for n in range(300)]
    parts = [
        after(part(f"pypi:p{n}", 1000, LAST_WEEK, project=f"p{n}"), "failed", "transient", f"timeout {n}")
        for n in range(299)
    ]
    parts.append(part("pypi:p299", 1000, project="p299"))
    made = build(parts, projects, AS_OF, KNOWN, RULES)
    (footnote,) = made.footnotes
    assert footnote.details[7].endswith("failed (transient), timeout 7")
    assert footnote.text == (
        "Project 0, Project 1, Project 2 and 296 more, PyPI weekly downloads: "
        "value of 2026-04-20, could not be read on 2026-04-27"
    )
    assert [cell.mark for row in made.rows for cell in row.cells] == [*[1] * 299, None]


def test_a_note_that_holds_for_a_whole_row_stands_at_its_label() -> None:
    listed = [
        replace(part(f"pypi:p{n}", 1000, project=f"p{n}"), source="best-of", definition="as listed", method="imported")
        for n in range(3)
    ]
    projects = [ProjectEntry(f"p{n}", f"Project {n}", (("pypi", f"p{n}"),)) for n in range(3)]
    made = build(listed, [*projects, ProjectEntry("none", "None", ())], AS_OF, KNOWN, RULES)
    assert [footnote.line for footnote in made.footnotes] == [
        "¹ PyPI weekly downloads: imported from best-of: as listed"
    ]
    assert made.rows[0].label == "PyPI weekly downloads¹"
    assert {cell.mark for cell in made.rows[0].cells} == {None}


def test_marks_are_numbered_as_the_table_is_read_and_a_row_left_out_has_none() -> None:
    lines = notes(replace(STARS, day=LAST_WEEK), replace(KFP, day=AS_OF.replace(day=6)), LIST)
    assert [line.split()[0] for line in lines] == ["¹", "²", "Left"]


@given(st.text(max_size=5000), st.text(max_size=5000), st.text(max_size=5000))
def test_a_footnote_stays_one_short_line_whatever_the_upstream_says(name: str, cause: str, detail: str) -> None:
    old = after(replace(part("docker:x", 1, LAST_WEEK), artifact=name), "failed", cause, detail)
    (line,) = notes(STARS, KFP, old)
    assert len(line) < 400
    assert len(line.splitlines()) == 1


def test_marks_have_any_number_of_digits() -> None:
    assert [superscript(mark) for mark in (None, 1, 20, 345)] == ["", "¹", "²⁰", "³⁴⁵"]


def test_a_held_value_is_told_with_guard_reason_and_the_value_itself_to_the_operator() -> None:
    held = Held(AS_OF, 12, "implausible", "300,000 on 2026-04-20, now 12 (-100.0 %): a counter never falls")
    parts = STARS, KFP, LIST, replace(ONE_IMAGE, day=LAST_WEEK, held=held), OTHER_IMAGE
    assert notes(*parts) == ["¹ Kubeflow, Docker Hub pulls: value of 2026-04-20, that of 2026-04-27 is held for review"]
    assert details(*parts) == [
        (
            "value of 2026-04-20 (docker:kf/one), 12 of 2026-04-27 is held for review "
            "(implausible), 300,000 on 2026-04-20, now 12 (-100.0 %): a counter never falls"
        )
    ]


def test_what_is_held_of_a_whole_source_is_told_once() -> None:
    held = Held(AS_OF, 300_000, "frozen", "all 876 values equal those of 2026-04-20")
    images = (replace(one, day=LAST_WEEK, held=held) for one in (ONE_IMAGE, OTHER_IMAGE))
    assert details(STARS, KFP, LIST, *images) == [
        (
            "values of 2026-04-20 (docker:kf/one and docker:kf/other), "
            "the value of 2026-04-27 is held for review (frozen), all 876 values equal those of 2026-04-20"
        )
    ]


def test_a_rejected_value_is_told_with_the_reason_of_the_review() -> None:
    held = Held(AS_OF, 12, "review", "a counting error", rejected=True)
    parts = STARS, KFP, LIST, replace(ONE_IMAGE, day=LAST_WEEK, held=held), OTHER_IMAGE
    assert notes(*parts) == [
        "¹ Kubeflow, Docker Hub pulls: value of 2026-04-20, that of 2026-04-27 was rejected by review"
    ]
    assert details(*parts) == ["value of 2026-04-20 (docker:kf/one), rejected: a counting error, that of 2026-04-27"]
