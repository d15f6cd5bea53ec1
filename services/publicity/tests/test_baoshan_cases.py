"""Refused, wrong, surplus and missing data: who acts, how a case ends, and what is published then (SH-06, SH-08 to SH-10)."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from contracts.base import RecordSnapshot, Window
from contracts.publicity import (
    AmendmentRequestedV1,
    CaseClosedV2,
    CaseLapsedV1,
    EntriesClearedV1,
    EntrySettledV1,
    EntryUnselectedV1,
    EntryVoidedV1,
)
from contracts.records import Asked, ParticipationChangedV1, RecordAmendedV1, RecordEscalatedV1, RecordSubmittedV1
from PIL import Image
from publicity.app import SERVICE
from publicity.domain import cases, entries
from publicity.domain.case_engine import CaseEngine
from publicity.domain.cases import CLOCK, ActionInput, Case, Person
from publicity.domain.entries import Entry, State
from publicity_builders import CLASS, OTHER_CLASS, SCHOOL, a_record, a_rules_term, a_term, an_enrolment, approved, enrolled
from scheme import load_all
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import Caller, Kit, a_service, a_student, an_actor

SH = next(one for one in load_all(Path(__file__).parents[3] / "schemes") if one.id == "baoshan")
TERM, ENTRY, CASE, PUPIL, RECORD = (UUID(int=n) for n in range(1, 6))
OPENS = datetime.fromisoformat("2026-03-30T00:00:00Z")
SHOWN = OPENS + timedelta(days=2)
CLOSES = OPENS + timedelta(days=8)
ENDS = OPENS + timedelta(days=13)
WINDOWS = (
    Window(operation="confirm", starts=OPENS - timedelta(days=8), ends=OPENS - timedelta(days=2)),
    Window(operation="mend_refused", starts=OPENS - timedelta(days=8), ends=OPENS - timedelta(days=1)),
    Window(operation="publicity", starts=OPENS, ends=CLOSES),
    Window(operation="handle_case", starts=OPENS, ends=ENDS),
)
BEFORE = OPENS - timedelta(hours=15)
"""The time for corrections is over, publicity has not begun."""


def a_datum(kind: str = "sports_contest", level: str = "school", role: str | None = "school_recorder", **more: Any) -> Any:
    values = {
        "record_id": RECORD, "kind": kind, "dimension": SH.dimension_of(kind).id, "level": level, "author_role": role,
        "title": "校运动会", "data": {"name": "校运动会", "on_day": "2026-03-01"}, "evidence": (), "origin": "entered",
        "version": 4,
    }  # fmt: skip
    return a_record(TERM, PUPIL, **(values | more))


def an_engine(entry: Entry, now: datetime = SHOWN, windows: tuple[Window, ...] = WINDOWS) -> CaseEngine:
    return CaseEngine(now, {TERM: a_rules_term(SH, id=TERM, windows=windows)}, {ENTRY: entry})


def a_case(entry: Entry, kind: str = "appeal", complainant: str | None = "f" * 32) -> Case:
    case = cases.new_case(CASE, SH.cases.type(kind), entry, "与实际不符", SHOWN)
    return replace(case, complainant=complainant, complaint_type=None if complainant is None else "wrong")


def published(record: RecordSnapshot) -> Entry:
    return Entry(ENTRY, record, State.SELECTED, True, CLASS)


def by(role: str, path: str = SCHOOL) -> Person:
    return Person(an_actor(role, path), "0" * 32)


# --- rules


@pytest.mark.feature("SH-10")
@pytest.mark.parametrize(
    ("kind", "level", "role", "auditor", "mender"),
    [
        ("sports_contest", "school", "school_recorder", "school_auditor", ("school_recorder",)),
        ("sports_contest", "school", "importer", "school_auditor", ("school_recorder",)),
        ("typical_case", "student", "student", "school_auditor", ("student",)),
        ("inquiry_report", "student", "student", "school_auditor", ("student",)),
        ("inquiry_report", "student", "school_recorder", "school_auditor", ("school_recorder",)),
        ("district_exam", "district", "district_recorder", "district_auditor", ("district_recorder",)),
        ("city_exam", "city", "city_recorder", "city_auditor", ("city_recorder",)),
    ],
)
def test_an_appeal_goes_to_the_auditor_of_the_level_and_back_to_whoever_entered_it(
    kind: str, level: str, role: str, auditor: str, mender: tuple[str, ...]
) -> None:
    entry = published(a_datum(kind, level, role))
    engine = an_engine(entry)
    case = engine.open(a_case(entry), 0)
    assert (case.stage, case.waits_for) == ("handling", (auditor,))
    home = {"school_auditor": SCHOOL, "district_auditor": "jx.nc.dh", "city_auditor": "jx.nc"}[auditor]
    case = engine.act(CASE, ActionInput("accept", text="请核对"), by(auditor, home))
    assert (case.stage, case.waits_for) == ("mending", mender)
    asked = next(event for event in engine.events if isinstance(event, AmendmentRequestedV1))
    assert (asked.open, asked.roles, asked.missing) == (True, mender, None)
    assert {auditor, *mender} == set(case.parties), "nobody of another route sees it"


@pytest.mark.feature("SH-10")
def test_what_the_school_left_uncorrected_goes_to_the_district_to_the_school_and_back_and_then_counts() -> None:
    entry = entries.disputed(ENTRY, a_datum(), SH.kind("sports_contest"), CLASS)
    engine = an_engine(entry, BEFORE)
    case = engine.open(a_case(entry, "unmended", None), 0)
    assert (case.stage, case.begun_at, engine.steps[0].actor_role) == ("district_handling", None, CLOCK)
    assert [alarm.at for alarm in engine.alarms] == [OPENS]

    engine = CaseEngine(SHOWN, engine.terms, engine.entries, engine.cases)
    engine.begin(CASE)
    district, recorder = by("district_auditor", "jx.nc.dh"), by("school_recorder")
    engine.act(CASE, ActionInput("accept", text="学校请改正"), district)
    with pytest.raises(Refusal, match="amendment_missing"):
        engine.act(CASE, ActionInput("amend"), recorder)
    mended = a_datum(version=6)
    assert engine.amended(CASE, mended, engine.cases[CASE].stage_no)
    engine.act(CASE, ActionInput("amend"), recorder)
    assert engine.entries[ENTRY].state is State.WITHHELD, "not published before it is checked"
    case = engine.act(CASE, ActionInput("agree"), district)
    assert (case.outcome, engine.entries[ENTRY].state) == ("amend", State.SELECTED)
    assert [type(event) for event in engine.events if isinstance(event, EntrySettledV1 | CaseClosedV2)] == [
        CaseClosedV2,
        EntrySettledV1,
    ]


@pytest.mark.feature("SH-10")
@pytest.mark.parametrize(("action", "state"), [("reject", State.SELECTED), ("accept", State.WITHHELD)])
def test_refused_data_is_published_once_the_district_upholds_it(action: str, state: State) -> None:
    entry = entries.disputed(ENTRY, a_datum(), SH.kind("sports_contest"), CLASS)
    engine = an_engine(entry)
    engine.open(a_case(entry, "unmended", None), 0)
    engine.act(CASE, ActionInput(action, text="已核对"), by("district_auditor", "jx.nc.dh"))
    assert engine.entries[ENTRY].state is state


def a_missing_entry() -> Entry:
    kind = SH.kind("sports_contest")
    return entries.lacking(ENTRY, RECORD, SH, kind, TERM, PUPIL, "李晓雨", CLASS)


@pytest.mark.feature("SH-08")
def test_what_is_missing_is_entered_in_the_course_of_its_case_and_is_then_part_of_the_report() -> None:
    entry = a_missing_entry()
    engine = an_engine(entry)
    engine.open(a_case(entry), 0)
    engine.act(CASE, ActionInput("accept", text="请补录"), by("school_auditor"))
    asked = next(event for event in engine.events if isinstance(event, AmendmentRequestedV1))
    assert asked.missing == entry.snapshot
    assert [action.id for action in cases.choices(engine.cases[CASE], SH.cases.stage("mending"))] == ["amend"]
    with pytest.raises(Refusal, match="wrong_state"):
        engine.act(CASE, ActionInput("withdraw", text="没有"), by("school_recorder"))
    entered = a_datum(version=1)
    assert engine.amended(CASE, entered, engine.cases[CASE].stage_no)
    engine.entries[ENTRY] = replace(engine.entries[ENTRY], snapshot=entered)
    engine.act(CASE, ActionInput("amend"), by("school_recorder"))
    case = engine.act(CASE, ActionInput("agree"), by("school_auditor"))
    assert (case.outcome, case.missing, engine.entries[ENTRY].state) == ("amend", True, State.SELECTED)


@pytest.mark.feature("SH-08")
def test_what_is_not_missing_after_all_leaves_nothing_behind() -> None:
    entry = a_missing_entry()
    engine = an_engine(entry)
    engine.open(a_case(entry), 0)
    case = engine.act(CASE, ActionInput("reject", text="没有参加"), by("school_auditor"))
    assert (case.outcome, engine.entries[ENTRY].state) == ("keep", State.VOIDED)
    assert not [event for event in engine.events if isinstance(event, EntryVoidedV1)], "records has no such record"


@pytest.mark.feature("SH-08")
def test_what_is_surplus_is_deleted_by_whoever_entered_it_and_wrong_data_is_corrected_each_after_a_check() -> None:
    assert [reason.title for reason in SH.cases.type("appeal").reasons] == ["错录", "多录", "少录"]
    for action, mended, outcome, state in (
        ("withdraw", False, "void", State.VOIDED), ("amend", True, "amend", State.SELECTED),
    ):  # fmt: skip
        entry = published(a_datum())
        engine = an_engine(entry)
        engine.open(replace(a_case(entry), complaint_type="surplus" if outcome == "void" else "wrong"), 0)
        engine.act(CASE, ActionInput("accept", text="请核对"), by("school_auditor"))
        if mended:
            assert engine.amended(CASE, a_datum(version=6), engine.cases[CASE].stage_no)
        case = engine.act(CASE, ActionInput(action, text="重复录入"), by("school_recorder"))
        assert (case.stage, case.outcome) == ("checking", None), "nothing changes before the auditor has checked it"
        case = engine.act(CASE, ActionInput("agree"), by("school_auditor"))
        assert (case.outcome, engine.entries[ENTRY].state) == (outcome, state)


@pytest.mark.feature("SH-08")
def test_an_auditor_may_find_an_appeal_malicious_which_keeps_the_data_and_counts_against_who_filed_it() -> None:
    entry = published(a_datum())
    engine = an_engine(entry)
    engine.open(a_case(entry), 0)
    with pytest.raises(Refusal, match="reason_required"):
        engine.act(CASE, ActionInput("malicious"), by("school_auditor"))
    case = engine.act(CASE, ActionInput("malicious", text="与同学不和，反复申诉同一条属实的数据"), by("school_auditor"))
    assert (case.outcome, engine.entries[ENTRY].state) == ("keep", State.SELECTED)
    assert engine.marked == {CASE}
    assert (SH.cases.malicious.limit, SH.rule("complaint.malicious")) == (2, "SH-08")


@pytest.mark.feature("SH-09")
def test_problem_handling_opens_with_publicity_and_ends_for_each_grade_at_its_own_time() -> None:
    by_grade = (
        *WINDOWS[:3],
        Window(operation="handle_case", starts=OPENS, ends=ENDS, grades=("9",)),
        Window(operation="handle_case", starts=OPENS, ends=ENDS + timedelta(days=45), grades=("6", "7", "8")),
    )
    dues = {}
    for grade, path in ((9, f"{SCHOOL}.g2023.c01"), (7, CLASS)):
        entry = replace(published(a_datum()), path=path)
        engine = an_engine(entry, windows=by_grade)
        case = engine.open(a_case(entry), 0)
        assert case.begun_at == SHOWN, "at the first appeal, while publicity goes on"
        dues[grade] = case.due_at
    assert dues == {9: ENDS, 7: ENDS + timedelta(days=45)}
    before = an_engine(published(a_datum()), BEFORE, by_grade)
    assert before.open(a_case(before.entries[ENTRY]), 0).begun_at is None, "nobody handles anything before publicity opens"


@pytest.mark.feature("SH-09")
def test_a_case_that_is_open_when_problem_handling_ends_is_overdue_and_still_has_to_be_decided() -> None:
    entry = published(a_datum())
    engine = an_engine(entry)
    case = engine.open(a_case(entry), 0)
    assert case.due_at == ENDS
    late = CaseEngine(ENDS, engine.terms, engine.entries, engine.cases)
    late.time_out(CASE, 1)
    assert late.cases[CASE].overdue
    assert [type(event) for event in late.events] == [CaseLapsedV1]
    case = late.act(CASE, ActionInput("reject", text="数据属实"), by("school_auditor"))
    assert (case.outcome, late.entries[ENTRY].state) == ("keep", State.CLEARED)


@pytest.mark.feature("SH-09")
def test_the_end_of_a_case_follows_the_window_of_its_grade_where_it_is_extended() -> None:
    entry = published(a_datum())
    engine = an_engine(entry)
    engine.open(a_case(entry), 0)
    longer = Window(operation="handle_case", starts=OPENS, ends=ENDS + timedelta(days=30))
    terms = {TERM: replace(engine.terms[TERM], windows=(*WINDOWS[:3], longer))}
    late = CaseEngine(ENDS, terms, engine.entries, engine.cases)
    late.time_out(CASE, 1)
    assert (late.cases[CASE].overdue, late.cases[CASE].due_at) == (False, longer.ends)
    assert [alarm.at for alarm in late.alarms] == [longer.ends]


@pytest.mark.feature("SH-08", "SH-10")
def test_the_parties_of_a_case_are_those_of_its_own_route() -> None:
    kind = SH.kind("sports_contest")
    assert cases.parties(SH, kind, "school", "appeal") == ("school_auditor", "school_recorder")
    assert cases.parties(SH, kind, "school", "unmended") == ("district_auditor", "school_recorder")


# --- the running service


async def a_running_term(kit: Kit, now: datetime) -> tuple[UUID, Any, Any]:
    """A term of Baoshan's with two classmates: its id, and the two."""
    term = a_term(
        scheme_id="baoshan", windows=WINDOWS, school_year="2025-2026", number=2, starts_on=OPENS.date() - timedelta(days=40)
    )
    owner, mate = a_student(CLASS), a_student(CLASS, name="陈一鸣")
    kit.at(now)
    await kit.receive(term)
    await kit.receive(enrolled(an_enrolment(owner.student_id), an_enrolment(mate.student_id, name="陈一鸣")))
    return term.term_id, owner, mate


def a_running_record(term_id: UUID, student: Any, **more: Any) -> Any:
    return a_datum(record_id=new_id(), **more).model_copy(update={"term_id": term_id, "student_id": student.student_id})


async def a_file(caller: Caller) -> str:
    """The id of a picture that the caller has uploaded for a case."""
    picture = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, 200)).save(picture, "PNG")
    data = picture.getvalue()
    offer = (await caller.post("/case-files", {"name": "合唱团名单.png", "media_type": "image/png", "size": len(data)})).json
    form = aiohttp.FormData(offer["fields"])
    form.add_field("file", data, filename="x.png", content_type="image/png")
    async with aiohttp.ClientSession() as session, session.post(offer["url"], data=form) as sent:
        assert sent.status == 204, await sent.text()
    assert (await caller.post(f"/case-files/{offer['file_id']}/completion")).status == 200
    return str(offer["file_id"])


async def states(kit: Kit) -> list[str]:
    async with kit.deps.db.reading() as tx:
        return [row["state"] for row in await tx.fetch("SELECT state FROM entries ORDER BY id")]


@pytest.mark.feature("SH-08")
async def test_classmates_read_each_others_report_and_one_appeals_about_what_is_missing_in_ones_own(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        term_id, owner, mate = await a_running_term(kit, BEFORE)
        await kit.receive(approved(a_running_record(term_id, owner)))
        assert (await kit.as_(mate).get("/board/reports", term_id=str(term_id))).code == "window_closed"
        kit.at(SHOWN)
        await kit.tick()
        listed = (await kit.as_(mate).get("/board/reports", term_id=str(term_id))).json["items"]
        assert {(one["student_name"], one["entries"], one["own"]) for one in listed} == {
            ("李晓雨", 1, False), ("陈一鸣", 0, True),
        }  # fmt: skip
        url = f"/board/reports/{owner.student_id}"
        report = (await kit.as_(mate).get(url, term_id=str(term_id))).json
        [section] = [one for one in report["sections"] if one["entries"]]
        assert (section["id"], section["entries"][0]["title"]) == ("health", "校运动会")
        assert (await kit.as_(a_student(OTHER_CLASS)).get(url, term_id=str(term_id))).code == "not_found"

        own = (await kit.as_(owner).get(url, term_id=str(term_id))).json
        assert (own["own"], own["complaint"]["case_type"]) == (True, "appeal")
        assert "art_troupe" in [kind["id"] for kind in own["missable"]]
        assert "inquiry_report" not in [kind["id"] for kind in own["missable"]], "grade 9 only"
        missing = {"term_id": str(term_id), "student_id": str(owner.student_id), "kind": "art_troupe"}
        sent = {"missing": missing, "complaint_type": "missing", "text": "我参加了校合唱团"}
        assert (await kit.as_(a_student(OTHER_CLASS)).post("/cases", sent)).code == "not_found"
        assert (await kit.as_(owner).post("/cases", sent | {"complaint_type": "wrong"})).code == "invalid_input"
        assert (await kit.as_(owner).post("/cases", sent | {"missing": missing | {"kind": "no_such"}})).code == "invalid_input"
        proof = await a_file(kit.as_(owner))
        made = await kit.as_(owner).post("/cases", sent | {"files": [proof]})
        assert (made.status, made.json["missing"], made.json["waits_for"]) == (201, True, ["school_auditor"]), made.json
        assert (await kit.as_(owner).post("/cases", sent)).code == "case_open_already"
        assert (await kit.as_(mate).post("/cases", sent)).status == 201

        auditor, case_id = kit.as_(an_actor("school_auditor", SCHOOL)), made.json["case_id"]
        assert [file["file_id"] for file in (await auditor.get(f"/cases/{case_id}")).json["files"]] == [proof]
        assert (await auditor.get(f"/case-files/{proof}/address")).status == 200
        for other in (mate, an_actor("district_auditor", "jx.nc.dh"), an_actor("school_auditor", "jx.nc.dh.s2")):
            assert (await kit.as_(other).get(f"/case-files/{proof}/address")).code == "not_found"
        accepted = {"action": "accept", "text": "请补录"}
        assert (await auditor.post(f"/cases/{case_id}/actions", accepted)).json["stage"] == "mending"
        asked = (await kit.events(AmendmentRequestedV1))[-1]
        assert asked.missing is not None
        record = asked.missing.model_copy(
            update={"version": 1, "data": {"name": "校合唱团", "on_day": "2026-03-01"}, "title": "校合唱团"}
        )
        entered = RecordAmendedV1(
            record_id=record.record_id, record=record, at=SHOWN, case_id=UUID(case_id),
            asked=(Asked(case_id=UUID(case_id), turn=asked.turn),),
        )  # fmt: skip
        await kit.receive(entered)
        await kit.receive(entered.model_copy())
        recorder = kit.as_(an_actor("school_recorder", SCHOOL))
        assert (await recorder.post(f"/cases/{case_id}/actions", {"action": "amend"})).json["stage"] == "checking"
        assert (await auditor.post(f"/cases/{case_id}/actions", {"action": "agree"})).json["outcome"] == "amend"
        whole = (await kit.as_(mate).get(url, term_id=str(term_id))).json
        assert sorted(one["title"] for part in whole["sections"] for one in part["entries"]) == ["校合唱团", "校运动会"]

        kit.at(CLOSES)
        await kit.tick()
        cleared = [one.title for event in await kit.events(EntriesClearedV1) for one in event.entries]
        assert sorted(cleared) == ["校合唱团", "校运动会"]


@pytest.mark.feature("SH-03", "SH-08")
async def test_who_does_not_take_part_has_no_report_on_the_board_and_only_the_own_side_and_staff_read_why(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        term_id, owner, mate = await a_running_term(kit, BEFORE)
        await kit.receive(approved(a_running_record(term_id, owner)))
        out = ParticipationChangedV1(
            term_id=term_id, student_id=owner.student_id, student_name="李晓雨", path=CLASS, participates=False, reason="休学",
            by_name="校录入员", at=BEFORE, version=1,
        )  # fmt: skip
        await kit.receive(out)
        kit.at(SHOWN)
        await kit.tick()
        admin = an_actor("school_administrator", SCHOOL)
        for reader in (mate, owner, admin):
            listed = (await kit.as_(reader).get("/board/reports", term_id=str(term_id))).json["items"]
            assert [one["student_name"] for one in listed] == ["陈一鸣"]
        url = f"/board/reports/{owner.student_id}"
        assert (await kit.as_(mate).get(url, term_id=str(term_id))).code == "not_found"
        for reader in (owner, admin):
            refused = await kit.as_(reader).get(url, term_id=str(term_id))
            assert (refused.code, refused.json["rule"]) == ("not_participating", "SH-03")
        await kit.receive(out.model_copy(update={"participates": True, "reason": None, "version": 2}))
        assert (await kit.as_(mate).get(url, term_id=str(term_id))).json["sections"]


@pytest.mark.feature("SH-07", "SH-10")
async def test_an_uncorrected_record_opens_one_case_however_often_the_event_comes(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        term_id, owner, _ = await a_running_term(kit, BEFORE)
        record = a_running_record(term_id, owner)
        event = RecordEscalatedV1(
            record_id=record.record_id, record=record, at=BEFORE, case_type="unmended", reason="与实际不符"
        )
        await kit.receive(event)
        await kit.receive(event.model_copy())
        assert await states(kit) == ["withheld"]
        district = kit.as_(an_actor("district_auditor", "jx.nc.dh"))
        assert (await district.get("/cases", waiting="true")).json["items"] == []
        kit.at(SHOWN)
        await kit.tick()
        [waiting] = (await district.get("/cases", waiting="true")).json["items"]
        assert (waiting["text"], waiting["case_type"]) == ("与实际不符", "unmended")
        assert (await kit.as_(an_actor("district_auditor", "jx.nc.xh")).get("/cases")).json["items"] == []
        report = await kit.as_(owner).get(f"/board/reports/{owner.student_id}", term_id=str(term_id))
        assert not [one for part in report.json["sections"] for one in part["entries"]], "not shown before it is settled"
        url = f"/cases/{waiting['case_id']}/actions"
        assert (await district.post(url, {"action": "reject", "text": "数据属实"})).json["outcome"] == "keep"
        [settled] = await kit.events(EntrySettledV1)
        assert (settled.record_id, await states(kit)) == (record.record_id, ["selected"])


@pytest.mark.feature("SH-06")
async def test_a_text_that_is_handed_in_again_is_withheld_until_the_teacher_has_read_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        term_id, owner, _ = await a_running_term(kit, BEFORE)
        text = a_running_record(
            term_id, owner, kind="typical_case", level="student", role="student", origin="reported", version=2,
            data={"name": "我的一学期", "body": "正文"},
        )  # fmt: skip
        await kit.receive(approved(text))
        assert await states(kit) == ["eligible"]
        async with kit.deps.db.reading() as tx:
            entry_id = str(await tx.fetchval("SELECT id FROM entries"))
        student = kit.as_(owner)
        assert (await student.post("/selections", {"entry_ids": [entry_id]})).status == 201

        again = text.model_copy(update={"version": 3, "title": "改过的题目"})
        event = RecordSubmittedV1(record_id=again.record_id, record=again, at=BEFORE, step=0, reviewer_role="class_teacher")
        await kit.receive(event)
        assert (await states(kit), len(await kit.events(EntryUnselectedV1))) == (["withheld"], 1)
        assert (await student.post("/selections", {"entry_ids": [entry_id]})).code == "wrong_state"
        await kit.receive(approved(again.model_copy(update={"version": 4})))
        await kit.receive(event.model_copy())
        assert await states(kit) == ["eligible"], "an older event changes nothing"
        assert (await student.post("/selections", {"entry_ids": [entry_id]})).json["items"][0]["title"] == "改过的题目"
