"""Request bodies, and the types of their fields."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath, Role
from contracts.identity import EnrolmentStatus
from people import DocumentType
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from identity.domain.initial_passwords import StudentAnswer
from identity.domain.organisations import CODE
from identity.domain.students import Sex
from identity.domain.throttle import CaptchaAnswer
from identity.store.slips import Audience

type StageId = Literal["primary", "junior_secondary", "senior_secondary", "vocational"]
type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
type Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
type CodeWord = Annotated[str, StringConstraints(min_length=1, max_length=250)]
type Token = Annotated[str, StringConstraints(max_length=4096)]
type Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class In(BaseModel):
    """Base of request bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StudentSearch(In):
    """What to search for: `q` is part of a name, or a complete registry number or education id."""

    path: OrgPath | None = None
    q: Name | None = None
    cursor: Annotated[str, StringConstraints(max_length=1000)] | None = None


class ReadPicture(In):
    """The answer to a captcha of `POST /captchas`; valid once."""

    id: UUID
    answer: Annotated[str, StringConstraints(min_length=1, max_length=16)]

    def as_answer(self) -> CaptchaAnswer:
        """For the use cases."""
        return CaptchaAnswer(self.id, self.answer)


class StudentCheck(In):
    """Who the student is: of a student's account its holder, of a guardian's account one of the children (CS-03)."""

    name: Name
    sex: Sex | None = None
    guardian_phone: Annotated[str, StringConstraints(max_length=40)] | None = None

    def as_answer(self) -> StudentAnswer:
        """For the use cases."""
        return StudentAnswer(self.name, self.sex, self.guardian_phone)


class Credentials(In):
    """`password` is the holder's own, a one-time password, or an initial one. `device` is the `device` of an earlier
    sign-in's answer.

    `captcha` is required after failures (the refusal is `captcha_required`, or `captcha_next` in the refusal before).
    `student` is required with an initial password (the refusal is `student_check_required`, its `fields` say what to ask).
    """

    username: Name
    password: Secret
    device: Annotated[str, StringConstraints(max_length=200)] | None = None
    captcha: ReadPicture | None = None
    student: StudentCheck | None = None


class Ticket(In):
    """The ticket at the end of a single sign-on."""

    ticket: Secret


class RefreshToken(In):
    """The refresh token received last; null: it is in the cookie. `device`: the `device` of the sign-in's answer, so that a
    repeated request of the same device is recognised (L-19). `expected_account`: whose session the page shows; refused with
    `signed_in_as_other` where somebody else has signed in in another tab by now."""

    refresh_token: Secret | None = None
    device: Annotated[str, StringConstraints(max_length=200)] | None = None
    expected_account: UUID | None = None


class CardChoice(In):
    """The card to act with."""

    card_id: UUID


class PasswordChange(In):
    """`old` is not needed after a one-time password."""

    old: Secret | None = None
    new: Annotated[str, StringConstraints(max_length=256)]


class OwnCard(In):
    """The caller's name and ID number, as the school enrolled them (JX-16). Whoever has no document gives the registry
    number. Without a type the number has 18 digits (L-03)."""

    name: Name
    id_number: Number
    document_type: DocumentType | None = None


class ChildCard(In):
    """The child and the guardian, as the school registered them (JX-16)."""

    child_name: Name
    child_id_number: Number
    guardian_name: Name
    guardian_id_number: Number
    guardian_phone: Number
    child_document_type: DocumentType | None = None
    guardian_document_type: DocumentType | None = None


class OfferProof(In):
    """The one-time password of a slip of the organisation that offers the card (L-01)."""

    password: Secret


class LoginName(In):
    """The holder's new number, and the reason."""

    phone: Number
    reason: Line


class SeenNotices(In):
    """The newest notice that the holder has seen."""

    up_to: UUID


class NewOrganisation(In):
    """`parent` is "" for a province. `area`: 6 digits, the first part of EIDs; a district without one gets 9xxxxx."""

    parent: OrgPath
    code: Annotated[str, StringConstraints(pattern=CODE)]
    title: Name
    stage: StageId | None = None
    scheme_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    scheme_version: Annotated[str, StringConstraints(max_length=16)] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None
    area: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    years: Annotated[int, Field(ge=1, le=9)] | None = None
    """Of a school: how many years its stage lasts, where its scheme admits it; absent: the usual length (BJ-12)."""
    more_stages: Annotated[tuple[StageId, ...], Field(max_length=3)] = ()
    """Of a school with several stages: those besides `stage`, which join it without a gap (BJ-03)."""


class SchoolLength(In):
    """How many years a school lasts; null: the usual length of its scheme (BJ-12). `more_stages`: the stages that it has
    besides its first one (BJ-03); null: those that it has."""

    path: OrgPath
    years: Annotated[int, Field(ge=1, le=9)] | None
    more_stages: Annotated[tuple[StageId, ...], Field(max_length=3)] | None = None


class NewStaff(In):
    """A person (the phone number is the user name) with a role in an organisation (NR-05)."""

    name: Name
    phone: Number
    role: Role
    path: OrgPath
    number_reassigned: bool = False
    """The number belongs to another person now; the account that had it keeps its cards under another login name (L-02)."""


class SlipOrder(In):
    """For whom slips are printed."""

    path: OrgPath
    audience: Audience


class Move(In):
    """The new class, and the reason."""

    path: OrgPath
    reason: Line


class CardMove(In):
    """The new organisation, and the reason."""

    path: OrgPath
    reason: Line


class StatusChange(In):
    """The new status, and the reason."""

    status: EnrolmentStatus
    reason: Line


class ForgottenPassword(In):
    """The account and its holder, as the school registered them (JX-16)."""

    username: Name
    name: Name
    id_number: Number
    captcha: ReadPicture


class ForgottenLoginName(In):
    """Who one is, without the login name (BJ-02): `id_number` is the number of the identity document or a registered phone
    number, `school` the title of the school."""

    name: Name
    id_number: Number
    school: Name
    captcha: ReadPicture


class CodeOnly(In):
    """The code from a helper."""

    code: Number


class StudentIdsOrder(In):
    """Of which class, grade or school the education ids are exported; null: of the card's own."""

    path: OrgPath | None = None


class NewPassword(In):
    """The code from a helper, and the new password."""

    code: Number
    new: Annotated[str, StringConstraints(max_length=256)]


class Reason(In):
    """The reason, for the audit trail."""

    reason: Line


class ResetReason(Reason):
    """The reason. `suspend_elsewhere`: where the account has active cards out of the caller's scope, suspend those until their
    holder proves them again, instead of refusing (L-01)."""

    suspend_elsewhere: bool = False


class CodeOrder(In):
    """`suspend_elsewhere`: as in `ResetReason`, when the code is used."""

    suspend_elsewhere: bool = False


class RegistryNumberChange(In):
    """The national registry number that replaces the student's present one, and the reason (L-03)."""

    registry_number: Number
    reason: Line


class DocumentChange(In):
    """The student's identity document; `none` has no number (L-03)."""

    document_type: DocumentType
    id_number: Number | None = None
    reason: Line


class ClaimDecision(In):
    """The student moves to the school that claims them, or stays (L-10)."""

    decision: Literal["move", "stay"]
    reason: Line
