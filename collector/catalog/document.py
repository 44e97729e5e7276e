"""What a catalog may hold, as a model that checks it and describes it to editors.

Imported only where a catalog is read: pydantic, and the sources that say which kinds of artifact there are.
"""

import re
from fnmatch import fnmatchcase
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    create_model,
    model_validator,
)

from collector.catalog.problems import instead, shown
from collector.sources import KINDS, OPTIONAL_METRICS, PYPI_SOURCES
from collector.sources.kinds import Kind, display_name

_ID = re.compile(r"^[a-z0-9][a-z0-9-]{0,99}$")
_MOST_PATTERNS = 20
"""So many of a kind a project may have, for each of its artifacts is held against all of them."""


def _listed(value: object) -> object:
    """Take a string for a list of one."""
    return [value] if isinstance(value, str) else value


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        hint = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:100]
        told = f"; did you mean '{hint}'?" if hint else ""
        raise ValueError(f"is no id: it should be made of small letters, digits and hyphens{told}")
    return text


def _optional_metric(text: str) -> str:
    if text not in OPTIONAL_METRICS:
        raise ValueError(f"is not an optional metric; {instead(text, OPTIONAL_METRICS)}")
    return text


def _each_once(names: list[str], kind: Kind) -> list[str]:
    """Refuse a list in which an artifact would count twice."""
    if kind.single and len(names) > 1:
        raise ValueError(f"has {len(names)} elements; it takes one")
    patterns = [name for name in names if kind.patterns and "*" in name]
    if len(patterns) > _MOST_PATTERNS:
        raise ValueError(f"has {len(patterns)} patterns; {_MOST_PATTERNS} are the most")
    # Most names do not even begin like a pattern, and making an expression of each pattern takes long.
    begins = [(pattern, pattern.partition("*")[0]) for pattern in patterns]
    seen: set[str] = set()
    wrong = []
    for name in names:
        keys = kind.keys(name)
        wider = next((p for p, start in begins if name.startswith(start) and p != name and fnmatchcase(name, p)), None)
        if not seen.isdisjoint(keys):
            wrong.append(f"{shown(name)} twice")
        elif wider:
            wrong.append(f"{shown(name)}, which '{wider}' covers")
        seen.update(keys)
    if wrong:
        raise ValueError(f"has {' and '.join(wrong)}; keep one{' of each' if wrong[1:] else ''}")
    return names


def _texts(schema: dict[str, Any], most: int | None = None) -> WithJsonSchema:
    """Describe a list of texts, of which one may stand alone."""
    limit = {} if most is None else {"maxItems": most}
    return WithJsonSchema({"anyOf": [schema, {"type": "array", "items": schema, "uniqueItems": True} | limit]})


def _names(kind: Kind) -> Any:
    return (
        Annotated[
            list[Annotated[str, AfterValidator(kind.read)]],
            BeforeValidator(_listed),
            AfterValidator(partial(_each_once, kind=kind)),
            _texts({"type": "string", "pattern": kind.pattern}, 1 if kind.single else None),
        ],
        Field([], description=kind.about, examples=[kind.example]),
    )


class Table(BaseModel):
    """A table of a catalog: every key in it is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Project(Table):
    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [kind]} for kind in KINDS]})

    @model_validator(mode="after")
    def _has_an_artifact(self) -> "_Project":
        if not any(getattr(self, kind) for kind in KINDS):
            raise ValueError(f"has no artifact; give it one of {', '.join(KINDS)}")
        return self


_Cadence = Annotated[
    Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], BeforeValidator(_folded)
]
_PypiSource: Any = Annotated[Literal[PYPI_SOURCES], BeforeValidator(_folded)]

_fields: dict[str, Any] = {kind.name: _names(kind) for kind in KINDS.values()}
Project: type[BaseModel] = create_model(
    "Project",
    __base__=_Project,
    __doc__="What people compare: a name, and at least one artifact at some registry.",
    name=(
        Annotated[str, AfterValidator(display_name)],
        Field("", description="What people read; the id, if there is none.", examples=["Kubeflow"]),
    ),
    **_fields,
    pypi_source=(
        _PypiSource,
        Field(None, description="Who is asked for the downloads of this project, if not who is asked for all."),
    ),
)


class Document(Table):
    """What tallybook tracks, and how."""

    cadence: _Cadence = Field("monday", description="The day of the week, in UTC, that the numbers are of.")
    reserve: float = Field(0.1, ge=0, lt=1, description="The share of GitHub's points left to your other tools.")
    max_stale: float = Field(
        0.2, ge=0, le=1, description="The share of cells that may be old or missing before `publish` refuses."
    )
    pypi_source: _PypiSource = Field(PYPI_SOURCES[0], description="Who is asked for downloads.")
    metrics: Annotated[
        list[Annotated[str, AfterValidator(_optional_metric)]],
        BeforeValidator(_listed),
        _texts({"enum": list(OPTIONAL_METRICS)}),
    ] = Field([], description="Metrics that are asked for beside the usual ones.")
    include: Annotated[list[str], BeforeValidator(_listed), _texts({"type": "string", "minLength": 1})] = Field(
        [], description="Files with more projects; their paths and patterns begin here.", examples=[["more/*.toml"]]
    )
    projects: dict[Annotated[str, AfterValidator(_id)], Project] = Field(  # type: ignore[valid-type]
        {},
        description="The projects, each a table [projects.ID]; the id is for commands and addresses.",
        json_schema_extra={"propertyNames": {"pattern": _ID.pattern}, "minProperties": 1},
    )


KNOWN = {1: list(Document.model_fields), 3: list(Project.model_fields)}
"""The keys that a catalog and a project may have, by the length of their place."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a catalog."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Document.model_json_schema()
