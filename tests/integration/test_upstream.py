"""The server that plays the services is itself to be relied on."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.integration.breakage import kinds
from tests.integration.budgets import Limits
from tests.integration.faults import Fault
from tests.integration.upstream import Upstream
from tests.integration.world import World

pytestmark = pytest.mark.integration

WORLD = World(
    projects=12,
    images=2,
    share=4,
    holes=(date(2026, 4, 1),),
    gone=("github:org0002/p0002", "pypi:pkg-p0002", "docker:ns0000/p0002-0"),
    renamed=(("org0003/p0003", "org0003/moved"), ("org0004/p0004", "org0004/moved")),
    recreated=("org0004/p0004",),
)


class Answer:
    """A response read whole."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(up: Upstream, path: str, *, body: Any = None, token: str = "", timeout: float = 5) -> Answer:
    line = http.client.HTTPConnection("127.0.0.1", up.port, timeout=timeout)
    headers = {"User-Agent": "test/1 (x)"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        line.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
        return Answer(line.getresponse())
    finally:
        line.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    with Upstream(WORLD) as up:
        yield up


@pytest.fixture
def up(running: Upstream) -> Upstream:
    running.reset()
    running.set_world(WORLD)
    running.set_limits(Limits())
    return running


OVERALL = "/pypistats/api/packages/{}/overall?mirrors=false"
QUERY = """query($o: String!, $followed: Boolean) {
  r0: repository(owner: "org0000", name: "p0000") { ...f }
  r1: repository(owner: $o, name: "p0002") { ...f }
  r2: repository(owner: "org0003", name: "p0003") { ...f }
  r3: repository(owner: "org0004", name: "p0004") { ...f }
  r4: repository(owner: "org0003", name: "p0003", followRenames: false) { ...f }
  rateLimit { cost remaining resetAt }
}
fragment f on Repository { databaseId nameWithOwner stargazerCount }"""


def test_rest_tells_of_stars_renames_and_what_is_gone(up: Upstream) -> None:
    fine = ask(up, "/github/repos/org0000/p0000")
    assert fine.json()["stargazers_count"] == WORLD.stars("org0000/p0000", WORLD.today)
    assert int(fine.headers["x-ratelimit-remaining"]) == 99_999
    moved = ask(up, "/github/repos/org0003/p0003")
    assert (moved.status, moved.headers["Location"]) == (301, f"{up.url('github')}/repositories/100003")
    assert ask(up, "/github/repositories/100003").json()["full_name"] == "org0003/moved"
    assert ask(up, "/github/repos/org0004/p0004").json()["id"] == 900_004
    assert ask(up, "/github/repos/ORG0004/Moved").json()["id"] == 100_004
    assert [ask(up, f"/github/repos/{name}").status for name in ("org0002/p0002", "a/b", "org0000/p0000/")] == [404] * 3


def test_graphql_answers_aliases_and_names_what_it_does_not_find(up: Upstream) -> None:
    raw = ask(up, "/github/graphql", body={"query": QUERY, "variables": {"o": "org0002"}}, token="t").json()
    data = raw["data"]
    assert data["r0"] == {
        "databaseId": 100_000,
        "nameWithOwner": "org0000/p0000",
        "stargazerCount": WORLD.stars("org0000/p0000", WORLD.today),
    }
    assert (data["r1"], data["r2"]["nameWithOwner"], data["r3"]["databaseId"]) == (None, "org0003/moved", 900_004)
    assert [(error["type"], error["path"]) for error in raw["errors"]] == [("NOT_FOUND", ["r1"]), ("NOT_FOUND", ["r4"])]
    assert data["rateLimit"]["cost"] == 1
    wrong = ask(up, "/github/graphql", body={"query": "{ nope }"}, token="t").json()
    assert wrong["errors"][0]["extensions"] == {"code": "undefinedField"}
    assert ask(up, "/github/graphql", body={"query": "{ nope }"}).status == 401


def test_github_refuses_by_budget_token_and_number_of_aliases(up: Upstream) -> None:
    up.set_limits(Limits(core=2, graphql=1, anonymous=1, aliases=1))
    path = "/github/repos/org0000/p0000"
    assert [ask(up, path, token="a").status for _ in range(3)] == [200, 200, 403]
    refused = ask(up, path, token="a")
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json()["message"].startswith("API rate limit exceeded for")
    assert (ask(up, path, token="b").status, ask(up, path, token="bad").status) == (200, 401)
    query = {"query": QUERY, "variables": {"o": "org0001"}}
    kinds_seen = {error["type"] for error in ask(up, "/github/graphql", body=query, token="a").json()["errors"]}
    assert kinds_seen == {"RESOURCE_LIMITS_EXCEEDED"}
    assert ask(up, "/github/graphql", body=query, token="a").json()["errors"][0]["type"] == "RATE_LIMIT"


def test_pypistats_has_180_days_without_holes_and_silent_days(up: Upstream) -> None:
    silent = WORLD.package(7)
    everything = {row["date"] for row in ask(up, OVERALL.format("__all__")).json()["data"]}
    rows = ask(up, OVERALL.format(silent)).json()["data"]
    assert len(everything) == 179
    assert (min(everything), max(everything)) == ("2025-10-29", "2026-04-26")
    assert "2026-04-01" not in everything
    assert 90 < len(rows) < 160
    newest = [WORLD.today - timedelta(days=back) for back in range(1, 8)]
    counts = {row["date"]: row["downloads"] for row in rows}
    assert sum(counts.get(day.isoformat(), 0) for day in newest) == WORLD.window(silent, WORLD.today)
    assert WORLD.window(silent, date(2026, 4, 6)) is None
    up.set_world(replace(WORLD, late=True))
    assert max(row["date"] for row in ask(up, OVERALL.format(silent)).json()["data"]) <= "2026-04-25"
    for unknown in ("PKG-p0000", "pkg-p0002", "nope"):
        answer = ask(up, OVERALL.format(unknown))
        assert (answer.status, answer.body) == (404, b"404")


def test_a_star_history_comes_in_pages_of_weeks_that_add_up_to_what_stands_today(up: Upstream) -> None:
    path, weeks = "/github/repos/ORG0000/p0000/stargazers/history?per_page=99", []
    world = replace(WORLD, unstarred=(("org0000/p0000", date(2020, 1, 1), date(2021, 1, 1), 500),))
    up.set_world(world)
    while path:
        page = ask(up, path)
        weeks += page.json()
        following = re.search(r'<http://[^/]*(/[^>]*)>; rel="next"', page.headers.get("Link", ""))
        path = following[1] if following else ""
    assert len(weeks) == (date(2026, 4, 26) - date(2014, 12, 28)).days // 7 + 1
    assert [sum(week["days"]) for week in weeks] == [week["total"] for week in weeks]
    assert sum(week["total"] for week in weeks) == world.stars("org0000/p0000", world.today)
    assert world.stars("org0000/p0000", date(2020, 6, 1)) == world.standing("org0000/p0000", date(2020, 6, 1)) + 500
    moved = ask(up, "/github/repos/org0003/p0003/stargazers/history?page=2")
    assert (moved.status, moved.headers["Location"]) == (
        301,
        f"{up.url('github')}/repositories/100003/stargazers/history?page=2",
    )
    assert ask(up, "/github/repos/org0000/p0000/stargazers/history?page=101").status == 422
    assert ask(up, "/github/repos/org0002/p0002/stargazers/history").status == 404
    assert World.from_json(json.loads(json.dumps(world.to_json()))) == world


def test_clickpy_refuses_whatever_is_not_its_query(up: Upstream) -> None:
    for path, code in (("/clickpy/?user=demo", b"Code: 62."), ("/clickpy/?user=other", b"Code: 516.")):
        assert ask(up, path).body.startswith(code)
    up.set_limits(Limits(queries=1))
    assert [ask(up, "/clickpy/?user=demo").status for _ in range(2)] == [400, 500]
    assert ask(up, "/clickpy/?user=demo").body.startswith(b"Code: 201.")


def test_docker_hub_pages_through_a_namespace(up: Upstream) -> None:
    path, names = "/dockerhub/v2/namespaces/ns0000/repositories?page_size=3&ordering=name", []
    while path:
        page = ask(up, path).json()
        names += [f"{item['namespace']}/{item['name']}" for item in page["results"]]
        path = (page["next"] or "").removeprefix(f"http://127.0.0.1:{up.port}")
    assert names == WORLD.listed("ns0000")
    assert (page["count"], len(names), page["next"]) == (7, 7, None)
    image = ask(up, "/dockerhub/v2/repositories/ns0000/p0003-1/").json()
    assert image["pull_count"] == WORLD.pulls("ns0000/p0003-1", WORLD.today) > 2**32
    assert ask(up, "/dockerhub/v2/namespaces/nope/repositories").json()["count"] == 0
    assert ask(up, "/dockerhub/v2/namespaces/ns0000/repositories/p0002-0").status == 404
    assert ask(up, "/dockerhub/v2/namespaces/ns0000/repositories?page=9").status == 404
    assert ask(up, "/dockerhub/v2/namespaces/ns0000/repositories?ordering=odd").status == 400


def test_the_world_moves_with_its_date(up: Upstream) -> None:
    later = WORLD.on(date(2026, 5, 4))
    up.set_world(later)
    assert ask(up, "/github/repos/org0001/p0001").json()["stargazers_count"] == later.stars(
        "org0001/p0001", later.today
    )
    assert later.stars("org0001/p0001", later.today) > WORLD.stars("org0001/p0001", WORLD.today)
    assert World.from_json(json.loads(json.dumps(WORLD.to_json()))) == WORLD
    assert World.from_text("projects=12,today=2026-05-04") == World(projects=12, today=date(2026, 5, 4))


def test_faults_hit_the_requests_that_they_name(up: Upstream) -> None:
    up.set_faults(Fault("500", "dockerhub", "p0001", every=2, first=2, skip=1))
    path = "/dockerhub/v2/namespaces/ns0000/repositories/{}"
    seen = [ask(up, path.format("p0001-0")).status for _ in range(7)]
    assert seen == [200, 200, 500, 200, 500, 200, 200]
    assert ask(up, path.format("p0000-0")).status == 200
    assert up.counts()["statuses"] == {"dockerhub": {"200": 6, "500": 2}}


def test_every_kind_of_fault_can_be_sent_for_every_service(up: Upstream) -> None:
    paths = ["/github/repos/org0000/p0000", OVERALL.format("pkg-p0000"), "/dockerhub/v2/repositories/ns0000/p0000-0"]
    paths += ["/github/repos/org0000/p0000/stargazers/history", "/clickpy/?user=demo"]
    for kind in set(kinds()) - {"hang", "drip", "reset", "reset-midway", "truncated", "huge", "gzip-bomb"}:
        up.set_faults(Fault(kind))
        answers = [ask(up, path) for path in paths]
        answers.append(ask(up, "/github/graphql", body={"query": QUERY, "variables": {"o": "org0000"}}, token="t"))
        assert all(answer.status for answer in answers), kind


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", ConnectionResetError),
        ("reset-midway", ConnectionResetError),
        ("truncated", http.client.IncompleteRead),
        ("hang", TimeoutError),
    ],
)
def test_the_line_breaks_as_ordered(up: Upstream, kind: str, error: type[Exception]) -> None:
    up.set_faults(Fault(kind))
    with pytest.raises(error):
        ask(up, OVERALL.format("__all__"), timeout=0.2)


def test_waiting_times_and_sizes_are_as_ordered(up: Upstream) -> None:
    path = OVERALL.format("__all__")
    up.set_faults(Fault("429-epoch", first=1, seconds=60), Fault("429-date", first=2, seconds=60))
    assert float(ask(up, path).headers["X-Retry-After"]) - time.time() == pytest.approx(60, abs=3)
    assert parsedate_to_datetime(ask(up, path).headers["Retry-After"]).timestamp() - time.time() > 55
    up.set_faults(Fault("huge", first=1), Fault("gzip-bomb"))
    assert len(ask(up, path).body) > 16 * 1024 * 1024
    bomb = ask(up, path)
    assert (bomb.headers["Content-Encoding"], len(bomb.body) < 200_000) == ("gzip", True)
    up.set_faults(Fault("drip", seconds=0.0))
    assert len(ask(up, "/github/repos/org0000/p0000").json()) > 10


def test_latency_holds_up_nobody_else(up: Upstream) -> None:
    up.set_latency(0.2)
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: ask(up, OVERALL.format("pkg-p0000"), token="seen"), range(8)))
    up.set_latency(0)
    assert 0.2 <= time.monotonic() - began < 1.0
    counts = up.counts()
    assert counts["peaks"] == {"pypistats": 8}
    assert counts["authorizations"] == {"pypistats": ["Bearer seen"]}
    assert up.requests() == up.requests("pypistats") == 8


def test_another_host_answers_with_a_strangers_numbers(up: Upstream) -> None:
    up.set_faults(Fault("redirect-host", "github"))
    there = ask(up, "/github/repos/org0000/p0000").headers["Location"]
    host, _, path = there.removeprefix("http://").partition("/")
    line = http.client.HTTPConnection(host, timeout=5)
    line.request("GET", f"/{path}", headers={"User-Agent": "x", "Authorization": "Bearer leaked"})
    with line.getresponse() as response:
        stars = json.loads(response.read())["stargazers_count"]
    line.close()
    assert stars != WORLD.stars("org0000/p0000", WORLD.today)
    assert up.counts()["elsewhere"]["authorizations"] == {"github": ["Bearer leaked"]}
