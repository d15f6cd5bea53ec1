"""The base of all models of a scheme: frozen values that refuse unknown keys, and ids that refer to other parts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from scheme import words

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


type Step = str | int
"""A step into a scheme file: a key of a mapping, or the number of a list's item, from 0."""


class ContentError(ValueError):
    """What is wrong in a scheme: `english` for logs (also `str`), `chinese` and its `correction` for officials.

    at: the keys and numbers that lead to the path, below the model that is validated. about: ids of the parts that are
    concerned. root: others about the same parts may only follow from it, and are not told; it is told once, however often the
    same id is wrong.
    """

    def __init__(
        self, english: str, chinese: str, correction: str, *at: Step, about: Iterable[str] = (), root: bool = False
    ) -> None:
        super().__init__(english)
        self.english, self.chinese, self.correction = english, chinese, correction
        self.at = tuple(step for step in at if step != "")
        self.about = frozenset(about)
        self.root = root

    def under(self, *path: Step) -> Self:
        """The same problem, seen from further above."""
        return type(self)(self.english, self.chinese, self.correction, *path, *self.at, about=self.about, root=self.root)


class ContradictionsError(ValueError):
    """Several problems at once."""

    def __init__(self, errors: Sequence[ContentError]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = tuple(errors)


def _duration(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ContentError(
            "write a duration with its unit, such as P3D (3 days) or PT12H (12 hours)",
            "时长没有写单位",
            f"3天写 P3D，12小时写 PT12H；如 P{value}D",
        )
    return value


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ContentError("a duration must be above zero", "期限不能是零或负数", "请写大于零的时长，如 P3D（3天）")
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_positive)]
"""An ISO 8601 duration above zero: P3D, PT12H."""
WorkingDays = Annotated[int, Field(ge=1, le=120)]
"""A number of working days; the last ends at midnight, and the day on which it begins is not counted."""


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


class Timed(Protocol):
    """A part of a scheme that takes effect some time after it began."""

    @property
    def after(self) -> timedelta | None: ...
    @property
    def after_working_days(self) -> int | None: ...


def need_one_length[T: Timed](part: T) -> T:
    """Raises ValueError if a length is given twice."""
    if part.after is not None and part.after_working_days is not None:
        raise ContentError(
            "write either `after` or `after_working_days`",
            "同一个期限既写了自然时长，又写了工作日",
            "请只保留 after 或 after_working_days",
            "after_working_days",
        )
    return part


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


def need_unique_ids(parts: Iterable[HasId], what: str, key: str) -> None:
    """Raises `ContentError` if two parts of the list `key` have the same id."""
    seen = set[str]()
    for number, part in enumerate(parts):
        if part.id in seen:
            raise twice(what, part.id, key, number, "id")
        seen.add(part.id)


def twice(what: str, id: str, *at: Step) -> ContentError:
    """The problem of an id that a second part has; `at`: where the second one is."""
    chinese = f"标识“{id}”重复：已有另一个{words.sort(what)}使用"
    return ContentError(
        f"{what} {id!r} occurs twice", chinese, "请给其中一个换一个标识，或删去重复的", *at, about=[id], root=True
    )


def with_paths(value: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Model]]:
    """Every model inside a value, in the order of the file, with the keys and numbers that lead to it."""
    if isinstance(value, Model):
        yield path, value
        for name in type(value).model_fields:
            yield from with_paths(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from with_paths(item, (*path, number))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from with_paths(item, (*path, name))


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
