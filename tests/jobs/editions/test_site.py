"""The site beside the tables: whole pages, what is unchanged is left alone, what is frozen is never touched again."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from jobs.editions.publishing import Order, publish
from jobs.editions.site import build_site
from jobs.settings import Settings
from tests.jobs.weeks_played import CATALOG, Weeks
from tests.ledgers import Ledger
from tests.publish.site.reading import read
from tests.storage.play import MONDAY, START, WEEK

HOSTILE = "<b>&\"'</td><script>alert(1)</script>"
PAGE = """---
title: Flow & Kube
projects: [flow, kube]
description: Two of a kind.
verdict: {text: "Take *flow* at {{ flow.github_stars.exact }} stars.", date: 2026-04-01, author: Somebody}
qualities:
- name: Best For
  cells:
    flow: {text: Few, source: "https://flow.example/docs", checked: 2024-03-01}
features:
- group: Work
  features:
  - name: Graphs
    cells:
      flow: {value: yes, text: of any shape, source: "https://flow.example/graphs", checked: 2026-03-01}
      kube: {value: partly, source: "https://kube.example/graphs", checked: 2026-03-01}
  - name: Loops
faq:
- {question: "Both?", answer: "[Yes](https://flow.example/both)."}
---
Stars of {{ kube.github_stars.day }}.
"""


@pytest.fixture
def place(ledger_url: str) -> Settings:
    return Settings(db=ledger_url, now=START + (WEEK / 7))


@pytest.fixture
def game(place: Settings) -> Iterator[Weeks]:
    """Give the ledger of that place after one whole refresh."""
    with Ledger.open(place.db) as ledger:
        weeks = Weeks(ledger)
        weeks.week(0)
        yield weeks


@pytest.fixture
def order(tmp_path: Path) -> Order:
    made = Order(output=tmp_path / "site", pages=tmp_path / "comparisons")
    made.pages.mkdir()
    (made.pages / "both.md").write_text(PAGE)
    return made


def build(place: Settings, order: Order) -> dict[str, bytes]:
    publish(place, order)
    build_site(place, order.output)
    return {str(path.relative_to(order.output)): path.read_bytes() for path in order.output.rglob("*.*")}


@pytest.mark.usefixtures("game")
def test_every_page_is_whole_and_every_link_within_the_site_leads_somewhere(place: Settings, order: Order) -> None:
    found = build(place, order)
    assert {name for name in found if name.endswith(".html")} == {
        "index.html",
        "metrics.html",
        "states.html",
        "status.html",
        "both/index.html",
        "both/2026-04-27/index.html",
        "both/editions/index.html",
        "projects/flow/index.html",
        "projects/kube/index.html",
    }
    for name, content in found.items():
        if not name.endswith(".html"):
            continue
        for link in read(content).links:
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme == "https"
                continue
            leads = os.path.normpath(Path(name).parent / unquote(parts.path)) if parts.path else name
            assert leads in found, f"{name} leads to {leads}"
            if parts.fragment:
                assert parts.fragment in read(found[leads]).ids


@pytest.mark.usefixtures("game")
def test_a_comparison_says_how_fresh_it_is_what_each_can_do_and_where_that_is_from(
    place: Settings, order: Order
) -> None:
    page = read(build(place, order)["both/index.html"])
    assert "As of 2026-04-27. 6 numbers: 5 fresh, 1 not applicable." in page.text
    assert "Take flow at 10,123 stars." in page.text
    assert "The opinion of Somebody, 2026-04-01." in page.text
    assert "✓ yes: of any shape source, checked 2026-03-01" in page.text
    assert "◐ partly" in page.text
    assert page.text.count("— unknown") == 4, "in the legend, of Best For and twice of Loops"
    assert "more than a year before this edition" in page.text
    assert "Stars of 2026-04-27." in page.text
    assert "10123" in [found.get("value") for tag, found in page.tags if tag == "data"]
    assert "10,123 stars" in page.text
    assert "https://flow.example/both" in page.links


def test_names_and_prose_from_outside_do_not_escape(place: Settings, order: Order, game: Weeks) -> None:
    game.catalog = CATALOG.replace('name = "Kube"', f"name = '''{HOSTILE}'''")
    game.week(0)
    hostile = PAGE.replace("Flow & Kube", f"'{HOSTILE.replace(chr(39), chr(39) * 2)}'").replace("*flow*", "<i>flow</i>")
    hostile = hostile.replace(
        'answer: "[Yes]', 'answer: "![x](https://evil.example/x.png) [No](javascript:alert(1)) [Yes]'
    )
    (order.pages / "both.md").write_text(hostile)
    for name, content in build(place, order).items():
        if name.endswith(".html"):
            page = read(content)
            assert "<i>" not in content.decode()
            assert not [link for link in page.links if link.startswith("javascript")]
            if name == "both/index.html":
                assert HOSTILE in page.text


@pytest.mark.usefixtures("game")
def test_the_same_ledger_and_pages_give_the_same_bytes_and_nothing_is_written_again(
    place: Settings, order: Order, tmp_path: Path
) -> None:
    first = build(place, order)
    again = build_site(place, order.output)
    assert again.changed == 0
    later = replace(place, now=START + timedelta(days=3))
    build_site(later, tmp_path / "elsewhere")
    other = {str(path.relative_to(tmp_path / "elsewhere")) for path in (tmp_path / "elsewhere").rglob("*.*")}
    for name in other:
        assert (tmp_path / "elsewhere" / name).read_bytes() == first[name], f"{name} depends on the day of the build"


def test_what_was_published_stays_untouched_when_a_further_edition_comes(
    place: Settings, order: Order, game: Weeks
) -> None:
    build(place, order)
    frozen = order.output / "both" / "2026-04-27" / "index.html"
    os.utime(frozen, ns=(1, 1))
    before = frozen.read_bytes()
    game.week(1, flow=11_000.0)
    (order.pages / "both.md").write_text(PAGE.replace("Take *flow*", "Take *kube*, not"))
    found = build(replace(place, now=game.now), order)
    day = (MONDAY + WEEK).isoformat()
    assert (frozen.read_bytes(), frozen.stat().st_mtime_ns) == (before, 1)
    assert "Take flow at 10,123 stars" in read(before).text
    assert "Take kube, not at 11,000 stars" in read(found["both/index.html"]).text
    assert f"edition of {day}" in read(found[f"both/{day}/index.html"]).text
    assert {f"../{day}/index.html", "../2026-04-27/index.html"} <= set(read(found["both/editions/index.html"]).links)


@pytest.mark.usefixtures("game")
def test_a_second_edition_of_a_day_takes_its_place_and_the_first_is_kept_beside_it(
    place: Settings, order: Order
) -> None:
    build(place, order)
    (order.pages / "both.md").write_text(PAGE.replace("Take *flow*", "Take *kube*"))
    found = build(place, order)
    assert "Take kube" in read(found["both/2026-04-27/index.html"]).text
    assert "Take flow" in read(found["both/2026-04-27/1/index.html"]).text
    assert build_site(place, order.output).changed == 0


def test_every_state_of_a_number_is_told_in_words(place: Settings, order: Order, game: Weeks) -> None:
    game.now += WEEK
    game.learn([("github:o/kube", game.day, 15_700.0)])
    (order.pages / "both.md").write_text("---\nprojects: [flow, kube]\n---\n")
    found = build(replace(place, now=game.now), replace(order, allow_stale=True))
    page = read(found["both/index.html"])
    assert "6 numbers: 1 fresh, 4 carried from 2026-04-27, 1 not applicable." in page.text
    assert "carried, 2026-04-27" in page.text
    assert "overdue: nothing of the last week" in read(found["status.html"]).text
