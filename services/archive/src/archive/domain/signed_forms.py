"""Which student a photographed form belongs to, and who may file it (NR-03). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.base import ancestor, level_of
from scheme import Allowed
from scheme.verification import Verification
from servicekit.auth import Actor
from servicekit.directory import Student

from archive.domain.evaluations import Author
from archive.domain.terms import ArchiveTerm

type Matched = Literal["picture", "typed", "by_eye"]
"""How it is known whose form it is: the code in the picture, the code as somebody typed it, or staff looked."""

MOST_WRONG_CODES = 10
WRONG_CODES_COUNT_FOR = timedelta(hours=1)
REASON_MOST = 200
REMIND_AGAIN_AFTER = timedelta(hours=20)
"""Families are reminded once a day, by whomever: our assumption; the registry says nothing of it."""
_RETAKE = "请把第一页右上角的二维码拍清楚后重拍，或输入二维码下面的上传码"


@dataclass(frozen=True)
class SignedForm:
    """A form that was filed. `returned_at`: the school cannot use it, for the `reason`; it does not count."""

    id: UUID
    school_year: str
    term_id: UUID
    student_id: UUID
    path: str
    matched: Matched
    by: Author
    role: str
    at: datetime
    replaced_at: datetime | None = None
    returned_at: datetime | None = None
    returned_by: str | None = None
    reason: str | None = None

    @property
    def counts(self) -> bool:
        """Whether the student's form is uploaded."""
        return self.replaced_at is None and self.returned_at is None


@dataclass(frozen=True)
class Photo:
    """A photo of a signed form, or an upload that may become one."""

    file_id: UUID
    bucket: str
    object_key: str
    preview_key: str | None
    name: str
    media_type: str
    pages: int | None


@dataclass(frozen=True)
class FormOf:
    """A student who has to hand in a form, with the form in force; None: none was uploaded."""

    student: Student
    form: SignedForm | None
    photos: Sequence[Photo] = ()


@dataclass(frozen=True)
class AwaitedForm:
    """A printed form that waits for its signature and upload, until then (NR-03). reason: the school returned the one before,
    and why."""

    form: str
    until: datetime | None
    reason: str | None

    @property
    def title(self) -> str:
        """What is to be done, as a home screen says it."""
        return f"{self.form}待签字上传" if self.reason is None else f"{self.form}被退回，请重新上传"

    @property
    def detail(self) -> str:
        """How, or why it was returned."""
        how = "核对纸质表，家长签字后拍照上传；没有收到的请向班主任领取"
        return how if self.reason is None else f"原因：{self.reason}"


@dataclass(frozen=True)
class Reading:
    """What is known of an upload. `in_pictures`: the students whose codes the pictures show; `unknown`: they show an upload
    code that is nobody's any more; `typed`: whose code was typed, None for a wrong one."""

    in_pictures: frozenset[UUID] = frozenset()
    unknown: bool = False
    was_typed: bool = False
    typed: UUID | None = None
    by_eye: bool = False


def need_verification(term: ArchiveTerm) -> Verification:
    """The verification of the term's scheme; refused where it has none."""
    found = term.scheme.verification
    if found is None:
        raise term.refusal("no_verification", term.scheme.rule("verification.form"))
    return found


def awaited(
    terms: Sequence[ArchiveTerm], actor: Actor, now: datetime, *, printed: bool, forms: Sequence[SignedForm]
) -> AwaitedForm | None:
    """What a card that may upload the form of its own student is asked for now; None: nothing. forms: all of the student.

    A form that was never printed is not asked for: a scheme may have a verification that a school does not carry out.
    """
    for term in terms:
        rule = term.scheme.verification
        if rule is None or not printed or not actor.is_(*rule.uploaded_by):
            continue
        of_year = [form for form in forms if form.school_year == term.school_year and form.replaced_at is None]
        answer = term.ask(rule.operation, actor.roles, now, actor.path)
        if isinstance(answer, Allowed) and not any(form.counts for form in of_year):
            return AwaitedForm(rule.form, answer.until, next((form.reason for form in of_year), None))
    return None


def need_may_upload(term: ArchiveTerm, actor: Actor, now: datetime) -> Verification:
    """The same, for whoever may upload forms now."""
    rule = need_verification(term)
    if not actor.is_(*rule.uploaded_by):
        who = "、".join(term.scheme.role_title(role) for role in rule.uploaded_by)
        raise term.refusal("forbidden", term.scheme.rule("verification.form"), detail=f"由{who}上传")
    term.need_open(rule.operation, actor.roles, now, actor.path, term.scheme.rule("verification.form"))
    return rule


def match(term: ArchiveTerm, reading: Reading, wanted: UUID | None, *, is_staff: bool) -> tuple[UUID, Matched]:
    """Whose form it is. The code in a picture decides; one that is typed counts where no picture shows any; without a code
    only staff may say that they looked.

    `wanted`: for whom it is uploaded; None: staff sort pictures by their codes. A parent learns of another student nothing
    but that the form is not the child's. Whether the student is in the scope of staff is asked afterwards.
    """
    rule = term.scheme.rule("verification.form")
    if len(reading.in_pictures) > 1:
        raise term.refusal("form_of_two", rule, detail="照片里有不止一名学生的确认表，请每次只上传一名学生的")
    if reading.in_pictures:
        [found] = reading.in_pictures
        if wanted is not None and found != wanted:
            if not is_staff:
                raise term.refusal("form_of_other", rule, help="请联系班主任核对")
            raise term.refusal("form_of_other", rule, student_id=str(found))
        return found, "picture"
    if reading.unknown and not reading.was_typed and not reading.by_eye:
        raise term.refusal("form_code_old", rule, help="请向班主任领取新的确认表")
    if reading.was_typed:
        if reading.typed is None or (wanted is not None and reading.typed != wanted):
            raise term.refusal("upload_code_wrong", rule, field="code", help="请核对二维码下面的上传码")
        return reading.typed, "typed"
    if reading.by_eye and is_staff and wanted is not None:
        return wanted, "by_eye"
    raise term.refusal("form_unreadable", rule, help=_RETAKE)


def need_in_reach(term: ArchiveTerm, actor: Actor, student: Student | None) -> Student:
    """The student, if the form may be filed by this card in this term; nobody learns of students elsewhere."""
    rule = term.scheme.rule("verification.form")
    reached = student is not None and not student.left and actor.may_see_student(student.id, student.path)
    if student is None or not reached or ancestor(student.path, "school") != term.path:
        raise term.refusal("form_of_stranger", rule, help="请交给该学生的学校办理")
    return student


def need_fewer_failures(term: ArchiveTerm, failures: int, last_at: datetime | None, now: datetime) -> None:
    """Refuse whoever typed too many wrong codes within an hour (NR-02)."""
    if last_at is not None and failures >= MOST_WRONG_CODES and now - last_at < WRONG_CODES_COUNT_FOR:
        wait = int((last_at + WRONG_CODES_COUNT_FOR - now).total_seconds()) + 1
        raise term.refusal("too_many_requests", term.scheme.rule("verification.code"), retry_after=wait)


def need_some_to_remind(term: ArchiveTerm, missing: Collection[str], reminded: Collection[str]) -> None:
    """Refuse where families are missing and all of them were reminded within a day (NR-04). missing, reminded: classes."""
    if missing and not reminded:
        hours = int(REMIND_AGAIN_AFTER.total_seconds() // 3600)
        raise term.refusal(
            "reminded_already",
            term.scheme.rule("verification.form"),
            help=f"请在上次提醒{hours}小时以后再提醒，或请班主任与家长联系",
        )


def may_see_pictures(actor: Actor, student: Student) -> bool:
    """The family, the class teacher and the registrar; nobody else at the school, nobody above it."""
    if student.id in actor.students:
        return True
    return actor.can("help_families") and level_of(actor.path) in ("school", "class") and actor.covers(student.path)


def school_year_of(day: date) -> str:
    """The school year of a day; it begins in August."""
    first = day.year if day.month >= 8 else day.year - 1
    return f"{first}-{first + 1}"


def year_shown(years: Collection[str], asked: str | None, today: date) -> str | None:
    """Which school year is shown: the one that is asked for, else the present one, else the last before it, else the first."""
    if asked is not None:
        return asked
    present = school_year_of(today)
    begun = [year for year in years if year <= present]
    return max(begun) if begun else min(years, default=None)
