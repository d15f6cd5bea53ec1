"""Response shapes of the board. What the viewer's scope does not show is not in the answer (X-09)."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from cachetools import LRUCache
from contracts.base import RecordSnapshot, ancestor
from pydantic import BaseModel
from scheme import CaseType
from scheme.parts import BoardStep
from scheme.publicity_steps import StepTime
from servicekit.auth import Actor
from servicekit.http import Page

from publicity.domain.as_written import dimension_of, kind_of
from publicity.domain.board import ViewScope, shown_fields
from publicity.domain.cases import complaint_type, named_to
from publicity.domain.published_results import rule_of
from publicity.domain.terms import Term
from publicity.domain.timeline import OUTCOMES
from publicity.results import BoardPage, BoardTree, EntryDetail, cache_key
from publicity.store.board import BoardRow
from publicity.views import EvidenceView, FieldView, day_of, evidence_of, fields_of


class BoardItemView(BaseModel):
    """An entry on the board. Null: this viewer may not see it, or there is none."""

    entry_id: UUID
    student_id: UUID | None = None
    student_name: str | None = None
    grade: str | None = None
    class_title: str | None = None
    path: str | None = None
    dimension: str
    dimension_title: str
    kind: str | None = None
    kind_title: str | None = None
    title: str | None = None
    date: str | None = None
    fields: list[FieldView] = []
    complaints: int | None = None
    """How many are open."""
    student_entries: int | None = None
    """How many entries this student shows in all (CS-09)."""
    evidence: list[EvidenceView] = []


class SaidView(BaseModel):
    """A case about an entry; who filed it stays secret (X-08)."""

    case_id: UUID
    case_type: str
    complaint_type: str | None
    complaint_type_title: str | None
    text: str
    at: datetime
    """The day: a moment may tell who it was."""
    open: bool
    outcome: str | None
    outcome_title: str | None


class ChoiceView(BaseModel):
    """One of a list to choose from."""

    id: str
    title: str


class CaseReasonView(ChoiceView):
    """What to object to. `missing`: that something is missing in a report (SH-08), not an entry."""

    missing: bool


class ComplaintFormView(BaseModel):
    """How to object to what is published: what the button says, what to choose and write, and which files are taken."""

    case_type: str
    title: str
    button: str
    reasons: list[CaseReasonView]
    text_min: int
    text_max: int
    files_min: int
    files_max: int
    file_types: list[str]
    """`image`, `pdf`, `video`, `audio`"""
    file_bytes: int
    """The size of a file at most."""
    unsealed_by: str
    """Who may learn who complained, as people read it; empty: nobody (X-08)."""
    named_to: str
    """Who is told who complained, because the scheme says so; empty: nobody (CS-10)."""
    told_at: datetime | None
    """When the result is told, if not as soon as it is decided (CS-11)."""


class BoardView(Page[BoardItemView]):
    """One page of the board. `ends`: when it closes for this viewer's class. `own`: the entries of the viewer's own students.
    `complaint`: how to object to the others; null where this viewer may not."""

    term_title: str
    ends: datetime | None
    own: list[UUID]
    complaint: ComplaintFormView | None


class BoardStepView(BaseModel):
    """A step of the publicity of records. scope: to whose members entries are shown. `complaints`: the titles of the cases that
    may be opened in it; none: it takes none."""

    step: str
    title: str
    scope: Literal["class", "grade", "school"]
    starts: datetime
    ends: datetime
    state: Literal["over", "now", "ahead"]
    working_days: int
    complaints: list[str]


class BoardTrackView(BaseModel):
    """The steps in order. `grade`: the school year that they are for, where those of grades differ; else null."""

    grade: int | None
    steps: list[BoardStepView]


class BoardTermView(BaseModel):
    """A term whose board there is or was: a tab (CS-09). `results`: the scheme publishes results (X-15). `lists`: what its
    first page lists, grouped by `group_by`. `reports`: whole reports are published, one of each student (SH-08)."""

    term_id: UUID
    title: str
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    lists: Literal["entries", "students"]
    group_by: Literal["class", "grade", "none"]
    reports: bool
    results: bool
    tracks: list[BoardTrackView]
    """The steps of publicity, as they concern the viewer; empty: there are none."""


class BoardTermsView(BaseModel):
    """The terms of the viewer's school, newest first."""

    items: list[BoardTermView]


class BoardDetailView(BoardItemView):
    """The whole of an entry, as far as the viewer may see it. `complaint`: how this viewer objects to it; null: not, and
    `complaint_refused` says why."""

    cases: list[SaidView] = []
    complaint: ComplaintFormView | None = None
    complaint_refused: str | None = None


class NodeView(BaseModel):
    """A grade or class of the board's directory."""

    path: str
    title: str
    entries: int
    students: int
    dimensions: dict[str, int]
    below: list["NodeView"] = []


class DimensionView(BaseModel):
    """A dimension with its count on this board."""

    id: str
    title: str
    entries: int


class PreviewView(BaseModel):
    """Where a small picture can be fetched."""

    entry_id: UUID
    evidence_id: UUID
    url: str


class PreviewsView(BaseModel):
    """Small pictures of several entries."""

    items: list[PreviewView]


def previews_view(addresses: dict[tuple[UUID, UUID], str]) -> PreviewsView:
    """The addresses of the small pictures of files, each given by its entry and itself."""
    return PreviewsView(
        items=[
            PreviewView(entry_id=entry_id, evidence_id=evidence_id, url=url)
            for (entry_id, evidence_id), url in addresses.items()
        ]
    )


class TreeView(BaseModel):
    """The directory: grades with their classes, and dimensions (CS-09). `counted`: the scheme shows this viewer counts."""

    term_id: UUID
    counted: bool
    entries: int
    ends: datetime | None
    grades: list[NodeView]
    dimensions: list[DimensionView]


def item_of(term: Term, scope: ViewScope, row: BoardRow, record: RecordSnapshot, *, listed_only: bool) -> dict[str, Any]:
    """The parts of an entry that a viewer with this scope may see (X-09)."""
    shows, kind, dimension = scope.shows, kind_of(term.scheme, record), dimension_of(term.scheme, record)
    item: dict[str, Any] = {"entry_id": row.id, "dimension": dimension.id, "dimension_title": dimension.title}
    if "student_name" in shows:
        item |= {"student_id": row.student_id, "student_name": record.student_name}
    if "grade" in shows:
        item["grade"] = row.grade_title or ""
    if "class" in shows:
        item |= {"class_title": row.class_title or row.path.rsplit(".", 1)[-1], "path": row.path}
    if "kind" in shows:
        item |= {"kind": kind.id, "kind_title": kind.title}
    if "title" in shows:
        item["title"] = record.title
    if "dates" in shows and kind.date_field and record.data.get(kind.date_field) is not None:
        item["date"] = str(record.data[kind.date_field])
    if "cases" in shows:
        item["complaints"] = row.open_cases
    if "counts" in shows:
        item["student_entries"] = row.entries
    if "evidence" in shows:
        item["evidence"] = evidence_of(record)
    item["fields"] = fields_of(shown_fields(term, record, scope, listed_only=listed_only), record, term.zone)
    return item


def item_views(page: BoardPage, cache: LRUCache[Any, BoardItemView], limit: int) -> list[BoardItemView]:
    """The entries of a page; adds new views to the cache. Omits an entry that was deleted after the page was read."""
    views: list[BoardItemView] = []
    for row in page.rows[:limit]:
        view = page.cached.get(row.id)
        if view is None and (record := page.records.get(row.id)) is not None:
            view = BoardItemView(**item_of(page.term, page.scope, row, record, listed_only=True))
            cache[cache_key(page.term, page.scope, row)] = view
        if view is not None:
            views.append(view)
    return views


def detail_view(detail: EntryDetail) -> BoardDetailView:
    """An entry on its own page."""
    reasons = {(kind.id, reason.id): reason.title for kind in detail.term.scheme.cases.types for reason in kind.reasons}
    cases = [
        SaidView(
            **row,
            complaint_type_title=reasons.get((row["case_type"], row["complaint_type"])),
            at=day_of(row["opened_at"], detail.term),
            open=row["closed_at"] is None,
            outcome_title=OUTCOMES[row["outcome"]] if row["outcome"] else None,
        )
        for row in detail.cases
    ]
    item = item_of(detail.term, detail.scope, detail.row, detail.record, listed_only=False)
    form = complaint_form(detail.term, detail.roles, detail.scope) if detail.complaint_refused is None else None
    return BoardDetailView(**item, cases=cases, complaint=form, complaint_refused=detail.complaint_refused)


def complaint_form(term: Term, roles: Collection[str], scope: ViewScope) -> ComplaintFormView | None:
    """The form of the scheme's complaint about what is published; None: these roles open none, or none now."""
    case_type = complaint_type(term.scheme, roles, scope.cases)
    return None if case_type is None else case_form(term, case_type, term.path, "student")


def case_form(term: Term, case_type: CaseType, path: str, level: str) -> ComplaintFormView:
    """What to choose, write and send for a case of this type, about a record of this class and data level."""
    names = named_to(term.scheme, case_type, level)
    return ComplaintFormView(
        case_type=case_type.id,
        title=case_type.title,
        button=case_type.button or case_type.title,
        reasons=[CaseReasonView(id=one.id, title=one.title, missing=one.missing) for one in case_type.reasons],
        text_min=case_type.text.min,
        text_max=case_type.text.max,
        files_min=case_type.evidence.min,
        files_max=case_type.evidence.max,
        file_types=list(case_type.evidence.types) if case_type.evidence.max else [],
        file_bytes=case_type.evidence.max_bytes,
        unsealed_by="、".join(term.scheme.role_title(role) for role in case_type.unsealed_by),
        named_to="、".join(term.scheme.role_title(role) for role in names),
        told_at=term.edge(case_type.told_after, path) if case_type.told_after else None,
    )


def board_view(page: BoardPage, items: list[BoardItemView], following: str | None, actor: Actor, now: datetime) -> BoardView:
    """One page with what the viewer may do on it."""
    own = {row.id for row in page.rows if row.student_id in actor.students}
    return BoardView(
        items=items,
        next=following,
        term_title=page.term.title,
        ends=page.term.board_ends(actor.roles, actor.path, now),
        own=[item.entry_id for item in items if item.entry_id in own],
        complaint=complaint_form(page.term, actor.roles, page.scope),
    )


def terms_view(terms: Iterable[Term], actor: Actor, now: datetime) -> BoardTermsView:
    """The terms that have a board, as tabs."""
    return BoardTermsView(
        items=[
            BoardTermView(
                term_id=term.id,
                title=term.title,
                open=term.published(now, actor.path),
                opens_at=term.opens_at,
                closes_at=term.closes_at,
                lists=term.scheme.board.lists,
                group_by=term.scheme.board.group_by,
                reports=bool(term.report_kinds(term.path)),
                results=rule_of(term) is not None,
                tracks=[
                    BoardTrackView(grade=grade, steps=[_step_view(term, one, now) for one in steps])
                    for grade, steps in term.tracks(actor.path)
                ],
            )
            for term in terms
            if term.opens_at is not None
        ]
    )


def _step_view(term: Term, one: StepTime[BoardStep], now: datetime) -> BoardStepView:
    step = one.step
    return BoardStepView(
        step=step.id,
        title=step.title,
        scope=step.scope,
        starts=one.starts,
        ends=one.ends,
        state="over" if one.ends <= now else "now" if one.starts <= now else "ahead",
        working_days=step.working_days,
        complaints=[
            case_type.title
            for case_type in term.scheme.cases.types
            if case_type.against == "published" and (step.cases is None or case_type.id in step.cases)
        ],
    )


def _node(nodes: dict[str, NodeView], path: str, titles: tuple[str, str] | None, which: int) -> NodeView:
    title = titles[which] if titles else path.rsplit(".", 1)[-1]
    return nodes.setdefault(path, NodeView(path=path, title=title, entries=0, students=0, dimensions={}))


def tree_view(tree: BoardTree) -> TreeView:
    """Grades with their classes, and dimensions, with counts."""
    grades: dict[str, NodeView] = {}
    classes: dict[str, NodeView] = {}
    dimensions: Counter[str] = Counter()
    for group in tree.groups:
        titles = tree.titles.get(group.path)
        grade = _node(grades, ancestor(group.path, "grade"), titles, 0)
        school_class = _node(classes, group.path, titles, 1)
        if group.dimension is None:
            school_class.entries, school_class.students = group.entries, group.students
            grade.entries += group.entries
            grade.students += group.students
            grade.below.append(school_class)
        else:
            school_class.dimensions[group.dimension] = group.entries
            grade.dimensions[group.dimension] = grade.dimensions.get(group.dimension, 0) + group.entries
            dimensions[group.dimension] += group.entries
    return TreeView(
        term_id=tree.term.id,
        counted=tree.counted,
        entries=dimensions.total(),
        ends=tree.term.closes_at,
        grades=list(grades.values()),
        dimensions=[
            DimensionView(id=dimension.id, title=dimension.title, entries=dimensions[dimension.id])
            for dimension in tree.term.scheme.dimensions
        ],
    )
