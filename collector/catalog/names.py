"""What the names in a catalog may look like, and how each is written once; knows no file and asks no service."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from packaging.utils import InvalidName, canonicalize_name

from collector.model import Artifact

_OWNER = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
_REPOSITORY = r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}"
_GITHUB = re.compile(rf"{_OWNER}/{_REPOSITORY}")
_GITHUB_IN_TEXT = re.compile(r"(?:(?:https?://)?(?:www\.)?github\.com/)?([^/]+/[^/]+?)(?:\.git)?(?:/.*)?")
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


def github(text: str) -> str:
    """Return `owner/repo` as it stands."""
    if _GITHUB.fullmatch(text) and not text.endswith(".git"):
        return text
    found = _GITHUB_IN_TEXT.fullmatch(text)
    raise BadName("is not owner/repo" + _instead(found and found[1], _GITHUB, "'kubeflow/kubeflow'"))


def pypi(text: str) -> str:
    """Return a package's name in its canonical form (PEP 503)."""
    try:
        if len(text) <= _LONGEST:
            return str(canonicalize_name(text, validate=True))
    except InvalidName:
        pass
    found = _PYPI_IN_TEXT.match(text)
    raise BadName("is not the name of a package" + _instead(found and found[1], _PYPI_IN_TEXT, "'scikit-learn'"))


def docker(text: str) -> str:
    """Return `namespace/image` as it stands; the image may be a pattern with `*`."""
    if _DOCKER.fullmatch(text) and len(text) <= _LONGEST:
        return text
    if "*" in text.partition("/")[0]:
        raise BadName("has a '*' in its namespace; only the image may have one, such as 'kubeflow/*'")
    found = _DOCKER_IN_TEXT.fullmatch(text.lower())
    image = found and (found[1] if "/" in found[1] else f"library/{found[1]}").replace("_/", "library/")
    example = "'library/postgres' or 'kubeflow/*'"
    raise BadName("is not namespace/image of Docker Hub" + _instead(image, _DOCKER, example))


def search(text: str) -> str:
    """Return a search term without the spaces around it."""
    return display_name(text)


def wikipedia(text: str) -> str:
    """Return the title of an article of the English Wikipedia, with spaces and not underscores."""
    title = display_name(text.replace("_", " "))
    if "://" in title or _NOT_IN_A_TITLE & set(title):
        raise BadName("is not the title of an article, such as 'Apache Airflow'")
    return title


def display_name(text: str) -> str:
    """Return a name for people without the spaces around it."""
    if any(letter in _BIDI_OVERRIDES or unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text):
        raise BadName("holds a control character or one that turns the direction of the text; leave it out")
    if not any(letter.isprintable() and not letter.isspace() for letter in text):
        raise BadName("is empty; write what people should read")
    if len(text.strip()) > _LONGEST:
        raise BadName(f"has {len(text.strip())} characters; at most {_LONGEST} are allowed")
    return text.strip()


READERS: Mapping[str, Callable[[str], str]] = {
    "github": github,
    "pypi": pypi,
    "docker": docker,
    "search": search,
    "wikipedia": wikipedia,
}
"""By kind of artifact: gives the name as it is stored; raises BadName."""


def identity(artifact: Artifact) -> tuple[str, str]:
    """Return what is equal for two spellings of one artifact."""
    return artifact.kind, artifact.name.casefold() if artifact.kind == "github" else artifact.name


def covers(pattern: Artifact, artifact: Artifact) -> bool:
    """Say whether all that `artifact` names, which may itself be a pattern, is among what `pattern` stands for."""
    return pattern.is_pattern and pattern.kind == artifact.kind and fnmatchcase(artifact.name, pattern.name)


def _instead(name: str | None, shape: re.Pattern[str], example: str) -> str:
    """Propose a name that has the shape asked for, else show an example of it."""
    good = name and len(name) <= _LONGEST and shape.fullmatch(name)
    return f"; did you mean '{name}'?" if good else f", such as {example}"
