"""Moves between schools on which an organisation above both decides: of a student whose school nobody runs any more, and of
one whom two rosters name (BJ-04, L-10). Each is an application, so that both schools see it and what data went along."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import ancestor
from contracts.identity import EnrolmentStatementAskedV1
from scheme import Scheme
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import claims as claim_actions
from identity.actions import roles
from identity.actions.enrolment_applications import due_after, school_of, written
from identity.actions.enrolments import move_to
from identity.deps import IdentityDeps
from identity.domain import claims as claim_rules
from identity.domain import direct_moves as domain
from identity.domain import enrolment_applications as applications
from identity.domain.changed_by import ChangedBy
from identity.domain.claims import Claim
from identity.domain.enrolment_applications import Application
from identity.domain.organisations import Organisation
from identity.domain.students import Student
from identity.store import cards, claims, students
from identity.store import enrolment_applications as store


async def between_schools(deps: IdentityDeps, tx: Tx, by: ChangedBy, student: Student, to: str, reason: str) -> Student:
    """Move a locked student to another school, for whoever stands above both. Refused while somebody is in office at the
    present school, unless the student has left it."""
    school, scheme = await school_of(deps, tx, ancestor(to, "school"))
    in_office = student.status != "left" and await _in_office(deps, tx, student.school)
    domain.need_nobody_in_office(in_office, scheme.rule("enrolment"))
    domain.need_home_school(student, to, scheme.rule("enrolment"))
    made = _application(deps, by, student, to, reason, school, scheme, None)
    await store.add(tx, made)
    await _ask(tx, made)
    after = await move_to(deps, tx, by, student, to, reason, applications.status_after("transfer", student.status))
    await claim_actions.settle_moved(deps, tx, by, after, reason)
    await written(deps, tx, made, "done", "above", by, reason)
    return after


async def resolve(deps: IdentityDeps, actor: Actor, claim_id: UUID, *, moves: bool, reason: str, client: str) -> Claim:
    """Decide a claim: the student stays, or moves to the school that claims it. Where somebody is in office at the present
    school, that school first confirms the statement; the claim stays open until then. Claims of further schools stay open."""
    by = ChangedBy.of(actor, client)
    async with deps.db.transaction() as tx:
        claim = await claims.lock(tx, claim_id)
        if claim is None:
            raise Refusal("not_found")
        claim_rules.need_may_resolve(actor, claim)
        student = await students.lock(tx, claim.student_id)
        if student is None:
            raise Refusal("not_found")
        if not moves:
            await claim_actions.end(deps, tx, [claim], "stays", by, reason)
        elif student.status == "left" or not await _in_office(deps, tx, student.school):
            await between_schools(deps, tx, by, student, claim.path, reason)
        else:
            await _ask_school(deps, tx, by, student, claim, reason)
        return (await claims.by_ids(tx, [claim.id]))[0]


async def _ask_school(deps: IdentityDeps, tx: Tx, by: ChangedBy, student: Student, claim: Claim, reason: str) -> None:
    """The present school confirms what data goes along; then the student moves."""
    school, scheme = await school_of(deps, tx, claim.school)
    domain.need_home_school(student, claim.path, scheme.rule("enrolment"))
    due_at = due_after(scheme, domain.transfer_of(scheme).within, school, deps.now())
    made = _application(deps, by, student, claim.path, reason, school, scheme, due_at)
    require(await store.add(tx, made), "application_open", rule=made.rule, help="请先办结或撤回这名学生正在办理的学籍异动")
    await _ask(tx, made)
    await written(deps, tx, made, "applied", "above", by, reason)


def _application(
    deps: IdentityDeps,
    by: ChangedBy,
    student: Student,
    to: str,
    reason: str,
    school: Organisation,
    scheme: Scheme,
    due_at: datetime | None,
) -> Application:
    assert by.account_id is not None
    assert by.path is not None
    return domain.application(
        new_id(),
        student,
        domain.transfer_of(scheme),
        to,
        school.path,
        reason,
        applied_by=by.path,
        account_id=by.account_id,
        rule=scheme.rule("enrolment"),
        time_zone=school.time_zone,
        today=deps.now().astimezone(ZoneInfo(school.time_zone)).date(),
        due_at=due_at,
        now=deps.now(),
    )


async def _ask(tx: Tx, made: Application) -> None:
    asked = EnrolmentStatementAskedV1(application_id=made.id, attempt=made.attempt, student_id=made.student_id)
    await outbox.add(tx, asked)


async def _in_office(deps: IdentityDeps, tx: Tx, school: str) -> bool:
    """Whether anybody holds a card of the school with which enrolment changes are approved."""
    for role in await cards.roles_at(tx, school):
        if "move_students" in await roles.capabilities(deps, tx, role, school):
            return True
    return False
