"""What use cases return and views show."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.refusals import Refusal

from publicity.domain.board import ViewScope
from publicity.domain.cases import Case, Person, Step
from publicity.domain.terms import Term
from publicity.store.board import BoardRow, Group


@dataclass(frozen=True)
class BoardPage:
    """Lines of the board. `cached`: views by entry id; `records`: the content of the entries that have none."""

    term: Term
    scope: ViewScope
    rows: list[BoardRow]
    cached: dict[UUID, Any]
    records: dict[UUID, RecordSnapshot]


def cache_key(term: Term, scope: ViewScope, row: BoardRow) -> tuple[object, ...]:
    """The key of a view in the cache `Deps.items`: everything that the view depends on."""
    return (
        row.id, row.version, row.open_cases, row.path, row.grade_title, row.class_title, row.entries,
        scope.role, scope.scope, term.scheme_name,
    )  # fmt: skip


@dataclass(frozen=True)
class BoardTree:
    """Counts by class and dimension, with the classes' grade and class titles."""

    term: Term
    groups: list[Group]
    titles: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class EntryDetail:
    """One entry of the board with its cases."""

    term: Term
    scope: ViewScope
    row: BoardRow
    record: RecordSnapshot
    cases: list[Any]


@dataclass(frozen=True)
class CaseDetail:
    """A case with its history and files, for the viewer `by`."""

    by: Person
    case: Case
    term: Term
    steps: list[Step]
    files: list[Any]


@dataclass(frozen=True)
class Result:
    """What became of one of many cases."""

    case_id: UUID
    case: Case | None
    refusal: Refusal | None
