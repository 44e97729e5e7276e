"""Charts as images: SVG that a browser takes, and PNG."""

import re
import struct
import sys
from xml.etree import ElementTree as ET

import pytest

from publish.charts.frame import WIDTH
from publish.charts.image import png, svg
from publish.charts.lines import Panel
from publish.charts.theme import PALETTES
from publish.extras import ExtraMissing
from tests.publish.past import panel, point, project, rising
from tests.publish.sample import KNOWN, METAFLOW

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def shown() -> Panel:
    evil = project("</text><script>alert(1)</script>&\u0007\ufffe\"'")
    old = [point(week, 90.0 + week, source="github-history", method="reconstructed") for week in range(3)]
    restated = point(5, 130.0, restated_from=120.0)
    return panel(*old, point(3, 100.0), point(4, 110.0), restated, *rising(6, of=evil), *rising(6, 60.0, of=METAFLOW))


@pytest.fixture(scope="module")
def image(shown: Panel) -> str:
    return svg([shown], KNOWN)


@pytest.fixture(scope="module")
def root(image: str) -> ET.Element:
    return ET.fromstring(image)  # noqa: S314 - our own image


def test_it_is_well_formed_and_carries_no_script(root: ET.Element) -> None:
    tags = {element.tag for element in root.iter()}
    assert root.tag == f"{SVG}svg"
    assert not any(tag.endswith(("script", "foreignObject", "image", "}a")) for tag in tags)
    assert not any(name.startswith("on") or "href" in name for element in root.iter() for name in element.attrib)


def test_names_from_outside_are_only_text(root: ET.Element, image: str) -> None:
    assert "<script" not in image
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert any(text.startswith("</text><script>") for text in texts)


def test_it_fits_a_page_of_800_pixels(root: ET.Element) -> None:
    assert 0.9 * WIDTH <= float(root.attrib["width"]) <= WIDTH
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"


def test_it_says_what_it_shows_to_those_who_do_not_see_it(root: ET.Element) -> None:
    assert root.attrib["role"] == "img"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[0].text or "").startswith("GitHub stars of Kubeflow")
    assert "Restated: Kubeflow" in (root[1].text or "")


def test_it_has_its_lines_dashed_by_their_method_and_as_thick_as_is_said(image: str) -> None:
    dashes = re.findall(r'stroke-width="([\d.]+)" stroke-dasharray="([\d,]+)"', image)
    assert ("1.8", "7,4") in dashes
    assert ("2.4", "1,0") in dashes
    assert "NaN" not in image


def test_every_colour_in_it_turns_dark_with_its_reader(image: str) -> None:
    head, _, body = image.partition("</style>")
    assert "@media (prefers-color-scheme: dark)" in head
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', body))
    assert used <= set(PALETTES["light"].colours)
    for colour in used:
        assert f'.tallybook-chart [fill="{colour}"]' in head


def test_a_theme_that_was_chosen_stays(shown: Panel) -> None:
    dark = svg([shown], KNOWN, "dark")
    assert "<style" not in dark
    assert set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', dark)) <= set(PALETTES["dark"].colours)


def test_the_same_history_is_the_same_bytes(shown: Panel, image: str) -> None:
    assert svg([shown], KNOWN) == image


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_png_is_an_image_of_twice_the_size(shown: Panel, root: ET.Element, theme: str) -> None:
    made = png([shown], KNOWN, theme)  # type: ignore[arg-type]
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", made[16:24]) == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))


def test_a_single_value_is_drawn_too() -> None:
    assert "Kubeflow 5" in svg([panel(point(0, 5.0))], KNOWN)


@pytest.mark.parametrize("module", ["altair", "vl_convert"])
def test_without_the_extra_it_says_what_to_install(module: str, shown: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissing, match=r"extra charts: pip install"):
        png([shown], KNOWN)
