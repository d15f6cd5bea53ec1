"""Which known student a row is about: by registry number, else by document; one of them may be new or corrected (L-03)."""

from dataclasses import dataclass
from uuid import UUID

from contracts.base import RowProblem
from people import DocumentType, name_key, same_name

from identity.domain.roster.known import Known
from identity.domain.roster.rows import STUDENTS, StudentRow
from identity.domain.students import Student


@dataclass(frozen=True)
class Match:
    """The student whom a row is about; None: a new one, of the person `person_id` if that is known already."""

    student: Student | None = None
    person_id: UUID | None = None
    former_number: bool = False
    """The row has a registry number that was replaced since: it does not come back."""
    warning: RowProblem | None = None


def match(row: StudentRow, known: Known) -> Match | RowProblem:
    """The row's student, or why it cannot be told. Two of registry number, document and name have to agree, so that one
    mistyped number never changes another student."""
    by_number, former = _by_number(row, known)
    index = row.document.index if row.document else None
    holder = None if index is None else known.by_document.get(index)
    by_document = None if holder is None else _present(holder.students, known.school.path)
    if by_number is not None and holder is not None and holder.person_id != by_number.person_id:
        return _problem(row, "id_number", "id_number_taken", "学籍号与身份证件号分别属于两名不同的人，请核对后重新填写")
    student = by_number or by_document
    if student is None:
        if holder is not None:
            if row.name is None or not same_name(row.name, holder.name):
                return _problem(row, "id_number", "id_number_taken", "该身份证件号已登记在其他姓名下，请核对姓名和证件号")
            if holder.has_account:  # a teacher or guardian: their data are not a pupil's, and not this school's, to change
                return _problem(row, "id_number", "id_number_taken", "该身份证件号已登记在一位教师或监护人名下，请核对证件号")
            return Match(person_id=holder.person_id)
        return _without_numbers(row, known)
    agrees = row.name is None or same_name(row.name, student.name)
    if not agrees and not (by_number and by_document) and not _same_birth(row, student):
        return _problem(row, "name", "student_mismatch", "姓名与号码不是同一名学生：请核对学籍号、身份证件号和姓名")
    return Match(student, former_number=former)


def _by_number(row: StudentRow, known: Known) -> tuple[Student | None, bool]:
    if row.registry is None:
        return None, False
    found = known.by_registry.get(row.registry.index)
    former = known.by_former.get(row.registry.index)
    return (found, False) if found is not None else (former, former is not None)


def _present(enrolments: tuple[Student, ...], school: str) -> Student | None:
    """Of several enrolments of one person the one at this school, else one that has not ended."""
    return min(enrolments, key=lambda s: (s.status == "left", s.school != school), default=None)


def _same_birth(row: StudentRow, student: Student) -> bool:
    """Without a document to compare, may a row with the student's registry number give another name? (A change of name.)"""
    compares = row.document is not None and row.document.index is not None and student.id_number_index is not None
    return not compares and row.born is not None and (row.born, row.sex or student.sex) == (student.born, student.sex)


def _without_numbers(row: StudentRow, known: Known) -> Match:
    """A student without a document whose provisional number was replaced is found by name, sex and date of birth. Where both
    numbers are new although name, sex and date of birth are those of a student of the school, that is said."""
    undocumented = row.document is None or row.document.type is DocumentType.NONE
    alike = [
        s
        for s in known.namesakes.get(name_key(row.name or ""), ())
        if row.born is not None and s.born == row.born and row.sex == s.sex
    ]
    if not alike:
        return Match()
    provisional = [s for s in alike if undocumented and s.id_number_index is None and _masked_provisional(s)]
    if len(alike) == len(provisional) == 1 and row.registry is not None and not row.registry.provisional:
        text = "按姓名和出生日期认定：原临时学籍号将换为此学籍号，请核对"
        return Match(provisional[0], warning=_problem(row, "registry_number", "number_replaced", text))
    text = "本校已有一名同名、同性别、同出生日期的学生，请确认不是同一人"
    return Match(warning=_problem(row, "name", "possible_duplicate", text))


def _masked_provisional(student: Student) -> bool:
    return student.registry_number.startswith("L")


def _problem(row: StudentRow, field: str, code: str, message: str) -> RowProblem:
    return RowProblem(row=row.row, sheet=STUDENTS, field=field, code=code, message=message)
