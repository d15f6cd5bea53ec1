"""What use cases return and views show."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from scheme import CaseType
from scheme.publicity_steps import StepTime
from scheme.result_publicity import PublicityStep
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal
from servicekit.school_terms import SchoolTerms

from publicity.domain.board import ViewScope
from publicity.domain.cases import Case, Person, Step
from publicity.domain.entries import Entry
from publicity.domain.terms import Term
from publicity.store.board import BoardRow, Group, ReportRow
from publicity.store.board_students import KindCount, StudentRow
from publicity.store.case_classes import CaseClass
from publicity.store.home import CaseCount, EntryCount, OpenCases, SchoolTerm, SelectionCount
from publicity.store.published_results import ResultRow
from publicity.store.summaries import Summary


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
    """Counts by class and dimension, with the classes' titles. `counted`: the scheme shows them to the viewer."""

    term: Term
    counted: bool
    groups: list[Group]
    titles: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class ReportPage:
    """The students whose reports are on the board (SH-08)."""

    term: Term
    scope: ViewScope
    rows: list[ReportRow]


@dataclass(frozen=True)
class ReportDetail:
    """One student's report: its entries with their content. `own`: the viewer's, or of the viewer's child."""

    page: BoardPage
    student: Student
    records: dict[UUID, RecordSnapshot]
    class_title: str | None
    own: bool
    roles: frozenset[str]
    complaint_refused: str | None
    """Why this viewer may not object to it; None: the scheme decides by their role."""


@dataclass(frozen=True)
class StudentsPage:
    """Students on the board (CS-09)."""

    term: Term
    scope: ViewScope
    rows: list[StudentRow]


@dataclass(frozen=True)
class StudentBoard:
    """A student's page of the board: the open term, earlier ones that it shows too, and counts by term and kind.

    `titles`: of grade and class. `summaries`: what the student wrote in these terms, where the viewer sees fields.
    """

    term: Term
    earlier: list[Term]
    scope: ViewScope
    student: Student
    path: str
    titles: tuple[str, str]
    counts: list[KindCount]
    summaries: list[Summary]


@dataclass(frozen=True)
class StudentEntries:
    """Entries of one student, with their terms, what the viewer may see of each term, and titles by class path."""

    terms: dict[UUID, Term]
    scopes: dict[UUID, ViewScope]
    entries: list[Entry]
    titles: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class EntryDetail:
    """One entry of the board with its cases."""

    term: Term
    scope: ViewScope
    row: BoardRow
    record: RecordSnapshot
    cases: list[Any]
    roles: frozenset[str]
    complaint_refused: str | None
    """Why this viewer may not object to the entry; None: the scheme decides by their role."""


@dataclass(frozen=True)
class ResultItem:
    """A published result, the step that is under way, whether it is of the viewer's student, and by which case type this viewer
    may object to it now (None: they may not)."""

    row: ResultRow
    step: StepTime[PublicityStep]
    own: bool
    objection: CaseType | None


@dataclass(frozen=True)
class ResultBoard:
    """A page of published results (X-15)."""

    term: Term
    scope: ViewScope
    items: list[ResultItem]


@dataclass(frozen=True)
class CaseList:
    """A page of cases with their terms; for staff with the names of their classes, and on the first page with all classes of
    such cases."""

    cases: list[Case]
    terms: dict[UUID, Term]
    titles: dict[str, CaseClass] = field(default_factory=dict)
    classes: list[CaseClass] = field(default_factory=list)


@dataclass(frozen=True)
class CaseDetail:
    """A case with its history and files, for the viewer `by`."""

    by: Person
    case: Case
    term: Term
    steps: list[Step]
    files: list[Any]
    appeal: CaseType | None
    """By which the viewer may appeal against the outcome now."""


@dataclass(frozen=True)
class AppealRow:
    """A closed case about a record of the viewer `by`, with the appeal against it, if there is one (CS-11).

    `follows`: the case type of such appeals, if the scheme has one; `may`: the same if the viewer may appeal now.
    """

    by: Person
    term: Term
    case: Case
    appeal: Case | None
    follows: CaseType | None
    may: CaseType | None


@dataclass(frozen=True)
class Selecting:
    """The entries of the viewer's student in a term, the counts for quotas of all terms, and for whom and when it is asked."""

    term: Term
    entries: list[Entry]
    counts: list[EntryCount]
    actor: Actor
    now: datetime


@dataclass(frozen=True)
class Result:
    """What became of one of many cases."""

    case_id: UUID
    case: Case | None
    refusal: Refusal | None


@dataclass(frozen=True)
class Progress:
    """How far the organisations directly below `path` are. `own`: the term of the school that `path` lies in, if it does;
    then `titles` has those of its grades and classes by path. `below`: of a city or province, instead of `schools`, the term
    at those of each organisation directly below."""

    path: str
    schools: list[SchoolTerm]
    own: SchoolTerm | None
    cases: list[CaseCount]
    selections: list[SelectionCount]
    titles: dict[str, str]
    below: list[SchoolTerms] | None = None


@dataclass(frozen=True)
class HomeCounts:
    """What a home screen counts. `terms`: those under way, the present one first; `known`: those of all cases, by id."""

    terms: list[Term]
    known: dict[UUID, Term]
    cases: list[OpenCases]
    entries: list[EntryCount]
    below: Progress | None
