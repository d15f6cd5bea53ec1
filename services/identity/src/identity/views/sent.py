"""What is sent: request bodies, and the short types of parameters."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from contracts.identity import EnrolmentStatus
from pydantic import BaseModel, ConfigDict, StringConstraints

from identity.actions.tries import Reading
from identity.domain.organisations import CODE
from identity.store.slips import Audience

type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
type Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
type CodeWord = Annotated[str, StringConstraints(min_length=1, max_length=250)]
type Token = Annotated[str, StringConstraints(max_length=4096)]
type Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
type StaffRole = Literal["administrator", "recorder", "auditor", "principal", "class_teacher", "subject_teacher"]


class In(BaseModel):
    """What is sent: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ReadPicture(In):
    """What was read in the picture of `POST /captchas`; good once."""

    id: UUID
    answer: Annotated[str, StringConstraints(min_length=1, max_length=16)]

    def reading(self) -> Reading:
        """As the use cases take it."""
        return Reading(self.id, self.answer)


class Credentials(In):
    """`password` is one's own, or a slip's one-time password. `device`: what an earlier sign-in here answered.

    `captcha` is asked for after failures (`captcha_required`, or `captcha_next` in the refusal before).
    """

    username: Name
    password: Secret
    device: Annotated[str, StringConstraints(max_length=200)] | None = None
    captcha: ReadPicture | None = None


class Ticket(In):
    """What an arrival ended in."""

    ticket: Secret


class RefreshToken(In):
    """The refresh token last received."""

    refresh_token: Secret


class CardChoice(In):
    """Which of one's cards to act with."""

    card_id: UUID


class PasswordChange(In):
    """`old` is not asked after a one-time password."""

    old: Secret | None = None
    new: Annotated[str, StringConstraints(max_length=256)]


class OwnCard(In):
    """As the school enrolled them (JX-16)."""

    name: Name
    id_number: Number


class ChildCard(In):
    """Child and guardian (JX-16)."""

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
    """A person by phone number, with a role at a place (NR-05)."""

    name: Name
    phone: Number
    role: StaffRole
    path: OrgPath


class SlipOrder(In):
    """Whose slips."""

    path: OrgPath
    audience: Audience


class Move(In):
    """To which class, and why."""

    path: OrgPath
    reason: Line


class CardMove(In):
    """To which place, and why."""

    path: OrgPath
    reason: Line


class StatusChange(In):
    """To which status, and why."""

    status: EnrolmentStatus
    reason: Line


class ForgottenPassword(In):
    """Who one is, as the school registered it (JX-16)."""

    username: Name
    name: Name
    id_number: Number
    captcha: ReadPicture


class NewPassword(In):
    """The code that somebody gave, and the password to be."""

    code: Number
    new: Annotated[str, StringConstraints(max_length=256)]


class Reason(In):
    """Why."""

    reason: Line
