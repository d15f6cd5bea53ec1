"""Response shapes of home screens and of progress by organisation."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from pydantic import Field
from scheme import Allowed
from servicekit.auth import Actor
from servicekit.home import Counter, Home, HomeWindow, Todo, windows_of_terms

from archive.domain.progress import Progress, SchoolSeal, by_dimension, seconds_left
from archive.domain.score_sheets import state_title, waiting_until
from archive.domain.states import Collecting
from archive.domain.terms import SEAL, VERDICT, ArchiveTerm
from archive.results import HomeCounts
from archive.views import ArchiveView
from archive.views.base import View
from archive.views.verdicts import JudgedStudentView, student_view


class OwnEvaluationView(View):
    """An evaluation of the card's student in a term. `mine`: this card writes it, now and until `until` if `open`.

    `about`: self, student, or classmates, of whom `left` are not evaluated yet (CS-12).
    """

    term_id: UUID
    type: str
    title: str
    about: str
    left: int | None
    written: bool
    mine: bool
    open: bool
    until: datetime | None


class AxisView(View):
    """One axis of the radar chart: how many records count, and how many fill it. Counts, never scores."""

    dimension: str
    title: str
    records: int
    full: float


class TermRadarView(View):
    """The radar chart of one term of one student."""

    term_id: UUID
    term_title: str
    axes: list[AxisView]


class OwnCareerView(View):
    """How far the student's career archive is, and how many records are picked for it."""

    state: Collecting
    picked: int


class NamedStudentView(View):
    """A student by name."""

    student_id: UUID
    student_name: str


class MissingView(View):
    """Students of the card's class who lack an evaluation. `mine`: this card writes it."""

    type: str
    title: str
    mine: bool
    students: list[NamedStudentView]


class TermSealView(View):
    """How far the archives of a school's term are: `done` of `of`; `seconds_left`: an estimate, null while there is none."""

    term_id: UUID
    title: str
    state: Collecting
    done: int
    of: int
    seconds_left: int | None
    sealed_at: datetime | None


class OwnVerdictView(JudgedStudentView):
    """The verdict on the own student's report in a term under way; `report`: what the scheme calls the report."""

    term_title: str
    report: str


class ArchiveHome(Home):
    """What archive shows on the home screen of a card.

    `evaluations`, `archives`, `radar`, `career`, `verdicts`: of a student, or of a guardian's child. `missing`: of a class.
    `terms`: of a school, and of schools in which archives are being made.
    """

    evaluations: list[OwnEvaluationView] = Field(default=[])
    archives: list[ArchiveView] = Field(default=[])
    radar: list[TermRadarView] = Field(default=[])
    career: OwnCareerView | None = None
    missing: list[MissingView] = Field(default=[])
    terms: list[TermSealView] = Field(default=[])
    verdicts: list[OwnVerdictView] = Field(default=[])


class EvaluationProgressView(View):
    """An evaluation, written for so many students, of how many that should have it."""

    type: str
    title: str
    written: int
    expected: int


class OrganisationProgressView(View):
    """How far one organisation is. `title`: of grades and classes. `state`, `sealed_at`: where it is a school or lies in one.
    `evaluations`: within a district or a school; further up there are too many to count."""

    path: str
    title: str | None
    students: int | None
    schools: int
    schools_sealed: int
    state: Collecting | None
    sealed_at: datetime | None
    archives: int
    evaluations: list[EvaluationProgressView]


class ProgressView(View):
    """One organisation and those directly below it, in the order of their paths."""

    whole: OrganisationProgressView
    items: list[OrganisationProgressView]


def home_view(found: HomeCounts, operations: Collection[str], actor: Actor, now: datetime) -> ArchiveHome:
    """The home of a card."""
    is_open, opens = windows_of_terms(found.terms, operations, actor.roles, actor.path, now)
    own = [] if actor.is_staff else _own_evaluations(found, is_open, actor)
    missing = _missing(found, actor)
    return ArchiveHome(
        now=is_open,
        next=opens,
        todo=[
            *_own_form(found),
            *_own_todo(found, own, is_open),
            *_comments(missing, is_open, found, actor, now),
            *_office(found, is_open, actor),
            *_sheets(found, actor, now),
            *([Todo(id="score_consents", title="待同意的等级", count=found.asked)] if found.asked else []),
        ],
        counters=_counters(found.below) if found.below is not None else [],
        evaluations=own,
        archives=[ArchiveView.of(archive) for archive in found.archives],
        radar=_radar(found),
        career=OwnCareerView(state=found.career.state, picked=len(found.career.record_ids)) if found.career else None,
        missing=missing,
        terms=_seals(found, now),
        verdicts=[
            OwnVerdictView(**dict(student_view(term, row)), term_title=term.title, report=term.scheme.archives.term.title)
            for term, row in found.verdicts
        ],
    )


def _until(windows: Iterable[HomeWindow], term: ArchiveTerm, operation: str) -> tuple[bool, datetime | None]:
    """Whether the operation is open in this term, and until when."""
    window = next((w for w in windows if w.term_id == term.id and w.operation == operation), None)
    return window is not None, window.closes_at if window else None


def _own_evaluations(found: HomeCounts, is_open: list[HomeWindow], actor: Actor) -> list[OwnEvaluationView]:
    views = []
    for term in found.terms:
        for evaluation in term.evaluations(actor.path):
            of_classmates = evaluation.about == "classmates"
            mine = (evaluation.about == "self" or of_classmates) and not actor.roles.isdisjoint(evaluation.by)
            left = found.to_evaluate.get((term.id, evaluation.id)) if of_classmates else None
            opened, until = _until(is_open, term, evaluation.operation)
            can = mine and opened and term.state is Collecting.COLLECTING
            views.append(
                OwnEvaluationView(
                    term_id=term.id, type=evaluation.id, title=evaluation.title, about=evaluation.about, left=left, mine=mine,
                    written=left == 0 or (term.id, evaluation.id) in found.written, open=can, until=until if can else None,
                )
            )  # fmt: skip
    return views


def _own_form(found: HomeCounts) -> list[Todo]:
    """The printed form that waits for a signature and an upload, or that the school returned (NR-03)."""
    form = found.form
    return [Todo(id="form_to_upload", title=form.title, count=1, until=form.until, detail=form.detail)] if form else []


def _own_todo(found: HomeCounts, own: list[OwnEvaluationView], is_open: list[HomeWindow]) -> list[Todo]:
    to_write = [one for one in own if one.open and not one.written]
    todo = [Todo(id="evaluation_to_write", title=one.title, count=1, until=one.until) for one in to_write if not one.left]
    todo += [
        Todo(id="classmates_to_evaluate", title=f"{one.title}：待评价的同学", count=one.left, until=one.until)
        for one in to_write
        if one.left
    ]
    if found.career is not None and found.career.state is Collecting.COLLECTING and not found.career.record_ids:
        for term in found.terms:
            career = term.scheme.archives.career
            opened, until = _until(is_open, term, career.operation) if career else (False, None)
            if opened and career is not None:
                title = f"为{career.title}{term.scheme.text('select', '遴选')}记录"
                todo.append(Todo(id="career_to_select", title=title, count=1, until=until))
    return todo


def _missing(found: HomeCounts, actor: Actor) -> list[MissingView]:
    if not found.terms or actor.level != "class" or not actor.is_staff:
        return []
    term = found.terms[0]
    if term.state is not Collecting.COLLECTING:
        return []
    return [
        MissingView(
            type=evaluation.id,
            title=evaluation.title,
            mine=evaluation.about == "student" and not actor.roles.isdisjoint(evaluation.by),
            students=[
                NamedStudentView(student_id=student_id, student_name=name)
                for student_id, name in _lacking(found, evaluation.id)
            ],
        )
        for evaluation in term.evaluations(actor.path)
    ]


def _lacking(found: HomeCounts, type: str) -> list[tuple[UUID, str]]:
    return [
        *((row.student_id, row.student_name) for row in found.missing if row.type == type),
        *((row.student_id, row.student_name) for row in found.unfinished.get(type, ())),
    ]


def _comments(
    missing: list[MissingView], is_open: list[HomeWindow], found: HomeCounts, actor: Actor, now: datetime
) -> list[Todo]:
    todo = []
    for one in missing:
        term = found.terms[0]
        opened, until = _until(is_open, term, term.scheme.evaluation(one.type).operation)
        if one.mine and one.students and opened:
            todo.append(Todo(id="comments_to_write", title=f"待写的{one.title}", count=len(one.students), until=until))
        rule = term.scheme.evaluation(one.type)
        theirs = term.ask(rule.operation, rule.by, now, actor.path) if one.type in found.unfinished and one.students else None
        if isinstance(theirs, Allowed):
            title = f"没有完成{one.title}的学生"
            todo.append(Todo(id="peer_evaluations_unfinished", title=title, count=len(one.students), until=theirs.until))
    return todo


def _verdicts(found: HomeCounts, term: ArchiveTerm, is_open: list[HomeWindow], actor: Actor) -> Todo | None:
    """Reports that wait for this card's verdict (SH-11)."""
    rule = term.verdict
    if rule is None or found.below is None or rule.by not in actor.roles or term.state is not Collecting.COLLECTING:
        return None
    opened, until = _until(is_open, term, rule.operation)
    waiting = sum(one.expected - one.written for one in found.below.evaluations(found.below.path) if one.type == VERDICT)
    if not opened or waiting <= 0:
        return None
    title = f"待作出的{term.scheme.operation(rule.operation).title}"
    return Todo(id="verdicts_to_give", title=title, count=waiting, until=until)


def _office(found: HomeCounts, is_open: list[HomeWindow], actor: Actor) -> list[Todo]:
    todo = []
    for term in found.terms:
        opened, until = _until(is_open, term, SEAL)
        if opened and term.state is Collecting.COLLECTING:
            todo.append(
                Todo(id="term_to_seal", title=term.scheme.operation(SEAL).title, count=1, until=until, detail=term.title)
            )
    todo += [one for term in found.terms if (one := _verdicts(found, term, is_open, actor)) is not None]
    if found.office is not None:
        lines = {
            "corrections_to_sign": ("待确认的档案更正", found.office.corrections),
            "archives_to_correct": ("归档后有变动、待更正的档案", found.office.late_archives),
            "backfills_to_seal": ("未完成的档案补录", found.office.backfills),
        }
        todo += [Todo(id=name, title=title, count=count) for name, (title, count) in lines.items() if count]
    return todo


def _sheets(found: HomeCounts, actor: Actor, now: datetime) -> list[Todo]:
    """Classes whose scores this card passes on or locks next (BJ-10)."""
    todo = []
    for term, sheets in found.sheets:
        ends: dict[str, list[datetime | None]] = {}
        for sheet in sheets:
            waits, until = waiting_until(term, sheet, actor.roles, now)
            if waits:
                ends.setdefault(state_title(term, sheet), []).append(until)
        todo += [
            Todo(id="score_sheets", title=f"{title}的班级", count=len(all_), until=min((e for e in all_ if e), default=None))
            for title, all_ in ends.items()
        ]
    return todo


def _radar(found: HomeCounts) -> list[TermRadarView]:
    views = []
    for term_id in dict.fromkeys(row.term_id for row in found.records):
        term = found.record_terms.get(term_id)
        if term is None or not term.scheme.archives.radar.axes:
            continue
        counts = dict(by_dimension(term, [row for row in found.records if row.term_id == term_id]))
        axes = [
            AxisView(
                dimension=axis.dimension,
                title=term.scheme.dimension(axis.dimension).title,
                records=counts[axis.dimension],
                full=float(axis.full),
            )
            for axis in term.scheme.archives.radar.axes
        ]
        views.append(TermRadarView(term_id=term_id, term_title=term.title, axes=axes))
    return views


def _seals(found: HomeCounts, now: datetime) -> list[TermSealView]:
    if found.below is None:
        return []
    titles = {term.id: term.title for term in [*found.below.terms.values(), *found.terms]}
    return [
        TermSealView(
            term_id=school.term_id,
            title=titles[school.term_id],
            state=Collecting(school.state),
            done=school.ready or 0,
            of=school.archives or found.below.students(school.path),
            seconds_left=_left(school, now),
            sealed_at=school.sealed_at,
        )
        for school in found.below.schools
        if school.term_id in titles
    ]


def _left(school: SchoolSeal, now: datetime) -> int | None:
    if school.state != "sealing" or school.made_at is None or school.archives is None:
        return None
    return seconds_left(school.ready or 0, school.archives, school.made_at, now)


def progress_view(progress: Progress) -> ProgressView:
    """The organisations below, and the whole."""
    return ProgressView(
        whole=_organisation(progress, progress.path), items=[_organisation(progress, path) for path in progress.children()]
    )


def _organisation(progress: Progress, path: str) -> OrganisationProgressView:
    schools = progress.schools_of(path)
    only = schools[0] if len(schools) == 1 else None
    number, sealed, ready = progress.numbers(path)
    return OrganisationProgressView(
        path=path,
        title=progress.title(path),
        students=progress.students(path) if progress.classes else None,
        schools=number,
        schools_sealed=sealed,
        state=Collecting(only.state) if only else None,
        sealed_at=only.sealed_at if only else None,
        archives=ready,
        evaluations=[EvaluationProgressView.model_validate(one) for one in progress.evaluations(path)],
    )


def _counters(progress: Progress) -> list[Counter]:
    """First of the whole organisation, then of those below it, for a chart."""
    view = progress_view(progress)
    counters = []
    for one, path in [(view.whole, None), *((item, item.path) for item in view.items)]:
        if one.evaluations:
            counters += [
                Counter(id="evaluations_written", title=e.title, done=e.written, of=e.expected, path=path)
                for e in one.evaluations
            ]
        else:
            title = "已归档的学校"
            counters.append(Counter(id="terms_sealed", title=title, done=one.schools_sealed, of=one.schools, path=path))
    return counters
