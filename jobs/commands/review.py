"""`tallybook review`: what the guards hold, with the evidence, and the decisions on it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from jobs.commands.options import Day, Form, MetricName
from jobs.exits import DONE
from jobs.settings import Settings

if TYPE_CHECKING:
    from jobs.review import Case, Choice, Decided, Other

_VERDICTS = ("accept", "reject", "reopen", "note")
_SAID = {"accept": "accepted", "reject": "rejected", "reopen": "opened again", "note": "noted"}
_MOST_NAMED = 20
_MOST_NOTES = 3


@click.command()
@click.argument("verdict", required=False, type=Form(_VERDICTS), metavar="[accept|reject|reopen|note]")
@click.argument("project", required=False)
@click.argument("metric", required=False, type=MetricName())
@click.option("--source", metavar="S", default="", help="All that is held of a source, instead of a project's metric.")
@click.option("--artifact", metavar="KIND:NAME", default="", help="Only of this one of the project's artifacts.")
@click.option("--day", type=Day(), metavar="D", help="The value of that day, held or not, instead of all held ones.")
@click.option("--from", "first", type=Day(), metavar="D", help="The values from that day on, held or not.")
@click.option("--to", "last", type=Day(), metavar="D", help="The values up to that day, held or not.")
@click.option("--reason", metavar="TEXT", default="", help="Why; is kept and shown.")
@click.option("--json", "as_json", is_flag=True, help="List as JSON.")
@click.pass_obj
def command(
    settings: Settings,
    verdict: str | None,
    project: str | None,
    metric: str | None,
    source: str,
    artifact: str,
    day: date | None,
    first: date | None,
    last: date | None,
    reason: str,
    as_json: bool,
) -> int:
    """Show what is held for review, or decide on it.

    `accept` lets the held values of a project's metric count, and the next ones are judged by them; `reject` keeps
    them out for good; `note` only adds a remark; `reopen` takes a decision back. With --day, or --from and --to, a
    value that nobody held can be rejected, and one that was decided can be decided again. With --source, all that is
    held of a source is decided at once. Every decision is kept with its reason.
    """
    from jobs.commands.screen import say
    from jobs.review import Choice, decide, read_cases

    if verdict is None:
        if source or artifact or day or first or last or reason:
            raise click.UsageError("Those options belong to a decision; without one, all that is held is listed.")
        found = read_cases(settings)
        if as_json:
            click.echo(json.dumps([_object(case) for case in found], indent=2))
        else:
            say(_listed(found))
        return DONE
    if bool(source) == bool(project and metric) or (project and not metric):
        raise click.UsageError("Name either PROJECT and METRIC, or --source S.")
    if day is not None and (first or last):
        raise click.UsageError("Name either --day D, or --from D and --to D.")
    if (first is None) != (last is None) or (first and last and last < first):
        raise click.UsageError("Days need both ends, --from D and --to D, the later one last.")
    if not reason.strip():
        raise click.UsageError("A decision needs its --reason TEXT.")
    if verdict == "reopen" and day is None and first is None:
        raise click.UsageError("Name the --day D whose decision is taken back.")
    choice = Choice(project or "", metric or "", source, artifact, day or first, day or last)
    say(_told(decide(settings, verdict, choice, reason.strip()), choice))
    return DONE


def _told(decided: "Decided", choice: "Choice") -> Iterator[str]:
    from publish.table.escape import printable

    if not decided.values:
        what = choice.source or f"{choice.project} {choice.metric}"
        yield f"nothing is held of {what}; a value that is not held, or was decided, is named by --day D"
        return
    values = sorted(set(decided.values))
    for name, metric, day in values[:_MOST_NAMED]:
        yield f"{_SAID[decided.verdict]}: {metric} of {printable(name)}, {day.isoformat()}"
    if len(values) > _MOST_NAMED:
        yield f"and {len(values) - _MOST_NAMED:,} more"
    yield f"kept as run {decided.run}"


def _listed(found: "Sequence[Case]") -> Iterator[str]:
    from jobs.commands.reporting import counted

    if not found:
        yield "nothing is held for review"
        return
    whole, single = [case for case in found if case.whole], [case for case in found if not case.whole]
    yield from _of_sources(sorted(whole, key=_of_source), Counter(case.newest.source for case in single))
    for case in single:
        yield from _lines(case)
    projects = len({case.owner.project.id for case in found})
    yield f"{counted(sum(len(case.held) for case in found), 'value')} of {counted(projects, 'project')} held for review"


def _of_source(case: "Case") -> tuple[str, date, str]:
    return case.newest.source, case.newest.place.day, case.newest.guard


def _of_sources(whole: "Sequence[Case]", single: Mapping[str, int]) -> Iterator[str]:
    """Tell what is held of whole sources in a few lines, however many series that is.

    `single` are how many others of a source are held each for its own sake: a decision on the source is on them too.
    """
    from jobs.commands.reporting import counted
    from jobs.commands.screen import tied
    from publish.table.escape import printable

    for (source, day, guard), group in groupby(whole, key=_of_source):
        cases = list(group)
        names = [f"{case.owner.project.id} {case.metric.key}" for case in cases]
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        yield f"{source}, {day.isoformat()}: {counted(len(names), 'value')} held ({guard})"
        yield f"  reason   {printable(cases[0].newest.reason)}"
        yield f"  values   {', '.join(names[:_MOST_NAMED])}{more}"
        yield from (f"  note     {note}" for note in _noted([note for case in cases for note in case.notes]))
        if own := single.get(source):
            yield f"  with it  {counted(own, 'value')} held for a reason of its own, see below: decide on such first"
        yield f"  decide   {tied(f'tallybook review accept|reject --source {source} --day {day} --reason TEXT')}"
        yield ""


def _lines(case: "Case") -> Iterator[str]:
    from jobs.commands.screen import tied
    from publish.table.escape import clipped, printable
    from publish.table.numbers import grouped

    newest, day = case.newest, case.newest.place.day
    days = [one.place.day for one in case.held]
    before = "none of late" if case.before is None else f"{grouped(case.before[1])} on {case.before[0]}"
    facts = [
        ("artifact", f"{case.owner}, by {newest.source}"),
        ("before", before),
        ("held", f"{grouped(newest.value)} on {day}"),
        *(
            [("since", f"{days[0]}: {', '.join(grouped(one.value) for one in case.held[:-1])}")]
            if len(days) > 1
            else []
        ),
        ("reason", clipped(newest.reason, 200)),
        *(("beside", _beside(other)) for other in case.others),
        *(("see", link) for link in case.links),
        *([("later", "values of later days count; this one waits all the same")] if case.overtaken else []),
        *(("note", note) for note in _noted(case.notes)),
    ]
    yield f"{printable(case.owner.project.name)}, {case.metric.label}, {day.isoformat()} ({newest.guard})"
    yield from (f"  {name:<8} {printable(fact)}" for name, fact in facts)
    yield f"  decide   {tied(printable(f'tallybook review accept|reject {_named(case)} --reason TEXT'))}"
    yield ""


def _named(case: "Case") -> str:
    """Name a case as briefly as its values can be told from all others that are held."""
    first, last = case.held[0].place.day, case.newest.place.day
    name = f"{case.owner.project.id} {case.metric.key}"
    if case.only:
        return name
    return f"{name} --artifact {case.owner} " + (f"--day {last}" if first == last else f"--from {first} --to {last}")


def _noted(notes: Sequence[str]) -> list[str]:
    """Return the newest of some remarks, each once."""
    from publish.table.escape import clipped, printable

    return [printable(clipped(note, 200)) for note in list(dict.fromkeys(notes))[-_MOST_NOTES:]]


def _beside(other: "Other") -> str:
    before, now = (_text(other, value) for value in (other.before, other.now))
    return f"{other.metric.label} {before} → {now}"


def _text(other: "Other", value: float | None) -> str:
    from publish.table.numbers import index, short

    return "—" if value is None else index(value) if other.metric.type == "index" else short(value)


def _object(case: "Case") -> dict[str, Any]:
    from publish.table.numbers import plain

    newest = case.newest
    before = case.before
    return {
        "project": case.owner.project.id,
        "metric": case.metric.key,
        "artifact": str(case.owner),
        "source": newest.source,
        "guard": newest.guard,
        "reason": newest.reason,
        "day": newest.place.day.isoformat(),
        "value": plain(newest.value),
        "run": newest.run,
        "since": case.held[0].place.day.isoformat(),
        "held": [{"day": one.place.day.isoformat(), "value": plain(one.value)} for one in case.held],
        "before": None if before is None else {"day": before[0].isoformat(), "value": plain(before[1])},
        "change_percent": None if not before or not before[1] else round((newest.value / before[1] - 1) * 100, 2),
        "others": [{"metric": other.metric.key, "before": other.before, "now": other.now} for other in case.others],
        "links": list(case.links),
        "overtaken": case.overtaken,
        "notes": list(case.notes),
        "decide": f"tallybook review accept|reject {_named(case)} --reason TEXT",
    }
