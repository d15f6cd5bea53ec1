"""The ground all scheme models stand on: frozen, closed, with ids that read like words. No rules here."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

type Level = Literal["student", "school", "district", "city", "province"]
"""Data level: who stands behind a datum (SH-10)."""

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A name in a scheme file: English words in snake_case."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
"""Words for readers (Chinese)."""


def _duration(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError("write a duration with its unit, such as P3D (3 days) or PT12H (12 hours)")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""An ISO 8601 duration: P3D, PT12H."""


class Model(BaseModel):
    """A frozen value from a scheme file. Other keys are refused: a typing error must not switch a rule off."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HasId(Protocol):
    """Anything in a list that is found by its id."""

    @property
    def id(self) -> str: ...


class UnknownError(KeyError):
    """The scheme has no such thing. `what` is the word of the list (kind, stage ...), `name` the id asked for."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"no {what} called {name!r} in this scheme")
        self.what = what
        self.name = name


class UnknownSchemeError(UnknownError):
    """This process does not have the scheme, or not this version of it yet: during a rolling deployment others may."""

    def __init__(self, name: str) -> None:
        super().__init__("scheme", name)
        self.args = (f"this process has no scheme {name!r}",)


def find[T: HasId](things: Iterable[T], name: str, what: str) -> T:
    """The thing with this id. Raises `UnknownError`."""
    for thing in things:
        if thing.id == name:
            return thing
    raise UnknownError(what, name)


def twice(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, in order."""
    seen: set[str] = set()
    found: list[str] = []
    for name in names:
        if name in seen and name not in found:
            found.append(name)
        seen.add(name)
    return found


def no_twins(things: Iterable[HasId], what: str) -> None:
    """Refuse two things with one id. Raises ValueError."""
    found = twice(thing.id for thing in things)
    if found:
        raise ValueError(f"{what} {found[0]!r} is there twice")
