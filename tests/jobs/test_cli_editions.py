"""`publish`, `table --edition`, `diff` and `verify` as a person calls them, on the ledger of the demonstration."""

import json
import re
import threading
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.demo.demo import Demo
from jobs.exits import DONE, FAILED, HELD, USAGE

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    for name in ("TALLYBOOK_DB", "TALLYBOOK_CATALOG", "TALLYBOOK_RECORDINGS", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-04-29T10:00:00Z")
    monkeypatch.chdir(tmp_path)
    Demo(Path("tallybook-demo")).read(threading.Event())
    monkeypatch.chdir("tallybook-demo")
    capsys.readouterr()


def test_what_is_published_is_what_the_table_prints_byte_for_byte(capsys: Output) -> None:
    assert run(["publish"]) == DONE
    assert (
        "all: published as of 2026-04-27: site/all/2026-04-27.json, site/all/2026-04-27.md\n" in capsys.readouterr().out
    )
    for form, suffix in (("markdown", "md"), ("json", "json")):
        for arguments in (
            ["--as-of", "2026-04-27"],
            ["--edition", "2026-04-27"],
            ["--edition", "2026-04-27", "--page", "all"],
        ):
            assert run(["table", *arguments, "--format", form]) == DONE
            captured = capsys.readouterr()
            of_page = '  "page": "all",\n  "title": "All projects",\n'
            published = Path(f"site/all/2026-04-27.{suffix}").read_text(encoding="utf-8")
            assert captured.out == (published.replace(of_page, "") if "--as-of" in arguments else published)
            assert captured.err == ""


def test_the_starters_page_is_published_by_its_name(capsys: Output) -> None:
    assert run(["init"]) == DONE
    assert run(["publish", "metaflow-vs-kubeflow", "-o", "public", "--json"]) == DONE
    (told,) = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert (told["page"], told["title"], told["new"]) == ("metaflow-vs-kubeflow", "Metaflow vs Kubeflow", True)
    assert all(Path(file).exists() for file in told["files"])


def test_too_much_that_is_old_exits_5_and_says_which_and_why(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYBOOK_NOW", "2026-05-12T10:00:00Z")
    assert run(["publish", "--json"]) == HELD
    captured = capsys.readouterr()
    (told,) = json.loads(captured.out)
    assert (told["published"], told["edition"], told["files"], len(told["not_fresh"])) == (False, None, [], 7)
    assert "all: not published: 7 of 7 numbers are not fresh, max_stale allows 20%\n" in captured.err
    assert "tried as of 2026-05-11, the last Monday\n" in captured.err
    assert "--allow-stale publishes it with marks" in captured.err
    assert "value of 2026-04-27, nothing newer" in captured.err
    assert not Path("site").exists()
    assert run(["publish", "--allow-stale"]) == DONE
    assert "published with marks" in capsys.readouterr().err


def test_every_mistake_in_every_page_exits_2(capsys: Output) -> None:
    Path("comparisons").mkdir()
    Path("comparisons/a.md").write_text("no page")
    Path("comparisons/b.md").write_text("---\nprojects: [7]\n---\n")
    assert run(["publish"]) == USAGE
    err = capsys.readouterr().err
    assert "tallybook: comparisons/a.md:1:" in err
    assert "tallybook: comparisons/b.md:2:" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["table", "--page", "all"],
        ["table", "--edition", "2026-04-27", "--as-of", "2026-04-27"],
        ["table", "--edition", "2026-04-27", "--known-at", "1"],
        ["table", "--edition", "2026-04-27", "kubeflow"],
        ["table", "--edition", "2026-04-20"],
        ["table", "--edition", "2026-04-27", "--page", "nope"],
        ["diff", "2026-04-20"],
        ["diff", "yesterday"],
        ["publish", "--as-of", "2027-01-01"],
        ["publish", "nope"],
    ],
)
def test_bad_usage_exits_2_and_prints_no_result(arguments: list[str], capsys: Output) -> None:
    run(["publish"])
    capsys.readouterr()
    assert run(arguments) == USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def test_diff_says_that_nothing_has_changed(capsys: Output) -> None:
    run(["publish"])
    capsys.readouterr()
    assert run(["diff", "2026-04-27"]) == DONE
    assert capsys.readouterr().out == "nothing has changed\n"
    assert run(["diff", "2026-04-27", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["page"], told["edition"], told["differences"]) == ("all", 1, [])
    assert told["published"] == told["known_at"]


def test_verify_exits_1_only_if_something_differs(capsys: Output) -> None:
    run(["publish"])
    capsys.readouterr()
    assert run(["verify"]) == DONE
    out = capsys.readouterr().out
    assert out == "checked the ledger, 1 edition and 2 recordings with 6 responses: nothing differs\n"
    next(Path("recordings").iterdir()).unlink()
    assert run(["verify"]) == FAILED
    assert "is not there" in capsys.readouterr().out
    assert run(["verify", "--json"]) == FAILED
    told = json.loads(capsys.readouterr().out)
    assert [one["kind"] for one in told["differences"]] == ["recording"]


def test_editions_are_listed(capsys: Output) -> None:
    assert run(["editions"]) == DONE
    assert capsys.readouterr() == ("", "nothing was published yet; `tallybook publish` does\n")
    run(["publish"])
    capsys.readouterr()
    assert run(["editions"]) == DONE
    assert re.fullmatch(r"2026-04-27  all  2026-04-29T10:00:00Z  run 2  [0-9a-f]{12}\n", capsys.readouterr().out)
    assert run(["editions", "--json"]) == DONE
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["edition"], told["page"], told["day"], len(told["digest"])) == (1, "all", "2026-04-27", 64)
