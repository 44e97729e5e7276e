"""What an extra brings, and what is said without it."""

import json

import pytest

from publish.extras import ExtraMissing, load


def test_what_is_installed_is_loaded() -> None:
    assert load("json", purpose="a test", extra="none") is json


def test_what_is_not_installed_says_what_to_install() -> None:
    with pytest.raises(ExtraMissing, match=r"a chart needs the extra charts: pip install '\.\[charts\]'"):
        load("no_such_module_of_ours", purpose="a chart", extra="charts")
