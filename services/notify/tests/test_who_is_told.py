"""Each event on its way to its readers: who gets what, who does not, and that no complainant shows."""

import asyncio
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from contracts.archive import (
    ArchiveBackfilledV1,
    ArchiveCorrectedV1,
    CareerSealedV1,
    ScoresCorrectedV1,
    ScoresLockedV1,
    SignedFormReturnedV1,
    SignedFormsRemindedV1,
    StudentResult,
    TermSealedV1,
)
from contracts.base import Event
from contracts.identity import (
    AccountChange,
    AccountChangedV1,
    CardsChangedV1,
    ClaimOpenedV1,
    ClaimResolvedV1,
    EnrolmentApplicationMovedV1,
    MovedCards,
)
from contracts.importer import BatchEndedV1
from contracts.publicity import CaseEvent, EntryRestoredV1, EntryVoidedV1, Outcome, PublicityClosedV1, PublicityOpenedV1
from contracts.records import (
    FinalSubmissionApprovedV1,
    FinalSubmissionReturnedV1,
    FinalSubmissionSubmittedV1,
    FinalSubmissionWithdrawnV1,
    MisconductReleasedV1,
    ParticipationChangedV1,
    PositionApprovedV1,
    PositionReturnedV1,
    PositionSubmittedV1,
    RecordApprovedV1,
    RecordReturnedV1,
    RecordVoidedV1,
    RecordWithdrawnV1,
)
from notify.app import SERVICE
from notify.domain import texts
from notify_builders import (
    AT,
    CASE,
    CLASS,
    COMPLAINANT,
    COMPLAINANT_ADDRESS,
    ENTRY,
    PEOPLE,
    RECORD,
    SCHOOL,
    SCHOOL_ADDRESS,
    STUDENT,
    STUDENT_ADDRESS,
    TEACHER_ADDRESS,
    TERM,
    a_term,
    case_closed,
    case_decided,
    case_lapsed,
    case_marked,
    case_moved,
    case_opened,
    case_unsealed,
    inbox,
    position_event,
    record_event,
    submitted,
)
from servicekit.bus import RetryLater
from servicekit.ids import new_id
from servicekit.testing import a_service

EVERYONE = f"everyone@{SCHOOL}"
OTHER_SCHOOL, DISTRICT = "jx.nc.dh.s2", "jx.nc.dh"
RETURNED: dict[str, Any] = {"reason_code": "evidence", "reason_title": "材料不清晰", "note": "请重拍"}
_ENTRY: dict[str, Any] = {
    "entry_id": ENTRY, "record_id": RECORD, "student_id": STUDENT, "term_id": TERM, "path": CLASS, "kind": "volunteering",
    "title": "敬老院志愿服务", "case_id": CASE,
}  # fmt: skip
VOIDED = EntryVoidedV1(**_ENTRY, outcome="void", reason="不实")
OPENED = PublicityOpenedV1(term_id=TERM, path=SCHOOL, entries=120, ends=AT + timedelta(days=10))
CLOSED = PublicityClosedV1(term_id=TERM, path=SCHOOL, entries=118, in_dispute=2, at=AT)

CLAIM: dict[str, Any] = {
    "claim_id": new_id(), "student_id": STUDENT, "student_name": "李晓雨", "school": OTHER_SCHOOL, "school_title": "第二中学",
    "held_by": SCHOOL, "held_by_title": "实验中学", "decides": DISTRICT, "at": AT,
}  # fmt: skip
_BATCH: dict[str, Any] = {
    "batch_id": new_id(), "title": "体质测评", "file_name": "1班.xlsx", "account_id": STUDENT, "rows": 43,
}  # fmt: skip
_FINAL: dict[str, Any] = {
    "submission_id": new_id(), "term_id": TERM, "student_id": STUDENT, "student_name": "李晓雨", "path": CLASS,
    "title": "最终上报", "records": 12, "version": 3, "at": AT,
}  # fmt: skip
_APPLICATION: dict[str, Any] = {
    "application_id": new_id(), "student_id": STUDENT, "student_name": "李晓雨", "change_title": "转学", "school": SCHOOL,
    "school_title": "实验中学", "other": OTHER_SCHOOL, "other_title": "第二中学", "decides": DISTRICT, "reason": "", "at": AT,
    "waits_for": None, "step_title": None, "version": 1,
}  # fmt: skip
BOTH_SCHOOLS = (f"administrator@{OTHER_SCHOOL}", f"administrator@{SCHOOL}")


def taking_part(participates: bool) -> ParticipationChangedV1:
    """A student is marked as not taking part, or put back (SH-03)."""
    return ParticipationChangedV1(
        term_id=TERM, student_id=STUDENT, student_name="李晓雨", path=CLASS, participates=participates,
        reason=None if participates else "休学", by_name="校录入员", at=AT, version=2 if participates else 1,
    )  # fmt: skip


TABLE: list[tuple[Event, dict[str, str]]] = [
    (
        ClaimOpenedV1(**CLAIM),
        {f"administrator@{DISTRICT}": "claim.waiting"} | dict.fromkeys(BOTH_SCHOOLS, "claim.opened"),
    ),
    (ClaimResolvedV1(**CLAIM, outcome="moved", reason="已转学"), dict.fromkeys(BOTH_SCHOOLS, "claim.resolved")),
    (
        EnrolmentApplicationMovedV1(
            **_APPLICATION | {"waits_for": SCHOOL, "step_title": "转出学校核对评价数据"}, what="applied"
        ),
        {STUDENT_ADDRESS: "enrolment.applied", f"administrator@{SCHOOL}": "enrolment.waiting"},
    ),
    (
        EnrolmentApplicationMovedV1(**_APPLICATION | {"waits_for": SCHOOL, "step_title": "核对"}, what="escalated"),
        {f"administrator@{DISTRICT}": "enrolment.escalated"},
    ),
    (
        EnrolmentApplicationMovedV1(**_APPLICATION | {"reason": "没有空余学位"}, what="rejected"),
        dict.fromkeys((STUDENT_ADDRESS, *BOTH_SCHOOLS), "enrolment.ended"),
    ),
    (
        AccountChangedV1(account_id=STUDENT, what="password_reset", at=AT, by_title="江西实验中学"),
        {f"account:{STUDENT}": "account.changed"},
    ),
    (
        CardsChangedV1(
            adoption_id=STUDENT,
            path=SCHOOL,
            scheme_title="江西省方案",
            scheme_version="2027.1",
            at=AT,
            roles=(
                MovedCards(before="校长", after="负责人", cards=1),
                MovedCards(before="录入员", after=None, cards=3),
            ),
        ),
        {f"administrator@{SCHOOL}": "cards.changed"},
    ),
    (BatchEndedV1(**_BATCH, state="checked", wrong=5, not_applied=0), {f"account:{STUDENT}": "import.ended"}),
    (BatchEndedV1(**_BATCH, state="applied", wrong=0, not_applied=2), {f"account:{STUDENT}": "import.ended"}),
    (submitted(), {TEACHER_ADDRESS: "record.review"}),
    (submitted(role="school_administrator"), {SCHOOL_ADDRESS: "record.review"}),
    (submitted(role="student"), {STUDENT_ADDRESS: "record.review"}),
    (record_event(RecordReturnedV1, **RETURNED), {STUDENT_ADDRESS: "record.returned"}),
    (record_event(RecordApprovedV1, approved_by="王老师"), {STUDENT_ADDRESS: "record.approved"}),
    (record_event(RecordVoidedV1, reason="不实"), {STUDENT_ADDRESS: "record.voided"}),
    (record_event(RecordWithdrawnV1), {}),
    (
        record_event(MisconductReleasedV1, released_on=date(2026, 6, 1), reason="表现良好", released_by="张主任"),
        {STUDENT_ADDRESS: "misconduct.released"},
    ),
    (taking_part(False), {STUDENT_ADDRESS: "participation.ended"}),
    (taking_part(True), {STUDENT_ADDRESS: "participation.resumed"}),
    (position_event(PositionSubmittedV1), {TEACHER_ADDRESS: "position.review"}),
    (position_event(PositionReturnedV1, **RETURNED), {STUDENT_ADDRESS: "position.returned"}),
    (position_event(PositionApprovedV1), {STUDENT_ADDRESS: "position.approved"}),
    (FinalSubmissionSubmittedV1(**_FINAL, reviewer_role="school_administrator"), {SCHOOL_ADDRESS: "final.review"}),
    (FinalSubmissionWithdrawnV1(**_FINAL), {}),
    (
        FinalSubmissionReturnedV1(**_FINAL, reason_title="材料分类错误", note="请重新归类"),
        {STUDENT_ADDRESS: "final.returned"},
    ),
    (FinalSubmissionApprovedV1(**_FINAL, record_ids=(RECORD,), refused=11), {STUDENT_ADDRESS: "final.approved"}),
    (OPENED, {EVERYONE: "publicity.opened"}),
    (CLOSED, {EVERYONE: "publicity.closed"}),
    (EntryRestoredV1(**_ENTRY, reason=None), {STUDENT_ADDRESS: "record.restored"}),
    (VOIDED, {STUDENT_ADDRESS: "record.voided"}),
    (EntryVoidedV1(**_ENTRY, outcome="exclude", reason="不实"), {STUDENT_ADDRESS: "record.excluded"}),
    (case_opened(), {STUDENT_ADDRESS: "case.opened", TEACHER_ADDRESS: "case.opened.teacher"}),
    (case_moved("student", "学生处理"), {STUDENT_ADDRESS: "case.turn"}),
    (case_moved("class_teacher", "班主任审核"), {TEACHER_ADDRESS: "case.waiting"}),
    (case_moved("school_administrator", "校管理员复核"), {SCHOOL_ADDRESS: "case.waiting"}),
    (case_moved("complainant", "补充材料"), {COMPLAINANT_ADDRESS: "case.turn"}),
    (case_lapsed("student", "学生处理", "逾期未处理"), {STUDENT_ADDRESS: "case.lapsed"}),
    (case_lapsed("class_teacher", "班主任审核"), {TEACHER_ADDRESS: "case.lapsed"}),
    (case_unsealed(), {COMPLAINANT_ADDRESS: "case.unsealed"}),
    (case_decided(), {}),
    (case_marked(), {COMPLAINANT_ADDRESS: "case.malicious.warned"}),
    (case_marked(blocked=True), {COMPLAINANT_ADDRESS: "case.malicious.blocked"}),
    (case_marked(lifted=True), {COMPLAINANT_ADDRESS: "case.malicious.lifted"}),
    (
        case_closed(),
        {
            STUDENT_ADDRESS: "case.closed",
            TEACHER_ADDRESS: "case.closed.teacher",
            COMPLAINANT_ADDRESS: "case.closed.complainant",
        },
    ),
    (
        TermSealedV1(term_id=TERM, path=SCHOOL, title="第二学期", root="ab", archives=300, version=1, at=AT),
        {EVERYONE: "term.sealed"},
    ),
    (
        ScoresLockedV1(term_id=TERM, path=CLASS, title="第二学期", version=3, at=AT),
        {f"everyone@{CLASS}": "scores.locked"},
    ),
    (
        SignedFormsRemindedV1(
            term_id=TERM, path=CLASS, title="学籍信息核查", form="学生基础信息确认表", students=(STUDENT,), at=AT
        ),
        {STUDENT_ADDRESS: "signed_form.missing"},
    ),
    (
        SignedFormReturnedV1(
            student_id=STUDENT,
            term_id=TERM,
            path=CLASS,
            title="学籍信息核查",
            form="学生基础信息确认表",
            reason="未签字",
            at=AT,
        ),
        {STUDENT_ADDRESS: "signed_form.returned"},
    ),
    (
        ScoresCorrectedV1(
            term_id=TERM,
            path=CLASS,
            title="第二学期",
            version=4,
            case_id=new_id(),
            reason="漏计获奖",
            at=AT,
            result=StudentResult(student_id=STUDENT, grades=(), total=None, band=None),
        ),
        {STUDENT_ADDRESS: "scores.corrected"},
    ),
    (
        CareerSealedV1(student_id=STUDENT, path=CLASS, archive_id=new_id(), version=1, at=AT),
        {STUDENT_ADDRESS: "career.sealed"},
    ),
    (
        ArchiveCorrectedV1(
            archive_id=new_id(),
            student_id=STUDENT,
            path=CLASS,
            term_id=None,
            archive_kind="career",
            title="生涯档案",
            version=2,
            replaces=new_id(),
            reason="记录作废",
            root="0" * 64,
            at=AT,
        ),
        {STUDENT_ADDRESS: "archive.corrected"},
    ),
    (
        ArchiveBackfilledV1(
            archive_id=new_id(),
            student_id=STUDENT,
            path=CLASS,
            term_id=new_id(),
            title="2025-2026学年第一学期",
            root="0" * 64,
            at=AT,
        ),
        {STUDENT_ADDRESS: "archive.backfilled"},
    ),
]


async def _stored(kit: Any) -> list[Any]:
    async with kit.deps.db.reading() as tx:
        rows: list[Any] = await tx.fetch("SELECT address, kind, title, body, link, facts FROM messages")
    return rows


@pytest.mark.feature("JX-04", "JX-07", "JX-08", "JX-09", "JX-11", "JX-13", "JX-14", "SH-03", "X-08")
async def test_each_event_reaches_its_addresses_and_no_others(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        for event, wanted in TABLE:
            async with kit.deps.db.reading() as tx:
                for table in ("read_marks", "waiting", "messages"):
                    await tx.execute(f"DELETE FROM {table}")
            await kit.receive(event)
            rows = await _stored(kit)
            assert {row["address"]: row["kind"] for row in rows} == wanted, event.subject
            for row in rows:
                text = f"{row['title']}{row['body']}"
                assert not [flaw for flaw in ("{", "None", "。。") if flaw in text], text
                if isinstance(event, CaseEvent):
                    assert str(COMPLAINANT) not in f"{text}{row['facts']}{row['link']}"
                    assert "二班" not in text


async def test_every_event_that_is_heard_stands_in_the_table() -> None:
    notified = {event.subject for event, _ in TABLE}
    terms = {"records.term.scheduled.v1", "records.term.changed.v1", "identity.card.revoked.v1"}
    assert set(SERVICE.events.handlers) - terms == notified
    assert {kind for _, wanted in TABLE for kind in wanted.values()} == set(texts.CATALOGUE) - {
        "webhook.disabled",
        "record.refused",
    }
    assert set(get_args(AccountChange.__value__)) == set(texts.ACCOUNT_CHANGES)
    assert set(get_args(Outcome.__value__)) == set(texts.OUTCOMES)


@pytest.mark.feature("JX-07", "JX-09")
async def test_people_read_what_their_card_holds_and_nothing_else(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        for event in (a_term(), OPENED, case_opened(), case_moved("class_teacher", "班主任审核")):
            await kit.receive(event)
        seen = {who: sorted(m["kind"] for m in await inbox(kit, actor)) for who, actor in PEOPLE.items()}
        assert seen == {
            "student": ["case.opened", "publicity.opened"],
            "guardian": ["case.opened", "publicity.opened"],
            "classmate": ["publicity.opened"],
            "teacher": ["case.opened.teacher", "case.waiting", "publicity.opened"],
            "other teacher": ["publicity.opened"],
            "administrator": ["publicity.opened"],
            "other school": [],
            "complainant": ["publicity.opened"],
        }
        for bad, code in (
            ({"cursor": "!"}, "malformed"),
            ({"limit": 0}, "invalid_input"),
            ({"unread": "maybe"}, "invalid_input"),
        ):
            assert (await kit.as_(PEOPLE["student"]).get("/messages", **bad)).code == code, bad
        assert (await kit.anonymous.get("/messages")).code == "unauthenticated"


@pytest.mark.feature("JX-08")
async def test_the_student_is_told_to_handle_a_complaint_after_publicity(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await kit.receive(case_opened())
        [notified] = await inbox(kit, PEOPLE["student"])
        assert notified["title"] == "公示记录收到质疑：敬老院志愿服务"
        assert notified["body"] == "您公示的《敬老院志愿服务》收到质疑（内容不实）。请在公示结束后处理。"
        assert notified["link"] == {"service": "publicity", "thing": "case", "id": str(CASE)}
        [teacher] = await inbox(kit, PEOPLE["teacher"])
        assert teacher["body"].endswith("将由学生处理，结果会另行通知。")


@pytest.mark.feature("JX-09", "X-08")
async def test_each_stage_tells_its_actor_why_and_the_end_tells_both_sides(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        stages = (
            ("student", "学生处理"),
            ("teacher", "班主任审核"),
            ("student", "学生处理"),
            ("administrator", "校管理员复核"),
        )
        roles = {"student": "student", "teacher": "class_teacher", "administrator": "school_administrator"}
        for hours, (who, stage) in enumerate(stages, 1):
            await kit.receive(case_moved(roles[who], stage, hours=hours))
            newest = (await inbox(kit, PEOPLE[who]))[0]
            assert stage in newest["body"]
            assert "理由：照片不是当天的。" in newest["body"]
            assert "请于2026年6月6日 16:00前处理。" in newest["body"]
        assert await inbox(kit, PEOPLE["teacher"]) == []  # the to-do went on with the case
        await kit.receive(case_closed("amend"))
        for who in ("student", "teacher", "complainant"):
            end = (await inbox(kit, PEOPLE[who]))[0]
            assert "按修改后的内容保留" in end["body"]
            assert "理由：无法证明参加过该活动。" in end["body"]
        assert await inbox(kit, PEOPLE["administrator"]) == []


async def test_an_event_of_a_term_not_heard_of_yet_waits(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        for event in (submitted(), OPENED, case_opened(), case_moved("student", "学生处理")):
            with pytest.raises(RetryLater):
                await kit.receive(event)
        await kit.receive(a_term(title="新名", version=2))
        await kit.receive(a_term(title="旧名", version=1))
        await kit.receive(OPENED)
        assert (await inbox(kit, PEOPLE["student"]))[0]["title"] == "新名公示开始"


async def test_a_voided_record_is_told_once_whichever_service_says_it_first(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await asyncio.gather(kit.receive(VOIDED), kit.receive(record_event(RecordVoidedV1, reason="不实")))
        assert [m["kind"] for m in await inbox(kit, PEOPLE["student"])] == ["record.voided"]
