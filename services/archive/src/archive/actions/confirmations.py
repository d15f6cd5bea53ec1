"""Printing confirmations, and recording that they came back signed (SH-11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.base import level_of, within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_students
from servicekit.files import StoredObject
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.adapters.typesetting.papers import render_confirmations
from archive.deps import ArchiveDeps
from archive.domain import confirmations as rules
from archive.domain.bundles import safe
from archive.domain.confirmations import Confirmation, Slip
from archive.domain.content import new_code
from archive.domain.evaluations import Author
from archive.domain.found import need_found
from archive.domain.papers import confirmation_page
from archive.domain.states import need_collecting
from archive.domain.terms import ArchiveTerm
from archive.domain.verification import read_code
from archive.store import audit, backfills, terms
from archive.store import verdicts as store

MOST = 80
"""Confirmations in one PDF: a class."""


@dataclass(frozen=True)
class PrintedSlips:
    """The PDF of a class (or of one student); `waiting`: students without a verdict, who have no page in it."""

    name: str
    pdf: bytes
    slips: int
    waiting: int


async def print_slips(deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str, student_id: UUID | None) -> PrintedSlips:
    """Print the confirmations of a class, or of one of its students; from then on their verdicts stand (SH-11).

    Who has one already gets the same again, with the same code.
    """
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await _term(deps, tx, actor, term_id)
        actor.need(path)
        if level_of(path) != "class" or not within(path, term.path):
            raise Refusal("not_found")
        rules.need_sign_open(term, actor.roles, now, path)
        students = term.judged(await terms.students_of(tx, path, term.id))
        if student_id is not None:
            students = [need_found(next((s for s in students if s.id == student_id), None))]
        ids = [student.id for student in students]
        verdicts = await store.lock(tx, term_id, ids)
        slips = await store.lock_confirmations(tx, term_id, ids)
        ready = [student for student in students if student.id in verdicts]
        if not ready:
            rule = term.need_verdict()
            help = f"请联系{term.scheme.role_title(rule.by)}先作出评价"
            raise term.refusal("verdicts_missing", term.scheme.rule("sign_off"), missing=len(students), help=help)
        if len(ready) > MOST:
            raise term.refusal("conflict", term.scheme.rule("sign_off"), detail=f"一次最多打印{MOST}份")
        author = Author(actor.account_id, actor.name)
        new = [_printed(term, student, slips.get(student.id), author, now) for student in ready]
        changed = [slip for slip in new if slip is not slips.get(slip.student_id)]
        await store.save_confirmations(tx, changed)
        await audit.write(
            tx, now, actor, "confirmations.printed", path, student_id, term=str(term_id), slips=len(new), new=len(changed)
        )
    base = f"{deps.settings.public_base}/confirmation/"
    pages = [
        confirmation_page(term, student, verdicts[student.id], slip, base + slip.code)
        for student, slip in zip(ready, new, strict=True)
    ]
    pdf = await deps.renderer.run(render_confirmations, pages)
    title = ready[0].grade_title + ready[0].class_title + (ready[0].name if student_id is not None else "")
    return PrintedSlips(safe(f"评价结果确认单-{title}-{term.title}", 100) + ".pdf", pdf, len(pages), len(students) - len(ready))


def _printed(term: ArchiveTerm, student: Student, slip: Confirmation | None, by: Author, now: datetime) -> Confirmation:
    """The slip that is printed: a new one, the same again, or after a withdrawal one with another code."""
    if slip is None:
        return Confirmation(new_id(), term.id, student.id, student.path, new_code(), Slip.PRINTED, by, now, now)
    if slip.in_force:
        return slip
    return rules.move(term, slip, "print", by, now, code=new_code(), path=student.path, printed_at=now, file_id=None)


@dataclass(frozen=True)
class SlipChange:
    """What happened to one slip, which is named by its student or by the code on it."""

    action: str
    student_id: UUID | None = None
    code: str | None = None
    reason: str = ""
    file_id: UUID | None = None


@dataclass(frozen=True)
class SlipOutcome:
    """What became of one of several changes: the student's slip as it is now, or a refusal."""

    student_id: UUID | None
    student_name: str | None
    slip: Confirmation | None
    refusal: Refusal | None


async def record(deps: ArchiveDeps, actor: Actor, term_id: UUID, changes: Sequence[SlipChange]) -> list[SlipOutcome]:
    """Record that slips came back signed, why one does not, or withdraw one; in the order they were sent. A refused one
    stays as it was (SH-11)."""
    now = deps.now()
    outcomes: list[SlipOutcome] = []
    async with deps.db.transaction() as tx:
        term = await _term(deps, tx, actor, term_id)
        if not actor.is_staff:
            raise Refusal("forbidden")
        named = [await _student_id(tx, term, change) for change in changes]
        ids = sorted({student_id for student_id in named if student_id is not None})
        students = await find_students(tx, ids)
        slips = await store.lock_confirmations(tx, term_id, ids)
        for change, student_id in zip(changes, named, strict=True):
            student = students.get(student_id) if student_id is not None else None
            try:
                if student is None:
                    raise Refusal("not_found", detail="没有这份确认单，或已经撤回")
                actor.need(student.path)
                slip = await _changed(deps, tx, actor, term, student, slips.get(student.id), change, now)
            except Refusal as refusal:
                shown = student if student is not None and actor.covers(student.path) else None
                outcomes.append(SlipOutcome(shown.id if shown else None, shown.name if shown else None, None, refusal))
                continue
            slips[student.id] = slip
            outcomes.append(SlipOutcome(student.id, student.name, slip, None))
        await store.save_confirmations(tx, [slips[s] for s in dict.fromkeys(o.student_id for o in outcomes if o.slip) if s])
    return outcomes


async def _student_id(tx: Tx, term: ArchiveTerm, change: SlipChange) -> UUID | None:
    if change.code is None:
        return change.student_id
    code = read_code(change.code)
    found = await store.by_code(tx, code) if code is not None else None
    return found.student_id if found is not None and found.term_id == term.id else None


async def _changed(
    deps: ArchiveDeps,
    tx: Tx,
    actor: Actor,
    term: ArchiveTerm,
    student: Student,
    slip: Confirmation | None,
    change: SlipChange,
    now: datetime,
) -> Confirmation:
    """The slip after the change; a signature that was recorded already stays as it is."""
    cited = term.scheme.rule("sign_off")
    rules.need_sign_open(term, actor.roles, now, student.path)
    if slip is None:
        raise term.refusal("wrong_state", cited, detail="还没有打印确认单", state="none", action=change.action)
    if change.action == "withdraw" and actor.level == "class":
        help = term.who_can_help(term.slip_steps[0].operation)
        raise term.refusal("forbidden", cited, detail="确认单由学校撤回", help=help)
    by = Author(actor.account_id, actor.name)
    if change.action == "sign" and slip.state is Slip.SIGNED:
        after = slip
    else:
        reason = rules.need_reason(term, change.action, change.reason)
        after = rules.move(term, slip, change.action, by, now, reason=reason)
        await audit.write(
            tx, now, actor, f"confirmation.{change.action}", student.path, student.id, term=str(term.id), reason=reason
        )
    if change.file_id is not None:
        await deps.files.attach(tx, actor.account_id, [change.file_id], f"confirmation:{slip.id}")
        after = replace(after, file_id=change.file_id)
    return after


async def find_scan(deps: ArchiveDeps, actor: Actor, term_id: UUID, student_id: UUID) -> StoredObject:
    """The scanned page of a student's confirmation."""
    async with deps.db.reading() as tx:
        student = need_found((await find_students(tx, [student_id])).get(student_id))
        actor.need(student.path, student.id)
        slip = need_found((await store.confirmations(tx, term_id, [student_id])).get(student_id))
        file = need_found(await backfills.file(tx, need_found(slip.file_id)))
    return StoredObject(file["bucket"], file["object_key"], file["name"], file["media_type"])


async def _term(deps: ArchiveDeps, tx: Tx, actor: Actor, term_id: UUID) -> ArchiveTerm:
    """The term with a shared lock, while verdicts may still be given."""
    term = await terms.share_term(tx, deps.directory, term_id)
    if term is None or term.backfill or not (within(actor.path, term.path) or actor.covers(term.path)):
        raise Refusal("not_found")
    term.need_verdict()
    need_collecting(term.state, term.scheme.rule("sign_off"))
    return term
