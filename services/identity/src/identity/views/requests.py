"""Request bodies, and the types of their fields."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from contracts.identity import EnrolmentStatus
from pydantic import BaseModel, ConfigDict, StringConstraints

from identity.domain.organisations import CODE
from identity.domain.throttle import CaptchaAnswer
from identity.store.slips import Audience

type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
type Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
type CodeWord = Annotated[str, StringConstraints(min_length=1, max_length=250)]
type Token = Annotated[str, StringConstraints(max_length=4096)]
type Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
type StaffRole = Literal["administrator", "recorder", "auditor", "principal", "class_teacher", "subject_teacher"]


class In(BaseModel):
    """Base of request bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ReadPicture(In):
    """The answer to a captcha of `POST /captchas`; valid once."""

    id: UUID
    answer: Annotated[str, StringConstraints(min_length=1, max_length=16)]

    def as_answer(self) -> CaptchaAnswer:
        """For the use cases."""
        return CaptchaAnswer(self.id, self.answer)


class Credentials(In):
    """`password` is the holder's own, or a one-time password. `device` is the `device` of an earlier sign-in's answer.

    `captcha` is required after failures (the refusal is `captcha_required`, or `captcha_next` in the refusal before).
    """

    username: Name
    password: Secret
    device: Annotated[str, StringConstraints(max_length=200)] | None = None
    captcha: ReadPicture | None = None


class Ticket(In):
    """The ticket at the end of a single sign-on."""

    ticket: Secret


class RefreshToken(In):
    """The refresh token received last."""

    refresh_token: Secret


class CardChoice(In):
    """The card to act with."""

    card_id: UUID


class PasswordChange(In):
    """`old` is not needed after a one-time password."""

    old: Secret | None = None
    new: Annotated[str, StringConstraints(max_length=256)]


class OwnCard(In):
    """The caller's name and ID number, as the school enrolled them (JX-16)."""

    name: Name
    id_number: Number


class ChildCard(In):
    """The child and the guardian, as the school registered them (JX-16)."""

    child_name: Name
    child_id_number: Number
    guardian_name: Name
    guardian_id_number: Number
    guardian_phone: Number


class NewOrganisation(In):
    """`parent` is "" for a province. `area`: 6 digits, the first part of EIDs; a district without one gets 9xxxxx."""

    parent: OrgPath
    code: Annotated[str, StringConstraints(pattern=CODE)]
    title: Name
    stage: Literal["primary", "junior_secondary", "senior_secondary"] | None = None
    scheme_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    scheme_version: Annotated[str, StringConstraints(max_length=16)] | None = None
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None
    area: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None


class NewStaff(In):
    """A person (the phone number is the user name) with a role in an organisation (NR-05)."""

    name: Name
    phone: Number
    role: StaffRole
    path: OrgPath


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


class NewPassword(In):
    """The code from a helper, and the new password."""

    code: Number
    new: Annotated[str, StringConstraints(max_length=256)]


class Reason(In):
    """The reason, for the audit trail."""

    reason: Line
