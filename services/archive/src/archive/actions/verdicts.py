"""Giving verdicts on reports, and reading verdicts and reports (SH-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.base import within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student, find_students, opted_out
from servicekit.refusals import Refusal

from archive.actions import statistics
from archive.actions.contents import report_of
from archive.deps import ArchiveDeps
from archive.domain import verdicts as rules
from archive.domain.confirmations import Confirmation
from archive.domain.content import TermContent
from archive.domain.evaluations import Author
from archive.domain.found import need_found
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import GivenVerdict, JudgedStudent, Verdict
from archive.domain.verification import read_code
from archive.store import audit, terms
from archive.store import verdicts as store

_OWN = 20
"""Students of one card at most."""


@dataclass(frozen=True)
class VerdictOutcome:
    """What became of one of several verdicts: given, or refused."""

    student_id: UUID
    verdict: Verdict | None
    refusal: Refusal | None


async def give(deps: ArchiveDeps, actor: Actor, term_id: UUID, given: Sequence[GivenVerdict]) -> list[VerdictOutcome]:
    """Give or change verdicts in one transaction (SH-11); a refused one stays as it was. In the order of the students' ids."""
    now = deps.now()
    by_student = {one.student_id: one for one in given}
    outcomes: list[VerdictOutcome] = []
    changed: list[Verdict] = []
    async with deps.db.transaction() as tx:
        term = await terms.share_term(tx, deps.directory, term_id)
        if term is None or term.backfill or not actor.covers(term.path):
            raise Refusal("not_found")
        rules.need_may_judge(term, actor.roles)
        students = await find_students(tx, sorted(by_student))
        old = await store.lock(tx, term_id, by_student)
        slips = await store.confirmations(tx, term_id, by_student)
        out = await opted_out(tx, term_id, by_student)
        for student_id in sorted(by_student):
            student = students.get(student_id)
            try:
                if student is None or not within(student.path, term.path):
                    raise Refusal("not_found")
                actor.need(student.path)
                if student_id in out:
                    raise term.refusal("not_participating", term.scheme.rule("participation"))
                rules.need_may_be_judged(term, student, slips.get(student_id), actor.roles, now)
                author = Author(actor.account_id, actor.name)
                new = rules.judge(term, student, by_student[student_id], old.get(student_id), author, now)
            except Refusal as refusal:
                outcomes.append(VerdictOutcome(student_id, None, refusal))
                continue
            if new is not None:
                changed.append(new)
            outcomes.append(VerdictOutcome(student_id, new or old[student_id], None))
        if changed and not await store.save(tx, changed):
            raise Refusal("stale_version")
        await statistics.recount(tx, term, {verdict.path for verdict in changed})
        for verdict in changed:
            await audit.write(
                tx, now, actor, "verdict.given", verdict.path, verdict.student_id,
                term=str(term_id), choice=verdict.choice, version=verdict.version,
            )  # fmt: skip
    return outcomes


async def term_of(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> ArchiveTerm:
    """A term with verdicts that the card may see."""
    async with deps.db.reading() as tx:
        return _scope(actor, await terms.term(tx, deps.directory, term_id))


async def judged_paths(tx: Tx, term: ArchiveTerm, path: str) -> list[str]:
    """The classes below a path whose students get a verdict."""
    students = term.judged(await terms.students_of(tx, path, term.id))
    return sorted({student.path for student in students})


def _scope(actor: Actor, term: ArchiveTerm | None) -> ArchiveTerm:
    """The term, for a card of its school, below it or above it; `not_found` where its scheme has no verdict."""
    if term is None or term.verdict is None or not (within(actor.path, term.path) or actor.covers(term.path)):
        raise Refusal("not_found")
    return term


async def page(
    deps: ArchiveDeps,
    actor: Actor,
    term_id: UUID,
    path: str | None,
    choice: str | None,
    judged: bool | None,
    slip: str | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> tuple[ArchiveTerm, list[JudgedStudent]]:
    """Students with their verdicts and confirmations, class by class; the own side sees its own, once it is final."""
    async with deps.db.reading() as tx:
        term = _scope(actor, await terms.term(tx, deps.directory, term_id))
        scope = path or (actor.path if within(actor.path, term.path) else term.path)
        if actor.is_staff:
            actor.need(scope)
        elif scope != actor.path:
            raise Refusal("not_found")
        own = None if actor.is_staff else sorted(actor.students)
        rows = await store.page(tx, term_id, await judged_paths(tx, term, scope), own, choice, judged, slip, after, limit)
    return term, rows if actor.is_staff else [_shown(row, term, deps) for row in rows]


def _shown(row: JudgedStudent, term: ArchiveTerm, deps: ArchiveDeps) -> JudgedStudent:
    """What student and guardian see of it."""
    final = rules.is_final(term, row.confirmation, deps.now(), row.path)
    return row if final else replace(row, verdict=None)


async def of_student(deps: ArchiveDeps, tx: Tx, actor: Actor, term: ArchiveTerm, student: Student) -> JudgedStudent:
    """One student's verdict and confirmation, as this card sees them."""
    verdict = (await store.of_students(tx, term.id, [student.id])).get(student.id)
    slip = (await store.confirmations(tx, term.id, [student.id])).get(student.id)
    row = JudgedStudent(student.id, student.name, student.path, student.grade_title, student.class_title, verdict, slip)
    return row if actor.is_staff else _shown(row, term, deps)


async def own(deps: ArchiveDeps, tx: Tx, actor: Actor, term: ArchiveTerm) -> list[JudgedStudent]:
    """The own side's student with the verdict once it is final; nothing where the grade gets none."""
    if not term.judges_grade(actor.path):
        return []
    rows = await store.page(tx, term.id, [actor.path], sorted(actor.students), None, None, None, None, _OWN)
    return [_shown(row, term, deps) for row in rows]


async def report(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, student_id: UUID
) -> tuple[ArchiveTerm, TermContent, JudgedStudent, list[Verdict]]:
    """A student's report as it would be sealed now, with the verdict and, for staff, its history (SH-11)."""
    async with deps.db.reading() as tx:
        term, student = await terms.term(tx, deps.directory, term_id), await find_student(tx, student_id)
        if term is None or student is None or not within(student.path, term.path):
            raise Refusal("not_found")
        actor.need(student.path, student.id)
        _scope(actor, term)
        row = await of_student(deps, tx, actor, term, student)
        content = await report_of(deps, tx, term, student, row.verdict, row.confirmation)
        versions = await store.history(tx, term_id, student_id) if actor.is_staff else []
    return term, content, row, versions


async def behind_code(deps: ArchiveDeps, actor: Actor, typed: str) -> tuple[ArchiveTerm, JudgedStudent]:
    """What the QR code of a printed confirmation leads to, for a card in whose scope the student is; else `not_found`."""
    code = need_found(read_code(typed))
    async with deps.db.reading() as tx:
        slip: Confirmation = need_found(await store.by_code(tx, code))
        student = need_found(await find_student(tx, slip.student_id))
        actor.need(student.path, student.id)
        term = need_found(await terms.term(tx, deps.directory, slip.term_id))
        return term, await of_student(deps, tx, actor, term, student)
