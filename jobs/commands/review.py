"""`tallybook review`: what the guards hold, with the evidence, and the decisions on it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import click

from jobs.commands.options import Day
from jobs.commands.reporting import counted
from jobs.exits import DONE
from jobs.review import Case, Choice, Decided, Other, cases, decide
from jobs.settings import Settings
from publish.table.escape import clipped, printable
from publish.table.numbers import grouped, plain
from publish.table.shares import WHOLE

_VERDICTS = ("accept", "reject", "reopen", "note")
_SAID = {"accept": "accepted", "reject": "rejected", "reopen": "opened again", "note": "noted"}
_MOST_NAMED = 20
_MOST_NOTES = 3
_OVERTAKEN = "values of later days count; this day's waits all the same"


@click.command()
@click.argument("verdict", required=False, type=click.Choice(_VERDICTS), metavar="[accept|reject|reopen|note]")
@click.argument("project", required=False)
@click.argument("metric", required=False)
@click.option("--source", metavar="S", default="", help="All that is held of a source, instead of a project's metric.")
@click.option("--artifact", metavar="KIND:NAME", default="", help="Only of this one of the project's artifacts.")
@click.option("--day", type=Day(), metavar="D", help="The value of that day, held or not, instead of all held ones.")
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
    reason: str,
    as_json: bool,
) -> int:
    """Show what is held for review, or decide on it.

    `accept` lets the held values of a project's metric count, and the next ones are judged by them; `reject` keeps
    them out for good; `note` only adds a remark; `reopen` takes a decision back. With --day, a value that nobody held
    can be rejected, and one that was decided can be decided again. Where another one stands under an artifact's name,
    `accept` says that the name is to count that one from then on. Every decision is kept with its reason.
    """
    if verdict is None:
        if source or artifact or day or reason:
            raise click.UsageError("Those options belong to a decision; without one, all that is held is listed.")
        _list(cases(settings), as_json=as_json)
        return DONE
    if bool(source) == bool(project and metric) or (project and not metric):
        raise click.UsageError("Name either PROJECT and METRIC, or --source S.")
    if not reason.strip():
        raise click.UsageError("A decision needs its --reason TEXT.")
    if verdict == "reopen" and day is None:
        raise click.UsageError("Name the --day D whose decision is taken back.")
    choice = Choice(project or "", metric or "", source, artifact, day)
    for line in _told(decide(settings, verdict, choice, reason.strip()), choice):
        click.echo(line)
    return DONE


def _told(decided: Decided, choice: Choice) -> Iterator[str]:
    if not decided.values:
        what = choice.source or f"{choice.project} {choice.metric}"
        yield f"nothing is held of {what}; a value that is not held, or was decided, is named by --day D"
        return
    values = sorted({(f"{part.member_kind}:{part.artifact}", part.metric or "", day) for part, day in decided.values})
    for name, metric, day in values[:_MOST_NAMED]:
        yield f"{_SAID[decided.verdict]}: {metric} of {printable(name)}, {day.isoformat()}"
    if len(values) > _MOST_NAMED:
        yield f"and {len(values) - _MOST_NAMED} more"
    yield f"kept as run {decided.run}"


def _list(found: Sequence[Case], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_object(case) for case in found], indent=2))
        return
    if not found:
        click.echo("nothing is held for review")
        return
    whole = [case for case in found if case.held.guard in WHOLE]
    single = Counter(case.part.source or "" for case in found if case.held.guard not in WHOLE)
    for line in _of_sources(sorted(whole, key=_of_source), single):
        click.echo(line)
    for case in found:
        if case.held.guard not in WHOLE:
            for line in _lines(case):
                click.echo(line)


def _of_source(case: Case) -> tuple[str, date, str]:
    return case.part.source or "", case.held.day, case.held.guard


def _of_sources(whole: Sequence[Case], single: Mapping[str, int]) -> Iterator[str]:
    """Tell what is held of whole sources in a few lines, however many series that is.

    `single` are how many others of a source are held each for its own sake: a decision on the source is on them too.
    """
    for (source, day, guard), group in groupby(whole, key=_of_source):
        listed = list(group)
        names = [f"{case.project.id} {case.metric.key}" for case in listed]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield f"{source}, {day.isoformat()}: {len(names)} values held ({guard})"
        yield f"  reason   {printable(listed[0].held.reason)}"
        yield f"  values   {', '.join(names[:_MOST_NAMED])}{more}"
        for note in _noted([note for case in listed for note in case.notes]):
            yield f"  note     {note}"
        if own := single.get(source):
            yield f"  with it  {counted(own, 'value')} held for a reason of its own, see below: decide on such first"
        yield f"  decide   tallybook review accept|reject --source {source} --reason TEXT"
        yield ""


def _lines(case: Case) -> Iterator[str]:
    part, held = case.part, case.held
    by_day = case.overtaken and case.since == held.day
    day = f" --day {held.day}" if by_day else ""
    yield f"{printable(case.project.name)}, {case.metric.label}, {held.day.isoformat()} ({held.guard})"
    facts = [
        ("artifact", f"{part.member_kind}:{part.artifact}"),
        ("before", "none" if part.value is None else f"{grouped(part.value)} on {part.day}"),
        ("held", f"{grouped(held.value)} on {held.day}{_change(case)}"),
        ("reason", clipped(held.reason, 200)),
        ("since", case.since.isoformat()),
        *(("beside", _beside(other)) for other in case.others),
        *(("see", link) for link in case.links),
        *((("later", _OVERTAKEN),) if case.overtaken else ()),
        *(("note", note) for note in _noted(case.notes)),
        ("decide", f"tallybook review accept|reject {case.project.id} {case.metric.key}{day} --reason TEXT"),
    ]
    yield from (f"  {name:<8} {printable(fact)}" for name, fact in facts)
    yield ""


def _noted(notes: Sequence[str]) -> list[str]:
    """Return the newest of some remarks, each once."""
    return [clipped(note, 200) for note in list(dict.fromkeys(notes))[-_MOST_NOTES:]]


def _change(case: Case) -> str:
    share = _share(case)
    score = f", {case.score:.0f} times its usual weekly change" if case.score is not None else ""
    return f" ({share:+,.1f} %{score})" if share is not None else ""


def _share(case: Case) -> float | None:
    return None if not case.part.value else (case.held.value / case.part.value - 1) * 100


def _beside(other: Other) -> str:
    return f"{other.metric.label} {other.before.text} → {other.now.text}"


def _object(case: Case) -> dict[str, Any]:
    part, held = case.part, case.held
    return {
        "project": case.project.id,
        "metric": case.metric.key,
        "artifact": f"{part.member_kind}:{part.artifact}",
        "source": part.source,
        "guard": held.guard,
        "reason": held.reason,
        "day": held.day.isoformat(),
        "value": plain(held.value),
        "since": case.since.isoformat(),
        "before": None
        if part.value is None or part.day is None
        else {"day": part.day.isoformat(), "value": plain(part.value)},
        "change_percent": None if _share(case) is None else round(_share(case) or 0.0, 2),
        "score": None if case.score is None else round(case.score, 1),
        "others": [
            {"metric": other.metric.key, "before": other.before.value, "now": other.now.value} for other in case.others
        ],
        "links": list(case.links),
        "overtaken": case.overtaken,
        "notes": list(case.notes),
    }
