"""A made-up world of projects whose numbers are pure functions of seed, name and day; knows no HTTP."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Self

KEPT_DAYS = 180
"""How many past days of downloads pypistats keeps."""

CREATED = date(2015, 1, 1)
"""When all repositories were created."""
WITNESS = "pip"
"""A package of ClickPy's that is none of a project's."""

_DAY = timedelta(days=1)
_FIRST_INSTALLS = date(2018, 1, 1)
_ALL = "__all__"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: its numeric id and the name that it has today."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class World:
    """`projects` projects p0000.., each with a repository, a package and `images` Docker images.

    `share` projects have their images in one Docker namespace. Artifacts are written as in a ledger, for example
    "github:org0000/p0000". With `frozen`, all services answer as they did on that day; `fixed` are counts of
    stars and pulls that are just so. `unstarred` are stars taken back: of which repository, given when, taken back
    when, how many. Of ClickPy, `behind` are packages with the last day that it has of them, and `unloaded` days that
    it has of none.
    """

    projects: int = 10
    images: int = 1
    share: int = 1
    seed: int = 1
    today: date = date(2026, 4, 27)
    late: bool = False
    holes: tuple[date, ...] = ()
    restated: tuple[date, ...] = ()
    gone: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    recreated: tuple[str, ...] = ()
    frozen: date | None = None
    fixed: tuple[tuple[str, int], ...] = ()
    unstarred: tuple[tuple[str, date, date, int], ...] = ()
    behind: tuple[tuple[str, date], ...] = ()
    unloaded: tuple[date, ...] = ()

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:
        """Read what `to_json` wrote; unknown members raise TypeError."""
        known: dict[str, Any] = dict(raw)
        if "today" in known:
            known["today"] = date.fromisoformat(known["today"])
        if known.get("frozen") is not None:
            known["frozen"] = date.fromisoformat(known["frozen"])
        for name in {"holes", "restated", "unloaded"} & set(known):
            known[name] = tuple(date.fromisoformat(day) for day in known[name])
        days = date.fromisoformat
        known["unstarred"] = tuple((of, days(at), days(off), n) for of, at, off, n in known.get("unstarred", ()))
        known["behind"] = tuple((package, days(day)) for package, day in known.get("behind", ()))
        for name in {"gone", "blocked", "recreated"} & set(known):
            known[name] = tuple(known[name])
        for name in {"renamed", "fixed"} & set(known):
            known[name] = tuple((old, new) for old, new in known[name])
        return cls(**known)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read `projects=1000,share=4,today=2026-04-27`: the plain members, for a command line."""
        pairs = (part.split("=", 1) for part in text.split(",") if part)
        return cls.from_json({name: value if name == "today" else int(value) for name, value in pairs})

    def to_json(self) -> dict[str, Any]:
        """Give every member in JSON's types; days are ISO text."""
        raw = asdict(self)
        raw["today"] = self.today.isoformat()
        raw["frozen"] = None if self.frozen is None else self.frozen.isoformat()
        raw["holes"] = [day.isoformat() for day in self.holes]
        raw["restated"] = [day.isoformat() for day in self.restated]
        raw["unloaded"] = [day.isoformat() for day in self.unloaded]
        raw["unstarred"] = [(of, given.isoformat(), off.isoformat(), n) for of, given, off, n in self.unstarred]
        raw["behind"] = [(package, day.isoformat()) for package, day in self.behind]
        assert set(raw) == {field.name for field in fields(self)}
        return raw

    def on(self, day: date) -> Self:
        """Give the same world on another day."""
        return replace(self, today=day)

    def shown(self, day: date) -> date:
        """Give the day as of which the services answer when asked on a day."""
        return day if self.frozen is None else min(day, self.frozen)

    # names

    def ids(self) -> list[str]:
        return [f"p{index:04d}" for index in range(self.projects)]

    def repo(self, index: int) -> str:
        return f"org{index:04d}/p{index:04d}"

    def package(self, index: int) -> str:
        return f"pkg-p{index:04d}"

    def namespace(self, index: int) -> str:
        return f"ns{index // self.share:04d}"

    def images_of(self, index: int) -> list[str]:
        return [f"{self.namespace(index)}/p{index:04d}-{number}" for number in range(self.images)]

    def listed(self, namespace: str) -> list[str]:
        """Name the images of a namespace that are not gone, by name; none if there is no such namespace."""
        number = _number(namespace, "ns")
        if number is None or namespace != f"ns{number:04d}":
            return []
        indexes = range(number * self.share, min((number + 1) * self.share, self.projects))
        return [name for index in indexes for name in self.images_of(index) if f"docker:{name}" not in self.gone]

    def catalog(self, *, patterns: bool = False, only: Iterable[int] | None = None) -> str:
        """Write the catalog that tracks this world; with `patterns` namespaces as `ns/*` in place of single images."""
        indexes = range(self.projects) if only is None else only
        return 'cadence = "monday"\n' + "".join(self._entry(index, patterns) for index in indexes)

    def _entry(self, index: int, patterns: bool) -> str:
        images = [f"{self.namespace(index)}/*"] if patterns else self.images_of(index)
        return (
            f'\n[projects.p{index:04d}]\nname = "Project {index:04d}"\ngithub = "{self.repo(index)}"\n'
            f'pypi = "{self.package(index)}"\ndocker = {images!r}\n'
        )

    # GitHub

    def repository(self, name: str) -> Repository | None:
        """Find a repository by a present or former name (case does not matter); None if there is none."""
        asked = name.casefold()
        origins = {new.casefold(): old for old, new in self.renamed}
        origin = origins.get(asked, asked)
        index = _number(origin.rpartition("/")[2], "p")
        if index is None or index >= self.projects or origin.casefold() != self.repo(index):
            return None
        if asked in self.recreated:
            return Repository(900_000 + index, self.repo(index))
        return Repository(100_000 + index, dict(self.renamed).get(self.repo(index), self.repo(index)))

    def numbered(self, number: int) -> Repository | None:
        """Find a repository by its id."""
        index = number % 100_000
        if index >= self.projects or number not in {100_000 + index, 900_000 + index}:
            return None
        if number < 900_000:
            return Repository(number, dict(self.renamed).get(self.repo(index), self.repo(index)))
        return self.repository(self.repo(index)) if self.repo(index) in self.recreated else None

    def stars(self, repo: str, day: date) -> int:
        """Count the stars of whatever has this name today, as of a day."""
        found = self.repository(repo)
        if found is None:
            raise LookupError(repo)
        if (fixed := dict(self.fixed).get(f"github:{repo}")) is not None:
            return fixed
        taken_back = sum(n for of, given, off, n in self.unstarred if of == repo and given <= day < off)
        return taken_back + self._given(found, self.shown(day))

    def standing(self, repo: str, day: date) -> int:
        """Count the stars given by the end of a day that still stand today: what a star history can know."""
        found = self.repository(repo)
        if found is None:
            raise LookupError(repo)
        kept = sum(n for of, given, off, n in self.unstarred if of == repo and given <= day and self.today < off)
        return kept + self._given(found, day)

    def _given(self, found: Repository, day: date) -> int:
        """Count the stars that nobody ever takes back."""
        return self._counter(f"github/{found.number}", day, start=40_000, rate=40) if day >= CREATED else 0

    # PyPI

    def has_package(self, package: str) -> bool:
        index = _number(package.removeprefix("pkg-"), "p")
        return package == _ALL or (index is not None and index < self.projects and package == self.package(index))

    def downloads(self, package: str, day: date) -> int:
        """Count a package's downloads without mirrors on one day; packages 7, 17.. have silent days, 8, 18.. weeks."""
        if package == _ALL:
            return 2_000_000_000 + self._draw(f"pypi/{package}/{day.toordinal()}") % 100_000_000
        index = int(package[-4:])
        if self._silent(index, package, day):
            return 0
        size = (1, 10, 100, 1_000, 10_000)[self._draw(f"pypi/{package}") % 5]
        weekend = 3 if day.weekday() >= 5 else 10
        count = 1 + size * weekend * (50 + self._draw(f"pypi/{package}/{day.toordinal()}") % 100) // 100
        return count * 11 // 10 + 1 if day in self.restated else count

    def _silent(self, index: int, package: str, day: date) -> bool:
        if index % 10 == 7:
            return self._draw(f"silent/{package}/{day.toordinal()}") % 4 == 0
        return index % 10 == 8 and (day.toordinal() - 1) // 7 % 5 == 0

    def loaded(self) -> list[date]:
        """Name the days that pypistats has today, oldest first."""
        newest = self.shown(self.today) - timedelta(days=2 if self.late else 1)
        days = (self.today - timedelta(days=back) for back in range(KEPT_DAYS, 0, -1))
        return [day for day in days if day <= newest and day not in self.holes]

    def window(self, package: str, day: date) -> int | None:
        """Sum the seven days before `day`; None where pypistats does not have all of them today."""
        days = [day - timedelta(days=back) for back in range(7, 0, -1)]
        if not set(days) <= set(self.loaded()):
            return None
        return sum(self.downloads(package, each) for each in days)

    def mondays(self) -> Iterator[date]:
        """Give the Mondays up to today whose windows pypistats can fill today, newest first."""
        day = self.today - timedelta(days=self.today.weekday())
        while day - timedelta(days=7) >= self.today - timedelta(days=KEPT_DAYS):
            if self.window(_ALL, day) is not None:
                yield day
            day -= timedelta(days=7)

    # PyPI by ClickPy

    def installs(self, package: str, day: date) -> int:
        """Count a package's downloads by all installers on one day; 0 before its first."""
        if package == WITNESS:
            return 30_000_000 + self._draw(f"clickpy/{day.toordinal()}") % 1_000_000
        if day < _FIRST_INSTALLS + timedelta(days=int(package[-4:]) % 100):
            return 0
        return self.downloads(package, day) * 4 // 3

    def counted(self, package: str) -> tuple[date, date] | None:
        """Give the first and the last day that ClickPy has of a package; None if it knows no such package."""
        if package != WITNESS and (package == _ALL or not self.has_package(package) or f"pypi:{package}" in self.gone):
            return None
        first, last = _FIRST_INSTALLS, dict(self.behind).get(package, self.shown(self.today) - _DAY)
        while first in self.unloaded or not self.installs(package, first):
            first += _DAY
        while last in self.unloaded or not self.installs(package, last):
            last -= _DAY
        return first, last

    def installs_window(self, package: str, day: date) -> int | None:
        """Sum the installs of the seven days before `day`; None where ClickPy cannot know all of them."""
        days, ends = [day - timedelta(days=back) for back in range(7, 0, -1)], self.counted(package)
        if ends is None or set(days) & set(self.unloaded) or days[0] < ends[0] or days[-1] > ends[1]:
            return None
        return sum(self.installs(package, each) for each in days)

    # Docker Hub

    def has_image(self, image: str) -> bool:
        namespace, _, _ = image.partition("/")
        return image in self.listed(namespace)

    def pulls(self, image: str, day: date) -> int:
        """Count an image's pulls as of a day. Images of project 3, 13.. are beyond 32 bits."""
        if (fixed := dict(self.fixed).get(f"docker:{image}")) is not None:
            return fixed
        index = int(image.rpartition("/")[2][1:5])
        offset = 5_000_000_000 if index % 10 == 3 else 0
        return offset + self._counter(f"docker/{image}", self.shown(day), start=10**6, rate=5_000)

    # numbers

    def _counter(self, name: str, day: date, *, start: int, rate: int) -> int:
        drawn = self._draw(name)
        daily = drawn // start % rate
        noise = self._draw(f"{name}/{day.toordinal()}") % (daily + 1)
        return drawn % start + daily * (day - CREATED).days + noise

    def _draw(self, text: str) -> int:
        return zlib.crc32(f"{self.seed}/{text}".encode())


def _number(text: str, prefix: str) -> int | None:
    digits = text[len(prefix) : len(prefix) + 4]
    return int(digits) if text.startswith(prefix) and len(digits) == 4 and digits.isdecimal() else None
