"""Response shapes of the board. What the viewer's scope does not show is not in the answer (X-09)."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from contracts.base import RecordSnapshot, ancestor
from pydantic import BaseModel

from publicity.domain.board import ViewScope, shown_fields
from publicity.domain.terms import Term
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


class BoardDetailView(BoardItemView):
    """The whole of an entry, as far as the viewer may see it."""

    evidence: list[EvidenceView] = []
    cases: list[SaidView] = []


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


class TreeView(BaseModel):
    """The directory: grades with their classes, and dimensions (CS-09)."""

    term_id: UUID
    entries: int
    ends: datetime | None
    grades: list[NodeView]
    dimensions: list[DimensionView]


def _item(term: Term, scope: ViewScope, row: BoardRow, record: RecordSnapshot, *, listed_only: bool) -> dict[str, Any]:
    shows, kind, dimension = scope.shows, term.scheme.kind(record.kind), term.scheme.dimension_of(record.kind)
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
    item["fields"] = fields_of(shown_fields(term, record, scope, listed_only=listed_only), record)
    return item


def item_views(page: BoardPage, cache: LRUCache[Any, BoardItemView], limit: int) -> list[BoardItemView]:
    """The entries of a page; adds new views to the cache. Omits an entry that was deleted after the page was read."""
    views: list[BoardItemView] = []
    for row in page.rows[:limit]:
        view = page.cached.get(row.id)
        if view is None and (record := page.records.get(row.id)) is not None:
            view = BoardItemView(**_item(page.term, page.scope, row, record, listed_only=True))
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
        )
        for row in detail.cases
    ]
    evidence = evidence_of(detail.record) if "evidence" in detail.scope.shows else []
    item = _item(detail.term, detail.scope, detail.row, detail.record, listed_only=False)
    return BoardDetailView(**item, evidence=evidence, cases=cases)


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
        entries=dimensions.total(),
        ends=tree.term.closes_at,
        grades=list(grades.values()),
        dimensions=[
            DimensionView(id=dimension.id, title=dimension.title, entries=dimensions[dimension.id])
            for dimension in tree.term.scheme.dimensions
        ],
    )
