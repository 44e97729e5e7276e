"""The environment is read strictly: what cannot be used is named, and what is not set has a default."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.cli import run
from jobs.settings import Settings, SettingsError, read_settings, unread


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert (settings.db, settings.catalog, settings.recordings) == (
        "sqlite:///tallybook.db",
        Path("catalog.toml"),
        Path("recordings"),
    )
    assert (settings.max_wait, settings.timeout, settings.budgets) == (900.0, 30.0, True)


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"TALLYBOOK_DB": "", "TALLYBOOK_TIMEOUT": " "}) == Settings()


def test_a_token_that_can_be_one_is_taken_as_it_is() -> None:
    settings = read_settings({"GITHUB_TOKEN": f" {'1' * 40} "})
    assert (settings.github_token, settings.bad_token) == ("1" * 40, "")


@pytest.mark.parametrize(
    "token", ["short", "ghp_sec ret_0123456789", "ghp_sec\u00e9ret_0123456789", f"{'1' * 40},{'2' * 40}"]
)
def test_a_token_that_cannot_be_one_stops_nothing_here_and_is_not_repeated(token: str) -> None:
    settings = read_settings({"GITHUB_TOKEN": token})
    assert settings.github_token == ""
    assert settings.bad_token.startswith("GITHUB_TOKEN: ")
    assert token[:7] not in settings.bad_token


def test_tokens_do_not_show_when_the_settings_are_printed() -> None:
    assert "ghp_secret" not in repr(read_settings({"GITHUB_TOKEN": "ghp_secret0123456789"}))


def test_the_clock_stands_where_it_is_told_to() -> None:
    settings = read_settings({"TALLYBOOK_NOW": "2026-04-27T07:00:12+02:00"})
    assert settings.clock() == datetime(2026, 4, 27, 5, 0, 12, tzinfo=UTC)


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    assert read_settings({"TALLYBOOK_NOW": "2026-04-27"}).clock() == datetime(2026, 4, 27, tzinfo=UTC)


def test_the_running_clock_tells_whole_seconds_in_utc() -> None:
    now = Settings().clock()
    assert now.tzinfo is UTC
    assert now.microsecond == 0


def test_base_urls_lose_their_last_slash_and_keep_their_path() -> None:
    settings = read_settings({"TALLYBOOK_GITHUB_URL": "http://127.0.0.1:8000/github/"})
    assert settings.bases == {"github": "http://127.0.0.1:8000/github"}


def test_the_base_url_of_any_service_is_read_by_the_pattern_of_its_name() -> None:
    settings = read_settings({"TALLYBOOK_NPM_URL": "https://npm.example", "TALLYBOOK_WIKIMEDIA_URL": ""})
    assert settings.bases == {"npm": "https://npm.example"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TALLYBOOK_NOW", "yesterday"),
        ("TALLYBOOK_NOW", "0001-01-01T00:00:00+14:00"),
        ("TALLYBOOK_NOW", "9999-12-31T23:59:59Z"),
        ("TALLYBOOK_BUDGETS", "no"),
        ("TALLYBOOK_MAX_WAIT", "-1"),
        ("TALLYBOOK_MAX_WAIT", "nan"),
        ("TALLYBOOK_TIMEOUT", "soon"),
        ("TALLYBOOK_PYPISTATS_URL", "pypistats"),
        ("TALLYBOOK_PYPISTATS_URL", "file:///etc/passwd"),
        ("TALLYBOOK_CONTACT", "a\r\nX-Evil: b"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


def test_the_user_agent_carries_the_contact() -> None:
    assert "tallybook/" in Settings().user_agent
    assert "me@example.org" in Settings(contact="me@example.org").user_agent


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TALLYBOOK_GITHUB_URl", "TALLYBOOK_GITHUB_URL"),
        ("TALLYBOOK_GITHBU_URL", "TALLYBOOK_GITHUB_URL"),
        ("TALLYBOOK_CATALOGUE", "TALLYBOOK_CATALOG"),
    ],
)
def test_a_misspelt_variable_is_said_with_the_one_that_may_be_meant(name: str, meant: str) -> None:
    read = {"TALLYBOOK_DB": "sqlite:///x.db", "TALLYBOOK_PYPISTATS_URL": "https://mirror.example", "HOME": "/home/me"}
    assert unread(read) == []
    assert unread(read | {name: "https://mirror.example"}) == [
        f"{name}: there is no such variable, so it is left out. Did you mean {meant!r}?"
    ]


def test_a_misspelt_variable_is_said_by_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLYBOOK_GITHBU_URL", "https://mirror.example")
    run(["schema", "page"])
    assert "TALLYBOOK_GITHBU_URL: there is no such variable" in capsys.readouterr().err
