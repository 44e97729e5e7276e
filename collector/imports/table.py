"""Reads tables that other tools wrote: with a column an artifact, or with one artifact a row."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from collector.imports.model import BadCell, File, NotUnderstood, Options, Read, Table, Value
from collector.imports.sheet import Moment, cell, count, fitting, header, moment, name, number, places, rows
from collector.model import Artifact

SOURCE = "csv"
"""The source of what a table says that names none."""

_AMBIGUOUS = re.compile(r"\d{1,2}([-./])\d{1,2}\1(\d{4}|\d{2})", re.ASCII)
_ALSO = {"stars": ("stargazers",)}
"""What else is counted under a name."""
_Row = tuple[int, Moment, Sequence[str]]


def read_table(file: File, table: Table, options: Options) -> Read:
    """Read a table by its mapping. Raises NotUnderstood."""
    lines, got = rows(file), Read(file)
    top = header(lines)
    value_column = _value_column(table, top)
    wanted = (table.date_column, *table.columns, *filter(None, (table.artifact_column, value_column)))
    at = places(top, wanted, "the options name columns of the table")
    body: list[_Row] = []
    for line, row in lines:
        got.rows += 1
        try:
            cells = fitting(row, len(top))
            when = cell(table.date_column, partial(_moment, table.date_format), cells[at[table.date_column]])
            body.append((line, when, cells))
        except BadCell as error:
            got.refuse(line, str(error))
    if column := _metrics_apart(top, body, table, at):
        raise NotUnderstood(
            f"has rows of several metrics, which the column {column!r} tells apart: leave those of {table.metric} only"
        )
    counted = options.metrics[table.metric]
    value_of = partial(number if counted.relative else count, marks=options.marks)
    kind_of = partial(_artifact, counted.kind)
    if table.columns and (column := _telling_apart(top, body, table, at)):
        raise NotUnderstood(
            f"has rows of several artifacts, which the column {column!r} tells apart: instead of --map give "
            f"--artifact-column {column!r} --value-column {next(iter(table.columns))!r}"
        )
    for line, when, cells in body:
        for column in table.columns or (value_column,):
            if not cells[at[column]].strip():
                continue
            try:
                artifact = table.columns.get(column) or cell(
                    table.artifact_column, kind_of, cells[at[table.artifact_column]]
                )
                value = cell(column, value_of, cells[at[column]])
            except BadCell as error:
                got.refuse(line, str(error))
            else:
                got.values.append(
                    Value(artifact, table.metric, SOURCE, table.definition, when.day, value, line, when.at)
                )
    return got


def _moment(form: str, text: str) -> Moment:
    """Read a day, and propose the format of one that may be read in two ways. Raises BadCell."""
    try:
        return moment(text, form)
    except BadCell as error:
        found = _AMBIGUOUS.fullmatch(text)
        if form or not found:
            raise
        proposed = f"%d{found[1]}%m{found[1]}%{'Y' if len(found[2]) > 2 else 'y'}"  # noqa: PLR2004 - 2026 or 26
        raise BadCell(f"{error}; if the day comes first, --date-format '{proposed}' reads it") from error


def _value_column(table: Table, top: Sequence[str]) -> str:
    """Return the column of the numbers of one artifact a row: the one that was named, or the only one left."""
    if table.columns or table.value_column:
        return table.value_column
    left = [column for column in top if column not in {table.date_column, table.artifact_column, ""}]
    if len(left) != 1:
        raise NotUnderstood(
            f"has several columns that may hold the numbers ({', '.join(left)}): name one as --value-column"
        )
    return left[0]


def _artifact(kind: str, text: str) -> Artifact:
    """Read the artifact of a row, with or without its kind before it. Raises BadCell."""
    return Artifact(kind, name(kind, text.removeprefix(f"{kind}:")))


def _metrics_apart(top: Sequence[str], body: Sequence[_Row], table: Table, at: Mapping[str, int]) -> str:
    """Return the column in which some rows name the metric, and others another one; "" if there is none.

    The rows of one day are read as readings of one metric, so that the forks could be taken for the latest stars.
    """
    noun = table.metric.split("_")[1]
    own = {table.metric.replace("_", ""), noun, noun.removesuffix("s"), *_ALSO.get(noun, ())}
    for place, column in enumerate(top):
        told = {_letters(cells[place]) for _, _, cells in body} - {""} if column not in at else set()
        if len(told) > 1 and not told.isdisjoint(own):
            return column
    return ""


def _letters(text: str) -> str:
    """Return a name of a metric as it is compared: `Star Count` is `star`."""
    return re.sub(r"[^a-z0-9]", "", text.casefold()).removesuffix("count")


def _telling_apart(top: Sequence[str], body: Sequence[_Row], table: Table, at: Mapping[str, int]) -> str:
    """Return the column that shows that a table has several artifacts where one was told; "" if there is none.

    It holds names of artifacts, or it differs between the rows of each day that has several numbers.
    """
    kind = next(iter(table.columns.values())).kind
    mapped = {artifact.name.casefold() for artifact in table.columns.values()}
    days: dict[date, list[Sequence[str]]] = defaultdict(list)
    for _, when, cells in body:
        days[when.day].append(cells)
    disputed = [
        of_day
        for of_day in days.values()
        if any(len({cells[at[c]].strip() for cells in of_day}) > 1 for c in table.columns)
    ]
    for place, column in enumerate(top):
        told = [cells[place].strip() for _, _, cells in body]
        different = set(told) - {""}
        if column in at or len(different) < 2 or not all(map(_is_text, different)):  # noqa: PLR2004 - one is no choice
            continue
        owners = all("/" in text for text in different) or not mapped.isdisjoint(map(str.casefold, different))
        if owners and all(_is_name(kind, text) for text in different):
            return column
        # What is new in each row, such as a commit, tells no artifacts apart.
        again = len(different) < len(told) or len(days) == 1
        if again and disputed and all(len({cells[place] for cells in of_day}) == len(of_day) for of_day in disputed):
            return column
    return ""


def _is_text(text: str) -> bool:
    try:
        moment(text)
    except BadCell:
        return any(letter.isalpha() for letter in text)
    return False


def _is_name(kind: str, text: str) -> bool:
    try:
        name(kind, text)
    except BadCell:
        return False
    return True
