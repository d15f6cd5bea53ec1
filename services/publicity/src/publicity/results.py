"""What use cases return and views show."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.refusals import Refusal

from publicity.domain.board import Sight
from publicity.domain.cases import Case, Person, Step
from publicity.domain.terms import Term
from publicity.store.board import Group, Row


@dataclass(frozen=True)
class Seen:
    """Lines in sight. `ready`: views that this process has at hand; `records`: the content of the others."""

    term: Term
    sight: Sight
    rows: list[Row]
    ready: dict[UUID, Any]
    records: dict[UUID, RecordSnapshot]

    def key(self, row: Row) -> tuple[object, ...]:
        """All that the view of a line is made of: the same key, the same view."""
        return cache_key(self.term, self.sight, row)


def cache_key(term: Term, sight: Sight, row: Row) -> tuple[object, ...]:
    """The key of a view in the cache `Deps.items`."""
    return (
        row.id, row.version, row.open_cases, row.path, row.grade_title, row.class_title, row.entries,
        sight.role, sight.scope, term.scheme_name,
    )  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """Counts per class and dimension, in sight."""

    term: Term
    groups: list[Group]
    titles: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Detail:
    """One entry in sight, with what was said against it."""

    term: Term
    sight: Sight
    row: Row
    record: RecordSnapshot
    cases: list[Any]


@dataclass(frozen=True)
class Whole:
    """A case with its history and files, and for whom."""

    by: Person
    case: Case
    term: Term
    steps: list[Step]
    files: list[Any]


@dataclass(frozen=True)
class Result:
    """How one of many went."""

    case_id: UUID
    case: Case | None
    refusal: Refusal | None
