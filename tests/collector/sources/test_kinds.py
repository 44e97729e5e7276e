"""Every kind of artifact keeps the rules by which a catalog reads names."""

import re

import pytest

from collector.sources import KINDS
from collector.sources.kinds import BadName, Kind


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
class TestEveryKind:
    """What the catalog, its JSON Schema and the imports rely on."""

    def test_its_example_is_a_good_name_as_it_is_stored(self, kind: Kind) -> None:
        assert kind.read(kind.example) == kind.example
        assert re.search(kind.pattern, kind.example)
        assert len(set(kind.keys(kind.example))) > 0

    @pytest.mark.parametrize("text", ["", " ", "\n", "a\nb", "\u202e", "x" * 1000, "\x00"])
    def test_what_nobody_can_mean_is_refused_by_its_own_error(self, kind: Kind, text: str) -> None:
        with pytest.raises(BadName) as caught:
            kind.read(text)
        assert str(caught.value)[0].islower(), "it goes on after the name"

    def test_its_pattern_is_one_that_every_editor_knows(self, kind: Kind) -> None:
        assert "(?" not in kind.pattern
        assert kind.about.endswith(".")
