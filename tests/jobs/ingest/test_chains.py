"""A chain of requests is stored whole or not at all, artifact by artifact."""

from datetime import date

from collector.model import Answer, Artifact, DailyCounts, Problem, Request
from collector.sources import SOURCES
from collector.sources.protocol import Read
from jobs.ingest.chains import Chains

KFP, METAFLOW = Artifact("pypi", "kfp"), Artifact("pypi", "metaflow")
DAY = date(2026, 4, 27)


def request(number: int, *artifacts: Artifact, carry: str = "{}") -> Request:
    return Request("clickpy", f"https://sql.example/?{number}", artifacts or (KFP,), carry=carry)


def read(
    *artifacts: Artifact,
    follow_ups: tuple[Request, ...] = (),
    failed: tuple[Artifact, ...] = (),
    state: str = "failed",
) -> Read:
    daily = tuple(DailyCounts(artifact, {DAY: 1}) for artifact in artifacts)
    problems = tuple(Problem(artifact, state, "transient", "x") for artifact in failed)
    return Read(SOURCES["clickpy"], Answer(daily=daily, problems=problems, follow_ups=follow_ups), "<r>", DAY)


def taken(chains: Chains, asked: Request, answer: Read) -> list[tuple[list[Artifact], list[Artifact]]]:
    """Return, of each part that may be stored, the artifacts with values and those with problems."""
    return [
        ([daily.artifact for daily in part.answer.daily], [problem.artifact for problem in part.answer.problems])
        for part in chains.take(asked, answer)
    ]


def test_an_answer_that_nothing_follows_may_be_stored_at_once() -> None:
    assert taken(Chains(), request(1, KFP, METAFLOW), read(KFP, METAFLOW)) == [([KFP, METAFLOW], [])]


def test_follow_ups_that_nothing_is_handed_to_make_no_chain() -> None:
    """Pages of a list stand for themselves."""
    chains, following = Chains(), request(2, carry="")
    assert taken(chains, request(1, carry=""), read(KFP, follow_ups=(following,))) == [([KFP], [])]


def test_what_comes_first_is_held_until_the_last_part_is_there() -> None:
    chains, second, third = Chains(), request(2), request(3)
    assert taken(chains, request(1), read(KFP, follow_ups=(second,))) == []
    assert taken(chains, second, read(KFP, follow_ups=(third,))) == []
    assert taken(chains, third, read(KFP)) == [([KFP], [])] * 3


def test_two_parts_that_are_asked_for_at_once_are_both_waited_for() -> None:
    chains, left, right = Chains(), request(2), request(3)
    assert taken(chains, request(1), read(follow_ups=(left, right))) == []
    assert taken(chains, right, read(KFP)) == []
    assert taken(chains, left, read(KFP)) == [([], []), ([KFP], []), ([KFP], [])]


def test_of_a_chain_that_breaks_only_the_problem_is_left() -> None:
    chains, left, right = Chains(), request(2), request(3)
    taken(chains, request(1), read(KFP, follow_ups=(left, right)))
    assert taken(chains, left, read(failed=(KFP,))) == []
    assert taken(chains, right, read(KFP)) == [([], []), ([], [KFP]), ([], [])]


def test_what_is_missing_in_one_part_and_there_in_another_is_there() -> None:
    """A package that is younger than the first half of the days asked for."""
    chains, left, right = Chains(), request(2), request(3)
    taken(chains, request(1), read(follow_ups=(left, right)))
    taken(chains, left, read(failed=(KFP,), state="missing"))
    assert taken(chains, right, read(KFP)) == [([], []), ([], []), ([KFP], [])]


def test_what_is_missing_in_every_part_is_missing() -> None:
    chains, left = Chains(), request(2)
    taken(chains, request(1), read(follow_ups=(left,)))
    assert taken(chains, left, read(failed=(KFP,), state="missing")) == [([], []), ([], [KFP])]


def test_each_artifact_has_a_chain_of_its_own() -> None:
    chains, half = Chains(), request(2, METAFLOW)
    assert taken(chains, request(1, KFP, METAFLOW), read(KFP, METAFLOW, follow_ups=(half,))) == [([KFP], [])]
    assert taken(chains, half, read(METAFLOW)) == [([METAFLOW], []), ([METAFLOW], [])]


def test_a_chain_that_was_broken_off_and_begun_anew_is_the_new_one() -> None:
    """So it stands in the recording of a run that was killed and taken up again."""
    chains, second = Chains(), request(2)
    assert taken(chains, request(1), read(KFP, follow_ups=(second,))) == []
    assert taken(chains, request(1), read(KFP, follow_ups=(second,))) == []
    assert taken(chains, second, read(KFP)) == [([KFP], [])] * 2
    assert taken(chains, request(1), read(KFP)) == [([KFP], [])]
