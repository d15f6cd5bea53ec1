"""The response shapes of the board: what the sight does not show is not in the answer at all (X-09)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from contracts.base import RecordSnapshot, ancestor
from pydantic import BaseModel

from publicity.domain.board import Sight, shown_fields
from publicity.domain.terms import Term
from publicity.results import Detail, Seen, Tree
from publicity.store.board import Row
from publicity.views import EvidenceView, FieldView, day_of, evidence_of, fields_of


class BoardItemView(BaseModel):
    """An entry on the board. Null: this viewer does not see it, or there is none."""

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
    """What somebody said against an entry; who it was stays sealed (X-08)."""

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


def _item(term: Term, sight: Sight, row: Row, record: RecordSnapshot, *, listed_only: bool) -> dict[str, Any]:
    scheme, shows = term.scheme, sight.shows
    kind, dimension = scheme.kind(record.kind), scheme.dimension_of(record.kind)
    found: dict[str, Any] = {"entry_id": row.id, "dimension": dimension.id, "dimension_title": dimension.title}
    if "student_name" in shows:
        found |= {"student_id": row.student_id, "student_name": record.student_name}
    if "grade" in shows:
        found["grade"] = row.grade_title or ""
    if "class" in shows:
        found |= {"class_title": row.class_title or row.path.rsplit(".", 1)[-1], "path": row.path}
    if "kind" in shows:
        found |= {"kind": kind.id, "kind_title": kind.title}
    if "title" in shows:
        found["title"] = record.title
    if "dates" in shows and kind.date_field and record.data.get(kind.date_field) is not None:
        found["date"] = str(record.data[kind.date_field])
    if "cases" in shows:
        found["complaints"] = row.open_cases
    if "counts" in shows:
        found["student_entries"] = row.entries
    found["fields"] = fields_of(shown_fields(term, record, sight, listed_only=listed_only), record)
    return found


def item_views(seen: Seen, items: LRUCache[Any, BoardItemView], limit: int) -> list[BoardItemView]:
    """The entries of a page; what is made anew is kept at hand. An entry that was taken away meanwhile is left out."""
    found: list[BoardItemView] = []
    for row in seen.rows[:limit]:
        view = seen.ready.get(row.id)
        if view is None and (record := seen.records.get(row.id)) is not None:
            view = BoardItemView(**_item(seen.term, seen.sight, row, record, listed_only=True))
            items[seen.key(row)] = view
        if view is not None:
            found.append(view)
    return found


def detail_view(detail: Detail) -> BoardDetailView:
    """An entry on its own page."""
    reasons = {(kind.id, reason.id): reason.title for kind in detail.term.scheme.cases.types for reason in kind.reasons}
    said = [
        SaidView(
            case_id=row["id"],
            case_type=row["case_type"],
            complaint_type=row["complaint_type"],
            complaint_type_title=reasons.get((row["case_type"], row["complaint_type"])),
            text=row["text"],
            at=day_of(row["opened_at"], detail.term),
            open=row["closed_at"] is None,
            outcome=row["outcome"],
        )
        for row in detail.cases
    ]
    evidence = evidence_of(detail.record) if "evidence" in detail.sight.shows else []
    item = _item(detail.term, detail.sight, detail.row, detail.record, listed_only=False)
    return BoardDetailView(**item, evidence=evidence, cases=said)


def tree_view(tree: Tree) -> TreeView:
    """The directory with counts."""
    classes: dict[str, NodeView] = {}
    dimensions: dict[str, int] = {}
    for group in tree.groups:
        title = tree.titles.get(group.path, ("", group.path.rsplit(".", 1)[-1]))[1]
        node = classes.setdefault(
            group.path,
            NodeView(path=group.path, title=title, entries=0, students=0, dimensions={}),
        )
        if group.dimension is None:
            node.entries, node.students = group.entries, group.students
            continue
        node.dimensions[group.dimension] = group.entries
        dimensions[group.dimension] = dimensions.get(group.dimension, 0) + group.entries
    grades: dict[str, NodeView] = {}
    for path, node in classes.items():
        above = ancestor(path, "grade")
        title = tree.titles.get(path, (above.rsplit(".", 1)[-1], ""))[0]
        grade = grades.setdefault(above, NodeView(path=above, title=title, entries=0, students=0, dimensions={}))
        grade.entries += node.entries
        grade.students += node.students
        for name, count in node.dimensions.items():
            grade.dimensions[name] = grade.dimensions.get(name, 0) + count
        grade.below.append(node)
    return TreeView(
        term_id=tree.term.id,
        entries=sum(dimensions.values()),
        ends=tree.term.closes_at,
        grades=list(grades.values()),
        dimensions=[
            DimensionView(id=one.id, title=one.title, entries=dimensions.get(one.id, 0)) for one in tree.term.scheme.dimensions
        ],
    )
