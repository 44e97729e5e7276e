"""The recordings that the ledger refers to: by file, whoever read them, with what should lie in each."""

from storage.ledger import Ledger
from storage.model import RecordedFile, ResponseRow
from storage.runs.recorded import recordings, records
from tests.storage.play import KFP, MONDAY, ONE, START, begin, frame, learn, record_id, response


def recorded(ledger: Ledger, name: str, rows: list[ResponseRow], digest: str | None) -> int:
    run = ledger.set_recording(begin(ledger, ONE), name)
    ledger.append(run, frame([(KFP, MONDAY, run.id)], record=rows[0].record if rows else ""), rows)
    return ledger.close(run, state="done", now=START, recording_digest=digest).known_seq


def test_each_file_is_listed_once_with_its_responses_in_their_order(ledger: Ledger) -> None:
    learn(ledger, [(KFP, MONDAY, 7)], ONE)
    first = recorded(ledger, "b.warc.gz", [response("two", 300), response("one", 50)], "d1")
    other = recorded(ledger, "a.warc.gz", [response("three")], None)
    again = recorded(ledger, "b.warc.gz", [response("one", 50)], "d2")
    with ledger.reading() as connection:
        files = recordings(connection)
        lying = list(records(connection, files[1]))
    assert files == [
        RecordedFile("a.warc.gz", (other,), (), 1, 100),
        RecordedFile("b.warc.gz", (first, again), ("d1", "d2"), 2, 400),
    ]
    assert lying == [
        (record_id("one"), 50, 100, "0" * 64),
        (record_id("two"), 300, 100, "0" * 64),
    ]


def test_a_recording_that_is_being_made_is_not_among_them(ledger: Ledger) -> None:
    run = ledger.set_recording(begin(ledger, ONE), "open.warc.gz")
    ledger.append(run, frame([(KFP, MONDAY, 1)], record="one"), [response("one")])
    with ledger.reading() as connection:
        assert recordings(connection) == []
