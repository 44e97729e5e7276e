"""Repeats what is to be timed, and writes what was found as Markdown; knows nothing of what is measured."""

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Final, NamedTuple

LEAST: Final = 5
"""Runs of which a median is taken, at the least."""

Call = Callable[[], object]


class Took(NamedTuple):
    """Seconds of the wall clock, and of the processor for this process."""

    wall: float
    processor: float


def timed(call: Call, runs: int = LEAST) -> Took:
    """Call once to warm up, then time it: return the medians."""
    call()
    return _medians([_time(call) for _ in range(max(runs, LEAST))])


def paired(one: Call, other: Call, runs: int = LEAST) -> tuple[Took, Took, Took]:
    """Time two in turns, so that what else the machine does falls on both: the medians of each, and of their ratios."""
    one(), other()
    times = [(_time(one), _time(other)) for _ in range(max(runs, LEAST))]
    ratios = [Took(a.wall / b.wall, a.processor / (b.processor or float("inf"))) for a, b in times]
    return _medians([a for a, _ in times]), _medians([b for _, b in times]), _medians(ratios)


def machine() -> str:
    """Describe the machine by what bears on speed: processors, memory, system; no name."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, {platform.system()}"


def shown(seconds: float) -> str:
    """Write a duration with three digits."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _time(call: Call) -> Took:
    began, used = time.perf_counter(), time.process_time()
    call()
    return Took(time.perf_counter() - began, time.process_time() - used)


def _medians(times: Sequence[Took]) -> Took:
    return Took(median(took.wall for took in times), median(took.processor for took in times))
