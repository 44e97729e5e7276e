"""The schedule as other schedulers take it: a crontab entry, systemd's units, a workflow, a CronJob."""

import getpass
import re
import shlex
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined

from jobs.cron import calendar_event, later
from jobs.schedule import HOUR, Schedule
from jobs.settings import VERSION, Settings

FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "systemd": ("tallybook.service", "tallybook.timer", "tallybook-failed.service"),
    "github-actions": ("github-actions.yml",),
    "kubernetes": ("Containerfile", "tallybook.yaml"),
}
"""The files of each form but cron's, which is a line."""

_QUIET_MINUTE: Final = 17
_AGAIN: Final = 6
"""Hours after which a workflow looks whether the week is done."""
_LEDGERS: Final = 8
"""So many weeks of ledgers a workflow keeps."""


def cron_line(schedule: Schedule) -> str:
    """Return the crontab entry that refreshes and publishes on this schedule, from the present folder.

    A password in the ledger's URL is left out, since every process of the machine can be listed with its arguments.
    """
    command = " ".join([shlex.quote(_program()), *_options(schedule.settings)])
    lines = [
        "# Times are UTC. Where cron does not know CRON_TZ, write the hour in the machine's own zone.",
        "# Published is what a refresh has stored: wholly, partly (3), or with a source held back (5).",
        "CRON_TZ=UTC",
    ]
    if _has_secret(schedule.settings):
        lines.append("# Set TALLYBOOK_DB above this line: the ledger's URL holds a password.")
    both = f"{command} refresh; case $? in 0|3|5) {command} publish;; esac"
    entry = f"{schedule.fields} cd {shlex.quote(str(Path.cwd()))} && {{ {both}; }}".replace("%", "\\%")
    return "\n".join([*lines, entry])


def printed(schedule: Schedule, form: str) -> dict[str, str]:
    """Return the files of a form by their names, for the present folder and these settings."""
    settings, folder = schedule.settings, Path.cwd()
    program = " ".join([shlex.quote(_program()), *_options(settings)])
    # At the full hour, which is the usual one, those who share their machines are busiest.
    usual = schedule.fields.startswith(f"0 {HOUR} ")
    cron = f"{_QUIET_MINUTE} {schedule.fields.split(maxsplit=1)[1]}" if usual else schedule.fields
    facts = {
        "version": VERSION,
        "cron": schedule.fields if form == "kubernetes" else cron,
        "again": later(cron, _AGAIN),
        "calendar": calendar_event(schedule.fields),
        "ledgers": _LEDGERS,
        "user": getpass.getuser(),
        "folder": _escaped(str(folder)),
        # systemd reads % and $ as its own.
        "command": _escaped(program).replace("$", "$$"),
        "secret": _has_secret(settings),
        "writable": [_escaped(f'"{path}"' if " " in str(path) else str(path)) for path in _written(settings, folder)],
        "environment": _changed(settings),
    }
    templates = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    sources = {name: files("jobs").joinpath("printed", f"{name}.j2").read_text("utf-8") for name in FORMS[form]}
    return {name: templates.from_string(text).render(facts) for name, text in sources.items()}


def _options(settings: Settings) -> list[str]:
    standard = Settings()
    given = {"--db": settings.db, "--catalog": str(settings.catalog), "--recordings": str(settings.recordings)}
    usual = {"--db": standard.db, "--catalog": str(standard.catalog), "--recordings": str(standard.recordings)}
    options = [f"{name} {shlex.quote(value)}" for name, value in given.items() if value != usual[name]]
    return [option for option in options if not (_has_secret(settings) and option.startswith("--db"))]


def _changed(settings: Settings) -> dict[str, str]:
    """Return what a workflow has to be told: its ledger and its recordings are always at their usual places."""
    usual = settings.catalog == Settings().catalog
    return {} if usual else {"TALLYBOOK_CATALOG": str(settings.catalog)}


def _written(settings: Settings, folder: Path) -> list[Path]:
    """Return the folders that a refresh and a publication write to."""
    database = settings.db.removeprefix("sqlite:///") if settings.db.startswith("sqlite:///") else ""
    places = [folder, folder / settings.recordings, (folder / database).parent]
    return [place for at, place in enumerate(places) if not any(place.is_relative_to(one) for one in places[:at])]


def _has_secret(settings: Settings) -> bool:
    return re.search(r"://[^/@]*:[^/@]*@", settings.db) is not None


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _program() -> str:
    beside = Path(sys.executable).with_name("tallybook")
    return str(beside if beside.exists() else Path(sys.argv[0]).absolute())
