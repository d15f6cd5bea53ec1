"""The base of all models of a scheme: frozen values that refuse unknown keys, and ids that refer to other parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

type Level = Literal["student", "school", "district", "city", "province"]
"""Data level: who is responsible for a record (SH-10)."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A name in a scheme file: English words in snake_case."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Marks a field that holds the id of another part of the scheme; `consistency` checks that the part exists."""

    to: str


RoleId = Annotated[Id, Ref("role")]
OperationId = Annotated[Id, Ref("operation")]
KindId = Annotated[Id, Ref("kind")]
EvaluationId = Annotated[Id, Ref("evaluation")]
CaseTypeId = Annotated[Id, Ref("case type")]

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
"""Text for readers (Chinese)."""


def _duration(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError("write a duration with its unit, such as P3D (3 days) or PT12H (12 hours)")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""An ISO 8601 duration: P3D, PT12H."""


class Model(BaseModel):
    """A frozen value from a scheme file. Unknown keys are refused, so that a misspelt key cannot disable a rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HasId(Protocol):
    """A part of a scheme with an id."""

    @property
    def id(self) -> str: ...


class UnknownError(KeyError):
    """The scheme has no part with the id `name`. `what` says which sort of part (kind, stage ...)."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"no {what} called {name!r} in this scheme")
        self.what = what
        self.name = name


class UnknownSchemeError(UnknownError):
    """This process does not have the scheme, or not this version of it yet: during a rolling deployment others may."""

    def __init__(self, name: str) -> None:
        super().__init__("scheme", name)
        self.args = (f"this process has no scheme {name!r}",)


def find[T: HasId](parts: Iterable[T], name: str, what: str) -> T:
    """The part with this id. Raises `UnknownError`."""
    for part in parts:
        if part.id == name:
            return part
    raise UnknownError(what, name)


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, in order."""
    names = list(names)
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]


def need_unique_ids(parts: Iterable[HasId], what: str) -> None:
    """Raises ValueError if two parts have the same id."""
    for name in repeated(part.id for part in parts):
        raise ValueError(f"{what} {name!r} occurs twice")


def walk(value: object, location: str = "") -> Iterator[tuple[str, Model]]:
    """Every model inside a value, in the order of the file, with its location: keys and ids joined by `›`."""
    if isinstance(value, Model):
        yield location, value
        below = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, tuple):
        below = {getattr(item, "id", f"item {number}"): item for number, item in enumerate(value, 1)}
    else:
        below = value if isinstance(value, dict) else {}
    for name, inner in below.items():
        yield from walk(inner, f"{location} › {name}" if location else name)
