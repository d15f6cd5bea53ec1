"""What a school applies for, and when a change of enrolment is possible (BJ-04). Pure."""

from dataclasses import dataclass
from datetime import date

from contracts.base import ancestor, level_of, within
from scheme.enrolments import INTO_CLASS, Effect, EnrolmentChange
from servicekit.refusals import require

from identity.domain.students import Student

LONGEST_AHEAD_DAYS = 366
MOST_FILES = 6  # our assumption
MAY_BEGIN: dict[Effect, frozenset[str]] = {
    "transfer": frozenset({"enrolled", "borrowed", "suspended"}),
    "borrow": frozenset({"enrolled"}),
    "return": frozenset({"borrowed", "suspended"}),
    "suspend": frozenset({"enrolled", "borrowed"}),
    "resume": frozenset({"suspended"}),
    "grade_down": frozenset({"enrolled", "borrowed"}),
    "leave": frozenset({"enrolled", "borrowed", "suspended"}),
}
"""The enrolment statuses in which a change may begin."""
AT_HOST: frozenset[Effect] = frozenset({"return", "suspend", "resume", "grade_down"})
"""Effects that are possible while a student has borrowed a place; the others need the home school first."""


@dataclass(frozen=True)
class Wish:
    """What somebody applies for."""

    change: EnrolmentChange
    reason: str
    effective_on: date
    other: str | None
    """The receiving school."""
    to_path: str | None
    files: int = 0
    """How many files prove it."""


def need_possible(student: Student, wish: Wish, rule: str, today: date) -> None:
    """Refuse a change that does not fit the student's status, the schools, the class, or the calendar."""
    change = wish.change
    require(
        student.status in MAY_BEGIN[change.effect],
        "wrong_state",
        rule=rule,
        field="change",
        state=student.status,
        help=f"该学生目前的学籍状态不能办理{change.title}，请先核对学籍状态",
    )
    if student.home is not None:
        require(
            change.effect in AT_HOST,
            "home_school_first",
            rule=rule,
            field="change",
            help="该学生的学籍在另一所学校，请先申请“借读结束”，再由学籍学校办理",
        )
    if change.effect == "return":
        require(
            student.home is not None and wish.other == ancestor(student.home, "school"),
            "no_home_school",
            rule=rule,
            field="change",
            help="借读结束只能回到学籍学校；学籍学校不在本平台的，请办理离校",
        )
    if change.evidence is not None:
        require(wish.files > 0, "evidence_needed", rule=rule, field="files", help=f"请上传：{change.evidence}")
    if change.between_schools:
        require(
            wish.other is not None and level_of(wish.other) == "school" and wish.other != student.school,
            "school_needed",
            rule=rule,
            field="school",
            help="请选择接收学生的另一所学校",
        )
    else:
        require(wish.other is None, "school_not_needed", rule=rule, field="school", help=f"{change.title}没有接收学校")
    need_class(change.effect, student.path, wish.other, wish.to_path, rule, now_needed=not change.between_schools)
    late = (wish.effective_on - today).days
    require(
        0 <= late <= LONGEST_AHEAD_DAYS, "day_out_of_range", rule=rule, field="effective_on", help="请填写今天起一年以内的日期"
    )


def need_class(effect: Effect, from_path: str, other: str | None, to_path: str | None, rule: str, *, now_needed: bool) -> None:
    """Refuse a class that is none of the school that has the student afterwards, or that the change does not lead to."""
    if to_path is None:
        require(effect not in INTO_CLASS or not now_needed, "not_a_class", rule=rule, field="path", help="请选择班级")
        return
    school = other or ancestor(from_path, "school")
    require(
        effect in INTO_CLASS and level_of(to_path) == "class" and within(to_path, school),
        "not_a_class",
        rule=rule,
        field="path",
        help="请选择学生要去的学校的班级",
    )
    if effect == "grade_down":
        require(
            ancestor(to_path, "grade") != ancestor(from_path, "grade"),
            "not_a_class",
            rule=rule,
            field="path",
            help="降级应到其他年级的班级",
        )
