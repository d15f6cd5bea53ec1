"""Response shapes of home screens and of progress by organisation."""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.base import within
from pydantic import BaseModel, Field
from scheme.kinds import Kind
from servicekit.auth import Actor
from servicekit.home import Counter, Home, HomeWindow, Todo, windows_of_terms

from publicity.domain.progress import opened
from publicity.domain.quotas import left_to_select
from publicity.domain.terms import Term
from publicity.results import HomeCounts, Progress
from publicity.store.home import EntryCount, SchoolTerm

SHOWN = frozenset({"selected", "cleared", "excluded"})
"""States of entries that were selected."""
COUNTED = frozenset({"selected", "cleared"})
"""States of entries that quotas count."""


class SelectedKindView(BaseModel):
    """Of one kind in the present term: entries `selected`, and `eligible` ones that are not; `left`: how many more the
    quotas allow (null: no limit)."""

    kind: str
    title: str
    selected: int
    eligible: int
    left: int | None


class SelectedDimensionView(BaseModel):
    """The same of one dimension, with its kinds that have entries or a quota."""

    dimension: str
    title: str
    selected: int
    eligible: int
    kinds: list[SelectedKindView]


class PublicityHome(Home):
    """What publicity shows on the home screen of a card.

    `selection`: of the card's student in the present term. `cases_not_begun`: cases that will wait for the card once a window
    opens (JX-08). `my_complaints`: how many of one's own complaints are open.
    """

    selection: list[SelectedDimensionView] = Field(default=[])
    cases_not_begun: int = 0
    my_complaints: int = 0


class OrganisationProgressView(BaseModel):
    """How far one organisation is. `title`: of grades and classes. `state`, `opens_at`, `closes_at`: of the board, where the
    organisation is a school or lies in one. `students`, `selecting`: within a school, how many there are and how many of them
    have selected an entry."""

    path: str
    title: str | None
    schools: int
    schools_opened: int
    state: Literal["planned", "open", "closed"] | None
    opens_at: datetime | None
    closes_at: datetime | None
    cases: int
    open_cases: int
    overdue_cases: int
    students: int | None
    selecting: int | None


class ProgressView(BaseModel):
    """One organisation and those directly below it, in the order of their paths."""

    whole: OrganisationProgressView
    items: list[OrganisationProgressView]


class StudentSelectionView(BaseModel):
    """How many entries a student has selected, of how many that may be."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str
    selected: int
    eligible: int


def home_view(found: HomeCounts, operations: frozenset[str], actor: Actor, now: datetime) -> PublicityHome:
    """The home of a card."""
    is_open, opens = windows_of_terms(found.terms, operations, actor.roles, actor.path, now)
    todo = [*_to_select(found, is_open), *_cases_to_handle(found)]
    counters = _counters(found.below, next(iter(found.terms), None), now) if found.below is not None else []
    if found.below is not None and (overdue := sum(case.overdue for case in found.below.cases)):
        todo.append(Todo(id="cases_overdue", title=f"逾期未办结的{_case_word(found)}", count=overdue))
    return PublicityHome(
        now=is_open,
        next=opens,
        todo=todo,
        counters=counters,
        selection=selected_dimensions(found.terms[0], found.entries) if found.terms and not actor.is_staff else [],
        cases_not_begun=sum(case.not_begun for case in found.cases),
        my_complaints=sum(case.mine for case in found.cases),
    )


def _case_word(found: HomeCounts) -> str:
    term = next(iter(found.terms or found.known.values()), None)
    return term.scheme.text("case", "公示异常") if term else "公示异常"


def _to_select(found: HomeCounts, is_open: Sequence[HomeWindow]) -> list[Todo]:
    """Entries that the student may select now, one line for each term."""
    todo = []
    for term in found.terms:
        closing = {window.operation: window.closes_at for window in is_open if window.term_id == term.id}
        kinds = {kind.id: kind.publicity.operation for kind in term.scheme.kinds if kind.publicity.trigger == "selected"}
        counts = Tally({row.kind: row.count for row in found.entries if row.term_id == term.id and row.state == "eligible"})
        open_kinds = [kind for kind in counts if kinds.get(kind) in closing]
        if count := sum(counts[kind] for kind in open_kinds):
            ends = [at for kind in open_kinds if (at := closing[kinds[kind]]) is not None]
            title = f"可{term.scheme.text('select', '遴选')}的{term.scheme.text('record', '记录')}"
            todo.append(Todo(id="records_to_select", title=title, count=count, until=min(ends, default=None)))
    return todo


def _cases_to_handle(found: HomeCounts) -> list[Todo]:
    waiting = [case for case in found.cases if case.waiting]
    if not waiting:
        return []
    stages = Tally[str]()
    for case in waiting:
        stages[found.known[case.term_id].scheme.cases.stage(case.stage).title] += case.waiting
    parts = [f"{title} {count} 件" for title, count in stages.items()]
    if late := sum(case.late for case in waiting):
        parts.append(f"其中 {late} 件已逾期")
    return [
        Todo(
            id="cases_waiting",
            title=f"待处理的{_case_word(found)}",
            count=sum(case.waiting for case in waiting),
            until=min((case.due_at for case in waiting if case.due_at), default=None),
            detail="，".join(parts),
        )
    ]


def selected_dimensions(term: Term, entries: Iterable[EntryCount]) -> list[SelectedDimensionView]:
    """The dimensions of a term with how many entries are selected, of how many, and how many more may be."""
    counts = list(entries)
    dimensions = []
    for dimension in term.scheme.dimensions:
        kinds = [view for kind in dimension.kinds if (view := _selected_kind(term, kind, counts)) is not None]
        dimensions.append(
            SelectedDimensionView(
                dimension=dimension.id,
                title=dimension.title,
                selected=sum(kind.selected for kind in kinds),
                eligible=sum(kind.eligible for kind in kinds),
                kinds=kinds,
            )
        )
    return dimensions


def _selected_kind(term: Term, kind: Kind, counts: Iterable[EntryCount]) -> SelectedKindView | None:
    """One kind; None where it is not published, or has neither entries nor a quota."""
    if kind.publicity.trigger == "none":
        return None
    own = [row for row in counts if row.kind == kind.id]
    here = Tally[str]()
    for row in own:
        if row.term_id == term.id:
            here["selected" if row.state in SHOWN else row.state] += row.count
    left = left_to_select(term, kind, [(row.term_id, row.school_year, row.count) for row in own if row.state in COUNTED])
    if left is None and not here["selected"] and not here["eligible"]:
        return None
    return SelectedKindView(kind=kind.id, title=kind.title, selected=here["selected"], eligible=here["eligible"], left=left)


def _state(school: SchoolTerm, now: datetime) -> Literal["planned", "open", "closed"] | None:
    if school.opens_at is None or school.closes_at is None:
        return None
    return "planned" if now < school.opens_at else "open" if now < school.closes_at else "closed"


def progress_view(progress: Progress, now: datetime) -> ProgressView:
    """The organisations below, and their sums."""
    depth = len(progress.path.split(".")) + 1

    def child(path: str) -> str:
        return ".".join(path.split(".")[:depth])

    paths = {child(school.path) for school in progress.schools if len(school.path.split(".")) >= depth}
    paths |= {row.path for row in progress.cases} | {row.path for row in progress.selections}
    paths |= {child(path) for path in progress.titles} | {term.path for term in progress.below or ()}
    order = {path: at for at, path in enumerate(progress.titles)}  # of a school's classes
    items = [
        _organisation(progress, path, [s for s in progress.schools if within(s.path, path) or within(path, s.path)], now)
        for path in sorted(
            (path for path in paths if len(path.split(".")) == depth), key=lambda path: (order.get(path, 0), path)
        )
    ]
    return ProgressView(whole=_organisation(progress, progress.path, progress.schools, now), items=items)


def _organisation(progress: Progress, path: str, schools: Sequence[SchoolTerm], now: datetime) -> OrganisationProgressView:
    cases = [row for row in progress.cases if within(row.path, path)]
    selections = [row for row in progress.selections if within(row.path, path)]
    states = [_state(school, now) for school in schools]
    only = schools[0] if len(schools) == 1 else None
    below = [term for term in progress.below or () if within(term.path, path)]
    return OrganisationProgressView(
        path=path,
        title=progress.titles.get(path),
        schools=len(schools) + sum(term.schools for term in below),
        schools_opened=sum(state in ("open", "closed") for state in states) + sum(opened(term, now) for term in below),
        state=states[0] if only else None,
        opens_at=only.opens_at if only else None,
        closes_at=only.closes_at if only else None,
        cases=sum(row.cases for row in cases),
        open_cases=sum(row.open for row in cases),
        overdue_cases=sum(row.overdue for row in cases),
        students=sum(row.students for row in selections) if progress.own else None,
        selecting=sum(row.selecting for row in selections) if progress.own else None,
    )


def _counters(progress: Progress, term: Term | None, now: datetime) -> list[Counter]:
    """First of the whole organisation, then of those below it, for a chart. Without what the scheme does not have: selecting,
    publicity, cases."""
    view = progress_view(progress, now)
    scheme = term.scheme if term else None
    selects = scheme is None or any(kind.publicity.trigger == "selected" for kind in scheme.kinds)
    publishes = scheme is None or scheme.timing.publicity_operation is not None
    decides = scheme is None or bool(scheme.cases.types)
    case = term.scheme.text("case", "公示异常") if term else "公示异常"
    select = term.scheme.text("select", "遴选") if term else "遴选"
    counters = []
    for one, path in [(view.whole, None), *((item, item.path) for item in view.items)]:
        if one.students is not None and one.selecting is not None:
            title = f"已{select}的学生"
            if selects:
                counters.append(Counter(id="students_selecting", title=title, done=one.selecting, of=one.students, path=path))
        elif publishes:
            title = "已开放公示的学校"
            counters.append(Counter(id="publicity_opened", title=title, done=one.schools_opened, of=one.schools, path=path))
        closed = one.cases - one.open_cases
        if decides:
            counters.append(Counter(id="cases_closed", title=f"已办结的{case}", done=closed, of=one.cases, path=path))
    return counters
