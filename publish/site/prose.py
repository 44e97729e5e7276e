"""Numbers in prose: placeholders resolved from the table, and numbers written by hand held against it.

`{{ kubeflow.github_stars }}` is the number as the table writes it, `….exact` the whole number, `….day` the day it is
of, `….growth_4w` its change over four weeks. `{{ historical "258M+" 2026-08-11 }}` keeps a number of the past as it is,
with its date behind it. Placeholders are resolved before Markdown is rendered, by this parser, never by a template
engine.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from publish.table.numbers import grouped

PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NUMBER_OF = re.compile(r"([a-z0-9][a-z0-9-]*)\.([a-z0-9_]+)(?:\.([a-z0-9_]+))?")
_HISTORICAL = re.compile(r'historical\s+"([^"\n]{1,60})"\s+(\d{4}-\d{2}-\d{2})')
_BY_HAND = re.compile(r"(?<![\w.,/=&#-])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?=\s?[kKMB]\b)|\d{4,})\s?([kKMB]\b)?(\+)?")
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s)|\n\s*\n|\Z)", re.DOTALL)
_FACTORS: Mapping[str, float] = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}
_YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Number:
    """A cell as prose may name it. `value` None is an unknown number, written "—"; `growth_4w` likewise."""

    metric: str
    text: str
    value: float | None
    day: date | None
    growth_4w: float | None = None
    names: tuple[str, ...] = ()
    """What a sentence may call its project."""

    def form(self, name: str) -> str | None:
        """Return one of its forms as text; None if there is no such form."""
        if name == "":
            return self.text
        if name == "exact":
            return "—" if self.value is None else grouped(self.value)
        if name == "day":
            return "—" if self.day is None else self.day.isoformat()
        if name == "growth_4w":
            return "—" if self.growth_4w is None else percent(self.growth_4w)
        return None


def percent(share: float) -> str:
    """Write a change as `+1.2 %`, with a true minus."""
    return f"{100 * share:+,.1f} %".replace("-", "−")


Numbers = Mapping[tuple[str, str], Number]
"""The cells of a page by project id and metric."""
Words = Mapping[str, Iterable[str]]
"""By metric, the nouns by which a sentence speaks of it, such as `stars`."""


def resolve(said: Any, numbers: Numbers) -> Any:
    """Return plain data with every placeholder in its texts resolved; one that is wrong stays as it is."""
    if isinstance(said, str):
        return PLACEHOLDER.sub(lambda match: _or_as_is(match, numbers), said)
    if isinstance(said, Mapping):
        return {key: resolve(value, numbers) for key, value in said.items()}
    return [resolve(one, numbers) for one in said] if isinstance(said, list | tuple) else said


def unresolved(text: str, numbers: Numbers) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with placeholders, each with its line (from 1)."""
    for match in PLACEHOLDER.finditer(text):
        said = _resolved(match[1].strip(), numbers)
        if not isinstance(said, str):
            yield text.count("\n", 0, match.start()) + 1, said[0]


def drifted(text: str, numbers: Numbers, words: Words) -> Iterator[tuple[int, str]]:
    """Yield the numbers written by hand that contradict the table, each with its line and what would be right.

    A number speaks of a metric if its sentence has one of the metric's words. It contradicts if it is no cell of that
    metric, as the table rounds it or exactly; `10,000+` is right as long as a cell has that, and less than twice.
    """
    plain = PLACEHOLDER.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for sentence in _SENTENCE.finditer(plain):
        of_metric = [metric for metric, nouns in words.items() if _speaks_of(sentence[0], nouns)]
        cells = [number for number in numbers.values() if number.metric in of_metric and number.value is not None]
        # Of one project that the sentence names, only that one's number is right.
        cells = [cell for cell in cells if _speaks_of(sentence[0], cell.names)] or cells
        if not cells:
            continue
        for found in _BY_HAND.finditer(sentence[0]):
            value = float(found[1].replace(",", "")) * _FACTORS[found[2] or ""]
            if (not found[2] and "," not in found[1] and int(value) in _YEARS) or any(
                _agrees(found, value, cell) for cell in cells
            ):
                continue
            line = plain.count("\n", 0, sentence.start() + found.start()) + 1
            known = ", ".join(dict.fromkeys(f"{cell.text} ({cell.metric})" for cell in cells))
            yield (
                line,
                (
                    f"{found[0].strip()!r} is written by hand and contradicts the table, which has {known}; write "
                    "{{ project.metric }}, or for a number of the past "
                    f'{{{{ historical "{found[0].strip()}" YYYY-MM-DD }}}}'
                ),
            )


def _or_as_is(match: re.Match[str], numbers: Numbers) -> str:
    said = _resolved(match[1].strip(), numbers)
    return said if isinstance(said, str) else match[0]


def _resolved(inner: str, numbers: Numbers) -> str | tuple[str]:
    """Return what a placeholder stands for, or in a tuple what is wrong with it."""
    if past := _HISTORICAL.fullmatch(inner):
        try:
            return f"{past[1]} ({date.fromisoformat(past[2]).isoformat()})"
        except ValueError:
            return (f"{past[2]} in {{{{ {inner} }}}} is no day",)
    named = _NUMBER_OF.fullmatch(inner)
    if named is None:
        return (
            f"{{{{ {inner[:80]} }}}} is no placeholder; one is {{{{ project.metric }}}}, .exact, .day or .growth_4w",
        )
    number = numbers.get((named[1], named[2]))
    if number is None:
        return (_unknown(named[1], named[2], numbers),)
    said = number.form(named[3] or "")
    return (f"{named[3]!r} is no form of a number; there are exact, day and growth_4w",) if said is None else said


def _unknown(project: str, metric: str, numbers: Numbers) -> str:
    projects = sorted({key[0] for key in numbers})
    if project not in projects:
        return f"{project!r} is no project of this page, which has {', '.join(projects)}"
    return f"{metric!r} is no metric of this page, which has {', '.join(sorted({key[1] for key in numbers}))}"


def _speaks_of(sentence: str, nouns: Iterable[str]) -> bool:
    return any(re.search(rf"\b{re.escape(noun)}\b", sentence, re.IGNORECASE) for noun in nouns)


def _agrees(found: re.Match[str], value: float, cell: Number) -> bool:
    if cell.value is None:
        return False
    if found[3]:
        return value <= cell.value < 2 * value
    digits = found[1].partition(".")[2]
    step = _FACTORS[found[2] or ""] * 10 ** -len(digits)
    return bool(abs(value - cell.value) <= step / 2)
