"""Services that know the past, played by a script, and what was asked of them; knows no assertion."""

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import responses
from requests import PreparedRequest

from tests.collector import payloads

Reply = tuple[int, dict[str, str], str]
GITHUB, PYPISTATS, CLICKPY = "https://api.github.com", "https://pypistats.org", "https://sql-clickhouse.clickhouse.com"


@dataclass(slots=True)
class World:
    """Repositories with the stars of each day that still stand, packages with the same downloads every day.

    Of `holes` pypistats has no row, of `restated` days another one.
    `asked` are the paths asked for, `conditional` those asked with an ETag, which another token gets another one of;
    `broken` are paths that answer 500.
    """

    today: date
    stars: dict[str, dict[date, int]] = field(default_factory=dict)
    downloads: dict[str, int] = field(default_factory=dict)
    holes: set[date] = field(default_factory=set)
    restated: dict[date, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    conditional: Counter[str] = field(default_factory=Counter)
    broken: set[str] = field(default_factory=set)

    @contextmanager
    def served(self) -> Iterator[None]:
        """Answer for all services."""
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            for method, url in (("GET", GITHUB), ("GET", PYPISTATS), ("POST", CLICKPY)):
                mock.add_callback(method, re.compile(f"{url}/.*"), self.answer)
            yield

    def answer(self, request: PreparedRequest) -> Reply:
        """Answer one request."""
        url = urlsplit(str(request.url))
        self.asked[url.path] += 1
        if url.path in self.broken:
            return 500, {}, ""
        if url.hostname == urlsplit(CLICKPY).hostname:
            return self._clickpy(parse_qs(url.query))
        if url.hostname == urlsplit(PYPISTATS).hostname:
            return self._pypistats(url.path.split("/")[3])
        name = "/".join(url.path.split("/")[2:4])
        if not url.path.endswith("/history"):
            return _json(payloads.repository(name, sum(self.stars[name].values()), zlib.crc32(name.encode())))
        return self._history(name, int(parse_qs(url.query)["page"][0]), request.headers)

    def _history(self, name: str, page: int, sent: Mapping[str, str]) -> Reply:
        weeks = payloads.star_weeks(self.stars[name], newest=self.today, weeks=75)
        who, mark = zlib.crc32(sent.get("Authorization", "").encode()), sent.get("If-None-Match", "")
        etag = f'"{sum(self.stars[name].values())}-{self.today}-{who}"'
        if mark:
            self.conditional[name] += 1
        if mark == etag and page == 1:
            return 304, {}, ""
        headers = {"etag": etag}
        if page * 30 < len(weeks):
            headers["link"] = f'<{GITHUB}/repositories/7/stargazers/history?per_page=30&page={page + 1}>; rel="next"'
        return _json(weeks[(page - 1) * 30 : page * 30], headers)

    def _pypistats(self, package: str) -> Reply:
        days = [self.today - timedelta(days=back) for back in range(1, 181)]
        count = self.downloads.get(package, 10**6)
        return _json(
            payloads.overall(package, {day: self.restated.get(day, count) for day in days if day not in self.holes})
        )

    def _clickpy(self, query: dict[str, list[str]]) -> Reply:
        names = query["param_projects"][0].strip("[]").replace("'", "").split(",")
        first, last = (date.fromisoformat(query[f"param_{end}"][0]) for end in ("first", "last"))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        counts = {name: dict.fromkeys(days, 2 * self.downloads.get(name, 10**6)) for name in names}
        ends = {name: (date(2016, 1, 1), self.today - timedelta(days=1)) for name in names}
        return _json(payloads.clickhouse(counts, **ends))


def _json(body: object, headers: dict[str, str] | None = None) -> Reply:
    return 200, {"content-type": "application/json"} | (headers or {}), json.dumps(body)
