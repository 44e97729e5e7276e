"""The refresh, with every service answering from a script: what is stored, said, and left by a broken-off run."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests
import responses

from collector.catalog.schema import Catalog, read_catalog
from collector.recording.warc import RecordingError
from jobs.cli import run
from jobs.collect import refresh as refreshing
from jobs.collect.plan import Selection, plan_refresh
from jobs.collect.record import Job
from jobs.exits import DONE, FAILED, HELD, PARTLY
from jobs.ingest.report import Report
from jobs.settings import Settings
from tests.ledgers import Ledger

NOW = datetime(2026, 4, 27, 5, tzinfo=UTC)
DAYS = [date(2026, 4, 26) - timedelta(days=back) for back in range(30)]
CATALOG = read_catalog(
    '[projects.p]\nname = "P"\ngithub = "o/r"\npypi = "kfp"\ndocker = ["ns/*"]\n',
    "catalog.toml",
)


@pytest.fixture
def services() -> Iterator[responses.RequestsMock]:
    """Answer for the three services, each with one good answer to everything."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get("https://api.github.com/repos/o/r", json={"id": 7, "full_name": "o/r", "stargazers_count": 15_618})
        for package, count in (("__all__", 10**9), ("kfp", 100)):
            rows = [{"category": "without_mirrors", "date": str(day), "downloads": count} for day in DAYS]
            body = {"data": rows, "package": package, "type": "overall_downloads"}
            mock.get(f"https://pypistats.org/api/packages/{package}/overall", json=body)
        images = [{"name": name, "namespace": "ns", "pull_count": pulls} for name, pulls in (("a", 1), ("b", 2))]
        listed = {"count": 2, "next": None, "previous": None, "results": images}
        mock.get("https://hub.docker.com/v2/namespaces/ns/repositories", json=listed)
        yield mock


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """Keep ledger and recordings in a folder of the test, and let the clock stand."""
    return Settings(
        db=f"sqlite:///{tmp_path / 'ledger.db'}",
        catalog=tmp_path / "catalog.toml",
        recordings=tmp_path / "recordings",
        now=NOW,
        budgets=False,
    )


def refresh(place: Settings, catalog: Catalog = CATALOG, *, stop: threading.Event | None = None) -> Report:
    return refreshing.refresh(job(place, catalog, stop), Selection())


def replay(place: Settings, catalog: Catalog, *recordings: Path) -> Report:
    return refreshing.replay(job(place, catalog), Selection(), recordings)


def job(place: Settings, catalog: Catalog, stop: threading.Event | None = None) -> Job:
    return Job(place, catalog, stop or threading.Event(), lambda *_: None)


def recorded(place: Settings, report: Report) -> Path:
    (name,) = report.recordings
    return place.recordings / name


def shown(place: Settings) -> dict[str, float | None]:
    with Ledger.open(place.db) as ledger:
        return {part.artifact: part.value for part in ledger.parts(NOW.date(), ledger.known())}


EVERYTHING = {"o/r": 15_618.0, "kfp": 700.0, "ns/*": None, "ns/a": 1.0, "ns/b": 2.0}


@pytest.mark.usefixtures("services")
def test_every_value_is_stored_and_every_response_recorded(place: Settings) -> None:
    report = refresh(place)
    assert report.lines() == ["github: 1 recorded", "pypistats: 1 recorded", "dockerhub: 2 recorded"]
    assert (report.exit_code, report.troubles, shown(place)) == (DONE, (), EVERYTHING)
    assert report.observations == 1 + 4 + 2, "stars, four weeks of downloads, two images"
    with Ledger.open(place.db) as ledger:
        (run,) = ledger.runs(9)
    assert run.state == "done"
    assert [path.name for path in place.recordings.iterdir()] == list(report.recordings)


@pytest.mark.usefixtures("services")
def test_a_second_refresh_of_the_day_adds_nothing_that_is_not_new(place: Settings) -> None:
    refresh(place)
    again = refresh(place)
    assert again.observations == 0
    assert [states.get("recorded", 0) for states in again.counts.values()] == [0, 0, 0]
    assert again.exit_code == DONE


@pytest.mark.usefixtures("services")
def test_a_replay_makes_the_same_observations_without_a_network(place: Settings, tmp_path: Path) -> None:
    report = refresh(place)
    elsewhere = replace(place, db=f"sqlite:///{tmp_path / 'other.db'}", recordings=tmp_path / "other", now=None)
    with responses.RequestsMock():
        again = replay(elsewhere, CATALOG, recorded(place, report))
    assert (again.counts, again.observations, shown(elsewhere)) == (report.counts, 7, EVERYTHING)


def test_what_is_no_recording_is_refused_before_anything_is_begun(place: Settings, tmp_path: Path) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not a recording")
    with pytest.raises(RecordingError, match=r"notes\.txt"):
        replay(place, CATALOG, wrong)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.usefixtures("services")
def test_a_replay_takes_only_what_the_catalog_wants(place: Settings, tmp_path: Path) -> None:
    report = refresh(place)
    less = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\n', "catalog.toml")
    elsewhere = replace(place, db=f"sqlite:///{tmp_path / 'other.db'}", recordings=tmp_path / "other")
    again = replay(elsewhere, less, recorded(place, report))
    assert (again.counts, again.observations) == ({"github": {"recorded": 1}}, 1)
    assert shown(elsewhere) == {"o/r": 15_618.0}


def test_a_missing_package_is_named_and_is_no_failure(place: Settings, services: responses.RequestsMock) -> None:
    services.replace("GET", "https://pypistats.org/api/packages/kfp/overall", body="404", status=404)
    report = refresh(place)
    assert report.exit_code == DONE
    assert [str(trouble) for trouble in report.troubles] == ["pypistats: pypi:kfp missing: gone: HTTP 404"]


def test_an_image_that_left_the_list_keeps_its_value_and_is_named(
    place: Settings, services: responses.RequestsMock
) -> None:
    refresh(place)
    listed = {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [{"name": "a", "namespace": "ns", "pull_count": 5}],
    }
    services.replace("GET", "https://hub.docker.com/v2/namespaces/ns/repositories", json=listed)
    report = refresh(replace(place, now=NOW + timedelta(days=7)))
    assert [trouble.subject for trouble in report.troubles] == ["docker:ns/b"]
    assert shown(place)["ns/b"] == 2.0


def test_one_failing_source_costs_only_its_own_values(place: Settings, services: responses.RequestsMock) -> None:
    services.replace("GET", "https://api.github.com/repos/o/r", json={"message": "Bad credentials"}, status=401)
    report = refresh(place)
    assert report.exit_code == PARTLY
    assert report.counts["github"] == {"failed": 1}
    assert shown(place) == {**EVERYTHING, "o/r": None}


def test_without_a_network_the_ledger_is_as_it_was(place: Settings) -> None:
    with responses.RequestsMock():
        report = refreshing.refresh(job(place, CATALOG), Selection(sources=("github",)))
    assert (report.exit_code, report.run) == (FAILED, None)
    assert list(place.recordings.iterdir()) == []
    with Ledger.open(place.db) as ledger:
        assert ledger.runs(9) == []


def test_a_run_that_was_ended_is_taken_up_and_asks_only_for_the_rest(
    place: Settings, services: responses.RequestsMock
) -> None:
    stop = threading.Event()

    def end(_request: object) -> tuple[int, dict[str, str], str]:
        stop.set()
        return 200, {}, json.dumps({"id": 7, "full_name": "o/r", "stargazers_count": 15_618})

    services.replace(responses.CallbackResponse("GET", "https://api.github.com/repos/o/r", callback=end))
    first = refresh(place, stop=stop)
    assert first.interrupted
    before = len(services.calls)
    second = refresh(place)
    assert second.resumed
    assert (second.exit_code, shown(place)) == (DONE, EVERYTHING)
    asked_again = [str(call.request.url) for call in list(services.calls)[before:]]
    assert not any("github" in url for url in asked_again), "its answer was there already"
    assert second.counts["github"] == {"recorded": 1}, "the report is of the whole run"
    with Ledger.open(place.db) as ledger:
        assert [run.id for run in ledger.runs(9)] == [1]


@pytest.mark.usefixtures("services")
def test_no_credential_is_written_anywhere(place: Settings, services: responses.RequestsMock, tmp_path: Path) -> None:
    token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
    node = {"databaseId": 7, "nameWithOwner": "o/r", "stargazerCount": 1, "echo": token}
    services.post(re.compile("https://api.github.com/graphql"), json={"data": {"r0": node}})
    report = refresh(replace(place, github_token=token))
    assert report.counts["github"] == {"recorded": 1}
    import gzip

    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            assert token.encode() not in data, path


def answer_stars(services: responses.RequestsMock, count: int) -> None:
    body = {"id": 7, "full_name": "o/r", "stargazers_count": count}
    services.replace("GET", "https://api.github.com/repos/o/r", json=body)


def list_images(services: responses.RequestsMock, pulls: dict[str, int]) -> None:
    images = [{"name": name, "namespace": "ns", "pull_count": count} for name, count in pulls.items()]
    listed = {"count": len(images), "next": None, "previous": None, "results": images}
    services.replace("GET", "https://hub.docker.com/v2/namespaces/ns/repositories", json=listed)


MANY = read_catalog(
    "".join(f'[projects.p{number}]\nname = "P"\ngithub = "o/r{number}"\n' for number in range(5)), "catalog.toml"
)


def answer_repositories(services: responses.RequestsMock, allowed: int) -> list[str]:
    """Answer for the repositories of MANY, so often and then with a limit; return the list of those asked for."""
    asked: list[str] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        name = str(request.url).rpartition("/repos/")[2]
        asked.append(name)
        if len(asked) > allowed:
            return 429, {"Retry-After": "3600"}, "{}"
        number = int(name[-1])
        return 200, {}, json.dumps({"id": number, "full_name": name, "stargazers_count": 100 + number})

    services.add_callback("GET", re.compile(r"https://api\.github\.com/repos/o/r\d"), callback=answer)
    return asked


def test_a_refresh_that_ended_for_a_limit_is_gone_on_with_and_asks_only_for_the_rest(
    place: Settings, services: responses.RequestsMock, capsys: pytest.CaptureFixture[str]
) -> None:
    first = answer_repositories(services, 3)
    report = refresh(place, MANY)
    assert (report.exit_code, report.lines()) == (PARTLY, ["github: 3 recorded, 2 failed"])
    assert report.messages()[2].startswith("github: 2 of 5 are left, the same command asks for them first: ")
    command = ["--db", place.db, "--catalog", str(place.catalog), "status"]
    assert run(command) == DONE
    assert "run 1 brought only a part: `tallybook refresh` asks again for what" in capsys.readouterr().out
    services.remove("GET", re.compile(r"https://api\.github\.com/repos/o/r\d"))
    later = answer_repositories(services, 5)
    again = refresh(replace(place, now=NOW + timedelta(hours=1)), MANY)
    assert (again.exit_code, again.lines()) == (DONE, ["github: 2 recorded"])
    assert again.messages() == ["goes on with a refresh of today that ended for a limit: 3 are there already"]
    assert run(command) == DONE
    assert "brought only a part" not in capsys.readouterr().out
    assert set(later) == {project.artifacts[0].name for project in MANY.projects} - set(first[:3])
    services.remove("GET", re.compile(r"https://api\.github\.com/repos/o/r\d"))
    whole = answer_repositories(services, 5)
    refresh(replace(place, now=NOW + timedelta(hours=2)), MANY)
    assert len(whole) == 5, "the day's work was done, so this is a new one"


def test_the_longest_unseen_is_asked_first_the_next_week(place: Settings, services: responses.RequestsMock) -> None:
    """None goes without for two weeks while others are asked twice."""
    first = answer_repositories(services, 3)
    refresh(place, MANY)
    later = replace(place, now=NOW + timedelta(days=7))
    with Ledger.open(place.db) as ledger, ledger.reading() as connection:
        (part,) = plan_refresh(MANY, Selection(), later, connection).parts
    asked = [artifact.name for artifact in part.artifacts]
    assert (set(asked[:2]), set(asked[2:])) == (set(asked) - set(first[:3]), set(first[:3]))


STARS_ONLY = read_catalog('[projects.p]\nname = "P"\ngithub = "o/r"\n', "catalog.toml")
IMAGES_ONLY = read_catalog('[projects.p]\nname = "P"\ndocker = "ns/*"\n', "catalog.toml")


def test_an_implausible_value_is_held_and_named_and_stops_nothing(
    place: Settings, services: responses.RequestsMock
) -> None:
    refresh(place, STARS_ONLY)
    answer_stars(services, 903)
    report = refresh(replace(place, now=NOW + timedelta(days=7)), STARS_ONLY)
    assert (report.exit_code, report.counts) == (DONE, {"github": {"quarantined": 1}})
    assert report.lines() == ["github: 0 recorded, 1 held"]
    (trouble,) = report.troubles
    assert str(trouble).startswith(
        "github: github:o/r held: 15,618 on 2026-04-27, now 903 (-94.2 %; in a series of less than"
    )
    assert report.observations == 1, "it is kept"
    assert shown(place) == {"o/r": 15_618.0}


def test_the_same_value_is_held_again_the_next_week(place: Settings, services: responses.RequestsMock) -> None:
    refresh(place, STARS_ONLY)
    answer_stars(services, 903)
    for week in (1, 2):
        report = refresh(replace(place, now=NOW + timedelta(days=7 * week)), STARS_ONLY)
        assert report.counts == {"github": {"quarantined": 1}}
    answer_stars(services, 15_650)
    assert refresh(replace(place, now=NOW + timedelta(days=21)), STARS_ONLY).counts == {"github": {"recorded": 1}}


def test_a_frozen_source_is_held_whole_and_the_refresh_says_so(
    place: Settings, services: responses.RequestsMock
) -> None:
    pulls = {f"image-{number}": 5000 + number for number in range(21)}
    list_images(services, pulls)
    refresh(place, IMAGES_ONLY)
    later = replace(place, now=NOW + timedelta(days=7))
    report = refresh(later, IMAGES_ONLY)
    assert (report.exit_code, report.counts, report.troubles) == (HELD, {"dockerhub": {"quarantined": 21}}, ())
    said = "dockerhub: frozen: all 21 values equal those of 2026-04-27; the 21 of this run are held for review"
    assert [str(finding) for finding in report.findings] == [said]
    assert report.as_json()["findings"] == [
        {"source": "dockerhub", "guard": "frozen", "text": said.partition("frozen: ")[2], "held": True}
    ]
    with Ledger.open(place.db) as ledger:
        newest = ledger.runs(1)[0]
    assert (newest.state, newest.note) == ("done", said)


def test_a_collapsed_source_is_named_and_what_it_brought_counts(
    place: Settings, services: responses.RequestsMock
) -> None:
    lines = "".join(f'[projects.p{number}]\nname = "P"\ngithub = "o/r{number}"\n' for number in range(20))
    catalog = read_catalog(lines, "catalog.toml")
    for number in range(20):
        url = f"https://api.github.com/repos/o/r{number}"
        services.get(url, json={"id": number + 1, "full_name": f"o/r{number}", "stargazers_count": 100 + number})
    refresh(place, catalog)
    for number in range(20):
        url = f"https://api.github.com/repos/o/r{number}"
        if number < 2:
            services.replace("GET", url, json={"id": number + 1, "full_name": f"o/r{number}", "stargazers_count": 200})
        else:
            services.replace("GET", url, json={"message": "Not Found"}, status=404)
    report = refresh(replace(place, now=NOW + timedelta(days=7)), catalog)
    assert report.exit_code == DONE, "what is missing is no failure"
    assert [str(finding) for finding in report.findings] == [
        "github: collapsed: 2 of the 20 series that had a value in the last weeks were answered"
    ]
    with Ledger.open(place.db) as ledger:
        parts = ledger.parts(NOW.date() + timedelta(days=7), ledger.known())
    assert [part.value for part in parts][:3] == [200.0, 200.0, 102.0]


def test_a_replay_is_judged_like_a_refresh(place: Settings, services: responses.RequestsMock, tmp_path: Path) -> None:
    answer_stars(services, 903)
    low = refresh(replace(place, now=NOW + timedelta(days=7)), STARS_ONLY)
    answer_stars(services, 15_618)
    elsewhere = replace(place, db=f"sqlite:///{tmp_path / 'other.db'}", recordings=tmp_path / "other")
    refresh(elsewhere, STARS_ONLY)
    again = replay(replace(elsewhere, now=NOW + timedelta(days=30)), STARS_ONLY, recorded(place, low))
    assert again.counts == {"github": {"quarantined": 1}}


def test_what_a_run_that_died_brought_is_judged_before_it_counts(
    place: Settings, services: responses.RequestsMock
) -> None:
    refresh(place, STARS_ONLY)
    stop = threading.Event()

    def end(_request: object) -> tuple[int, dict[str, str], str]:
        stop.set()
        return 200, {}, json.dumps({"id": 7, "full_name": "o/r", "stargazers_count": 903})

    services.replace(responses.CallbackResponse("GET", "https://api.github.com/repos/o/r", callback=end))
    assert refresh(replace(place, now=NOW + timedelta(days=7)), STARS_ONLY, stop=stop).interrupted
    services.replace("GET", "https://api.github.com/repos/o/r", body="", status=404)
    refresh(replace(place, now=NOW + timedelta(days=14)), STARS_ONLY)
    with Ledger.open(place.db) as ledger:
        (only,) = ledger.parts(NOW.date() + timedelta(days=14), ledger.known())
    assert only.value == 15_618
    assert only.held is not None
    assert only.held.value == 903
