"""Charts as files of their own: SVG that a browser takes, and PNG."""

import re
import struct
import sys
from xml.etree import ElementTree as ET

import pytest

from publish.charts import image
from publish.charts.image import png, svg
from publish.charts.lines import ChartError, Panel
from publish.charts.palette import PALETTES
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
def written(shown: Panel) -> str:
    return svg([shown], KNOWN)


@pytest.fixture(scope="module")
def root(written: str) -> ET.Element:
    return ET.fromstring(written)  # noqa: S314 - our own image


def test_it_is_well_formed_and_carries_no_script(root: ET.Element) -> None:
    tags = {element.tag for element in root.iter()}
    assert root.tag == f"{SVG}svg"
    assert not any(tag.endswith(("script", "foreignObject", "image", "}a")) for tag in tags)
    assert not any(name.startswith("on") or "href" in name for element in root.iter() for name in element.attrib)


def test_names_from_outside_are_only_text(root: ET.Element, written: str) -> None:
    assert "<script" not in written
    assert any("".join(element.itertext()).startswith("</text>") for element in root.iter(f"{SVG}text"))


def test_it_says_as_what_it_was_known(root: ET.Element) -> None:
    assert "As known on 2026-04-27 (run 3)" in [element.text for element in root.iter(f"{SVG}text")]


def test_without_a_theme_it_needs_no_style_sheet_to_be_light_and_turns_dark_with_its_reader(written: str) -> None:
    head, _, body = written.partition("</style>")
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', body))
    assert used <= set(PALETTES["light"].values())
    assert "var(" not in body
    for name, light in PALETTES["light"].items():
        assert f'.tallybook [fill="{light}"]{{fill:light-dark({light},{PALETTES["dark"][name]})}}' in head


def test_a_theme_that_was_chosen_stays(shown: Panel) -> None:
    dark = svg([shown], KNOWN, "dark")
    assert "<style" not in dark
    assert set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', dark)) <= set(PALETTES["dark"].values())


def test_the_same_history_is_the_same_bytes_and_another_has_other_ids(shown: Panel, written: str) -> None:
    assert svg([shown], KNOWN) == written
    other = svg([panel(*rising(3))], KNOWN)
    assert not set(re.findall(r' id="([^"]+)"', written)) & set(re.findall(r' id="([^"]+)"', other))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_png_is_an_image_of_twice_the_size(shown: Panel, root: ET.Element, theme: str) -> None:
    made = png([shown], KNOWN, theme)  # type: ignore[arg-type]
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", made[16:24])
    assert (width, height) == (1600, pytest.approx(2 * float(root.attrib["height"]), abs=1))


def test_png_has_words_on_a_machine_without_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its own font a rasterizer leaves all words out, and the file is much smaller."""
    nameless = panel(*rising(6))
    with_words = len(png([nameless], KNOWN))
    monkeypatch.setattr(image, "svg", lambda *_: re.sub(r"<text.*?</text>", "", svg([nameless], KNOWN, "light")))
    assert len(png([nameless], KNOWN)) < 0.6 * with_words


@pytest.mark.parametrize("module", ["resvg_py", "fontpkg_ibm_plex_sans"])
def test_without_the_extra_it_says_what_to_install(module: str, shown: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissing, match=r"extra charts: pip install"):
        png([shown], KNOWN)


def test_nothing_is_no_chart() -> None:
    with pytest.raises(ChartError, match="nothing to draw"):
        svg((), KNOWN)
