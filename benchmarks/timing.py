"""Repeats what is to be timed, and writes what was found as Markdown; knows nothing of what is measured."""

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Final

LEAST: Final = 5
"""Runs of which a median is taken, at the least."""

Call = Callable[[], object]


def timed(call: Call, runs: int = LEAST) -> float:
    """Call once to warm up, then time it: return the median in seconds of the wall clock."""
    call()
    return median(_seconds(call) for _ in range(max(runs, LEAST)))


def paired(one: Call, other: Call, runs: int = LEAST) -> tuple[float, float, float]:
    """Time two in turns, so that what else the machine does falls on both: medians in seconds, and of the ratios."""
    one(), other()
    times = [(_seconds(one), _seconds(other)) for _ in range(max(runs, LEAST))]
    first, second = zip(*times, strict=True)
    return median(first), median(second), median(a / b for a, b in times)


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


def _seconds(call: Call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
