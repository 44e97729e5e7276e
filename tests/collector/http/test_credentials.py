"""No message holds a token, and none a name or password that stood in a URL."""

import time

import pytest

from collector.http.credentials import Tokens, without_userinfo

ONE, TWO = "1" * 40, "2" * 40


def test_a_token_is_struck_out_of_text_and_bytes() -> None:
    tokens = Tokens({"github": ONE, "other": ""})
    assert tokens.blot(f"Bearer {ONE}, {TWO}") == f"Bearer ***, {TWO}"
    assert tokens.blot_bytes(f"a {ONE}".encode()) == b"a ***"


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
