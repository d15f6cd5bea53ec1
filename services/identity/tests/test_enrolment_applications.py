"""Applications for changes of enrolment: the state machine, and the service with real PostgreSQL (BJ-04)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from contracts.archive import ArchiveStatementV1
from contracts.base import StatementLine, StudentStatement
from contracts.identity import (
    EnrolmentApplicationMovedV1,
    EnrolmentStatementAskedV1,
    StudentMovedV1,
    StudentStatusChangedV1,
)
from contracts.publicity import PublicityStatementV1
from contracts.records import RecordsStatementV1
from hypothesis import given
from hypothesis import strategies as st
from identity.domain import enrolment_access as access
from identity.domain import enrolment_applications as domain
from identity.domain.enrolment_applications import Application, Statement
from identity.domain.enrolment_wishes import Wish, need_possible
from identity.domain.students import Student
from scheme.enrolments import DEFAULT_CHANGES, EnrolmentApproval, EnrolmentChange
from servicekit.auth import Actor
from servicekit.ids import new_id, utc_now
from servicekit.refusals import Refusal
from servicekit.testing import Answer, Caller, Kit, a_student, an_actor

from .builders import CLASS, SCHOOL, Pupil, a_registry_number, a_roster, a_tree, an_administrator, an_identity

OTHER, FAR, DISTRICT = "jx.nc.dh.s2", "jx.nc.xh.s3", "jx.nc.dh"
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(days=14)
pytestmark = pytest.mark.feature("BJ-04")
CHANGES = {change.effect: change for change in DEFAULT_CHANGES if change.applied_by == "releasing"}
WHOLE = Statement(1, dict.fromkeys(domain.SERVICES, ()))


def a_pupil(**changed: Any) -> Student:
    values: dict[str, Any] = {
        "id": UUID(int=1), "person_id": UUID(int=2), "account_id": UUID(int=3), "name": "李晓雨", "sex": "female", "born": None,
        "registry_number": "G3601***", "registry_sealed": "", "registry_index": b"", "student_number": None, "eid": "1",
        "path": CLASS, "status": "enrolled", "school_title": "一中", "grade_title": "2025级", "class_title": "1班",
        "id_number": None, "id_number_index": None, "version": 1,
    }  # fmt: skip
    return Student(**(values | changed))


def a_wish(change: EnrolmentChange, **changed: Any) -> Wish:
    other = OTHER if change.between_schools else None
    path = f"{SCHOOL}.g2026.c01" if change.into_class and other is None else None
    values: dict[str, Any] = {
        "change": change, "reason": "家庭搬迁", "effective_on": NOW.date(), "other": other, "to_path": path,
    }  # fmt: skip
    return Wish(**(values | changed))


def an_application(change: EnrolmentChange, pupil: Student | None = None, **changed: Any) -> Application:
    wish = a_wish(change, **changed)
    by = wish.other if change.applied_by == "receiving" and wish.other else SCHOOL
    return domain.apply(
        new_id(), pupil or a_pupil(), wish, applied_by=by, account_id=UUID(int=9), rule="BJ-04", time_zone="Asia/Shanghai",
        due_at=LATER, now=NOW,
    )  # fmt: skip


def test_both_schools_approve_one_after_the_other_and_the_level_above_only_across_districts() -> None:
    near, far = an_application(CHANGES["transfer"]), an_application(CHANGES["transfer"], other=FAR)
    assert [step.by for step in near.approvals] == ["releasing", "receiving"]
    assert [step.by for step in far.approvals] == ["releasing", "receiving", "above"]
    assert (near.waits_for, near.decides, far.decides) == (SCHOOL, DISTRICT, "jx.nc")
    confirmed = domain.approve(near, WHOLE, 1, None, LATER)
    assert (confirmed.state, confirmed.waits_for, confirmed.confirmed) == ("open", OTHER, 1)
    accepted = domain.approve(confirmed, WHOLE, 1, f"{OTHER}.g2025.c01", LATER)
    assert (accepted.state, accepted.waits_for, accepted.due_at) == ("approved", None, None)


def refused(code: str, call: Any, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Refusal) as found:
        call(*args, **kwargs)
    assert found.value.code == code


def test_the_releasing_school_confirms_only_the_last_statement_that_is_complete() -> None:
    application = an_application(CHANGES["transfer"])
    refused("statement_incomplete", domain.approve, application, Statement(1, {"records": ()}), 1, None, LATER)
    refused("stale_statement", domain.approve, replace(application, attempt=2), WHOLE, 1, None, LATER)
    confirmed = domain.approve(application, WHOLE, 1, None, LATER)
    refused("wrong_state", domain.ask_again, confirmed)
    refused("not_a_class", domain.approve, confirmed, WHOLE, 1, None, LATER)
    refused("not_a_class", domain.approve, confirmed, WHOLE, 1, f"{SCHOOL}.g2025.c02", LATER)


@pytest.mark.parametrize(
    ("effect", "changed", "code"),
    [
        ("transfer", {"other": None}, "school_needed"),
        ("transfer", {"other": SCHOOL}, "school_needed"),
        ("transfer", {"other": f"{OTHER}.g2025"}, "school_needed"),
        ("transfer", {"to_path": f"{SCHOOL}.g2025.c02"}, "not_a_class"),
        ("suspend", {"other": OTHER}, "school_not_needed"),
        ("suspend", {"to_path": CLASS}, "not_a_class"),
        ("suspend", {"effective_on": NOW.date() - timedelta(days=1)}, "day_out_of_range"),
        ("suspend", {"effective_on": NOW.date() + timedelta(days=400)}, "day_out_of_range"),
        ("grade_down", {"to_path": f"{SCHOOL}.g2025.c02"}, "not_a_class"),
        ("grade_down", {"to_path": None}, "not_a_class"),
        ("resume", {}, "wrong_state"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(effect: Any, changed: dict[str, Any], code: str) -> None:
    refused(code, need_possible, a_pupil(), a_wish(CHANGES[effect], **changed), "BJ-04", NOW.date())


def test_what_must_be_named_besides_the_reason_is_required() -> None:
    change = CHANGES["suspend"].model_copy(update={"evidence": "医院证明"})
    refused("evidence_needed", need_possible, a_pupil(), a_wish(change), "BJ-04", NOW.date())
    need_possible(a_pupil(), a_wish(change, files=1), "BJ-04", NOW.date())


@pytest.mark.parametrize("sides", [("releasing",), ("receiving", "releasing"), ("releasing", "releasing", "receiving")])
def test_a_scheme_cannot_leave_out_a_school_or_show_data_before_it_is_confirmed(sides: tuple[Any, ...]) -> None:
    approvals = tuple(EnrolmentApproval(by=side, title="审批") for side in sides)
    with pytest.raises(ValueError, match=r"approve|releasing one confirmed"):
        EnrolmentChange(id="move", title="转学", effect="transfer", approvals=approvals)
    with pytest.raises(ValueError, match="no other school"):
        EnrolmentChange(id="stop", title="休学", effect="suspend", approvals=(EnrolmentApproval(by="receiving", title="审批"),))


def test_who_stands_above_both_may_decide_only_when_the_time_has_passed() -> None:
    application = an_application(CHANGES["transfer"])
    district, school = an_administrator(DISTRICT), an_administrator(SCHOOL)
    assert domain.escalate(application, LATER - timedelta(seconds=1)) is None
    late = domain.escalate(application, LATER)
    assert late is not None
    assert [access.may_decide(one, application) for one in (school, district)] == [True, False]
    assert [access.may_decide(one, late) for one in (school, district)] == [True, True]
    assert not access.may_decide(an_administrator(OTHER), late)
    assert domain.escalate(late, LATER) is None


ACTORS = {path: an_administrator(path) for path in (SCHOOL, OTHER, FAR, DISTRICT, "jx.nc", "jx.nc.xh")}
FAMILY, STRANGERS = a_student(CLASS, UUID(int=1)), a_student(CLASS, UUID(int=77))
type Deed = Literal["approve", "reject", "withdraw", "late", "ask_again", "apply"]


def _do(found: Application | None, deed: Deed, actor: Actor, change: EnrolmentChange, other: str) -> Application | None:
    """What the use cases do, without a database. None: nothing yet."""
    if found is None or found.state not in domain.UNDER_WAY:
        return an_application(change, other=other if change.between_schools else None) if deed == "apply" else found
    if deed == "late":
        return domain.escalate(found, LATER) or found
    if deed == "withdraw":
        return domain.end(found, "withdrawn", "", NOW) if access.may_withdraw(actor, found) else found
    if deed == "apply":
        return found
    access.need_decider(actor, found)
    if deed == "reject":
        return domain.end(found, "rejected", "", NOW)
    if deed == "ask_again":
        return domain.ask_again(found)
    to = f"{found.other}.g2025.c01" if found.other else None
    shown = found.attempt if found.confirmed is None else found.confirmed
    return domain.approve(found, replace(WHOLE, attempt=found.attempt), shown, to, LATER)


@given(
    st.sampled_from(DEFAULT_CHANGES),
    st.sampled_from([OTHER, FAR]),
    st.lists(st.tuples(st.sampled_from(["approve", "approve", "reject", "withdraw", "late", "ask_again", "apply"]),
                       st.sampled_from(sorted(ACTORS))), max_size=14),
)  # fmt: skip
def test_in_any_order_nobody_moves_a_student_without_both_sides_and_nobody_sees_data_too_early(
    change: EnrolmentChange, other: str, deeds: list[tuple[Deed, str]]
) -> None:
    found: Application | None = None
    given_by: list[str] = []
    for deed, path in deeds:
        before = found
        try:
            found = _do(found, deed, ACTORS[path], change, other)
        except Refusal:
            assert found is before
            continue
        if found is None:
            continue
        if before is None or found.id != before.id:
            given_by = []
        elif found.passed > before.passed:
            given_by.append(path)
            assert path == before.waits_for or before.escalated
        assert (found.waits_for is not None) == (found.state == "open")
        if found.state == "approved":
            assert len(given_by) == len(found.approvals)
        receiving = ACTORS[found.other] if found.other else None
        if receiving is not None:
            assert access.may_see_statement(receiving, found) == (found.confirmed is not None)
        assert access.may_see_statement(ACTORS[SCHOOL], found)
        assert not access.may_see_statement(FAMILY, found)
        assert access.may_see(FAMILY, found)
        assert not access.may_see(STRANGERS, found)
        assert not access.may_see(ACTORS[FAR if found.other != FAR else OTHER], found)


# --- the service


async def schools(kit: Kit) -> None:
    """Two schools of a district and one of another, each with a class; three pupils at the first."""
    for school in (SCHOOL, OTHER, FAR):
        await a_tree(kit, school)
    await kit.receive(a_roster(Pupil(1), Pupil(2), Pupil(3)))
    await kit.receive(a_roster(Pupil(11, name="王二"), school=OTHER))
    await kit.receive(a_roster(Pupil(12, name="赵远"), school=FAR))


async def pupil(kit: Kit, n: int, by: Actor | None = None) -> dict[str, Any]:
    caller = kit.as_(by or an_administrator(SCHOOL))
    found = await caller.post("/students/search", {"q": a_registry_number(n)})
    assert found.status == 200, found.body
    return found.json["items"][0] if found.json["items"] else {}


async def answer(kit: Kit, *services: type[StudentStatement]) -> None:
    """records, publicity and archive answer what identity asked last."""
    asked = (await kit.events(EnrolmentStatementAskedV1))[-1]
    line = StatementLine(term="高一上学期", school=SCHOOL, title="审核通过的记录", count=7)
    for one in services or (RecordsStatementV1, PublicityStatementV1, ArchiveStatementV1):
        lines = (line,) if one is RecordsStatementV1 else ()
        await kit.receive(one(application_id=asked.application_id, attempt=asked.attempt, lines=lines))


def today() -> str:
    return (utc_now() + timedelta(hours=8)).date().isoformat()


async def applied(caller: Caller, change: str, **sent: Any) -> Answer:
    body = {"change": change, "reason": "家庭搬迁", "effective_on": today()} | sent
    return await caller.post("/enrolment-applications", body)


async def take(caller: Caller, application: dict[str, Any], step: str, **sent: Any) -> Answer:
    current = await caller.get(f"/enrolment-applications/{application['id']}")
    version = current.json["version"] if current.status == 200 else 1
    body = {"statement": 1} | sent if step == "approval" else {"reason": "资料不全"} | sent
    return await caller.post(f"/enrolment-applications/{application['id']}/{step}", body, **{"If-Match": f'"{version}"'})


async def test_a_student_moves_once_both_schools_have_approved_with_the_statement_of_the_data(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        here, there = kit.as_(an_administrator(SCHOOL)), kit.as_(an_administrator(OTHER))
        student = await pupil(kit, 1)
        sent = await applied(there, "take_over", registry_number=a_registry_number(1), student_name="学生1")
        assert sent.status == 201, sent.body
        assert (sent.json["statement"], sent.json["may_decide"], sent.json["may_withdraw"]) == (None, False, True)
        assert (await applied(here, "suspension", student_id=student["id"])).code == "application_open"
        assert [one["count"] for one in (await here.get("/home")).json["todo"] if one["id"] == "enrolments_to_decide"] == [1]
        assert (await take(there, sent.json, "approval")).code == "step_not_yours"
        assert (await take(here, sent.json, "approval")).code == "statement_incomplete"
        await answer(kit)
        seen = await here.get(f"/enrolment-applications/{sent.json['id']}")
        assert seen.json["statement"]["lines"][0]["count"] == 7
        confirmed = await take(here, sent.json, "approval")
        assert confirmed.status == 200, confirmed.body
        assert (await pupil(kit, 1))["path"] == CLASS, "one side is not enough"
        preview = (await there.get(f"/enrolment-applications/{sent.json['id']}")).json
        assert preview["statement"]["lines"][0] == {
            "term": "高一上学期", "school": SCHOOL, "title": "审核通过的记录", "count": 7, "running": False,
        }  # fmt: skip
        done = await take(there, sent.json, "approval", path=f"{OTHER}.g2025.c01")
        assert (done.status, done.json["state"]) == (200, "done"), done.body
        [moved] = await kit.events(StudentMovedV1)
        assert (moved.from_path, moved.enrolment.path, moved.enrolment.status) == (CLASS, f"{OTHER}.g2025.c01", "enrolled")
        assert (await pupil(kit, 1)) == {}, "the old school no longer has the student"
        assert (await pupil(kit, 1, an_administrator(OTHER)))["path"] == f"{OTHER}.g2025.c01"
        left = (await here.get(f"/enrolment-applications/{sent.json['id']}")).json
        assert (left["state"], left["to_path"], left["statement"]["number"]) == ("done", None, 1)
        family = kit.as_(a_student(f"{OTHER}.g2025.c01", UUID(student["id"])))
        [own] = (await family.get("/enrolment-applications")).json["items"]
        assert (own["state"], (await family.get(f"/enrolment-applications/{own['id']}")).json["statement"]) == ("done", None)
        steps = [event.what for event in await kit.events(EnrolmentApplicationMovedV1)]
        assert steps == ["applied", "approved", "approved", "done"]


async def test_nobody_pulls_a_student_without_number_and_name_or_sees_an_application_of_others(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        here, there, far = (kit.as_(an_administrator(school)) for school in (SCHOOL, OTHER, FAR))
        wrong = [
            await applied(there, "take_over", registry_number=a_registry_number(number), student_name=name)
            for number, name in ((1, "学生2"), (99, "学生1"))
        ]
        assert [one.code for one in wrong] == ["student_unmatched"] * 2
        assert {one.json["title"] for one in wrong} == {"学籍号与姓名不符，或没有这名学生"}
        student = await pupil(kit, 1)
        assert (await applied(there, "take_over", student_id=student["id"])).code == "student_unmatched"
        assert (await applied(there, "hand_over", student_id=student["id"], school=FAR)).code == "not_found"
        assert (await applied(kit.as_(an_administrator(DISTRICT)), "take_over")).code == "school_needed"
        teacher = kit.as_(an_actor("class_teacher", CLASS))
        assert (await applied(teacher, "hand_over", student_id=student["id"], school=OTHER)).code == "forbidden"
        sent = await applied(here, "hand_over", student_id=student["id"], school=OTHER)
        assert sent.status == 201, sent.body
        stranger = kit.as_(a_student(CLASS, UUID((await pupil(kit, 2))["id"])))
        for other in (far, stranger, kit.as_(an_administrator("jx.nc.xh"))):
            assert (await other.get(f"/enrolment-applications/{sent.json['id']}")).code == "not_found"
            assert (await other.get("/enrolment-applications")).json["items"] == []
        assert (await take(far, sent.json, "approval")).code == "not_found"
        assert (await take(kit.as_(an_administrator(DISTRICT)), sent.json, "approval")).code == "step_not_yours"
        assert (await there.get(f"/enrolment-applications/{sent.json['id']}")).json["statement"] is None
        assert (await take(there, sent.json, "withdrawal")).code == "step_not_yours"
        for _ in range(6):
            last = await applied(there, "take_over", registry_number=a_registry_number(3), student_name="不是")
        assert last.code == "too_many_requests"


async def test_a_rejection_and_a_withdrawal_end_it_and_the_student_may_be_applied_for_again(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        here, there = kit.as_(an_administrator(SCHOOL)), kit.as_(an_administrator(OTHER))
        student = await pupil(kit, 1)
        first = await applied(here, "hand_over", student_id=student["id"], school=OTHER)
        assert (await take(here, first.json, "withdrawal")).json["state"] == "withdrawn"
        second = await applied(here, "hand_over", student_id=student["id"], school=OTHER)
        await answer(kit)
        assert (await take(here, second.json, "approval")).status == 200
        gone = await take(there, second.json, "rejection", reason="没有空余学位")
        assert (gone.json["state"], gone.json["answer"]) == ("rejected", "没有空余学位")
        assert (await take(there, second.json, "approval", path=f"{OTHER}.g2025.c01")).code == "wrong_state"
        assert (await pupil(kit, 1))["path"] == CLASS
        listed = (await here.get("/enrolment-applications", under_way="false")).json["items"]
        assert [one["state"] for one in listed] == ["rejected", "withdrawn"]


async def test_a_change_waits_for_its_day_and_lapses_if_the_student_is_elsewhere_by_then(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        here, day = kit.as_(an_administrator(SCHOOL)), (utc_now() + timedelta(days=20)).date()
        for n in (1, 2):
            student = await pupil(kit, n)
            sent = await applied(here, "suspension", student_id=student["id"], effective_on=day.isoformat())
            await answer(kit)
            assert (await take(here, sent.json, "approval")).json["state"] == "approved"
        moved = await kit.as_(an_administrator(DISTRICT)).post(
            f"/students/{student['id']}/move", {"path": f"{OTHER}.g2025.c01", "reason": "随迁"},
            **{"If-Match": f'"{student["version"]}"'},
        )  # fmt: skip
        assert moved.status == 200, moved.body
        await kit.tick(datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=9))
        assert await kit.events(StudentStatusChangedV1) == []
        await kit.tick(datetime.combine(day, datetime.min.time(), UTC))
        [changed] = await kit.events(StudentStatusChangedV1)
        assert (changed.enrolment.name, changed.enrolment.status) == ("学生1", "suspended")
        ended = {event.student_name: event.what for event in await kit.events(EnrolmentApplicationMovedV1)}
        assert ended == {"学生1": "done", "学生2": "lapsed"}


async def test_a_suspended_student_resumes_in_a_lower_class_and_another_repeats_a_year(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        await kit.receive(a_roster(Pupil(21, name="低年级", changed={"entry_year": 2026})))
        here, lower = kit.as_(an_administrator(SCHOOL)), f"{SCHOOL}.g2026.c01"

        async def through(n: int, change: str, **sent: Any) -> dict[str, Any]:
            made = await applied(here, change, student_id=(await pupil(kit, n))["id"], **sent)
            assert made.status == 201, made.body
            await answer(kit)
            done = await take(here, made.json, "approval")
            assert done.json["state"] == "done", done.body
            return await pupil(kit, n)

        assert (await through(1, "suspension"))["status"] == "suspended"
        again = await through(1, "resumption", path=lower)
        assert (again["status"], again["path"]) == ("enrolled", lower)
        assert (await through(2, "repetition", path=lower))["path"] == lower
        assert (await through(3, "departure"))["status"] == "left"


async def test_after_its_time_the_level_above_decides_for_the_school(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        there, district = kit.as_(an_administrator(OTHER)), kit.as_(an_administrator(DISTRICT))
        sent = await applied(there, "take_over", registry_number=a_registry_number(1), student_name="学生1")
        await answer(kit)
        kit.at(utc_now() + timedelta(days=40))
        await kit.tick(utc_now() + timedelta(days=40))
        assert [one["count"] for one in (await district.get("/home")).json["todo"] if one["id"] == "enrolments_to_decide"] == [
            1
        ]
        taken = await take(district, sent.json, "approval")
        assert (taken.status, taken.json["waits_for"]) == (200, OTHER), taken.body
        assert [one["what"] for one in taken.json["log"]] == ["applied", "escalated", "approved"]
