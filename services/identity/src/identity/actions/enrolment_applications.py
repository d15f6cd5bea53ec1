"""Applications for changes of enrolment: applied for by a school, approved on both sides, carried out on their day (BJ-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import StudentStatement, ancestor, level_of
from contracts.identity import ApplicationStep, EnrolmentStatementAskedV1
from people import name_key, read_registry_number
from scheme import Scheme
from scheme.enrolments import EnrolmentChange
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import StoredObject
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import claims, login_attempts
from identity.actions.enrolments import change_status_of, move_to
from identity.deps import IdentityDeps
from identity.domain import enrolment_access as access
from identity.domain import enrolment_applications as domain
from identity.domain.changed_by import PLATFORM, ChangedBy
from identity.domain.enrolment_applications import Application
from identity.domain.enrolment_notes import notes
from identity.domain.enrolment_wishes import Wish, need_possible
from identity.domain.organisations import Organisation
from identity.domain.students import Student
from identity.results import ApplicationDetail
from identity.store import audit, organisations, students
from identity.store import enrolment_applications as store
from identity.store.audit import NewAuditRow
from identity.store.enrolment_applications import NamedSchool

DUE = "enrolment_due"
EFFECT = "enrolment_effect"
SCHOOLS_SHOWN = 20
_LAPSED = "学生的学校、学籍状态或所选班级已经改变，未执行"


@dataclass(frozen=True)
class ApplicationInput:
    """What a school sends. Its own student by `student_id`; one of another school by complete registry number and name."""

    change: str
    reason: str
    effective_on: date
    student_id: UUID | None
    registry_number: str | None
    student_name: str | None
    school: str | None
    """The receiving school, where the student's school applies."""
    path: str | None
    """The new class."""
    files: tuple[UUID, ...] = ()
    """Checked uploads that prove it."""


async def apply(deps: IdentityDeps, actor: Actor, sent: ApplicationInput, client: str) -> ApplicationDetail:
    """Apply for a change of an own student, or to receive a student of another school, who is named exactly.

    Refused alike whether the number or the name is wrong, and limited, so that nobody finds out who is at which school.
    """
    require(actor.level == "school", "school_needed", help="请以学校的身份申请学籍异动")
    async with deps.db.reading() as tx:
        school, scheme = await school_of(deps, tx, actor.path)
    rule, change = scheme.rule("enrolment"), scheme.enrolment.find(sent.change)
    require(change is not None, "not_found", field="change", rule=rule)
    assert change is not None
    attempt = None
    if change.applied_by == "receiving":
        attempt = await login_attempts.count(deps, deps.tokens.attempt_target("enrolment", str(actor.account_id)), client)
    async with deps.db.transaction() as tx:
        student = await _wanted(deps, tx, actor, change, sent, rule)
        if attempt is not None:
            await attempt.clear(tx)
        other = actor.path if change.applied_by == "receiving" else sent.school
        if change.effect == "return" and other is None and student.home is not None:
            other = ancestor(student.home, "school")
        wish = Wish(change, sent.reason, sent.effective_on, other, sent.path, len(set(sent.files)))
        need_possible(student, wish, rule, deps.now().astimezone(ZoneInfo(school.time_zone)).date())
        await _need_known(tx, *(path for path in (other, sent.path) if path is not None))
        now = deps.now()
        new = domain.apply(
            new_id(),
            student,
            wish,
            applied_by=actor.path,
            account_id=actor.account_id,
            rule=rule,
            time_zone=school.time_zone,
            due_at=due_after(scheme, change.within, school, now),
            now=now,
        )
        require(await store.add(tx, new), "application_open", rule=rule, help="请先办结或撤回这名学生的前一项申请")
        if sent.files:
            await deps.enrolment_files.attach(tx, actor.account_id, list(dict.fromkeys(sent.files)), store.holder(new.id))
        await outbox.add(tx, EnrolmentStatementAskedV1(application_id=new.id, attempt=new.attempt, student_id=new.student_id))
        new = await written(deps, tx, new, "applied", None, ChangedBy.of(actor, client), sent.reason)
        return await _detail(deps, tx, actor, new)


async def school_of(deps: IdentityDeps, tx: Tx, path: str) -> tuple[Organisation, Scheme]:
    school = (await organisations.named(tx, [path])).get(path)
    scheme = None if school is None else deps.scheme(school.scheme_id, school.scheme_version)
    if school is None or scheme is None:
        raise Refusal("not_found")
    return school, scheme


async def _wanted(
    deps: IdentityDeps, tx: Tx, actor: Actor, change: EnrolmentChange, sent: ApplicationInput, rule: str
) -> Student:
    """Lock the student whom the application is about."""
    if change.applied_by == "releasing":
        student = None if sent.student_id is None else await students.lock(tx, sent.student_id)
        if student is None or not actor.covers(student.path):
            raise Refusal("not_found", field="student_id")
        return student
    number = read_registry_number(sent.registry_number or "")
    index = None if number is None else deps.sealed_numbers.registry_number_index(number.text)
    found = [] if index is None else await students.by_registry(tx, [index])
    if not found or name_key(found[0].name) != name_key(sent.student_name or ""):
        raise Refusal("student_unmatched", rule=rule, field="registry_number", help="请向学生家长或转出学校核对学籍号和姓名")
    student = await students.lock(tx, found[0].id)
    assert student is not None
    return student


async def _need_known(tx: Tx, *paths: str) -> None:
    known = await organisations.named(tx, paths)
    require(len(known) == len(set(paths)), "not_found", field="path")


def due_after(scheme: Scheme, within: int, school: Organisation, now: datetime) -> datetime:
    return scheme.calendar.end_after(now, within, ZoneInfo(school.time_zone))


async def written(
    deps: IdentityDeps, tx: Tx, changed: Application, what: ApplicationStep, side: str | None, by: ChangedBy, reason: str
) -> Application:
    """Save an application with its log, audit row, event and next deadline; returns it with all titles."""
    now = deps.now()
    await store.save(tx, changed)
    await store.add_log(tx, changed, what, side, by, reason, now)
    paths = tuple(path for path in (changed.school, changed.other) if path is not None)
    detail = {"application_id": str(changed.id), "what": what, "change": changed.change}
    await audit.add(
        tx,
        now,
        [NewAuditRow("enrolment_application", by.account_id, by.card_id, str(changed.student_id), by.client, detail, paths)],
    )
    saved = await store.get(tx, changed.id)
    assert saved is not None
    await outbox.add(tx, saved.moved(what, reason, now))
    if saved.due_at is None:
        await jobs.cancel(tx, DUE, str(saved.id))
    elif not saved.escalated:
        await jobs.schedule(tx, saved.due_at, DUE, str(saved.id))
    return saved


async def _detail(deps: IdentityDeps, tx: Tx, actor: Actor, application: Application) -> ApplicationDetail:
    shown = application.attempt if application.confirmed is None else application.confirmed
    may_see = access.may_see_statement(actor, application)
    statement = await store.statement(tx, application.id, shown) if may_see else None
    files = await store.files(tx, application.id) if access.may_see_evidence(actor, application) else None
    return ApplicationDetail(
        application,
        statement,
        () if statement is None else await _notes(deps, tx, application),
        None if files is None else tuple(files),
        tuple(await store.log(tx, application.id)),
        may_decide=access.may_decide(actor, application),
        may_withdraw=access.may_withdraw(actor, application),
        sees_class=not actor.is_staff or application.other is None or actor.covers(application.other),
    )


async def _notes(deps: IdentityDeps, tx: Tx, application: Application) -> tuple[str, ...]:
    _, here = await school_of(deps, tx, application.school)
    there = None if application.other is None else (await school_of(deps, tx, application.other))[1]
    return notes(application, here, there)


async def listed(
    deps: IdentityDeps, actor: Actor, under_way: bool | None, before: UUID | None, limit: int
) -> Sequence[Application]:
    """For staff: applications from and to the schools of their organisation, newest first. Families: their own."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return await store.of_students(tx, list(actor.students), before, limit)
        return await store.listed(tx, actor.path, under_way, before, limit)


async def get(deps: IdentityDeps, actor: Actor, application_id: UUID) -> ApplicationDetail:
    """One application that the actor may see."""
    async with deps.db.reading() as tx:
        application = await store.get(tx, application_id)
        if application is None or not access.may_see(actor, application):
            raise Refusal("not_found")
        return await _detail(deps, tx, actor, application)


async def find_evidence(
    deps: IdentityDeps, actor: Actor, application_id: UUID, file_id: UUID, *, preview: bool = False
) -> StoredObject:
    """A file that proves an application: its clean copy, for those who approve it. `preview`: its small picture."""
    async with deps.db.reading() as tx:
        application = await store.get(tx, application_id)
        if application is None or not access.may_see_evidence(actor, application):
            raise Refusal("not_found")
        file = next((one for one in await store.files(tx, application_id) if one.id == file_id), None)
    if file is None or (preview and file.preview_key is None):
        raise Refusal("not_found")
    if preview and file.preview_key is not None:
        return StoredObject(file.bucket, file.preview_key, f"{file.name}.jpg", "image/jpeg", inline=True)
    return StoredObject(file.bucket, file.object_key, file.name, file.media_type)


async def schools_named(deps: IdentityDeps, words: str) -> list[NamedSchool]:
    """Schools with these words in their title, to name the receiving one."""
    async with deps.db.reading() as tx:
        return await store.schools_named(tx, words, SCHOOLS_SHOWN)


async def _locked(tx: Tx, application_id: UUID) -> tuple[Application, Student]:
    """Lock the student, then the application: in the order in which an application is made."""
    seen = await store.get(tx, application_id)
    student = None if seen is None else await students.lock(tx, seen.student_id)
    application = await store.lock(tx, application_id)
    if application is None or student is None:
        raise Refusal("not_found")
    return application, student


def _need_version(application: Application, version: int) -> None:
    require(application.version == version, "stale_version", version=application.version)


async def approve(
    deps: IdentityDeps,
    actor: Actor,
    application_id: UUID,
    version: int,
    shown: int,
    to_path: str | None,
    remark: str,
    client: str,
) -> ApplicationDetail:
    """Give the next approval. `shown`: the statement that the caller saw. The last one carries the change out on its day."""
    by = ChangedBy.of(actor, client)
    async with deps.db.transaction() as tx:
        application, student = await _locked(tx, application_id)
        access.need_decider(actor, application)
        _need_version(application, version)
        domain.need_same_place(application, student)
        step = application.step
        statement = await store.statement(tx, application.id, application.attempt)
        school, scheme = await school_of(deps, tx, application.school)
        due_at = due_after(scheme, application.within, school, deps.now())
        if to_path is not None:
            await _need_known(tx, to_path)
        after = domain.approve(application, statement, shown, to_path, due_at)
        after = await written(deps, tx, after, "approved", None if step is None else step.by, by, remark)
        if after.state == "approved":
            if after.takes_effect_at <= deps.now():
                after = await _carry_out(deps, tx, after, student, by)
            else:
                who = {"account_id": str(by.account_id), "card_id": str(by.card_id), "path": by.path}
                await jobs.schedule(tx, after.takes_effect_at, EFFECT, str(after.id), who)
        return await _detail(deps, tx, actor, after)


async def reject(
    deps: IdentityDeps, actor: Actor, application_id: UUID, version: int, reason: str, client: str
) -> ApplicationDetail:
    """Refuse the application, for the side that it waits for."""
    async with deps.db.transaction() as tx:
        application, _ = await _locked(tx, application_id)
        access.need_decider(actor, application)
        domain.need_refusable(application)
        _need_version(application, version)
        side = None if application.step is None else application.step.by
        after = domain.end(application, "rejected", reason, deps.now())
        after = await written(deps, tx, after, "rejected", side, ChangedBy.of(actor, client), reason)
        return await _detail(deps, tx, actor, after)


async def withdraw(
    deps: IdentityDeps, actor: Actor, application_id: UUID, version: int, reason: str, client: str
) -> ApplicationDetail:
    """Take the application back, for the school that made it."""
    async with deps.db.transaction() as tx:
        application, _ = await _locked(tx, application_id)
        require(access.may_see(actor, application), "not_found")
        _need_version(application, version)
        if not access.may_withdraw(actor, application):
            raise Refusal("step_not_yours", rule=application.rule, help="申请由提出的学校在生效之前撤回")
        after = domain.end(application, "withdrawn", reason, deps.now())
        await jobs.cancel(tx, EFFECT, str(after.id))
        after = await written(deps, tx, after, "withdrawn", None, ChangedBy.of(actor, client), reason)
        return await _detail(deps, tx, actor, after)


async def ask_again(deps: IdentityDeps, actor: Actor, application_id: UUID) -> ApplicationDetail:
    """Ask for a newer statement of the evaluation data, for the releasing school before it has confirmed one."""
    async with deps.db.transaction() as tx:
        application, _ = await _locked(tx, application_id)
        access.need_decider(actor, application)
        after = domain.ask_again(application)
        await store.save(tx, after)
        await store.add_log(tx, after, "statement_asked", None, ChangedBy.of(actor, ""), "", deps.now())
        asked = EnrolmentStatementAskedV1(application_id=after.id, attempt=after.attempt, student_id=after.student_id)
        await outbox.add(tx, asked)
        return await _detail(deps, tx, actor, after)


async def stated(deps: IdentityDeps, tx: Tx, event: StudentStatement) -> None:
    """Store what a service has of the student."""
    service = event.subject.partition(".")[0]
    await store.add_statement(tx, event.application_id, event.attempt, service, event.lines, deps.now())


async def past_due(deps: IdentityDeps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """The time of an approval has passed: who stands above both schools may decide from now on."""
    application = await store.lock(tx, UUID(key))
    after = None if application is None else domain.escalate(application, deps.now())
    if after is not None:
        await written(deps, tx, after, "escalated", None, PLATFORM, "")


async def take_effect(deps: IdentityDeps, tx: Tx, key: str, who: dict[str, Any]) -> None:
    """The day of an approved change has come."""
    seen = await store.get(tx, UUID(key))
    if seen is None:
        return
    application, student = await _locked(tx, seen.id)
    if application.state == "approved":
        await _carry_out(deps, tx, application, student, ChangedBy(UUID(who["account_id"]), UUID(who["card_id"]), who["path"]))


async def _carry_out(deps: IdentityDeps, tx: Tx, application: Application, student: Student, by: ChangedBy) -> Application:
    """Change the enrolment; where it no longer fits, the application lapses."""
    to, now = application.to_path, deps.now()
    known = to is None or to in await organisations.named(tx, [to])
    if not known or not domain.fits(application, student):
        lapsed = domain.end(application, "lapsed", _LAPSED, now)
        return await written(deps, tx, lapsed, "lapsed", None, by, _LAPSED)
    status, reason = (
        domain.status_after(application.effect, student.status, borrowed=student.home is not None),
        f"{application.change_title}：{application.reason}",
    )
    if to is not None and to != student.path:
        student = await move_to(deps, tx, by, student, to, reason, status)
        await claims.settle_moved(deps, tx, by, student, reason)
    elif status != student.status:
        await change_status_of(deps, tx, by, student, status, reason)
    done = domain.end(application, "done", application.answer, now)
    return await written(deps, tx, done, "done", None, by, "")


async def waiting(tx: Tx, actor: Actor) -> tuple[int, datetime | None]:
    """How many applications this card's organisation decides now, and the first end of their time."""
    return (
        await store.waiting(tx, actor.path) if actor.can("move_students") and level_of(actor.path) != "country" else (0, None)
    )
