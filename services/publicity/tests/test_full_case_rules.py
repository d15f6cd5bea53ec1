"""All events, history, alarms and refusals at each step of a case (JX-08, JX-09, JX-10, X-08)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.base import Window
from contracts.publicity import (
    AmendmentRequestedV1,
    CaseClosedV2,
    CaseLapsedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    EntriesClearedV1,
    EntryRestoredV1,
    EntryVoidedV1,
)
from publicity.domain import cases, entries
from publicity.domain.alarms import Alarm
from publicity.domain.board import need_open, search_in, view_scope_of
from publicity.domain.case_engine import CaseEngine
from publicity.domain.cases import CLOCK, COMPLAINANT, ActionInput, Case, Person, Step
from publicity.domain.clearing import cleared_events
from publicity.domain.entries import Entry, State
from publicity.domain.quotas import SelectedCount, need_quota
from publicity_builders import CLASS, CLOSES, HANDLING, OPENS, OTHER_CLASS, SCHOOL, SELECTING, SHOWN, a_record, a_rules_term
from scheme import Scheme, load_all
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

SCHEMES = {scheme.id: scheme for scheme in load_all(Path(__file__).parents[3] / "schemes")}
JX, CS, SH = SCHEMES["jiangxi"], SCHEMES["changsha"], SCHEMES["baoshan"]
NAME = "jiangxi@2026.1"
TERM, ENTRY, CASE, PUPIL, RECORD = (UUID(int=n) for n in range(1, 6))
PSEUDONYM = "f" * 32


@contextmanager
def refused(code: str, **details: Any) -> Iterator[None]:
    """Expect a refusal with exactly this code and these details."""
    with pytest.raises(Refusal) as no:
        yield
    found = no.value.details | ({} if no.value.detail is None else {"detail": no.value.detail})
    assert (no.value.code, found) == (code, details), f"{no.value.code} {found}"


def an_entry(state: State = State.SELECTED, **changed: Any) -> Entry:
    record = a_record(
        TERM, PUPIL, record_id=RECORD, evidence=(), **{k: changed.pop(k) for k in ("kind", "level") if k in changed}
    )
    return replace(Entry(ENTRY, record, state, automatic=False, path=CLASS), **changed)


def a_case(entry: Entry, kind: str = "complaint", **changed: Any) -> Case:
    fields: dict[str, Any] = {
        "id": CASE, "case_type": kind, "entry_id": ENTRY, "term_id": TERM, "record_id": RECORD, "student_id": PUPIL,
        "path": CLASS, "title": "志愿服务", "complainant": PSEUDONYM, "complaint_type": "untrue", "text": "不实",
        "one_open": True, "parties": (), "stage": "", "stage_no": 0, "waits_for": (), "begun_at": None,
        "before": entry.snapshot, "opened_at": HANDLING,
    }  # fmt: skip
    return Case(**(fields | changed))


def an_engine(entry: Entry, scheme: Scheme = JX, now: datetime = HANDLING, **term: Any) -> CaseEngine:
    return CaseEngine(now, {TERM: a_rules_term(scheme, id=TERM, **term)}, {ENTRY: entry})


def opened(entry: Entry | None = None, now: datetime = HANDLING, **changed: Any) -> CaseEngine:
    """An engine with one complaint about volunteer service, as it stands right after it was opened."""
    engine = an_engine(entry or an_entry(), now=now)
    engine.open(a_case(entry or an_entry(), **changed), 2)
    return engine


STUDENT = Person(an_actor("student", CLASS, students=(PUPIL,)), "s")
TEACHER = Person(an_actor("class_teacher", CLASS), "t")
ADMIN = Person(an_actor("administrator", SCHOOL), "a")
ABOUT: dict[str, Any] = {
    "case_id": CASE, "case_type": "complaint", "entry_id": ENTRY, "record_id": RECORD, "student_id": PUPIL, "term_id": TERM,
    "path": CLASS, "title": "志愿服务", "complainant": PSEUDONYM, "at": HANDLING,
}  # fmt: skip
ASKED = AmendmentRequestedV1(
    case_id=CASE,
    record_id=RECORD,
    student_id=PUPIL,
    term_id=TERM,
    path=CLASS,
    open=True,
    turn=1,
    version=None,
    roles=("student",),
)
NO_LONGER = ASKED.model_copy(update={"open": False, "version": 1})


def moved(**details: Any) -> CaseMovedV2:
    return CaseMovedV2(**(ABOUT | {"action_title": None, "reason": None, "actors": (details["actor"],)} | details))


TO_STUDENT = {
    "stage": "student_handling",
    "stage_title": "学生处理",
    "actor": "student",
    "due_at": HANDLING + timedelta(days=5),
}
TO_TEACHER = {
    "stage": "teacher_review",
    "stage_title": "班主任审核",
    "actor": "class_teacher",
    "due_at": HANDLING + timedelta(days=3),
}


@pytest.mark.feature("JX-08")
def test_opening_a_complaint_publishes_who_acts_next_and_allows_an_amendment() -> None:
    engine = opened()
    assert engine.events == [
        CaseOpenedV2(**ABOUT, complaint_type="untrue", text="不实", attachments=2), moved(**TO_STUDENT), ASKED
    ]  # fmt: skip
    assert engine.steps == [
        Step(CASE, 0, "student_handling", "学生处理", "open", "质疑", "complainant", None, None, None, "不实", HANDLING)
    ]
    assert engine.alarms == [Alarm(HANDLING + timedelta(days=5), "deadline", CASE, 1)]
    parties = ("student", "guardian", "class_teacher", "school_administrator")
    assert engine.cases[CASE] == a_case(
        an_entry(), stage="student_handling", stage_no=1, waits_for=("student",), begun_at=HANDLING,
        due_at=HANDLING + timedelta(days=5), parties=engine.cases[CASE].parties, version=1,
    )  # fmt: skip
    assert set(engine.cases[CASE].parties) <= set(parties)
    assert engine.entries[ENTRY] == an_entry(open_cases=1)
    assert (engine.new_cases, engine.touched_cases, engine.touched_entries) == ({CASE}, {CASE}, {ENTRY})


@pytest.mark.feature("JX-09")
def test_an_action_moves_the_complaint_to_the_next_stage_and_is_published() -> None:
    engine = opened()
    del engine.events[:], engine.steps[:], engine.alarms[:]
    engine.new_cases.clear()
    engine.touched_cases.clear()
    engine.act(CASE, ActionInput("insist", None, " 属实，有照片 ", files=1), STUDENT)
    assert engine.events == [NO_LONGER, moved(**TO_TEACHER, action_title="坚持原记录并说明", reason="属实，有照片")]
    assert engine.steps == [
        Step(
            CASE, 1, "student_handling", "学生处理", "insist", "坚持原记录并说明", "student", STUDENT.actor.account_id, None,
            "属实，有照片", " 属实，有照片 ", HANDLING,
        )
    ]  # fmt: skip
    assert engine.alarms == [Alarm(HANDLING + timedelta(days=3), "deadline", CASE, 2)]
    case = engine.cases[CASE]
    assert (case.stage, case.stage_no, case.proposed, case.version) == ("teacher_review", 2, "keep", 2)
    assert (case.last_action_title, case.last_reason) == ("坚持原记录并说明", "属实，有照片")


def recheck(engine: CaseEngine) -> None:
    engine.act(CASE, ActionInput("insist", text="属实"), STUDENT)
    engine.act(CASE, ActionInput("agree"), TEACHER)
    del engine.events[:], engine.steps[:]


@pytest.mark.feature("JX-09", "JX-13")
def test_the_last_stage_closes_the_case_and_clears_the_entry() -> None:
    engine = opened()
    recheck(engine)
    engine.act(CASE, ActionInput("agree"), ADMIN)
    closed = CaseClosedV2(**ABOUT, outcome="keep", reason=None)
    assert engine.events == [closed]
    cleared = EntriesClearedV1(term_id=TERM, path=CLASS, entries=(an_entry().snapshot,), at=HANDLING)
    assert engine.all_events() == [closed, cleared]
    case = engine.cases[CASE]
    assert (case.outcome, case.closed_at, case.due_at, case.waits_for) == ("keep", HANDLING, None, ())
    entry = engine.entries[ENTRY]
    assert (entry.state, entry.open_cases, entry.ended_at, entry.version) == (State.CLEARED, 0, HANDLING, 2)
    with refused("wrong_state", rule="JX-09", detail="此项已办结", outcome="keep"):
        engine.act(CASE, ActionInput("agree"), ADMIN)


@pytest.mark.feature("JX-09")
def test_a_case_upheld_voids_the_entry_and_closes_its_other_cases() -> None:
    engine = opened()
    other = UUID(int=99)
    engine.open(replace(a_case(an_entry()), id=other), 0)
    recheck(engine)
    engine.act(CASE, ActionInput("disagree", "untrue", "查无此事"), ADMIN)
    reason = "内容与事实不符：查无此事"
    about = ABOUT | {"case_id": other}
    voided = EntryVoidedV1(
        entry_id=ENTRY, record_id=RECORD, student_id=PUPIL, term_id=TERM, path=CLASS, kind="volunteer_service",
        title="社区敬老院志愿服务", case_id=CASE, outcome="void", reason=reason,
    )  # fmt: skip
    assert engine.events == [
        CaseClosedV2(**ABOUT, outcome="void", reason=reason), voided, NO_LONGER.model_copy(update={"case_id": other}),
        CaseClosedV2(**about, outcome="void", reason=reason),
    ]  # fmt: skip
    assert engine.entries[ENTRY].state is State.VOIDED
    assert engine.all_events() == engine.events


@pytest.mark.feature("CS-11")
def test_an_appeal_restores_an_excluded_entry_with_its_reason() -> None:
    kind = next(k for k in CS.kinds if k.publicity.trigger != "none").id
    engine = an_engine(an_entry(State.EXCLUDED, kind=kind), CS)
    case = engine.open(a_case(engine.entries[ENTRY], "appeal"), 0)
    stage = CS.cases.stage(case.stage)
    role = next(one for one in CS.roles if one.id == case.waits_for[0])
    path = CLASS if role.at == "class" else SCHOOL
    by = Person(an_actor(role.id.removeprefix("school_"), path), "x")  # type: ignore[arg-type]
    engine.act(CASE, ActionInput("uphold", None, "证据充分", files=1), by)
    [restored] = [event for event in engine.events if isinstance(event, EntryRestoredV1)]
    assert (restored.case_id, restored.entry_id, restored.kind) == (CASE, ENTRY, kind)
    assert restored.reason == engine.cases[CASE].last_reason
    assert stage.id == "appeal_decision"


@pytest.mark.feature("JX-09", "JX-10")
def test_each_refusal_of_an_action_says_which_actions_are_possible_and_who_acts() -> None:
    engine = opened()
    who = "学生"
    with refused("forbidden", rule="JX-09", detail=f"现在是“学生处理”，由{who}处理", help=who):
        engine.act(CASE, ActionInput("insist"), TEACHER)
    choices = ["amend", "insist"]
    details = {"field": "action", "stage": "student_handling", "scheme": NAME}
    with refused("wrong_state", rule="JX-09", actions=choices, **details):
        engine.act(CASE, ActionInput("agree"), STUDENT)
    with refused("wrong_state", rule="JX-10", actions=[], **details):
        engine.act(CASE, ActionInput("insist", text="属实"), STUDENT, bulk=True)
    with refused("reason_required", rule="JX-09", field="text", detail="请填写说明"):
        engine.act(CASE, ActionInput("insist", text="  "), STUDENT)
    with refused("amendment_missing", rule="JX-09"):
        engine.act(CASE, ActionInput("amend", text="改"), STUDENT)
    engine.act(CASE, ActionInput("insist", text="属实"), STUDENT)
    for given in (ActionInput("disagree"), ActionInput("disagree", text="不行")):
        with refused("reason_required", rule="JX-10", field="reason_code"):
            engine.act(CASE, given, TEACHER)
    with refused("invalid_input", rule="JX-10", errors=[{"field": "reason_code", "message": "请从原因列表中选择"}]):
        engine.act(CASE, ActionInput("disagree", "not_held"), TEACHER)
    with refused("reason_required", rule="JX-10", field="text", detail="选择此原因需要补充说明"):
        engine.act(CASE, ActionInput("disagree", "untrue", " "), TEACHER)
    engine.act(CASE, ActionInput("agree"), TEACHER, bulk=True)
    assert engine.cases[CASE].stage == "recheck"


@pytest.mark.feature("JX-10")
def test_a_reason_is_published_as_title_and_note() -> None:
    def words(*given: Any) -> str | None:
        return cases.reason_of(JX, ActionInput("disagree", *given), JX.rule)

    assert words("incomplete") == "内容填写不完整"
    assert words("incomplete", " 缺日期 ") == "内容填写不完整：缺日期"
    assert words(None, " 缺日期 ") == "缺日期"
    assert words(None, " ") is None


@pytest.mark.feature("JX-09")
def test_a_refusal_names_the_first_missing_need_of_an_action() -> None:
    def need(*needs: str, given: ActionInput | None = None, amended: bool = False, scheme: Scheme = JX) -> None:
        action = JX.cases.stage("recheck").action("agree").model_copy(update={"needs": needs})
        cases.need_all(scheme, action, given or ActionInput("x"), amended, scheme.rule)

    with refused("file_missing", rule="JX-09", field="files", detail="请上传佐证材料"):
        need("evidence")
    with refused("amendment_missing", rule="JX-09"):
        need("amendment", "text")
    need("evidence", given=ActionInput("x", files=1))
    need("text", given=ActionInput("x", text="好"))
    need("amendment", amended=True)
    need("reason", given=ActionInput("x", "untrue"))
    need()
    free = JX.model_copy(update={"return_reasons": ()})
    need("reason", given=ActionInput("x", text="理由"), scheme=free)
    for given in (ActionInput("x"), ActionInput("x", text=" ")):
        with refused("reason_required", rule="JX-10", field="reason_code"):
            need("reason", given=given, scheme=free)


@pytest.mark.feature("JX-08")
def test_a_record_that_has_no_route_cannot_be_complained_about() -> None:
    engine = an_engine(an_entry())
    for case in (a_case(an_entry(), "appeal"), a_case(an_entry(kind="ghost"))):
        with refused("wrong_state", rule="JX-08", detail="这类记录不能这样反馈"):
            engine.open(case, 0)


@pytest.mark.feature("JX-08")
def test_a_stage_begins_when_its_window_opens() -> None:
    engine = opened(now=SHOWN)
    assert engine.alarms == [Alarm(CLOSES, "begins", CASE, 1)]
    assert [type(event) for event in engine.events] == [CaseOpenedV2]
    engine.begin(CASE, 1)
    engine.now = CLOSES
    engine.begin(CASE, 2)
    assert engine.cases[CASE].begun_at is None
    engine.begin(CASE)
    assert engine.cases[CASE].begun_at == CLOSES
    assert engine.events[1:] == [
        moved(**(TO_STUDENT | {"at": CLOSES, "due_at": CLOSES + timedelta(days=5)})), ASKED.model_copy()
    ]  # fmt: skip
    engine.now = CLOSES + timedelta(days=30)
    with pytest.raises(Refusal, match="window_closed"):
        engine.act(CASE, ActionInput("insist", text="属实"), STUDENT)


@pytest.mark.feature("JX-09")
def test_a_passed_deadline_is_published_and_takes_its_action_or_marks_the_case_as_overdue() -> None:
    engine = opened()
    del engine.events[:], engine.steps[:]
    lapsed = {
        "stage": "student_handling",
        "stage_title": "学生处理",
        "actor": "student",
        "due_at": HANDLING + timedelta(days=5),
    }
    engine.now = later = HANDLING + timedelta(days=6)
    engine.time_out(CASE, 2)
    assert engine.events == []
    engine.time_out(CASE, 1)
    assert engine.events[0] == CaseLapsedV1(**(ABOUT | {"at": later}), **lapsed, action_title="逾期未处理")
    assert engine.steps == [
        Step(CASE, 1, "student_handling", "学生处理", "overdue", "逾期未处理", CLOCK, None, None, "逾期未处理", None, later)
    ]
    del engine.events[:]
    engine.time_out(CASE, 2)
    lapsed = {
        "stage": "teacher_review",
        "stage_title": "班主任审核",
        "actor": "class_teacher",
        "due_at": later + timedelta(days=3),
    }
    assert engine.events == [CaseLapsedV1(**(ABOUT | {"at": later}), **lapsed, action_title=None)]
    assert (engine.cases[CASE].overdue, engine.cases[CASE].stage) == (True, "teacher_review")
    engine.act(CASE, ActionInput("agree"), TEACHER)
    assert engine.cases[CASE].overdue is False


def test_an_alarm_marks_the_case_as_overdue_if_its_stage_has_no_deadline_any_more() -> None:
    engine = opened()
    stage = JX.cases.stages[0].model_copy(update={"deadline": None})
    engine.terms[TERM] = a_rules_term(rebuilt(JX, stage), id=TERM)
    engine.time_out(CASE, 1)
    assert (engine.cases[CASE].stage, engine.cases[CASE].overdue) == ("student_handling", True)


@pytest.mark.feature("JX-09")
def test_an_amendment_counts_in_its_turn_while_the_case_asks_for_it() -> None:
    engine = opened()
    after = an_entry().snapshot.model_copy(update={"version": 2})
    assert engine.amended(UUID(int=77), after) is False
    assert engine.amended(CASE, after, 2) is False
    assert engine.amended(CASE, after, 1) is True
    assert (engine.cases[CASE].after, engine.cases[CASE].amended) == (after, True)
    assert engine.amended(CASE, after) is True
    engine.act(CASE, ActionInput("amend"), STUDENT)
    assert engine.amended(CASE, after) is False
    assert engine.cases[CASE].amended is False
    early = opened(now=SHOWN)
    assert early.amended(CASE, after) is False


@pytest.mark.feature("BJ-04")
def test_staff_of_the_new_class_are_notified_when_a_student_moves() -> None:
    engine = opened()
    del engine.events[:]
    engine.student_moved(CASE)
    assert engine.events == []
    engine.act(CASE, ActionInput("insist", text="属实"), STUDENT)
    del engine.events[:]
    engine.student_moved(CASE)
    assert engine.events == [moved(**TO_TEACHER, action_title="坚持原记录并说明", reason="属实")]
    waiting = opened(now=SHOWN)
    waiting.cases[CASE] = replace(waiting.cases[CASE], stage="teacher_review", waits_for=("class_teacher",))
    del waiting.events[:]
    waiting.student_moved(CASE)
    assert waiting.events == []


@pytest.mark.feature("X-08")
def test_only_the_principal_may_see_the_complainant_who_is_notified_of_it() -> None:
    engine = opened()
    del engine.events[:]
    engine.unsealed(CASE, "principal", "核实情况")
    assert engine.events == [CaseUnsealedV1(**ABOUT, role="校长", reason="核实情况")]
    case = engine.cases[CASE]
    cases.need_may_see_complainant(JX, case, an_actor("principal", SCHOOL))
    with refused("forbidden", rule="X-08", scheme=NAME, help="校长"):
        cases.need_may_see_complainant(JX, case, ADMIN.actor)


def test_a_voided_record_closes_its_cases_but_not_the_appeal_about_an_excluded_entry() -> None:
    engine = opened()
    del engine.events[:]
    engine.void(ENTRY, "撤销导入")
    assert engine.events == [NO_LONGER, CaseClosedV2(**ABOUT, outcome="void", reason="撤销导入")]
    assert engine.entries[ENTRY].state is State.VOIDED
    waiting = opened(now=SHOWN)
    del waiting.events[:]
    waiting.void(ENTRY, "撤销导入")
    assert [type(event) for event in waiting.events] == [CaseClosedV2]
    for state, outcome in ((State.EXCLUDED, None), (State.VOIDED, "void")):
        one = opened(an_entry(state))
        one.void(ENTRY, "x")
        assert (one.entries[ENTRY].state, one.cases[CASE].outcome) == (state, outcome)


# --- who sees and who acts


@pytest.mark.feature("X-08")
def test_a_case_is_seen_by_its_parties_and_acted_on_by_those_it_waits_for() -> None:
    case = opened().cases[CASE]
    complainant = Person(an_actor("student", OTHER_CLASS), PSEUDONYM)
    stranger, panel = Person(an_actor("student", OTHER_CLASS), "x"), Person(an_actor("subject_teacher", CLASS), "x")
    far = Person(an_actor("administrator", "jx.nc.dh.s2"), "x")
    assert [case.seen_by(one) for one in (complainant, STUDENT, TEACHER, ADMIN)] == [True] * 4
    assert [case.seen_by(one) for one in (stranger, panel, far)] == [False] * 3
    assert case.acting_role(STUDENT) == "student"
    assert [case.acting_role(one) for one in (complainant, TEACHER, far, Person(an_actor("student", CLASS), "x"))] == [None] * 4
    own = replace(case, waits_for=(COMPLAINANT, "class_teacher"))
    assert [own.acting_role(one) for one in (complainant, TEACHER, STUDENT)] == [COMPLAINANT, "class_teacher", None]
    assert replace(case, opened_at=datetime(2027, 1, 5, 23, 30, tzinfo=UTC)).opened_on.isoformat() == "2027-01-05"


@pytest.mark.feature("SH-10")
def test_those_who_act_at_a_stage_follow_from_kind_and_level() -> None:
    stage, kind = JX.cases.stage("student_handling"), JX.kind("volunteer_service")
    assert cases.actors(JX, stage, kind, "student") == ("student",)
    assert cases.actors(JX, stage.model_copy(update={"operation": None}), kind, "student") == ("student", "guardian")
    assert cases.actors(JX, stage.model_copy(update={"operation": "import"}), kind, "student") == ("student", "guardian")
    author = stage.model_copy(update={"actor": "author"})
    assert cases.actors(rebuilt(JX, author), author, kind, "student") == ("student",)
    assert cases.actors(rebuilt(JX, author), author, JX.kind("exam_scores"), "school") == ("class_teacher",)
    assert cases.parties(JX, kind, "student") == ("student", "class_teacher", "school_administrator")
    assert "school_auditor" in cases.parties(SH, SH.kinds[0], "school")
    assert cases.parties(SH, SH.kinds[0], "province") != ()


def rebuilt(old: Scheme, stage: Any) -> Scheme:
    """The scheme with another first stage."""
    route = old.cases.model_copy(update={"stages": (stage, *old.cases.stages[1:])})
    return old.model_copy(update={"cases": route})


@pytest.mark.feature("CS-11")
def test_a_complaint_is_against_what_is_published_and_an_appeal_against_an_outcome() -> None:
    assert [cases.case_type_for(CS, None, excluded).id for excluded in (False, True)] == ["complaint", "appeal"]
    assert cases.case_type_for(CS, "appeal", False).id == "appeal"
    errors = [{"field": "case_type", "message": "本方案没有这种反馈"}]
    for scheme, wanted, excluded in ((JX, "appeal", False), (JX, None, True), (SH, "unmended", False)):
        with refused("invalid_input", errors=errors):
            cases.case_type_for(scheme, wanted, excluded)
    assert [cases.asks_for_amendment(stage) for stage in JX.cases.stages] == [True, False, False]


# --- entries, quotas, the board


@pytest.mark.feature("JX-03")
def test_an_entry_remembers_when_it_was_selected_and_when_it_ended() -> None:
    def at(entry: Entry, *moves: str) -> tuple[Any, ...]:
        for n, what in enumerate(moves):
            entry = entries.move(entry, what, SHOWN + timedelta(hours=n))
        return entry.selected_at, entry.ended_at, entry.version

    hour = timedelta(hours=1)
    new = an_entry(State.ELIGIBLE)
    assert at(new, "select") == (SHOWN, None, 2)
    assert at(new, "select", "unselect") == (None, None, 3)
    assert at(new, "select", "clear") == (SHOWN, SHOWN + hour, 3)
    assert at(new, "select", "exclude") == (SHOWN, SHOWN + hour, 3)
    assert at(new, "select", "exclude", "restore") == (SHOWN, None, 4)
    assert at(new, "void") == (None, SHOWN, 2)
    with refused("wrong_state", rule="JX-03", state="eligible", entry_id=str(ENTRY)):
        entries.move(new, "clear", SHOWN, "JX-03")
    assert [*State] == ["eligible", "selected", "withheld", "cleared", "excluded", "voided"]


@pytest.mark.feature("CS-06")
def test_an_automatic_selection_cannot_be_cancelled() -> None:
    entries.may_unselect(an_entry(), JX)
    with refused("wrong_state", rule="CS-06", detail="本类记录自动公示，不能取消", entry_id=str(ENTRY)):
        entries.may_unselect(an_entry(automatic=True), JX)


@pytest.mark.feature("JX-03", "BJ-04")
def test_a_new_entry_is_in_the_present_class_of_its_student() -> None:
    record, kind = an_entry().snapshot, JX.kind("volunteer_service")
    made = entries.new_entry(ENTRY, record, kind, SHOWN, still_open=True, path=OTHER_CLASS)
    assert made == an_entry(State.ELIGIBLE, path=OTHER_CLASS)
    assert entries.new_entry(ENTRY, record, kind, SHOWN, still_open=True) == an_entry(State.ELIGIBLE)
    by_itself = kind.model_copy(update={"publicity": kind.publicity.model_copy(update={"trigger": "automatic"})})
    assert entries.new_entry(ENTRY, record, by_itself, SHOWN, still_open=True) == an_entry(
        State.SELECTED, automatic=True, selected_at=SHOWN, version=2
    )


@pytest.mark.feature("JX-03", "SH-04")
def test_the_refusal_of_a_full_quota_says_how_many_are_left_and_asked_for() -> None:
    kinds = JX.model_dump(mode="python")
    for dimension in kinds["dimensions"]:
        for kind in dimension["kinds"]:
            if kind["id"] == "volunteer_service":
                kind["quotas"] = ({"per": "term", "max": 3, "counts": "selected"},)
    term = a_rules_term(Scheme.model_validate(kinds), id=TERM)
    used = [
        SelectedCount(PUPIL, "volunteer_service", TERM, "2026-2027", 2),
        SelectedCount(PUPIL, "arts_award", TERM, "2026-2027", 9),
    ]
    need_quota([an_entry()], {TERM: term}, used)
    with refused(
        "quota_exceeded", rule="JX-03", scheme=NAME, field="entry_ids", kind="volunteer_service", left=1,
        detail="“志愿服务”还可选 1 条，现选了 2 条",
    ):  # fmt: skip
        need_quota([an_entry(), replace(an_entry(), id=CASE)], {TERM: term}, used)


@pytest.mark.feature("JX-07", "X-09")
def test_the_board_is_visible_only_while_it_is_open_and_to_the_roles_of_the_scheme() -> None:
    term, pupil = a_rules_term(JX), an_actor("student", CLASS)
    need_open(term, pupil, OPENS)
    window = {"operation": "publicity", "title": "校园公示", "starts": OPENS, "ends": CLOSES, "next": OPENS}
    with refused(
        "window_closed", rule="JX-07", scheme=NAME, help="请联系校管理员", reason="window_not_open", window=window,
        detail="“校园公示”尚未开放，2026-12-20 08:00开始",
    ):  # fmt: skip
        need_open(term, pupil, SELECTING)
    none = a_rules_term(SCHEMES["beijing"])
    with refused("window_closed", rule=SCHEMES["beijing"].rule("board"), scheme="beijing@2026.1", detail="本方案没有公示"):
        need_open(none, pupil, OPENS)
    for actor in (an_actor("recorder", SCHOOL), an_actor("recorder", CLASS)):
        with refused("forbidden", rule="X-09", scheme=NAME):
            view_scope_of(term, actor)
    with refused("not_found"):
        view_scope_of(term, an_actor("student", "jx.nc.dh.s2.g2025.c01"))
    scope = view_scope_of(term, pupil)
    assert (scope.role, scope.scope, scope.path, scope.students) == ("student", "school", SCHOOL, None)
    assert scope.shows == term.scheme.board.shows("student", "school")
    assert search_in(term, None) == (True, True, ())
    assert search_in(term, "活动")[2] == tuple(kind.id for kind in JX.kinds if "活动" in kind.title)


@pytest.mark.feature("X-09")
def test_the_scope_own_shows_own_entries_only() -> None:
    first = JX.board.rules[0]
    board = JX.board.model_copy(update={"rules": (first.model_copy(update={"scope": "own"}),)})
    pupil = an_actor("student", CLASS, students=(PUPIL,))
    scope = view_scope_of(a_rules_term(JX.model_copy(update={"board": board})), pupil)
    assert (scope.scope, scope.path, scope.students) == ("own", CLASS, frozenset({PUPIL}))
    assert (scope.reaches(CLASS, PUPIL), scope.reaches(CLASS, ENTRY), scope.reaches(OTHER_CLASS, PUPIL)) == (
        True,
        False,
        False,
    )


@pytest.mark.feature("JX-13")
def test_chunks_of_cleared_entries_hold_at_most_100_entries_and_500_000_bytes() -> None:
    record = an_entry().snapshot

    def chunks(number: int, size: int) -> list[int]:
        return [len(event.entries) for event in cleared_events(TERM, CLASS, [(record, size)] * number, CLOSES)]

    assert chunks(100, 1) == [100]
    assert chunks(101, 1) == [100, 1]
    assert chunks(5, 250_000) == [2, 2, 1]
    assert chunks(2, 250_001) == [1, 1]
    assert chunks(2, 900_000) == [1, 1]
    [one] = cleared_events(TERM, CLASS, [(record, 1)], CLOSES)
    assert one == EntriesClearedV1(term_id=TERM, path=CLASS, entries=(record,), at=CLOSES)
    assert partial(cases.rule_of, CS, CS.cases.type("appeal"))("complaint.open") == "CS-11"


# --- grades with publicity windows of their own


OLDER, YOUNGER = f"{SCHOOL}.g2024.c01", CLASS
EARLIER = CLOSES - timedelta(days=10)


def graded(*windows: Window) -> Any:
    """A term in which grade 12 is published first and 10 and 11 a day after it ended."""
    own = (
        Window(operation="publicity", starts=OPENS, ends=EARLIER, grades=("12",)),
        Window(operation="publicity", starts=EARLIER + timedelta(days=1), ends=CLOSES, grades=("10", "11")),
    )
    return a_rules_term(JX, id=TERM, windows=windows or own)


@pytest.mark.feature("SH-01", "SH-09")
def test_each_grade_is_published_in_its_own_window() -> None:
    term = graded()
    assert (term.opens_at, term.closes_at, term.closings) == (OPENS, CLOSES, (EARLIER, CLOSES))
    assert (term.opens_for(OLDER), term.opens_for(YOUNGER)) == (OPENS, EARLIER + timedelta(days=1))
    assert [term.over(EARLIER, path) for path in (OLDER, YOUNGER)] == [True, False]
    assert [term.over(EARLIER - timedelta(seconds=1), path) for path in (OLDER, YOUNGER)] == [False, False]
    assert [term.published(OPENS, path) for path in (OLDER, YOUNGER, None)] == [True, False, True]
    assert [term.published(EARLIER, path) for path in (OLDER, YOUNGER, None)] == [False, False, False]
    assert term.shown_grades(OPENS) == (f"{SCHOOL}.g2024",)
    assert term.shown_grades(CLOSES - timedelta(seconds=1)) == (f"{SCHOOL}.g2025", f"{SCHOOL}.g2026")
    assert term.shown_grades(CLOSES) == ()


@pytest.mark.feature("SH-01")
def test_without_windows_of_grades_all_are_published_alike() -> None:
    term = graded(Window(operation="publicity", starts=OPENS, ends=CLOSES))
    assert (term.shown_grades(OPENS), term.closings, term.opens_for(OLDER)) == (None, (CLOSES,), OPENS)
    only = graded(Window(operation="publicity", starts=OPENS, ends=CLOSES, grades=("11",)))
    assert (only.opens_for(OLDER), only.over(CLOSES, OLDER), only.published(OPENS, OLDER)) == (None, True, False)
    none = a_rules_term(SCHEMES["beijing"], id=TERM)
    assert (none.opens_at, none.closes_at, none.closings, none.over(CLOSES, CLASS), none.published(OPENS)) == (
        None, None, (), False, False,
    )  # fmt: skip
