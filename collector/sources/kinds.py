"""Kinds of artifact: what their names look like at a registry, and how each is written once."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from packaging.utils import InvalidName, canonicalize_name

_OWNER = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
_REPOSITORY = r"(?!\.{1,2}(?:$|\#))[A-Za-z0-9._-]{1,100}"
_GITHUB = re.compile(rf"{_OWNER}/{_REPOSITORY}(?<!\.git)(?:\#[1-9][0-9]{{0,18}})?")
_GITHUB_IN_TEXT = re.compile(r"(?:(?:https?://)?(?:www\.)?github\.com/)?([^/]+/[^/#]+?)(?:\.git)?(?:[/#].*)?")
_PYPI_IN_TEXT = re.compile(r"(?:https?://[^/]+/project/)?([A-Za-z0-9](?:[A-Za-z0-9._-]{0,99}[A-Za-z0-9])?)(?![\w.-])")
_DOCKER = re.compile(r"[a-z0-9][a-z0-9._-]*/(?:[a-z0-9][a-z0-9._-]*|[a-z0-9._*-]*\*[a-z0-9._*-]*)")
_DOCKER_IN_TEXT = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:hub\.docker\.com/(?:r/)?|(?:index\.)?docker\.io/))?"
    r"((?:[a-z0-9_][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*)(?:[:@?].*|/|/tags.*)?"
)
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_IN_A_TITLE = frozenset("#<>[]{}|")
_LONGEST = 200


class BadName(ValueError):
    """A name that no service can know; the message goes on after the name: what is wrong and what would be right."""


def _itself(name: str) -> tuple[str, ...]:
    return (name,)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the artifacts of one kind are called.

    `name` is the key in a catalog and the first part of `kind:name`. `read` gives an artifact's name as it is stored,
    or raises BadName. Two names are of one artifact if they share one of their `keys`; with `patterns`, one that holds
    a `*` stands for all that match it. A project has at most one artifact of a `single` kind. `about` says to whoever
    writes a catalog what belongs there, beside an `example`; editors check by `pattern`, which is kept so simple that
    all of them know it, and lets every good name pass.
    """

    name: str
    about: str
    example: str
    read: Callable[[str], str]
    keys: Callable[[str], tuple[str, ...]] = _itself
    single: bool = False
    patterns: bool = False
    pattern: str = r"\S"


def display_name(text: str) -> str:
    """Return a name for people without the spaces around it. Raises BadName."""
    if any(letter in _BIDI_OVERRIDES or unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text):
        raise BadName("holds a control character or one that turns the direction of the text; leave it out")
    if not any(letter.isprintable() and not letter.isspace() for letter in text):
        raise BadName("is empty; write what people should read")
    if len(text.strip()) > _LONGEST:
        raise BadName(f"has {len(text.strip())} characters; at most {_LONGEST} are allowed")
    return text.strip()


def _github(text: str) -> str:
    if _GITHUB.fullmatch(text):
        return text
    if re.fullmatch(rf"{_OWNER}/{_REPOSITORY}\#.*", text):
        raise BadName("has no number behind its '#'; the repository's numeric id stands there")
    found = _GITHUB_IN_TEXT.fullmatch(text)
    raise BadName("is not owner/repo" + _instead(found and found[1], _GITHUB, "'kubeflow/kubeflow'"))


def _github_keys(name: str) -> tuple[str, ...]:
    """Return the name whatever its case, and the id to which it is pinned, which stays when the name changes."""
    called, _, number = name.partition("#")
    return (called.casefold(), f"#{number}") if number else (called.casefold(),)


def _pypi(text: str) -> str:
    try:
        if len(text) <= _LONGEST:
            return str(canonicalize_name(text, validate=True))
    except InvalidName:
        pass
    found = _PYPI_IN_TEXT.match(text)
    raise BadName("is not the name of a package" + _instead(found and found[1], _PYPI_IN_TEXT, "'scikit-learn'"))


def _docker(text: str) -> str:
    if _DOCKER.fullmatch(text) and len(text) <= _LONGEST:
        return text
    if "*" in text.partition("/")[0]:
        raise BadName("has a '*' in its namespace; only the image may have one, such as 'kubeflow/*'")
    found = _DOCKER_IN_TEXT.fullmatch(text.lower())
    image = found and (found[1] if "/" in found[1] else f"library/{found[1]}").replace("_/", "library/")
    example = "'library/postgres' or 'kubeflow/*'"
    raise BadName("is not namespace/image of Docker Hub" + _instead(image, _DOCKER, example))


def _wikipedia(text: str) -> str:
    title = display_name(text.replace("_", " "))
    if "://" in title or _NOT_IN_A_TITLE & set(title):
        raise BadName("is not the title of an article, such as 'Apache Airflow'")
    return title


def _instead(name: str | None, shape: re.Pattern[str], example: str) -> str:
    """Propose a name that has the shape asked for, else show an example of it."""
    good = name and len(name) <= _LONGEST and shape.fullmatch(name)
    return f"; did you mean '{name}'?" if good else f", such as {example}"


SHARED = (
    Kind(
        "github",
        "Repositories of GitHub as owner/repo. With its numeric id, owner/repo#12345, it is that repository and no "
        "other one of this name.",
        "kubeflow/kubeflow",
        _github,
        _github_keys,
        pattern="^[A-Za-z0-9-]+/[A-Za-z0-9._-]+(#[1-9][0-9]*)?$",
    ),
    Kind("pypi", "Packages of the Python Package Index.", "kfp", _pypi, pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    Kind(
        "docker",
        "Images of Docker Hub as namespace/image; an official image is library/image. A pattern, namespace/*, stands "
        "for all images of the namespace's list that match it.",
        "kubeflow/*",
        _docker,
        patterns=True,
        pattern="^[a-z0-9][a-z0-9._-]*/[a-z0-9._*-]+$",
    ),
    Kind(
        "search",
        "The term whose search interest is compared, from exports of Google Trends.",
        "Kubeflow",
        display_name,
        single=True,
    ),
    Kind("wikipedia", "The title of an article of the English Wikipedia.", "Kubeflow", _wikipedia, single=True),
)
"""The kinds that several sources or none ask about, in the order in which a project lists them.

A kind of which one source alone knows stands in that source's module.
"""
