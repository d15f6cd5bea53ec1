"""Verdicts, confirmations and the summary without I/O: who, when, and what follows from what (SH-11)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from archive.domain.confirmations import MOVES, Confirmation, Slip, move, need_reason, need_summary_open
from archive.domain.evaluations import Author
from archive.domain.filing import (
    ClassFiling,
    Filing,
    Summary,
    Upload,
    fingerprint_of,
    need_all_settled,
    need_filed,
    need_uploadable,
    need_verdicts,
    summary_content,
)
from archive.domain.states import Collecting
from archive.domain.verdicts import GivenVerdict, JudgedStudent, Verdict, is_final, judge, need_may_be_judged, need_may_judge
from contracts.base import Window
from servicekit.refusals import Refusal

from .rule_builders import PUPIL, TERM, a_student, scheme
from .rule_builders import a_term as any_term

SCHOOL = "sh.sh.bs.s1"
NINTH, EIGHTH = f"{SCHOOL}.g2018.c01", f"{SCHOOL}.g2019.c01"
OPENS, ENDS = datetime(2022, 4, 13, tzinfo=UTC), datetime(2022, 5, 10, 8, tzinfo=UTC)
NOW = OPENS + timedelta(days=1)
BY = Author(UUID(int=7), "陆校长")
PRINCIPAL = frozenset({"principal", "school_principal"})
TEACHER = frozenset({"class_teacher", "class_class_teacher"})


def a_term(**changed: Any) -> Any:
    """The source's term, with its window for filing."""
    windows = tuple(Window(operation=name, starts=OPENS, ends=ENDS, grades=("9",)) for name in ("judge", "sign"))
    return any_term(**{"path": SCHOOL, "scheme": scheme("baoshan"), "school_year": "2021-2022", "windows": windows} | changed)


def a_pupil(path: str = NINTH, **changed: Any) -> Any:
    return a_student(path=path, **changed)


def a_slip(state: Slip = Slip.PRINTED, **changed: Any) -> Confirmation:
    return replace(Confirmation(UUID(int=3), TERM, PUPIL, NINTH, "C", state, BY, NOW, NOW), **changed)


def a_verdict(**changed: Any) -> Verdict:
    return replace(Verdict(TERM, PUPIL, NINTH, "pass", "", BY, NOW), **changed)


def refusal(call: Any, *args: Any) -> Refusal:
    with pytest.raises(Refusal) as no:
        call(*args)
    return no.value


@pytest.mark.feature("SH-11")
def test_the_principal_judges_ninth_graders_in_the_window_and_refusals_cite_the_rule() -> None:
    term = a_term()
    assert need_may_judge(term, PRINCIPAL).by == "principal"
    no = refusal(need_may_judge, term, TEACHER)
    assert (no.code, no.details["rule"], no.detail) == ("forbidden", "SH-11", "只有校长可以评价")
    assert refusal(need_may_judge, any_term(), PRINCIPAL).code == "no_verdict"
    assert refusal(need_may_judge, a_term(state=Collecting.SEALED), PRINCIPAL).code == "wrong_state"
    need_may_be_judged(term, a_pupil(), None, PRINCIPAL, NOW)
    late = refusal(need_may_be_judged, term, a_pupil(), None, PRINCIPAL, ENDS)
    assert (late.code, late.details["rule"], late.details["help"]) == ("window_closed", "SH-11", "请联系区级管理员")
    assert refusal(need_may_be_judged, term, a_pupil(EIGHTH), None, PRINCIPAL, NOW).details["state"] == "other_grade"
    assert refusal(need_may_be_judged, term, a_pupil(status="left"), None, PRINCIPAL, NOW).details["state"] == "left"


@pytest.mark.feature("SH-11")
def test_a_verdict_stands_while_its_confirmation_is_on_paper() -> None:
    no = refusal(need_may_be_judged, a_term(), a_pupil(), a_slip(), PRINCIPAL, NOW)
    assert (no.code, no.details["state"]) == ("wrong_state", "printed")
    need_may_be_judged(a_term(), a_pupil(), a_slip(Slip.WITHDRAWN), PRINCIPAL, NOW)


@pytest.mark.feature("SH-11")
def test_a_failing_verdict_needs_a_reason_and_a_passing_one_has_none() -> None:
    term, who = a_term(), a_pupil()
    for choice, reason, field in (
        ("fail", "", "reason"),
        ("fail", "不好", "reason"),
        ("pass", "很好很好", "reason"),
        ("no", "", "choice"),
    ):
        no = refusal(judge, term, who, GivenVerdict(PUPIL, choice, reason), None, BY, NOW)
        assert (no.code, no.details["field"]) == ("invalid_input", field), choice
    first = judge(term, who, GivenVerdict(PUPIL, "fail", " 多次严重违纪 "), None, BY, NOW)
    assert first is not None
    assert (first.version, first.reason) == (1, "多次严重违纪")


@pytest.mark.feature("SH-11")
def test_a_verdict_is_changed_by_version_and_the_same_again_changes_nothing() -> None:
    term, who, old = a_term(), a_pupil(), a_verdict()
    assert judge(term, who, GivenVerdict(PUPIL, "pass"), old, BY, NOW) is None
    assert refusal(judge, term, who, GivenVerdict(PUPIL, "fail", "多次严重违纪"), old, BY, NOW).code == "version_required"
    assert refusal(judge, term, who, GivenVerdict(PUPIL, "fail", "多次严重违纪", 2), old, BY, NOW).code == "stale_version"
    second = judge(term, who, GivenVerdict(PUPIL, "fail", "多次严重违纪", 1), old, BY, NOW)
    assert second is not None
    assert second.version == 2
    assert refusal(judge, term, who, GivenVerdict(PUPIL, "pass", "", 1), None, BY, NOW).code == "stale_version"


@pytest.mark.feature("SH-11")
def test_a_verdict_is_a_draft_until_it_is_printed_or_can_no_longer_be_changed() -> None:
    assert not is_final(a_term(), None, NOW, NINTH)
    assert not is_final(a_term(), a_slip(Slip.WITHDRAWN), NOW, NINTH)
    assert is_final(a_term(), a_slip(), NOW, NINTH)
    assert is_final(a_term(), None, ENDS, NINTH)
    assert is_final(a_term(state=Collecting.SEALED), None, NOW, NINTH)


@pytest.mark.feature("SH-11")
@pytest.mark.parametrize("action", ["sign", "excuse", "undo", "withdraw", "print"])
@pytest.mark.parametrize("state", list(Slip))
def test_a_slip_moves_as_the_table_says_and_every_other_move_is_refused(state: Slip, action: str) -> None:
    slip, after = a_slip(state, reason="原因"), MOVES.get((state, action))
    if after is None:
        no = refusal(move, a_term(), slip, action, BY, NOW)
        assert (no.code, no.details["rule"], no.details["state"]) == ("wrong_state", "SH-11", state)
        return
    moved = move(a_term(), slip, action, BY, NOW)
    assert (moved.state, moved.version, moved.reason) == (after, 2, None)


@pytest.mark.feature("SH-11")
def test_a_missing_signature_and_a_withdrawal_need_a_reason() -> None:
    for action in ("excuse", "withdraw"):
        assert refusal(need_reason, a_term(), action, "  ").code == "invalid_input"
        assert refusal(need_reason, a_term(), action, "因" * 201).code == "invalid_input"
        assert need_reason(a_term(), action, " 家长在国外 ") == "家长在国外"
    assert need_reason(a_term(), "sign", "说什么都不算") is None


@pytest.mark.feature("SH-11")
def test_only_the_principal_signs_the_summary_and_only_in_its_window() -> None:
    need_summary_open(a_term(), PRINCIPAL, NOW)
    assert refusal(need_summary_open, a_term(), TEACHER, NOW).code == "forbidden"
    assert refusal(need_summary_open, a_term(), PRINCIPAL, ENDS).code == "window_closed"
    assert refusal(need_summary_open, any_term(), PRINCIPAL, NOW).code == "no_verdict"


def a_filing(**changed: Any) -> Filing:
    """One class of two, all judged and signed, with the summary printed and uploaded."""
    one = ClassFiling(NINTH, "九年级", "（1）班", 2, {"pass": 1, "fail": 1}, {"signed": 1, "excused": 1})
    values: dict[str, Any] = {
        "term": a_term(), "school_title": "某校", "classes": [one], "revision": 6,
        "summary": Summary(TERM, 2, 6, "a" * 64, {}, BY, NOW),
        "upload": Upload(2, UUID(int=4), "汇总表.pdf", "application/pdf", BY, NOW),
    }  # fmt: skip
    return Filing(**(values | changed))


@pytest.mark.feature("SH-11")
def test_filing_is_complete_with_all_verdicts_signatures_and_the_stamped_summary() -> None:
    done = a_filing()
    assert done.complete
    need_all_settled(done)
    [one] = done.classes
    for lacking in (
        a_filing(classes=[replace(one, students=3)]),
        a_filing(classes=[replace(one, slips={"signed": 1, "printed": 1})]),
        a_filing(upload=None),
        a_filing(classes=[]),
    ):
        assert not lacking.complete


@pytest.mark.feature("SH-11")
def test_a_change_after_the_summary_was_printed_puts_the_upload_out_of_date() -> None:
    changed = a_filing(revision=7)
    assert (changed.summary_current, changed.upload_current, changed.complete) == (False, False, False)
    no = refusal(need_uploadable, changed, 2)
    assert (no.code, no.details["rule"], no.details["newest"]) == ("summary_changed", "SH-11", 2)
    assert refusal(need_uploadable, a_filing(), 1).code == "summary_changed"
    assert need_uploadable(a_filing(), 2).version == 2


@pytest.mark.feature("SH-11")
def test_the_summary_waits_for_every_verdict_and_every_signature() -> None:
    [one] = a_filing().classes
    no = refusal(need_all_settled, a_filing(classes=[replace(one, students=5)]))
    assert (no.code, no.details["missing"], no.details["help"]) == ("verdicts_missing", 3, "请联系校长")
    no = refusal(need_all_settled, a_filing(classes=[replace(one, slips={"printed": 1, "signed": 1})]))
    assert (no.code, no.details["missing"]) == ("sign_off_open", 1)
    assert refusal(need_all_settled, a_filing(classes=[])).code == "sign_off_open"


@pytest.mark.feature("SH-11", "JX-13")
def test_a_term_is_not_sealed_before_its_verdicts_and_without_signatures_only_on_purpose() -> None:
    [one] = a_filing().classes
    assert refusal(need_verdicts, a_term(), a_filing(classes=[replace(one, students=3)])).code == "verdicts_missing"
    need_verdicts(any_term(), None)
    unsigned = a_filing(classes=[replace(one, slips={})])
    assert refusal(need_filed, unsigned, False).code == "sign_off_open"
    assert need_filed(unsigned, True) == 2
    assert need_filed(a_filing(), False) == 0
    assert need_filed(None, False) == 0


@pytest.mark.feature("SH-11")
def test_the_same_verdicts_and_signatures_give_the_same_hash_and_others_another_one() -> None:
    def rows(**slip: Any) -> list[JudgedStudent]:
        return [
            JudgedStudent(PUPIL, "李晓雨", NINTH, "九年级", "（1）班", a_verdict(), a_slip(**{"state": Slip.SIGNED} | slip))
        ]

    first = summary_content(a_filing(), rows())
    assert first["classes"][0]["rows"][0]["verdict"] == "合格"
    assert fingerprint_of(first) == fingerprint_of(summary_content(a_filing(), rows(at=ENDS, version=9)))
    excused = summary_content(a_filing(), rows(state=Slip.EXCUSED, reason="家长在国外"))
    assert excused["classes"][0]["rows"][0]["note"] == "家长在国外"
    assert fingerprint_of(excused) != fingerprint_of(first)
