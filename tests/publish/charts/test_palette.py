"""The palette, by arithmetic: contrast as WCAG reckons it, and what is left of the colours for whoever sees fewer."""

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from publish.charts.palette import COLOURS, PALETTES, Theme

Colour = npt.NDArray[np.float64]
THEMES: tuple[Theme, ...] = ("light", "dark")
# Machado, Oliveira and Fernandes (2009), full severity, on linear light.
SEEN = {
    "all": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> Colour:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(light: Colour) -> Colour:
    """Place a colour where equal distances look about equal."""
    cones = np.array(
        [
            [0.41222147, 0.53633254, 0.05144599],
            [0.21190350, 0.68069955, 0.10739696],
            [0.08830246, 0.28171884, 0.62997870],
        ]
    )
    lab = np.array(
        [
            [0.21045426, 0.79361779, -0.00407205],
            [1.97799850, -2.42859221, 0.45059371],
            [0.02590404, 0.78277177, -0.80867577],
        ]
    )
    return np.asarray(lab @ np.cbrt(cones @ np.clip(light, 0, 1)))


def of_projects(theme: Theme) -> list[str]:
    return [PALETTES[theme][f"c{number}"] for number in range(COLOURS)]


@pytest.mark.parametrize("theme", THEMES)
def test_words_can_be_read_and_lines_seen_on_the_paper(theme: Theme) -> None:
    palette = PALETTES[theme]
    assert contrast(palette["ink"], palette["paper"]) >= 7
    assert contrast(palette["muted"], palette["paper"]) >= 4.5
    assert min(contrast(colour, palette["paper"]) for colour in of_projects(theme)) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("sight", SEEN)
def test_any_two_are_told_apart(theme: Theme, sight: str) -> None:
    places = [oklab(SEEN[sight] @ linear(colour)) for colour in of_projects(theme)]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(places, 2)) >= 0.07


@pytest.mark.parametrize("theme", THEMES)
def test_the_first_four_are_told_apart_in_grey_too(theme: Theme) -> None:
    greys = [np.cbrt(luminance(colour)) for colour in of_projects(theme)]
    assert min(abs(one - other) for one, other in combinations(greys[:4], 2)) >= 0.03
    assert min(abs(one - other) for one, other in combinations(greys, 2)) >= 0.01


def test_light_and_dark_differ_in_every_colour_and_none_is_there_twice() -> None:
    light, dark = list(PALETTES["light"].values()), list(PALETTES["dark"].values())
    assert len(set(light + dark)) == len(light) + len(dark)
    assert list(PALETTES["light"]) == list(PALETTES["dark"])
