"""Loads what comes with an extra of the package, or says how to get it; knows no use of it."""

from importlib import import_module
from typing import Any


class ExtraMissing(Exception):
    """A library that an extra brings is not installed; the message says how to install it."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs the extra {extra}: pip install '.[{extra}]' where tallybook is installed from"
        )


def load(module: str, *, purpose: str, extra: str) -> Any:
    """Import a module of an extra. Raises ExtraMissing if it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ExtraMissing(purpose, extra) from error
