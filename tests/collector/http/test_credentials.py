"""Tokens are told apart by what does not tell them, and no message holds a name or password that stood in a URL."""

import time

import pytest

from collector.http.credentials import Tokens, account_of, without_userinfo
from collector.model import ETag, Mark, Request

ONE, TWO = "1" * 40, "2" * 40


def test_tokens_are_told_apart_by_a_digest_that_does_not_tell_them() -> None:
    tokens = Tokens({"github": (ONE, TWO)}, {})
    assert [tokens.account(token) for token in (ONE, TWO, "")] == [account_of(ONE), account_of(TWO), ""]
    assert account_of(ONE) != account_of(TWO)
    assert len(account_of(ONE)) == 16
    assert "111" not in account_of(ONE)


def test_a_mark_is_sent_to_its_own_address_with_the_token_that_it_was_given_to() -> None:
    tokens, url = Tokens({"github": (ONE, TWO)}, {}), "https://x.example/1"
    marks = (Mark(url, account_of(TWO), ETag('"two"')), Mark(url, "", ETag('"nobody"')))
    here, there = (Request("github", at, (), marks=marks) for at in (url, f"{url}?page=2"))
    assert [tokens.etag(here, token) for token in (ONE, TWO, "")] == ["", '"two"', '"nobody"']
    assert [tokens.etag(there, token) for token in (ONE, TWO, "")] == ["", "", ""]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Failed to parse: http://user:secret@127.0.0.1:99999", "Failed to parse: http://***@127.0.0.1:99999"),
        ("no way by 'https://u:a@b/c?d#e@proxy:1', sorry", "no way by 'https://***@proxy:1', sorry"),
        ("https://a.example/x to me@x.example", "https://a.example/x to me@x.example"),
        ("nothing for 30 s", "nothing for 30 s"),
    ],
)
def test_a_message_is_told_without_names_and_passwords_of_urls(said: str, told: str) -> None:
    assert without_userinfo(said) == told


def test_a_long_message_takes_no_long_time() -> None:
    began = time.process_time()
    without_userinfo("/" * 1_000_000)
    assert time.process_time() - began < 1
