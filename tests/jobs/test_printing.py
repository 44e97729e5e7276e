"""The schedule as others take it: units that systemd accepts, a workflow whose steps run, a CronJob."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.cli import run
from jobs.cron import calendar_event, later
from jobs.exits import DONE, USAGE

Output = pytest.CaptureFixture[str]

GH = """#!/bin/bash
# Stands in for the command gh: a release is a folder.
set -e
release="$RELEASE"
case "$1 $2" in
  "release list") [ ! -d "$release" ] || echo tallybook-data ;;
  "release create") mkdir "$release" ;;
  "release view")
    case "$*" in *startswith*) ls "$release" | grep '^ledger-' | sort | tail -1 || true ;; *) ls "$release" ;; esac ;;
  "release download") cp "$release/$5" "$7" ;;
  "release upload") [ ! -e "$release/${4##*/}" ] || exit 1; cp "$4" "$release" ;;
  "release delete-asset") rm "$release/$4" ;;
  *) echo "gh $*" >&2; exit 1 ;;
esac
"""
TALLYBOOK = """#!/bin/bash
# Stands in for tallybook: a ledger is a list of weeks.
set -e
echo "$1" >> "$CALLS"
case "$1" in
  restore) cp "$2" tallybook.db ;;
  runs) echo "[{\\"kind\\": \\"refresh\\", \\"day\\": \\"$(tail -1 tallybook.db)\\", \\"state\\": \\"done\\"}]" ;;
  refresh)
    [ "$CODE" != 1 ] || exit 1
    mkdir -p recordings; date -u +%F >> tallybook.db
    touch "recordings/$WEEK.warc.gz" recordings/open.warc.gz{,.lock}
    exit "$CODE" ;;
  publish) mkdir -p site ;;
  backup) cp tallybook.db "$2" ;;
esac
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "catalog.toml").write_text('[projects.p]\nname = "P"\npypi = "kfp"\n')
    return tmp_path


def program(*arguments: object, place: Path = Path()) -> str:
    """Run a program of the system, and return what it said."""
    command = [shutil.which(str(arguments[0])) or str(arguments[0]), *map(str, arguments[1:])]
    ran = subprocess.run(command, check=False, cwd=place, capture_output=True, text=True, timeout=60)  # noqa: S603
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def printed(form: str, place: Path) -> dict[str, str]:
    assert run(["schedule", "--print", form, "-o", str(place / "printed")]) == DONE
    return {path.name: path.read_text() for path in (place / "printed").iterdir()}


def workflow(place: Path) -> dict[str, Any]:
    # YAML's own reader takes the word `on` for a truth value.
    found: dict[str, Any] = yaml.load(printed("github-actions", place)["github-actions.yml"], yaml.BaseLoader)  # noqa: S506
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_has_nothing_to_say_against_the_units(place: Path) -> None:
    printed("systemd", place)
    units = sorted((place / "printed").iterdir())
    assert len(units) == 3
    program("systemd-analyze", "verify", *units)
    program("systemd-analyze", "calendar", calendar_event("*/15 5-7 1,15 jan-mar *"))


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ("0 5 * * mon", "Mon *-*-* 05:00:00 UTC"),
        ("30 4 * * 1-5", "Mon,Tue,Wed,Thu,Fri *-*-* 04:30:00 UTC"),
        ("*/15 5-7 1,15 jan-mar *", "*-01..03-01,15 05..07:00/15:00 UTC"),
    ],
)
def test_cron_fields_are_told_as_systemd_has_them(fields: str, event: str) -> None:
    assert calendar_event(fields) == event


def test_what_is_later_stays_on_the_day() -> None:
    assert later("17 5 * * mon", 6) == "17 11 * * mon"
    assert later("0 22 * * *", 6) == "0 23 * * *"


def test_units_name_what_is_written_to(place: Path) -> None:
    assert run(["--db", "sqlite:////srv/tally/ledger.db", "schedule", "--print", "systemd", "-o", "printed"]) == DONE
    service = (place / "printed/tallybook.service").read_text()
    assert f"ReadWritePaths={place} /srv/tally\n" in service
    assert "--db sqlite:////srv/tally/ledger.db refresh\n" in service


def test_a_workflow_may_do_no_more_than_it_needs(place: Path) -> None:
    made = workflow(place)
    assert [one["cron"] for one in made["on"]["schedule"]] == ["17 5 * * mon", "17 11 * * mon"]
    assert made["concurrency"] == {"group": "tallybook", "cancel-in-progress": "false"}
    assert made["permissions"] == {}
    jobs = made["jobs"]
    assert jobs["collect"]["permissions"] == {"contents": "write"}
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert all(len(step["uses"].split("@")[1]) == 40 for step in steps if "uses" in step), "pinned by commit"
    assert all("${{" not in step.get("run", "") for step in steps), "nothing from outside is put into a script"


DATE = """#!/bin/bash
# Stands in for date where a moment is asked for: two weeks that are played within a second are not of one.
case "$*" in
  *%H*) n=$(( $(cat "$CALLS.count" 2>/dev/null || echo 0) + 1 )); echo $n > "$CALLS.count"
        printf '20991231T%06dZ\\n' $n ;;
  *) exec /bin/date "$@" ;;
esac
"""


class Runner:
    """Runs the steps of the workflow as GitHub does, from a clean checkout each time, with stand-ins beside."""

    def __init__(self, place: Path) -> None:
        self.place, self.steps = place, workflow(place)["jobs"]["collect"]["steps"]
        self.release, self.calls = place / "release", place / "calls"
        (place / "bin").mkdir()
        for name, text in (("gh", GH), ("tallybook", TALLYBOOK), ("date", DATE), ("pip", "#!/bin/sh\n")):
            (place / "bin" / name).write_text(text)
            (place / "bin" / name).chmod(0o755)

    def week(self, name: str, *, code: int = 0, event: str = "schedule") -> tuple[bool, list[str]]:
        """Return whether the job succeeded, and what tallybook was asked."""
        checkout = self.place / name
        checkout.mkdir()
        self.calls.write_text("")
        outputs, fine = dict[str, str](), True
        for step in self.steps:
            if "run" not in step or not (self._wanted(step.get("if", ""), outputs, fine=fine)):
                continue
            told = checkout / "output"
            told.write_text("")
            env = {
                "PATH": f"{self.place / 'bin'}:{os.environ['PATH']}",
                "GITHUB_OUTPUT": str(told),
                "KEPT": "tallybook-data",
                "RELEASE": str(self.release),
                "CALLS": str(self.calls),
                "CODE": str(code),
                "WEEK": name,
                "EVENT": event,
                "REFRESH": outputs.get("refresh.code", ""),
                "PUBLISH": outputs.get("publish.code", ""),
            }
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            ran = subprocess.run(shell, check=False, cwd=checkout, env=env, timeout=30)  # noqa: S603
            fine = fine and ran.returncode == 0
            lines = [line.partition("=") for line in told.read_text().splitlines()]
            outputs |= {f"{step.get('id')}.{key}": value for key, _, value in lines}
        return fine, self.calls.read_text().split()

    @staticmethod
    def _wanted(condition: str, outputs: dict[str, str], *, fine: bool) -> bool:
        if not fine and "!cancelled()" not in condition:
            return False
        wanted = [part.split("steps.")[1] for part in condition.split("&&") if "steps." in part]
        named = [(part.split(" ")[0].replace(".outputs.", "."), part.split("'")[1]) for part in wanted]
        return all(outputs.get(name) == value for name, value in named)


needs_tools = pytest.mark.skipif(not (shutil.which("jq") and sys.platform == "linux"), reason="needs jq and bash")


@needs_tools
def test_the_workflow_keeps_the_ledger_from_week_to_week(place: Path) -> None:
    runner = Runner(place)
    assert runner.week("one") == (True, ["refresh", "publish", "backup", "status"])
    assert runner.week("again") == (True, ["restore", "runs"]), "the week is done"
    fine, calls = runner.week("byhand", event="workflow_dispatch")
    assert (fine, calls) == (True, ["restore", "refresh", "publish", "backup", "status"])
    kept = sorted(path.name for path in runner.release.iterdir())
    assert kept[:1] == ["byhand.warc.gz"]
    assert "one.warc.gz" in kept
    assert not any("open" in name for name in kept), "an unfinished recording is left"
    newest = max(runner.release.glob("ledger-*"))
    assert len(program("gzip", "-dc", newest).split()) == 2


@needs_tools
def test_a_week_that_is_partly_done_is_kept_and_told(place: Path) -> None:
    fine, calls = Runner(place).week("one", code=3)
    assert not fine
    assert calls == ["refresh", "publish", "backup", "status"]


@needs_tools
def test_a_refresh_that_failed_publishes_nothing(place: Path) -> None:
    runner = Runner(place)
    assert runner.week("one", code=1) == (False, ["refresh"])
    assert runner.week("two") == (True, ["refresh", "publish", "backup", "status"])


@needs_tools
def test_old_ledgers_go(place: Path) -> None:
    runner = Runner(place)
    runner.release.mkdir()
    for week in range(10):
        (runner.release / f"ledger-2025010{week}T000000Z.db.gz").write_bytes(b"")
    (runner.release / "ledger-20250109T000000Z.db.gz").write_bytes(gzip.compress(b"2025-01-09\n"))
    assert runner.week("one")[0]
    assert len(list(runner.release.glob("ledger-*"))) == 8


def test_kubernetes_gets_one_run_at_a_time_that_is_not_root(place: Path) -> None:
    texts = printed("kubernetes", place)
    _, job = yaml.safe_load_all(texts["tallybook.yaml"])
    spec = job["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 5 * * mon", "Etc/UTC", "Forbid")
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert "USER 10001" in texts["Containerfile"]
    assert "'tallybook[postgres]==0.1.0'" in texts["Containerfile"]


def test_a_folder_goes_with_print_only() -> None:
    assert run(["schedule", "-o", "printed"]) == USAGE


def test_all_can_be_printed(capsys: Output) -> None:
    for form in ("cron", "systemd", "github-actions", "kubernetes"):
        assert run(["schedule", "--print", form]) == DONE
        assert capsys.readouterr().out.strip()
