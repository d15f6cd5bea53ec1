"""Verdicts on the report: who gives which, until when it may be changed (SH-11). Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from scheme import VerdictResult
from scheme.values import clean_text
from servicekit.directory import Student
from servicekit.refusals import Refusal

from archive.domain.confirmations import Confirmation
from archive.domain.evaluations import Author
from archive.domain.states import need_collecting
from archive.domain.terms import ArchiveTerm

REASON_FIELD = "reason"


@dataclass(frozen=True)
class Verdict:
    """What one student's report was judged to be. `version` counts from 1; `choice` is one of the scheme's."""

    term_id: UUID
    student_id: UUID
    path: str
    choice: str
    reason: str
    author: Author
    judged_at: datetime
    version: int = 1


@dataclass(frozen=True)
class GivenVerdict:
    """A verdict as somebody gives it; `seen`: the version that it is based on, None where there was none."""

    student_id: UUID
    choice: str
    reason: str = ""
    seen: int | None = None


@dataclass(frozen=True)
class JudgedStudent:
    """A student of whose report a verdict is expected, with what there is of it."""

    student_id: UUID
    student_name: str
    path: str
    grade_title: str
    class_title: str
    verdict: Verdict | None
    confirmation: Confirmation | None


def need_may_judge(term: ArchiveTerm, roles: Collection[str]) -> VerdictResult:
    """The rule of the verdict, for the role that gives it; anybody else is refused (SH-11)."""
    rule = term.need_verdict()
    if rule.by not in roles:
        detail = f"只有{term.scheme.role_title(rule.by)}可以评价"
        raise term.refusal("forbidden", term.scheme.rule("verdict"), detail=detail)
    need_collecting(term.state, term.scheme.rule("verdict"))
    return rule


def need_may_be_judged(
    term: ArchiveTerm, student: Student, slip: Confirmation | None, roles: Collection[str], now: datetime
) -> None:
    """Refuse outside the window, of other grades, of who left, and once the confirmation is printed."""
    rule, cited = term.need_verdict(), term.scheme.rule("verdict")
    if student.left:
        raise term.refusal("wrong_state", cited, detail="该生已离校，不再评价", state="left")
    if not term.judged([student]):
        raise term.refusal("wrong_state", cited, detail="该年级本学期不作综合评价", state="other_grade")
    term.need_open(rule.operation, roles, now, student.path, cited)
    if slip is not None and slip.in_force:
        raise term.refusal(
            "wrong_state",
            cited,
            detail="确认单已经打印，不能再改评价结论",
            state=slip.state,
            help="需要更改时，请先撤回这名学生的确认单",
        )


def judge(
    term: ArchiveTerm, student: Student, given: GivenVerdict, old: Verdict | None, author: Author, now: datetime
) -> Verdict | None:
    """The first or the next verdict; None where nothing changes. Refuses a choice or reason that the scheme does not have."""
    rule = term.need_verdict()
    try:
        reason, wrong = clean_text(given.reason).strip(), None
    except ValueError as problem:
        reason, wrong = "", str(problem)
    wrong = wrong or rule.problem(given.choice, reason)
    if wrong is not None:
        field = "choice" if rule.choice(given.choice) is None else REASON_FIELD
        errors = [{"field": field, "message": wrong, "type": "verdict", "in": "body"}]
        raise term.refusal("invalid_input", term.scheme.rule("verdict"), detail=wrong, field=field, errors=errors)
    if old is None:
        if given.seen not in (None, 0):
            raise Refusal("stale_version")
        return Verdict(term.id, student.id, student.path, given.choice, reason, author, now)
    if (old.choice, old.reason) == (given.choice, reason):
        return None
    if given.seen is None:
        raise Refusal("version_required")
    if given.seen != old.version:
        raise Refusal("stale_version", version=old.version)
    return replace(
        old, path=student.path, choice=given.choice, reason=reason, author=author, judged_at=now, version=old.version + 1
    )


def is_final(term: ArchiveTerm, slip: Confirmation | None, now: datetime, path: str) -> bool:
    """Whether student and guardian see the verdict: it is printed, or can no longer be changed.

    Until then it is the principal's draft: nobody should read 不合格 that was a slip of the hand.
    """
    rule = term.verdict
    if rule is None:
        return False
    if (slip is not None and slip.in_force) or term.state != "collecting":
        return True
    grade = term.grade(path)
    return not any(window.concerns(rule.operation, grade=grade) and now < window.ends for window in term.timetable)
