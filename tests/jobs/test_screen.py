"""What is printed fits a terminal, and a pipe gets each line whole."""

import pytest

from jobs.commands.screen import say, tied, wrapped

LINE = "2026-03-09, no run: 12 github_stars (github-history can tell), 7 dockerhub_pulls (nobody can tell)"


def test_a_long_line_is_broken_between_words_and_goes_on_indented() -> None:
    assert wrapped(f"  {LINE}", 60) == [
        "  2026-03-09, no run: 12 github_stars (github-history can",
        "    tell), 7 dockerhub_pulls (nobody can tell)",
    ]
    assert wrapped("short", 60) == ["short"]
    address = "https://trends.google.com/trends/explore?" + 80 * "x"
    assert wrapped(f"see {address}", 60)[-1].strip() == address


def test_only_a_terminal_has_a_width(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    say([LINE])
    assert capsys.readouterr().out == f"{LINE}\n"
    monkeypatch.setenv("COLUMNS", "60")
    say([LINE])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_command_is_printed_in_one_piece(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    command = "tallybook review accept|reject kubeflow github_stars --reason TEXT"
    say([f"decide {tied(command)}"])
    assert command in capsys.readouterr().out
