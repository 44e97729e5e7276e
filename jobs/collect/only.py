"""The first half of a refresh alone: asks and records, into a file that any ledger can take in. Needs no ledger."""

from dataclasses import replace
from pathlib import Path

from collector.sources import SOURCES
from jobs.collect.plan import Selection, is_same_work, plan_refresh
from jobs.collect.record import Job, record
from jobs.ingest.plan import REFRESH, Plan, scope
from jobs.ingest.report import Report, Tally
from jobs.ingest.unfinished import taken_in, unfinished


def collect_only(job: Job, selection: Selection, path: Path, part: tuple[int, int] = (1, 1)) -> Report:
    """Record the answers of a refresh in a file, or go on with the same of today that was broken off.

    Of the refresh that is `part` i of n: the services are dealt out, each whole, so that its limits hold. Raises
    RecordingError, also if the file is there and is another one.
    """
    settings, tally = job.settings, Tally()
    warnings: dict[str, None] = {}

    def is_same(plan: Plan) -> bool:
        asked, sources = scope(selection.projects, selection.sources), set(make().artifacts)
        same = plan.day == settings.clock().date() and set(plan.artifacts) == sources
        return same and is_same_work(plan, REFRESH, asked, settings, job.catalog)

    def make() -> Plan:
        plan, (number, count) = plan_refresh(job.catalog, selection, settings, None), part
        services = list(dict.fromkeys(SOURCES[one.source].service for one in plan.parts))
        ours = set(services[number - 1 :: count])
        return replace(plan, parts=tuple(one for one in plan.parts if SOURCES[one.source].service in ours))

    with unfinished(path, is_same, make) as recording:
        for told in record(job, recording):
            tally.take(told)
            warnings |= dict.fromkeys(told.answer.warnings)
        if not job.stop.is_set():
            taken_in(path)
    report = tally.report(recording.plan.artifacts, warnings)
    return replace(report, recordings=(path.name,), interrupted=job.stop.is_set(), resumed=recording.resumed)
