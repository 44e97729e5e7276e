"""Reads the CSV that star-history.com exports: points of the past of several repositories' stars."""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from collector.imports.model import BadCell, File, NotUnderstood, Options, Read, Value, nothing_of
from collector.imports.sheet import Moment, cell, count, fitting, header, moment, name, places, rows
from collector.model import Artifact

SOURCE = "star-history"
METRIC = "github_stars"
KIND = "github"
DEFINITION = "stars of the repository, as star-history.com drew them from GitHub's list of those who gave one"
DEFINITIONS = {(SOURCE, METRIC): DEFINITION}
"""What the number is, by source and metric."""
# What JavaScript makes of a date, in the time of whoever exported it: Tue Dec 07 2021 20:50:22 GMT+0400 (Gulf ...)
_JAVASCRIPT = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4})(?: \(.*\))?", re.ASCII
)


def read(files: Sequence[File], options: Options) -> Iterator[Read]:  # noqa: ARG001
    """Yield what was read of each file: `Repository,Date,Stars`, in any order of columns."""
    for file in files:
        try:
            yield _read(file)
        except NotUnderstood as error:
            yield nothing_of(file, str(error))


def _read(file: File) -> Read:
    lines, got = rows(file), Read(file)
    top = [column.casefold() for column in header(lines)]
    at = places(top, ("repository", "date", "stars"), "star-history.com exports Repository,Date,Stars")
    for line, row in lines:
        got.rows += 1
        try:
            found = fitting(row, len(top))
            if not found[at["stars"]].strip():
                continue
            repository = cell("Repository", partial(name, KIND), found[at["repository"]])
            when = cell("Date", _moment, found[at["date"]])
            stars = cell("Stars", count, found[at["stars"]])
        except BadCell as error:
            got.refuse(line, str(error))
        else:
            artifact = Artifact(KIND, repository)
            got.values.append(Value(artifact, METRIC, SOURCE, DEFINITION, when.day, stars, line, when.at))
    return got


def _moment(text: str) -> Moment:
    found = _JAVASCRIPT.fullmatch(text)
    return moment(found[1], "%b %d %Y %H:%M:%S GMT%z") if found else moment(text)
