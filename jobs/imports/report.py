"""What an import read, took, refused and found odd, and the exit code that it means."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from collector.imports.model import Refused
from jobs.exits import DONE, FAILED, PARTLY

_FEW = 3
"""So many of one kind are told one by one."""
_MOST_KINDS = 20
_OWN = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w-])[a-z]+:\S+|[\w.-]+\.\w+:\d+|-?\d[\d,.:T Z-]*")
_LIST = re.compile(r"…(, …)+")
"""What is a row's own in the reason that it shares with others, one by one and as a list."""


@dataclass(slots=True)
class ImportReport:
    """Filled as the files are read. `new` and `unchanged` count observations, `rows` the rows of the files."""

    format: str
    runs: list[int] = field(default_factory=list)
    files: int = 0
    rows: int = 0
    new: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    """Files of which nothing was taken."""
    odd: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    """Artifacts that belong to no project of the catalog."""
    held: int = 0
    held_for: list[str] = field(default_factory=list)
    """What the guards hold and why, a line a guard."""
    cut: list[str] = field(default_factory=list)
    """Files that could be read in part only, and up to where."""
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """Return FAILED if nothing was taken, PARTLY if something was not, whatever the reason, else DONE."""
        if not self.new and not self.unchanged:
            return FAILED
        return PARTLY if self.refused or self.cut or self.interrupted else DONE

    def lines(self) -> list[str]:
        """Return the result in a few lines."""
        where = f", in run{'s' if len(self.runs) > 1 else ''} {_span(self.runs)}" if self.runs else ""
        lines = [
            f"{self.format}: {_counted(self.files, 'file')} with {_counted(self.rows, 'row')}",
            f"{_counted(self.new, 'new observation')}, {self.unchanged:,} known already{where}",
        ]
        if rows := sum(one.line is not None for one in self.refused):
            lines.append(f"{_counted(rows, 'row')} refused")
        if self.empty:
            lines.append(f"nothing taken of {_counted(len(self.empty), 'file')}: {_some(self.empty)}")
        if self.held:
            lines.append(f"{_counted(self.held, 'value')} held for review: `tallybook review` lists them")
        return lines

    def messages(self) -> list[str]:
        """Return what was refused, is odd, is held, and belongs to nobody: a kind at a time, with how many."""
        lines = [f"read in part: {one}" for one in self.cut]
        lines += _by_kind("refused", ((one.reason, str(one)) for one in self.refused))
        lines += _by_kind("odd", ((one, one) for one in self.odd))
        lines += self.held_for
        if self.unclaimed:
            told = "taken, but no table shows it, for it belongs to no project of the catalog"
            lines.append(f"{told}: {_some(self.unclaimed)}")
        return lines

    def as_json(self) -> dict[str, object]:
        """Return the report as plain data for machines."""
        kinds = _kinds((one.reason, str(one)) for one in self.refused)
        return {
            "format": self.format,
            "runs": self.runs,
            "files": self.files,
            "rows": self.rows,
            "new": self.new,
            "unchanged": self.unchanged,
            "refused": {
                "files": self.empty,
                "rows": sum(one.line is not None for one in self.refused),
                "reasons": {kind: len(told) for kind, told in kinds.items()},
            },
            "odd": self.odd,
            "held": {"values": self.held, "reasons": self.held_for},
            "unclaimed": self.unclaimed,
            "cut": self.cut,
            "interrupted": self.interrupted,
        }


def _by_kind(word: str, told: Iterable[tuple[str, str]]) -> list[str]:
    """Tell a few of each kind, or the first of many and how many there are."""
    kinds, lines = _kinds(told), []
    for examples in list(kinds.values())[:_MOST_KINDS]:
        if len(examples) <= _FEW:
            lines += [f"{word}: {one}" for one in examples]
        else:
            lines.append(f"{word} {len(examples):,} times: {examples[0]}, and the like")
    if len(kinds) > _MOST_KINDS:
        lines.append(f"{word}: and for {len(kinds) - _MOST_KINDS:,} other reasons")
    return lines


def _kinds(told: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Gather what is told by its kind, the most frequent first: the reason without what is a single row's own."""
    kinds: dict[str, list[str]] = {}
    for reason, whole in told:
        kinds.setdefault(_LIST.sub("…", _OWN.sub("…", reason)), []).append(whole)
    return dict(sorted(kinds.items(), key=lambda one: -len(one[1])))


def _some(names: list[str]) -> str:
    """Name a few and count the others."""
    return ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW:,} more" if len(names) > _FEW else "")


def _span(runs: list[int]) -> str:
    return str(runs[0]) if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
