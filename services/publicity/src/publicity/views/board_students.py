"""Response shapes of the board by student (CS-09). What the viewer's scope does not show is not in the answer (X-09)."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import Actor
from servicekit.http import Page

from publicity.domain.entries import Entry
from publicity.results import StudentBoard, StudentEntries, StudentsPage
from publicity.store.board import BoardRow
from publicity.views.board import BoardItemView, ChoiceView, item_of


class BoardStudentView(BaseModel):
    """A student on the board. `group`: the title under which the list has them; `entries`: how many they show, if counts are
    shown to this viewer."""

    student_id: UUID
    student_name: str
    grade: str | None
    class_title: str | None
    group: str
    entries: int | None
    own: bool


class BoardStudentsView(Page[BoardStudentView]):
    """One page of students, class by class. `ends`: when the board closes for this viewer's class."""

    term_title: str
    ends: datetime | None


class KindNodeView(BaseModel):
    """A kind in the directory."""

    id: str
    title: str
    entries: int | None


class DimensionNodeView(BaseModel):
    """A dimension in the directory, with its kinds."""

    id: str
    title: str
    entries: int | None
    kinds: list[KindNodeView]


class TabView(BaseModel):
    """A term whose entries the page shows. `open`: in publicity now."""

    term_id: UUID
    title: str
    entries: int | None
    open: bool


class ParticularView(BaseModel):
    """One of the student's particulars."""

    title: str
    value: str


class SummaryView(BaseModel):
    """What the student wrote about themself, of a dimension or (`dimension` null) of all."""

    dimension: str | None
    title: str
    dimension_title: str | None
    text: str


class StudentBoardView(BaseModel):
    """A student's page: particulars, tabs by term (empty: the scheme has none), and the directory.

    `summaries`: of the tab that was asked for, else the newest (CS-07). `directory`: of that tab, else of all. Counts are null
    where the scheme does not show them to this viewer.
    """

    student_id: UUID
    student_name: str
    profile: list[ParticularView]
    entries: int | None
    tabs: list[TabView]
    directory: list[DimensionNodeView]
    summaries: list[SummaryView]
    ends: datetime | None
    own: bool


class StudentEntriesView(Page[BoardItemView]):
    """Entries of a student with all that the viewer may see of them. `terms`: the titles of their terms, by id."""

    terms: list[ChoiceView]


def students_view(page: StudentsPage, limit: int, following: str | None, actor: Actor, now: datetime) -> BoardStudentsView:
    """One page of students, grouped as the scheme says."""
    shows, group_by = page.scope.shows, page.term.scheme.board.group_by
    items = []
    for row in page.rows[:limit]:
        grade = (row.grade_title or "") if "grade" in shows else None
        class_title = (row.class_title or row.path.rsplit(".", 1)[-1]) if "class" in shows else None
        group = {"grade": grade, "class": class_title, "none": ""}[group_by]
        items.append(
            BoardStudentView(
                student_id=row.student_id,
                student_name=row.name,
                grade=grade,
                class_title=class_title,
                group=group or "",
                entries=row.entries if "counts" in shows else None,
                own=row.student_id in actor.students,
            )
        )
    ends = page.term.board_ends(actor.roles, actor.path, now)
    return BoardStudentsView(items=items, next=following, term_title=page.term.title, ends=ends)


def student_view(board: StudentBoard, tab: UUID | None, actor: Actor, now: datetime) -> StudentBoardView:
    """A student's page; the directory has every kind of the scheme, also those with nothing in them."""
    scheme, shows = board.term.scheme, board.scope.shows
    counted = "counts" in shows
    by_term: Counter[UUID] = Counter()
    by_kind: Counter[str] = Counter()
    for count in board.counts:
        by_term[count.term_id] += count.entries
        if tab in (None, count.term_id):
            by_kind[count.kind] += count.entries
    particulars = [("姓名", board.student.name)]
    particulars += [("年级", board.titles[0])] if "grade" in shows else []
    particulars += [("班级", board.titles[1])] if "class" in shows else []
    return StudentBoardView(
        student_id=board.student.id,
        student_name=board.student.name,
        profile=[ParticularView(title=title, value=value) for title, value in particulars if value],
        entries=by_term.total() if counted else None,
        tabs=[
            TabView(
                term_id=term.id,
                title=term.title,
                entries=by_term[term.id] if counted else None,
                open=term.id == board.term.id,
            )
            for term in (*reversed(board.earlier), board.term)
            if scheme.board.tabs_by_term and (by_term[term.id] or term.id == board.term.id)
        ],
        directory=[
            DimensionNodeView(
                id=dimension.id,
                title=dimension.title,
                entries=sum(by_kind[kind.id] for kind in dimension.kinds) if counted else None,
                kinds=[
                    KindNodeView(id=kind.id, title=kind.title, entries=by_kind[kind.id] if counted else None)
                    for kind in dimension.kinds
                    if kind.publicity.trigger != "none"
                ],
            )
            for dimension in scheme.dimensions
        ],
        summaries=_summaries(board, tab),
        ends=board.term.board_ends(actor.roles, actor.path, now),
        own=board.student.id in actor.students,
    )


def _summaries(board: StudentBoard, tab: UUID | None) -> list[SummaryView]:
    """In the scheme's order; without a tab, of each dimension what was written in the newest term."""
    known = {term.id: term for term in (board.term, *board.earlier)}
    newest = sorted(board.summaries, key=lambda one: known[one.term_id].starts_on, reverse=True)
    found: dict[tuple[str, str], str] = {}
    for one in newest:
        if tab in (None, one.term_id):
            for dimension, text in one.texts.items():
                found.setdefault((one.type, dimension), text)
    scheme = board.term.scheme
    titles: dict[str, str | None] = {"": None}
    titles |= {part.id: part.title for part in scheme.dimensions}
    return [
        SummaryView(dimension=name or None, title=rule.title, dimension_title=title, text=written)
        for rule in scheme.evaluations
        if rule.on_board
        for name, title in titles.items()
        if (written := found.get((rule.id, name)))
    ]


def entries_view(found: StudentEntries, limit: int, following: str | None) -> StudentEntriesView:
    """Entries of a student, newest first."""
    shown = found.entries[:limit]
    ids = dict.fromkeys(entry.term_id for entry in shown)
    return StudentEntriesView(
        items=[_item(found, entry) for entry in shown],
        next=following,
        terms=[ChoiceView(id=str(term_id), title=found.terms[term_id].title) for term_id in ids],
    )


def _item(found: StudentEntries, entry: Entry) -> BoardItemView:
    grade, class_title = found.titles.get(entry.path, (None, None))
    row = BoardRow(entry.id, entry.version, entry.open_cases, entry.path, entry.student_id, grade, class_title, None)
    scope = found.scopes[entry.term_id]
    return BoardItemView(**item_of(found.terms[entry.term_id], scope, row, entry.snapshot, listed_only=False))
