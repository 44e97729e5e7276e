"""The thresholds of all guards in one place; docs/guards.md says the same to readers, and a test compares them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import log
from types import MappingProxyType

from publish.table.metrics import Type

# Of one series.
LIMIT = 6.0
"""A change of so many of the usual ones is implausible."""
STEPS = 12
"""How many past weeks a value is judged by."""
YOUNG = 4
"""With fewer values than this a series has no habits yet, and only gross factors count."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What is calm for a type of metric.

    `fall`, `rise`, `restated` and `amid` (with hindsight) are changes of a week as log ratios: a series whose usual
    change is smaller is judged as if it were this one. `damping` is added to every value so that small counts do not
    alarm, and a change of at most `least` is never implausible. `gross` is the factor by which a young series may
    change. `whole` is the change of a source's median series that is nothing unusual.
    """

    fall: float
    rise: float
    restated: float
    amid: float
    damping: float
    least: float
    gross: float
    whole: float


SCALES: Mapping[Type, Scale] = MappingProxyType(
    {
        # Stars and pulls lost are rare, a good day on a news site is not.
        "gauge": Scale(fall=0.01, rise=0.15, restated=0.05, amid=0.01, damping=20, least=100, gross=8, whole=0.01),
        "counter": Scale(
            fall=0.01, rise=0.15, restated=0.05, amid=0.01, damping=1000, least=1000, gross=20, whole=0.01
        ),
        # Downloads multiply and vanish with one user's build server.
        "window": Scale(fall=0.3, rise=0.3, restated=0.1, amid=0.5, damping=200, least=500, gross=20, whole=0.03),
        "index": Scale(fall=0.3, rise=0.3, restated=0.1, amid=0.5, damping=20, least=20, gross=20, whole=0.03),
    }
)

# Of a source as a whole.
FEWEST = 20
"""A source with fewer series is not judged as a whole."""
BY_CHANCE = 1e-5
"""A week in which nothing moves is believed if it is likelier than this, by the series' own habits."""
LOST = 0.25
"""The share of a source's series without an answer above which it has collapsed."""
FALLING = 0.4
"""The share of a gauge's or counter's series that fall in the same week above which the source has shifted."""
SHIFTED = 5.0
"""How many times the usual size a source's median change may be."""
HOLIDAYS = log(3)
"""In the weeks around Christmas downloads may fall by this factor as a whole: they come back by themselves."""
OF_LATE = timedelta(days=35)
"""A series that had a value in this time is expected to have one again."""
NEARLY_A_WEEK = timedelta(days=6)
TO_TELL = log(1.1)
"""A refresh names its largest moves from this on, though they are plausible."""

# With hindsight.
IN_A_ROW = 6
"""So many values in a row may leave the level and come back to it; more are a level of their own, and are taken."""
AROUND = 7
"""The level is the median of so many values before, and of so many after."""
COME_BACK = 1 / 3
"""The levels before and after may differ by this part of what lies between; more is a new level."""
EDGE = 2
"""So many values at the end of a series are judged by the past alone, as nothing tells yet whether they stay."""
