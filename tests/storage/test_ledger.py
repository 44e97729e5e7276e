"""The ledger's behaviour, the same on SQLite and PostgreSQL: two clocks, runs, outcomes, identities, patterns."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from storage.append.append import append
from storage.database.errors import NothingKnown, RecordConflict, UnknownProject, UnknownResponse, UnknownRun
from storage.model import Piece
from storage.runs import runs
from tests.ledgers import Ledger
from tests.storage.play import (
    KFP,
    MONDAY,
    ONE,
    START,
    WEEK,
    begin,
    entry,
    frame,
    learn,
    outcome,
    parts,
    record_id,
    response,
    values,
)


def test_the_newest_day_on_or_before_the_date_is_shown(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY - WEEK, 1.0), (KFP, MONDAY, 2.0)], ONE)
    assert values(ledger, MONDAY - WEEK - timedelta(days=1)) == {"kfp": None}
    assert values(ledger, MONDAY - timedelta(days=1)) == {"kfp": 1.0}
    assert values(ledger, MONDAY + 52 * WEEK) == {"kfp": 2.0}


def test_a_restated_value_stands_beside_the_first(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
    learn(ledger, [(KFP, MONDAY, 5.0)], ONE, at=START + WEEK)
    assert (values(ledger, when=1), values(ledger, when=2)) == ({"kfp": 1.0}, {"kfp": 5.0})
    history = ledger.history(["kubeflow"], None, None, None, ledger.known())
    assert [(row.value, row.run) for row in history] == [(1.0, 1), (5.0, 2)]


def test_the_same_value_for_the_same_day_is_not_a_new_fact(ledger: Ledger) -> None:
    assert [told.state for told in learn(ledger, [(KFP, MONDAY, 1.0)], ONE)] == ["recorded"]
    assert [told.state for told in learn(ledger, [(KFP, MONDAY, 1.0)], ONE)] == ["unchanged"]
    assert len(list(ledger.history(["kubeflow"], None, None, None, ledger.known()))) == 1


def test_a_value_that_comes_back_after_a_restatement_is_a_new_fact(ledger: Ledger) -> None:
    for value in (1.0, 2.0, 1.0):
        learn(ledger, [(KFP, MONDAY, value)], ONE)
    assert [values(ledger, when=run) for run in (1, 2, 3)] == [{"kfp": 1.0}, {"kfp": 2.0}, {"kfp": 1.0}]


@pytest.mark.parametrize(("first", "shown"), [("observed", 9.0), ("derived", 9.0), ("reconstructed", 5.0)])
def test_what_is_reconstructed_is_never_put_over_what_was_counted(ledger: Ledger, first: str, shown: float) -> None:
    for value, method in ((9.0, first), (5.0, "reconstructed")):
        run = begin(ledger, ONE)
        ledger.append(run, frame([(KFP, MONDAY, value)]).assign(method=method))
        ledger.close(run, state="done", now=START)
    assert values(ledger) == {"kfp": shown}
    learn(ledger, [(KFP, MONDAY, 7.0)], ONE)
    assert values(ledger) == {"kfp": 7.0}, "and what is counted goes over both"


def test_values_are_kept_exactly_up_to_two_to_the_53rd(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, float(2**53 - 1))], ONE)
    assert values(ledger) == {"kfp": 2**53 - 1}


def test_a_value_that_is_no_number_is_refused_and_nothing_is_stored(ledger: Ledger) -> None:
    run = begin(ledger, ONE)
    with pytest.raises(ValueError, match="not an observation"):
        ledger.append(run, frame([("pypi:other", MONDAY, 1.0), (KFP, MONDAY, float("nan"))]))
    ledger.close(run, state="failed", now=START)
    assert [part.metric for part in parts(ledger)] == [None]


class TestRuns:
    """A run becomes known whole, in its place on the second clock."""

    def test_a_reader_sees_the_ledger_of_before_until_a_run_is_committed(self, ledger: Ledger) -> None:
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
        with ledger.writing() as connection:
            run = runs.begin(
                connection,
                kind="refresh",
                scope="{}",
                day=MONDAY,
                started=START,
                now=START + WEEK,
                catalog_id=1,
                version="0",
            )
            append(connection, run, [Piece(frame([(KFP, MONDAY, 9.0), (KFP, MONDAY + WEEK, 9.0)]))])
            assert values(ledger, MONDAY + WEEK) == {"kfp": 1.0}
            assert ledger.known().run == 1
        assert values(ledger, MONDAY + WEEK) == {"kfp": 9.0}
        assert ledger.known().run == 2

    def test_pieces_of_a_run_are_one_and_the_best_that_was_said_of_a_series_stands(self, ledger: Ledger) -> None:
        run = begin(ledger, ONE)
        with ledger.writing() as connection:
            failed = [outcome(KFP, "failed", "transient", "x")]
            pieces = (
                Piece(None, (), failed),
                Piece(frame([(KFP, MONDAY, 1.0)])),
                Piece(frame([(KFP, MONDAY, 2.0)]), (), failed),
            )
            (told,) = append(connection, run, pieces)
        assert (told.state, told.new_rows) == ("recorded", 1), "the first news of a day stands"
        assert [(part.value, part.outcome) for part in parts(ledger)] == [(1.0, "recorded")]

    def test_a_record_of_another_content_under_a_known_id_is_an_error(self, ledger: Ledger) -> None:
        first = begin(ledger, ONE)
        ledger.append(first, frame([(KFP, MONDAY, 1.0)], record="r1"), [response("r1")])
        other = replace(response("r1"), digest="1" * 64)
        with pytest.raises(RecordConflict, match=r"^r\.warc\.gz and r\.warc\.gz: both have a record"):
            ledger.append(begin(ledger, at=START + WEEK), None, [other])

    def test_the_second_clock_goes_on_even_if_the_machines_is_put_back(self, ledger: Ledger) -> None:
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
        learn(ledger, [(KFP, MONDAY, 2.0)], ONE, at=START - 52 * WEEK)
        assert values(ledger) == {"kfp": 2.0}


class TestKnownAt:
    """What was known is asked by run, day or time."""

    def test_a_day_counts_whole_and_a_time_to_the_second(self, ledger: Ledger) -> None:
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
        learn(ledger, [(KFP, MONDAY, 2.0)], ONE, at=START + timedelta(hours=12))
        assert ledger.known(MONDAY).run == 2
        assert ledger.known(START).run == 1
        assert ledger.known(START + timedelta(hours=11, minutes=59)).run == 1
        assert ledger.known(datetime(2026, 4, 27, 19, tzinfo=UTC)).run == 2

    def test_what_is_not_there_is_said_so(self, ledger: Ledger) -> None:
        with pytest.raises(NothingKnown, match="no run is stored yet: `tallybook refresh` makes the first"):
            ledger.known()
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
        with pytest.raises(UnknownRun):
            ledger.known(7)
        with pytest.raises(NothingKnown):
            ledger.known(date(2020, 1, 1))
        with pytest.raises(UnknownProject, match=r"kubeflw.*kubeflow"):
            ledger.parts(MONDAY, ledger.known(), ["kubeflw"])
        with pytest.raises(UnknownResponse):
            ledger.origin(12345)

    def test_the_catalog_is_that_of_the_time(self, ledger: Ledger) -> None:
        learn(ledger, [(KFP, MONDAY, 1.0)], ONE)
        learn(ledger, [], (entry("renamed", KFP), entry("more", "pypi:x")), at=START + WEEK)
        assert [project.id for project in ledger.projects(ledger.known(1))] == ["kubeflow"]
        assert [project.id for project in ledger.projects(ledger.known())] == ["renamed", "more"]
        assert [project.id for project in ledger.projects(ledger.known(), ["more", "renamed"])] == ["more", "renamed"]


class TestIdentity:
    """The numeric id is the identity; names are dated facts."""

    REPO = "github:old/name"
    PROJECT = (entry("p", REPO),)

    def test_a_rename_keeps_the_series_and_is_told_once(self, ledger: Ledger) -> None:
        learn(ledger, [(self.REPO, MONDAY - WEEK, 1.0)], self.PROJECT, number="7", called="old/name", at=START - WEEK)
        told = learn(ledger, [(self.REPO, MONDAY, 2.0)], self.PROJECT, number="7", called="new/name")
        assert [(one.state, one.renamed_to) for one in told] == [("recorded", "new/name")]
        assert values(ledger) == {"new/name": 2.0}
        assert values(ledger, MONDAY - WEEK) == {"old/name": 1.0}, "as of an earlier date, the name of that time"

    def test_the_new_name_in_the_catalog_goes_on_with_the_same_series(self, ledger: Ledger) -> None:
        learn(ledger, [(self.REPO, MONDAY - WEEK, 1.0)], self.PROJECT, number="7", called="old/name")
        renamed = (entry("p", "github:new/name"),)
        learn(ledger, [("github:new/name", MONDAY, 2.0)], renamed, number="7", called="new/name", at=START + WEEK)
        history = ledger.history(["p"], None, None, None, ledger.known())
        assert [row.value for row in history] == [1.0, 2.0]

    def test_old_and_new_name_in_one_project_count_once(self, ledger: Ledger) -> None:
        learn(ledger, [(self.REPO, MONDAY, 1.0)], self.PROJECT, number="7", called="new/name")
        learn(ledger, [], (entry("p", self.REPO, "github:new/name"),), at=START + WEEK)
        assert [part.value for part in parts(ledger)] == [1.0]

    def test_another_number_under_the_old_name_fails_and_nothing_of_it_is_stored(self, ledger: Ledger) -> None:
        learn(ledger, [(self.REPO, MONDAY - WEEK, 9000.0)], self.PROJECT, number="7", called="old/name")
        for week in (0, 1):
            rows = [(self.REPO, MONDAY + week * WEEK, 3.0)]
            told = learn(ledger, rows, self.PROJECT, number="8", called="old/name", at=START + week * WEEK)
            assert [(one.state, one.cause, one.new_rows) for one in told] == [("failed", "identity", 0)]
            assert "was 7 and is now 8" in told[0].detail
        assert [row.value for row in ledger.history(["p"], None, None, None, ledger.known())] == [9000.0]
        (part,) = parts(ledger, MONDAY + WEEK)
        assert (part.value, part.outcome, part.cause) == (9000.0, "failed", "identity")

    def test_a_member_pinned_to_its_number_is_that_from_then_on(self, ledger: Ledger) -> None:
        learn(ledger, [(self.REPO, MONDAY, 9000.0)], self.PROJECT, number="7", called="old/name")
        pinned = (entry("p", "github:old/name#8"),)
        rows = [("github:old/name#8", MONDAY + WEEK, 3.0)]
        learn(ledger, rows, pinned, number="8", called="old/name", at=START + WEEK)
        assert values(ledger, MONDAY + WEEK) == {"old/name": 3.0}
        assert values(ledger, MONDAY) == {"old/name": 9000.0}, "as the catalog of then said"
        (project,) = ledger.projects(ledger.known(), day=MONDAY + WEEK)
        assert [(one.before, one.after) for one in project.changes] == [(("old/name",), ("old/name#8",))]

    def test_githubs_names_do_not_mind_case(self, ledger: Ledger) -> None:
        told = learn(ledger, [(self.REPO, MONDAY, 1.0)], self.PROJECT, number="7", called="Old/Name")
        assert [one.renamed_to for one in told] == [""]


class TestPatterns:
    """A pattern stands for a list that must have been read whole."""

    PROJECT = (entry("p", "docker:ns/*"),)

    def test_a_pattern_stands_for_all_that_match_and_for_its_list(self, ledger: Ledger) -> None:
        rows = [("docker:ns/a", MONDAY, 1.0), ("docker:ns/b", MONDAY, 2.0), ("docker:nsx/c", MONDAY, 4.0)]
        learn(ledger, rows, self.PROJECT, outcomes=[outcome("docker:ns/*", "recorded")])
        assert values(ledger) == {"ns/*": None, "ns/a": 1.0, "ns/b": 2.0}
        assert sorted(ledger.known_artifacts("docker", "ns/*")) == ["ns/a", "ns/b"]
        assert {part.artifact: part.day for part in parts(ledger)}["ns/*"] == MONDAY, "when it was last read whole"

    def test_a_list_that_was_read_whole_later_was_not_whole_before(self, ledger: Ledger) -> None:
        learn(ledger, [("docker:ns/a", MONDAY, 1.0)], self.PROJECT, outcomes=[outcome("docker:ns/*", "failed")])
        learn(ledger, [], self.PROJECT, outcomes=[outcome("docker:ns/*", "recorded")], at=START + WEEK)
        assert {part.artifact: part.day for part in parts(ledger)}["ns/*"] is None

    def test_a_single_image_and_the_pattern_that_covers_it_count_it_once(self, ledger: Ledger) -> None:
        both = (entry("p", "docker:ns/a", "docker:ns/*"),)
        learn(ledger, [("docker:ns/a", MONDAY, 1.0)], both, outcomes=[outcome("docker:ns/*", "recorded")])
        assert values(ledger) == {"ns/a": 1.0, "ns/*": None}


class TestProvenance:
    """A value leads to the bytes that it was read from."""

    def test_a_value_leads_to_its_response_in_the_recording(self, ledger: Ledger) -> None:
        run = begin(ledger, ONE)
        ledger.append(run, frame([(KFP, MONDAY, 1.0)], record="r2"), [response("r1"), response("r2", 100)])
        ledger.close(run, state="done", now=START)
        (part,) = parts(ledger)
        assert part.response is not None
        origin = ledger.origin(part.response)
        assert (origin.run, origin.recording, origin.record, origin.offset) == (
            1,
            "r.warc.gz",
            record_id("r2"),
            100,
        )

    def test_a_record_that_was_never_stored_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(ValueError, match="were not stored"):
            ledger.append(begin(ledger), frame([(KFP, MONDAY, 1.0)], record="r9"))

    def test_a_replay_of_known_records_refers_to_the_run_that_stored_them(self, ledger: Ledger) -> None:
        for at in (START, START + WEEK):
            run = begin(ledger, ONE, at=at)
            ledger.append(run, frame([(KFP, MONDAY, 1.0 + run.id)], record="r1"), [response("r1")])
            ledger.close(run, state="done", now=at)
        (part,) = parts(ledger)
        assert part.response is not None
        assert ledger.origin(part.response).run == 1

    def test_upstream_text_with_a_nul_is_stored_without_it(self, ledger: Ledger) -> None:
        learn(ledger, [], ONE, outcomes=[outcome(KFP, "failed", detail="a\x00b\ud800")])
        assert "\x00" not in (parts(ledger)[0].detail or "")


def test_the_definitions_of_a_source_are_those_with_values(ledger: Ledger) -> None:
    assert ledger.definitions("pypistats") == []
    rows = frame([(KFP, MONDAY, 1.0)])
    for definition in ("without", "with mirrors"):
        ledger.append(begin(ledger, ONE), rows.assign(definition=definition))
    assert ledger.definitions("pypistats") == ["with mirrors", "without"]
