"""What is said of numbers that are fresh, because they rest on something else than the row promises."""

from dataclasses import replace

from publish.table.cells import build
from publish.table.footnotes import Footnote
from storage.model import Change, Part
from tests.publish.sample import AS_OF, KFP, KNOWN, KUBEFLOW, LAST_WEEK, RULES, STARS, after, notes

CLICKPY = replace(KFP, source="clickpy", definition="downloads of all installers, mirrors included", value=5e6)
REBUILT = replace(STARS, source="github-history", definition="stars that still stand", method="reconstructed")


def footnotes(*parts: Part, changes: tuple[Change, ...] = ()) -> tuple[Footnote, ...]:
    entry = replace(KUBEFLOW, members=KUBEFLOW.members[:2], changes=changes)
    return build(parts, [entry], AS_OF, KNOWN, RULES).footnotes


def lines(*parts: Part) -> list[str]:
    return [footnote.line for footnote in footnotes(*parts)]


def test_the_preferred_source_needs_no_remark() -> None:
    assert lines(STARS, KFP) == []


def test_a_column_that_rests_on_another_source_says_what_it_counts() -> None:
    assert lines(STARS, CLICKPY) == [
        "¹ Kubeflow, PyPI weekly downloads: from clickpy: downloads of all installers, mirrors included"
    ]


def test_a_reconstruction_and_an_import_are_named_as_such() -> None:
    assert lines(REBUILT, KFP) == ["¹ Kubeflow, GitHub stars: reconstructed by github-history: stars that still stand"]
    imported = replace(STARS, source="best-of", definition="stars of the list", method="imported")
    assert lines(imported, KFP) == ["¹ Kubeflow, GitHub stars: imported from best-of: stars of the list"]


def test_a_fresh_value_of_another_source_is_shown_before_an_old_one_of_the_preferred() -> None:
    old = replace(KFP, day=LAST_WEEK)
    assert lines(STARS, old, CLICKPY) == lines(STARS, CLICKPY)
    older = replace(CLICKPY, day=LAST_WEEK)
    assert lines(STARS, old, older) == ["¹ Kubeflow, PyPI weekly downloads: value of 2026-04-20, nothing newer"]


def test_a_remark_stands_behind_the_reason_of_a_value_that_is_old() -> None:
    failed = replace(after(CLICKPY, "failed", "limit"), day=LAST_WEEK)
    assert lines(STARS, failed) == [
        (
            "¹ Kubeflow, PyPI weekly downloads: value of 2026-04-20, could not be read on 2026-04-27; "
            "from clickpy: downloads of all installers, mirrors included"
        )
    ]


def test_an_exchange_of_the_projects_artifacts_is_no_growth_and_no_loss() -> None:
    change = Change(LAST_WEEK, "github", ("old/one",), ("kubeflow/kubeflow",))
    (footnote,) = footnotes(STARS, KFP, changes=(change,))
    assert footnote.line == "¹ Kubeflow, GitHub stars: other artifacts since 2026-04-20: no growth or loss"
    assert footnote.details == (
        "since 2026-04-20 counted from github:kubeflow/kubeflow, before from github:old/one: no growth or loss",
    )


def test_a_plain_table_of_the_sample_has_no_remark() -> None:
    assert notes(STARS, KFP)[0].startswith("Left out: Kubeflow, Docker Hub pulls")
