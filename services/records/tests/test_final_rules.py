"""The final submission of a stage (CS-01, CS-08), without I/O: what may be chosen, and every move of its state machine."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from contracts.records import FinalSubmissionApprovedV1, FinalSubmissionReturnedV1, FinalSubmissionSubmittedV1
from records.domain import final as rules
from records.domain.final import MOVES, Final, FinalState, Refused
from records.domain.state import State
from records.domain.term import Term
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import SCHOOL
from .rule_builders import (
    SCHEMES,
    STUDENT,
    a_card,
    a_record,
    a_term,
    a_window,
    days,
    problem,
    rebuilt,
    refused,
    scheme,
    teacher,
)

PATH = f"{SCHOOL}.g2025.c01"
"""A class of grade 9 in 2027-2028."""
NOW = days(2)
PUPIL = Student(STUDENT, "李晓雨", PATH, status="enrolled")


def last_term(**changed: object) -> Term:
    windows = (a_window("final_submit", days(1), days(5)), a_window("school_review", days(1), days(9)))
    values = {"school_year": "2027-2028", "number": 2, "starts_on": date(2028, 2, 20), "windows": windows}
    return replace(a_term("changsha"), **(values | changed))


LAST = last_term()


def family() -> Actor:
    return an_actor("student", PATH, name="李晓雨", students=(STUDENT,))


def panel() -> Actor:
    return a_card("publicity_panel", SCHOOL, deployment="changsha", name="审核小组")


def a_final(state: FinalState = FinalState.OPEN, *ids: UUID) -> Final:
    return replace(rules.begin(UUID(int=7), LAST, PUPIL), state=state, record_ids=ids or (UUID(int=1), UUID(int=2)))


@pytest.mark.feature("CS-01")
def test_the_choice_is_from_the_material_of_all_terms_of_the_stage() -> None:
    first = a_term("changsha", id=new_id(), school_year="2025-2026")
    later = last_term(id=new_id(), starts_on=date(2028, 9, 1))
    foreign = a_term("jiangxi", id=new_id(), starts_on=date(2025, 9, 1))
    terms = {term.id: term for term in (LAST, first, later, foreign)}

    def of(term: Term, state: State = State.APPROVED, kind: str = "reading"):  # type: ignore[no-untyped-def]
        return a_record(state, term_id=term.id, kind=kind)

    old, new, disputed = of(first), of(LAST), of(first, State.AMENDING)
    rest = [of(first, State.DRAFT), of(first, State.VOIDED), of(first, State.RETURNED), of(later), of(foreign, kind="club")]
    foreign_kind = foreign.scheme.kinds[0].id
    rest[-1] = of(foreign, kind=foreign_kind)
    assert rules.choosable(LAST, [old, new, disputed, *rest], terms) == [old, new, disputed]
    own = LAST.scheme.final
    assert own is not None
    narrow = replace(LAST, scheme=rebuilt(LAST.scheme, final=own.model_copy(update={"span": "term"})))
    assert rules.choosable(narrow, [old, new], terms | {narrow.id: narrow}) == [new]


@pytest.mark.feature("CS-01")
def test_only_known_material_is_chosen_and_not_more_than_the_scheme_allows() -> None:
    known = {new_id() for _ in range(301)}
    one = next(iter(known))
    assert rules.choose(LAST, a_final(), [one, one], known, family(), NOW).record_ids == (one,)
    strange = new_id()
    errors = [problem("record_ids", "有1份实证材料不能再选，请刷新后重选")]
    with refused("invalid_input", errors=errors, rule="CS-01", scheme="changsha@2026.1", record_ids=[str(strange)]):
        rules.choose(LAST, a_final(), [one, strange], known, family(), NOW)
    with refused("quota_exceeded", detail="最多选300份，现选了301份", rule="CS-01", scheme="changsha@2026.1", max=300):
        rules.choose(LAST, a_final(), sorted(known), known, family(), NOW)
    with refused("forbidden", rule="CS-01", scheme="changsha@2026.1", help="请联系李晓雨"):
        rules.choose(LAST, a_final(), [one], known, teacher(PATH), NOW)


@pytest.mark.feature("CS-01", "X-13")
def test_there_is_a_final_submission_only_in_the_last_term_and_until_its_deadline() -> None:
    with pytest.raises(Refusal) as late:
        rules.submit(LAST, a_final(), family(), days(6))
    assert (late.value.code, late.value.details["rule"]) == ("window_closed", "CS-01")
    fifth = last_term(number=1)
    with pytest.raises(Refusal) as early:
        rules.submit(fifth, a_final(), family(), NOW)
    assert early.value.details["reason"] == "not_this_term"
    with refused("not_found", scheme="jiangxi@2026.1"):
        rules.rules_of(a_term("jiangxi"))
    errors = [problem("record_ids", "请先选择实证材料")]
    with refused("invalid_input", errors=errors, rule="CS-01", scheme="changsha@2026.1"):
        rules.submit(LAST, replace(a_final(), record_ids=()), family(), NOW)


@pytest.mark.feature("CS-08")
@pytest.mark.parametrize("state", FinalState)
@pytest.mark.parametrize("move", ["choose", "submit", "withdraw", "approve", "return"])
def test_every_move_leads_where_the_table_says_and_all_others_are_refused(state: FinalState, move: str) -> None:
    final = a_final(state)
    act = {
        "choose": lambda: rules.choose(LAST, final, final.record_ids, final.record_ids, family(), NOW),
        "submit": lambda: rules.submit(LAST, final, family(), NOW)[0],
        "withdraw": lambda: rules.withdraw(LAST, final, family(), NOW)[0],
        "approve": lambda: rules.approve(LAST, final, [], panel(), NOW)[0],
        "return": lambda: rules.send_back(LAST, final, [], ("unclear", None), panel(), NOW)[0],
    }[move]
    after = MOVES.get((state, move))
    if after is not None:
        assert (act().state, act().version) == (after, final.version + 1)
        return
    with pytest.raises(Refusal) as no:
        act()
    assert (no.value.code, no.value.details["state"]) == ("wrong_state", state.value)


@pytest.mark.feature("CS-08")
def test_the_school_passes_a_submission_without_single_records_or_returns_it_with_a_reason() -> None:
    one, two = UUID(int=1), UUID(int=2)
    sent, event = rules.submit(LAST, a_final(), family(), NOW)
    assert isinstance(event, FinalSubmissionSubmittedV1)
    assert (event.reviewer_role, event.records, event.title) == ("publicity_panel", 2, "最终上报")
    passed, event = rules.approve(LAST, sent, [Refused(two, "unreal", "不是本人的作品")], panel(), NOW)
    assert isinstance(event, FinalSubmissionApprovedV1)
    assert (event.record_ids, event.refused, passed.reviewed_by) == ((one,), 1, "审核小组")
    back, event = rules.send_back(LAST, sent, [Refused(two, "unclear")], ("other", "请补充"), panel(), NOW)
    assert isinstance(event, FinalSubmissionReturnedV1)
    assert (event.reason_title, event.note, back.refused) == ("其他", "请补充", (Refused(two, "unclear"),))
    again, _ = rules.submit(LAST, back, family(), NOW)
    assert (again.refused, again.reason_code, again.reviewed_at) == ((), None, None)


@pytest.mark.feature("CS-08")
def test_only_the_panel_reviews_and_only_records_of_the_submission_with_a_reason() -> None:
    sent = a_final(FinalState.SUBMITTED)
    with refused("forbidden", rule="CS-08", scheme="changsha@2026.1", help="请联系公示审核小组"):
        rules.approve(LAST, sent, [], teacher(PATH), NOW)
    elsewhere = a_card("publicity_panel", "jx.nc.dh.s2", deployment="changsha")
    with refused("forbidden", rule="CS-08", scheme="changsha@2026.1", help="请联系公示审核小组"):
        rules.approve(LAST, sent, [], elsewhere, NOW)
    errors = [problem("refused", "只能逐份标记本次上报的材料")]
    with refused("invalid_input", rule="CS-08", scheme="changsha@2026.1", errors=errors):
        rules.approve(LAST, sent, [Refused(new_id(), "unclear")], panel(), NOW)
    with pytest.raises(Refusal, match="reason_required"):
        rules.approve(LAST, sent, [Refused(UUID(int=1), "unreal")], panel(), NOW)
    with pytest.raises(Refusal) as closed:
        rules.approve(LAST, sent, [], panel(), days(10))
    assert (closed.value.code, closed.value.details["rule"]) == ("window_closed", "CS-08")


@pytest.mark.feature("CS-01", "CS-08")
def test_a_choice_under_way_is_the_familys_and_what_was_submitted_is_seen_by_the_school() -> None:
    choosing, sent = a_final(), replace(a_final(FinalState.SUBMITTED), submitted_at=NOW)
    mate = an_actor("student", PATH, students=(new_id(),))
    who = (family(), panel(), teacher(PATH), mate, a_card("publicity_panel", "jx.nc.dh.s2", deployment="changsha"))
    assert [rules.may_see(choosing, one, SCHEMES) for one in who] == [True, False, False, False, False]
    assert [rules.may_see(sent, one, SCHEMES) for one in who] == [True, True, True, False, False]
    assert scheme("changsha").final is not None
