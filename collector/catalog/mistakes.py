"""What is wrong in a catalog: gathered with its places, told with its lines; does not know what a catalog is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from collector.catalog.lines import Place, line_of, lines

_MOST_TOLD = 100
_MOST_GATHERED = 1000


@dataclass(frozen=True, slots=True)
class CatalogProblem:
    """One mistake; `line` counts from 1 and is None if the file as a whole is meant."""

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class CatalogError(Exception):
    """A catalog that cannot be used, with all that is wrong in it by line; its text has a line for each, to a limit."""

    def __init__(self, problems: Sequence[CatalogProblem]) -> None:
        told = [str(problem) for problem in problems[:_MOST_TOLD]]
        more = [f"{problems[0].path}: and {len(problems) - _MOST_TOLD} more"] if len(problems) > _MOST_TOLD else []
        super().__init__("\n".join([*told, *more]))
        self.problems = tuple(problems)


class TooMany(Exception):
    """There are so many mistakes already that nobody reads more of them."""


@dataclass(slots=True)
class Mistakes:
    """The mistakes of one catalog, each with its place, to a limit."""

    _gathered: list[tuple[Place, str]] = field(default_factory=list)

    def add(self, place: Place, message: str) -> None:
        """Note a mistake. Raises TooMany if there are enough."""
        if len(self._gathered) == _MOST_GATHERED:
            raise TooMany
        self._gathered.append((place, message))

    def problems(self, text: str, path: str) -> list[CatalogProblem]:
        """Return the mistakes with their lines in the text in which they are."""
        if not self._gathered:
            return []
        found = lines(text, {place for place, _ in self._gathered})
        return [CatalogProblem(path, line_of(place, found), message) for place, message in self._gathered]


def unread(path: str) -> CatalogProblem:
    """Say that a catalog has more mistakes than are looked for."""
    return CatalogProblem(path, None, "was not read any further, there may be more like this")
