"""Changes of a student's enrolment (学籍异动): which there are, and which schools and levels approve them, in which
order (BJ-04).

A change has one effect. What becomes of evaluation data follows from it: with a move to another class or school, open records,
reviews and cases follow the student, and what is finished stays in the term of the school where it arose; while a student is
suspended or has left, nothing is due.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from scheme.base import ContentError, Id, Model, Text, WorkingDays, need_unique_ids

type Side = Literal["releasing", "receiving", "above"]
"""Who approves: the student's present school, the school that receives the student, or the lowest organisation above both (of a
change within one school: the organisation above it)."""
type Effect = Literal["transfer", "borrow", "return", "suspend", "resume", "grade_down", "leave"]

BETWEEN_SCHOOLS: frozenset[Effect] = frozenset({"transfer", "borrow", "return"})
"""Effects that take the student to another school."""
INTO_CLASS: frozenset[Effect] = frozenset({"transfer", "borrow", "return", "resume", "grade_down"})
"""Effects after which the student is in another class, which the school that has them then names."""


class EnrolmentApproval(Model):
    """One approval. across: only asked for where the two schools belong to different organisations of this level."""

    by: Side
    title: Text
    across: Literal["district", "city"] | None = None


class EnrolmentChange(Model):
    """A change that a school may apply for.

    effect: what happens to the enrolment. applied_by: the student's school (`releasing`), or the one that wants to receive the
    student. approvals: in this order; the releasing school confirms the statement of the evaluation data with its own.
    evidence: what the applicant must upload besides the reason, such as a certificate; None: nothing.
    within: working days for each approval, after which the organisation above both may decide instead.
    """

    id: Id
    title: Text
    effect: Effect
    applied_by: Literal["releasing", "receiving"] = "releasing"
    approvals: tuple[EnrolmentApproval, ...] = Field(min_length=1)
    evidence: Text | None = None
    within: WorkingDays = 10

    @property
    def between_schools(self) -> bool:
        """Whether the student comes to another school."""
        return self.effect in BETWEEN_SCHOOLS

    @property
    def into_class(self) -> bool:
        """Whether a class must be named."""
        return self.effect in INTO_CLASS

    @model_validator(mode="after")
    def _both_sides(self) -> Self:
        sides = [one.by for one in self.approvals]
        if len(set(sides)) != len(sides):
            raise ContentError(
                f"enrolment change {self.id!r}: a side approves twice", "同一方审批了两次", "请只保留一次", "approvals"
            )
        if self.between_schools and ("releasing" not in sides or "receiving" not in sides):
            raise ContentError(
                f"enrolment change {self.id!r}: both schools must approve",
                "学生要到另一所学校，却没有由转出和转入两校都审批",
                "请在 approvals 中写 releasing 和 receiving",
                "approvals",
            )
        if self.between_schools and sides.index("releasing") > sides.index("receiving"):
            raise ContentError(
                f"enrolment change {self.id!r}: the receiving school sees data before the releasing one confirmed it",
                "转入学校在转出学校确认评价数据之前审批",
                "请把 releasing 写在 receiving 之前",
                "approvals",
            )
        if not self.between_schools and ("receiving" in sides or self.applied_by == "receiving"):
            raise ContentError(
                f"enrolment change {self.id!r}: no other school receives the student",
                "学生仍在本校或离校，没有转入学校",
                "请删去 receiving",
                "approvals" if "receiving" in sides else "applied_by",
            )
        return self


_NATIONAL = (
    EnrolmentApproval(by="releasing", title="转出学校核对评价数据"),
    EnrolmentApproval(by="receiving", title="转入学校接收"),
    EnrolmentApproval(by="above", title="上级主管部门核准", across="district"),
)
_OWN_SCHOOL = (EnrolmentApproval(by="releasing", title="学校核准"),)

DEFAULT_CHANGES: tuple[EnrolmentChange, ...] = (
    EnrolmentChange(id="take_over", title="转入", effect="transfer", applied_by="receiving", approvals=_NATIONAL),
    EnrolmentChange(id="hand_over", title="转出", effect="transfer", approvals=_NATIONAL),
    EnrolmentChange(id="borrowing", title="借读", effect="borrow", approvals=_NATIONAL),
    EnrolmentChange(id="end_of_borrowing", title="借读结束", effect="return", approvals=_NATIONAL[:2]),
    EnrolmentChange(id="suspension", title="休学", effect="suspend", approvals=_OWN_SCHOOL),
    EnrolmentChange(id="resumption", title="复学", effect="resume", approvals=_OWN_SCHOOL),
    EnrolmentChange(id="repetition", title="留级", effect="grade_down", approvals=_OWN_SCHOOL),
    EnrolmentChange(id="departure", title="转出到其他地区", effect="leave", approvals=_OWN_SCHOOL),
)
"""What holds where a scheme says nothing. Our assumption after 《中小学生学籍管理办法》: the receiving school applies, the
releasing school and the authorities of both have ten working days each."""


class Enrolments(Model):
    """The changes of enrolment of a deployment.

    repeated_year: of a school year that a student repeats, which time counts in weighted results and in the career archive. The
    archives of both terms stay as they are.
    """

    repeated_year: Literal["first", "last"] = "last"  # our assumption
    changes: tuple[EnrolmentChange, ...] = DEFAULT_CHANGES

    @model_validator(mode="after")
    def _unique(self) -> Self:
        need_unique_ids(self.changes, "enrolment change", "changes")
        return self

    def find(self, id: str) -> EnrolmentChange | None:
        """The change with this id."""
        return next((one for one in self.changes if one.id == id), None)
