"""A dead-man monitor hears of each refresh how it ended, and nothing else; what befalls it is a warning only."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from jobs.cli import run
from jobs.exits import DONE, FAILED, USAGE
from jobs.settings import read_settings

Output = pytest.CaptureFixture[str]


class Service(BaseHTTPRequestHandler):
    """Notes what it is sent."""

    heard: ClassVar[list[tuple[str, dict[str, str]]]] = []
    status: ClassVar[int] = 200

    def do_GET(self) -> None:
        self.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Service]]:
    monkeypatch.chdir(tmp_path)
    Service.heard.clear()
    Service.status = 200
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TALLYBOOK_PING_URL", f"http://127.0.0.1:{server.server_port}/ping/s3cret/")
        monkeypatch.setenv("TALLYBOOK_PYPISTATS_URL", "http://127.0.0.1:1")
        monkeypatch.setenv("TALLYBOOK_TIMEOUT", "0.2")
        (tmp_path / "catalog.toml").write_text('[projects.p]\nname = "P"\npypi = "kfp"\n')
        yield Service
        server.shutdown()


def paths(service: type[Service]) -> list[str]:
    return [path for path, _ in service.heard]


def test_it_hears_the_start_and_the_exit_code(monitor: type[Service], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_0123456789abcdef")
    code = run(["refresh"])
    assert code == FAILED
    assert paths(monitor) == ["/ping/s3cret/start", f"/ping/s3cret/{code}"]


def test_it_is_sent_no_token(monitor: type[Service], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_0123456789abcdef")
    run(["refresh"])
    for _, headers in monitor.heard:
        assert "authorization" not in headers
        assert "ghp_" not in str(headers)


def test_a_catalog_that_cannot_be_read_is_told_too(monitor: type[Service], tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text("nonsense")
    assert run(["refresh"]) == USAGE
    assert paths(monitor) == ["/ping/s3cret/start", "/ping/s3cret/2"]


def test_a_dry_run_calls_nobody(monitor: type[Service]) -> None:
    assert run(["refresh", "--dry-run"]) == DONE
    assert paths(monitor) == []


@pytest.mark.parametrize("status", [500, 302])
def test_a_monitor_that_fails_is_a_warning_and_its_secret_is_not_shown(
    monitor: type[Service], capsys: Output, status: int
) -> None:
    monitor.status = status
    assert run(["refresh"]) == FAILED
    said = capsys.readouterr().err
    assert f"warning: the monitor at 127.0.0.1 could not be told 'start': HTTP {status}" in said
    assert "s3cret" not in said


@pytest.mark.usefixtures("monitor")
def test_a_monitor_that_is_not_there_changes_no_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("TALLYBOOK_PING_URL", "http://127.0.0.1:1/s3cret")
    assert run(["refresh"]) == FAILED
    said = capsys.readouterr().err
    assert said.count("warning: the monitor") == 2
    assert "s3cret" not in said


def test_a_monitor_is_no_service_and_a_secret(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    settings = read_settings({"TALLYBOOK_PING_URL": "https://monitor.example/s3cret"})
    assert settings.bases == {}
    assert "s3cret" not in repr(settings)
    monkeypatch.setenv("TALLYBOOK_PING_URL", "monitor.example/s3cret")
    assert run(["status"]) == USAGE
    assert "s3cret" not in capsys.readouterr().err
