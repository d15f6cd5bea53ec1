"""The education ids that a roster names (BJ-01). One that somebody has never changes and never goes to somebody else. Pure."""

from dataclasses import dataclass, field

from contracts.base import RowProblem

from identity.domain.roster.known import AccountHolder, Known
from identity.domain.roster.rows import STUDENTS, TEACHERS, StudentRow, TeacherRow
from identity.domain.students import Student


@dataclass
class EducationIds:
    """The ids of one roster. Each row's is checked before the row is planned."""

    known: Known
    seen: dict[str, int | str] = field(default_factory=dict)
    """The row or the phone number that has it."""

    def problem_of_student(self, row: StudentRow, before: Student | None) -> RowProblem | None:
        """Why the row's id cannot be this student's."""
        if row.education_id is None:
            return None
        text = self._wrong(row.education_id, row.row, None if before is None else before.eid)
        return (
            None
            if text is None
            else RowProblem(row=row.row, sheet=STUDENTS, field="education_id", code=text[0], message=text[1])
        )

    def problem_of_teacher(self, row: TeacherRow, holder: AccountHolder | None) -> RowProblem | None:
        """Why the row's id cannot be this teacher's. Nothing is said of an account that is not the school's."""
        if row.education_id is None:
            return None
        if not self.known.education_id.staff:
            code, message = "education_id_of_staff", "本地区的教师没有教育ID，请删去这一格"
            return RowProblem(row=row.row, sheet=TEACHERS, field="education_id", code=code, message=message)
        text = self._wrong(row.education_id, row.phone, None if holder is None else holder.education_id)
        return (
            None
            if text is None
            else RowProblem(row=row.row, sheet=TEACHERS, field="education_id", code=text[0], message=text[1])
        )

    def _wrong(self, typed: str, who: int | str, registered: str | None) -> tuple[str, str] | None:
        form = self.known.education_id
        if registered is not None:
            if typed == registered:
                return None
            return "education_id_differs", "教育ID不会改变：与已登记的不一致，请核对姓名和教育ID，或删去这一格"
        if not form.imported:
            return "education_id_not_imported", "本地区的教育ID由平台编制，请删去这一格"
        if not form.fits(typed):
            return "education_id_form", f"教育ID应为 {form.digits} 位数字{'，末位是校验码' if form.check_digit else ''}，请核对"
        if typed in self.known.education_ids:
            return "education_id_taken", "该教育ID已属于另一人，请核对"
        if self.seen.get(typed, who) != who:
            return "duplicate", "与本表另一行的教育ID相同"
        return None

    def take(self, typed: str | None, who: int | str) -> None:
        """The row is applied: nobody else gets its id."""
        if typed is not None:
            self.seen[typed] = who
