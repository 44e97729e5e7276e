"""What an import read, took, refused and found odd, and the exit code that it means; knows no file and no ledger."""

import re
from collections import Counter
from dataclasses import dataclass, field

from collector.imports.model import Refused
from jobs.exits import DONE, FAILED, PARTLY

SHOWN = 20
"""How many refused rows, and how many oddities, are told one by one."""
_OWN = re.compile(r"'[^']*'|\"[^\"]*\"|(?<![\w-])[a-z]+:\S+|-?\d[\d,.:T Z-]*")


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
    odd: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    """Files that could be read in part only, and up to where."""
    interrupted: bool = False

    @property
    def refused_files(self) -> list[Refused]:
        """The files of which nothing was taken."""
        return [one for one in self.refused if one.line is None]

    @property
    def exit_code(self) -> int:
        """Return DONE, PARTLY if files were refused beside others, cut, or ended early, FAILED if nothing is left."""
        if not self.refused_files and not self.interrupted:
            return PARTLY if self.cut else DONE
        stored = bool(self.runs) if self.interrupted else self.files > len(self.refused_files)
        return PARTLY if stored else FAILED

    def lines(self) -> list[str]:
        """Return the result in a few lines."""
        where = f", in run{'s' if len(self.runs) > 1 else ''} {_span(self.runs)}" if self.runs else ""
        rows = len(self.refused) - len(self.refused_files)
        lines = [
            f"{self.format}: {_counted(self.files, 'file')} with {_counted(self.rows, 'row')}",
            f"{_counted(self.new, 'new observation')}, {self.unchanged:,} known already{where}",
        ]
        if self.refused:
            lines.append(f"{_counted(len(self.refused_files), 'file')} and {_counted(rows, 'row')} refused")
        if self.odd:
            lines.append(f"{len(self.odd):,} {'oddity' if len(self.odd) == 1 else 'oddities'}, taken as they are")
        return lines

    def messages(self) -> list[str]:
        """Return what was refused and what is odd: the first one by one, all refused by their reasons."""
        lines = [f"read in part: {one}" for one in self.cut]
        lines += [f"refused: {one}" for one in self.refused[:SHOWN]]
        if len(self.refused) > SHOWN:
            lines += [f"refused {count} times: {reason}" for reason, count in self.reasons()]
        lines += [f"odd: {one}" for one in self.odd[:SHOWN]]
        if len(self.odd) > SHOWN:
            lines.append(f"odd: and {len(self.odd) - SHOWN} more")
        return lines

    def reasons(self) -> list[tuple[str, int]]:
        """Return why rows and files were refused, without what is a single row's own, the most frequent first."""
        return Counter(_OWN.sub("…", one.reason) for one in self.refused).most_common(SHOWN)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain data for machines."""
        return {
            "format": self.format,
            "runs": self.runs,
            "files": self.files,
            "rows": self.rows,
            "new": self.new,
            "unchanged": self.unchanged,
            "refused": {
                "files": [{"file": one.file, "reason": one.reason} for one in self.refused_files],
                "rows": len(self.refused) - len(self.refused_files),
                "reasons": dict(self.reasons()),
            },
            "odd": self.odd,
            "cut": self.cut,
            "interrupted": self.interrupted,
        }


def _span(runs: list[int]) -> str:
    return str(runs[0]) if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
