"""The site in a real browser: quiet, readable for everybody, in light and dark, on a narrow screen, by keyboard."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from jobs.editions.publishing import Order, publish
from jobs.editions.site import build_site
from jobs.settings import Settings
from tests.jobs.editions.test_site import PAGE
from tests.jobs.weeks_played import Weeks
from tests.ledgers import Ledger
from tests.storage.play import START, WEEK

BROWSER = shutil.which("chromium-headless-shell") or "/usr/bin/chromium-headless-shell"
KINDS = (
    "index.html",
    "both/index.html",
    "both/2026-05-25/index.html",
    "both/editions/index.html",
    "projects/kube/index.html",
    "metrics.html",
    "states.html",
    "status.html",
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        not Path(BROWSER).exists() and not os.environ.get("CI"), reason="chromium-headless-shell is not installed"
    ),
]


@pytest.fixture
def site(ledger_url: str, tmp_path: Path) -> Path:
    """Give a site of five weeks, with a value that is carried."""
    with Ledger.open(ledger_url) as ledger:
        weeks = Weeks(ledger)
        for week in range(4):
            weeks.week(int(week > 0), flow=10_000.0 + 50 * week)
        weeks.now += WEEK
        weeks.learn([("github:o/flow", weeks.day, 10_300.0), ("pypi:flow", weeks.day, 160_000.0)])
    order = Order(output=tmp_path / "site", pages=tmp_path / "comparisons", allow_stale=True)
    order.pages.mkdir()
    (order.pages / "both.md").write_text(PAGE)
    place = Settings(db=ledger_url, now=START + 4 * WEEK)
    publish(place, order)
    build_site(place, order.output)
    return order.output


@pytest.fixture
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER)
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_kind_of_page_is_quiet_and_axe_finds_nothing(
    site: Path, browser: Any, scheme: Literal["light", "dark"]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme).new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for name in KINDS:
        page.goto((site / name).as_uri())
        assert (name, told) == (name, [])
        found = Axe().run(page, options={"preload": False}).response["violations"]
        assert (name, [(one["id"], one["nodes"][0]["html"]) for one in found]) == (name, [])
        told.clear()
    assert all(url.startswith(site.as_uri()) for url in asked), "nothing is asked of anybody"


def test_no_page_scrolls_sideways_on_a_narrow_screen(site: Path, browser: Any) -> None:
    page = browser.new_context(viewport={"width": 320, "height": 800}).new_page()
    for name in KINDS:
        page.goto((site / name).as_uri())
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (name, wider) == (name, 0)


def test_what_is_behind_a_number_opens_and_closes_by_keyboard_without_javascript(site: Path, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "both/index.html").as_uri())
    behind = page.locator("#n-github_stars-flow")
    assert not behind.is_visible()
    page.locator("[popovertarget=n-github_stars-flow]").focus()
    page.keyboard.press("Enter")
    assert behind.is_visible()
    assert "10,300 stars" in behind.inner_text()
    page.keyboard.press("Escape")
    assert not behind.is_visible()
