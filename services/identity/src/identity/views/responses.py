"""Response bodies, made from the results of the use cases."""

from datetime import date
from uuid import UUID

from contracts.base import Role, level_of
from contracts.identity import EnrolmentStatus
from pydantic import BaseModel, Field
from servicekit.mapping import from_attributes

from identity.adapters.sealed_numbers import SealedNumbers
from identity.domain.id_number import masked
from identity.domain.students import Sex, Student
from identity.results import IssuedPassword, SignedIn, Slip, StudentDetail
from identity.store.accounts import Account
from identity.store.cards import Card


class CardView(BaseModel):
    """An identity card. A student's or guardian's card shows the student's 13-digit education id (JX-16)."""

    id: UUID
    role: Role
    level: str
    path: str
    name: str
    student_id: UUID | None
    student_name: str | None
    eid: str | None

    @classmethod
    def of(cls, card: Card) -> "CardView":
        """From the store's card."""
        return from_attributes(cls, card, level=level_of(card.path))


class AccountView(BaseModel):
    """An account with its holder; the ID number is masked."""

    id: UUID
    username: str
    name: str
    person_id: UUID
    id_number: str | None
    must_change_password: bool

    @classmethod
    def of(cls, account: Account, numbers: SealedNumbers) -> "AccountView":
        """From the store's account."""
        sealed = account.id_number
        number = None if sealed is None else numbers.open_id_number(sealed, account.person_id)
        return from_attributes(cls, account, id_number=masked(number), must_change_password=account.must_change)


class Session(BaseModel):
    """A session. `card` is the one the token acts with; null: choose one of `cards`, or take one."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    must_change_password: bool
    account: AccountView
    card: CardView | None
    cards: list[CardView]
    device: str | None = None
    """Store it and send it at the next sign-in: then failures of strangers do not make this device solve captchas."""

    @classmethod
    def of(cls, signed: SignedIn, numbers: SealedNumbers) -> "Session":
        """From the use case's result."""
        return from_attributes(
            cls,
            signed,
            must_change_password=signed.must_change,
            account=AccountView.of(signed.account, numbers),
            card=None if signed.card is None else CardView.of(signed.card),
            cards=[CardView.of(card) for card in signed.cards],
        )


class Captcha(BaseModel):
    """A captcha; `image` is a `data:` URL. Valid for one answer within `expires_in` seconds."""

    id: UUID
    image: str
    expires_in: int


class Me(BaseModel):
    """The caller's account and cards."""

    account: AccountView
    cards: list[CardView]


class Cards(BaseModel):
    """All active cards of the account, including the new one."""

    cards: list[CardView]


class OrganisationView(BaseModel):
    """One node of the organisation tree, with what it inherits."""

    path: str
    level: str
    title: str
    stage: str | None
    scheme_id: str | None
    scheme_version: str | None
    time_zone: str
    area: str | None
    version: int


class StaffView(BaseModel):
    """An active staff card."""

    card_id: UUID
    account_id: UUID
    name: str
    username: str
    role: Role
    path: str
    disabled: bool
    """The account is disabled."""
    one_time_password: str | None = None
    """Only in the response that created the account; afterwards print a slip."""

    @classmethod
    def of(cls, card: Card, one_time: str | None = None) -> "StaffView":
        """From the store's card."""
        return from_attributes(cls, card, card_id=card.id, one_time_password=one_time)


class GuardianView(BaseModel):
    """A guardian whom the school registered."""

    account_id: UUID
    name: str
    relation: str
    phone: str


class StudentView(BaseModel):
    """A student; numbers are masked. ID number, birth date and guardians only for a single student, not in lists."""

    id: UUID
    eid: str
    name: str
    sex: Sex
    registry_number: str
    student_number: str | None
    path: str
    school_title: str
    grade_title: str
    class_title: str
    status: EnrolmentStatus
    version: int
    born: date | None = None
    account_id: UUID | None = None
    """Only for a single student, for staff: the student's own account."""
    id_number: str | None = None
    guardians: list[GuardianView] = []

    @classmethod
    def of(cls, student: Student) -> "StudentView":
        """The fields shown in lists."""
        return from_attributes(cls, student, born=None, account_id=None, id_number=None)

    @classmethod
    def of_detail(cls, detail: StudentDetail) -> "StudentView":
        """All fields that the reader may see."""
        return from_attributes(
            cls,
            detail.student,
            account_id=detail.student.account_id if detail.by_staff else None,
            id_number=masked(detail.id_number),
            guardians=[from_attributes(GuardianView, guardian) for guardian in detail.guardians],
        )


class IdNumber(BaseModel):
    """The complete numbers."""

    id_number: str
    registry_number: str


class OneTimePassword(BaseModel):
    """A one-time password to pass on to the account holder; shown once."""

    username: str
    name: str
    one_time_password: str

    @classmethod
    def of(cls, issued: IssuedPassword) -> "OneTimePassword":
        """From the use case's result."""
        return from_attributes(cls, issued.account, one_time_password=issued.one_time)


class SlipView(BaseModel):
    """One account slip."""

    name: str
    username: str
    password: str
    path: str
    about: str

    @classmethod
    def of(cls, slip: Slip) -> "SlipView":
        """From the use case's slip."""
        return from_attributes(cls, slip.recipient, password=slip.password)


class Slips(BaseModel):
    """The new slips; the one-time passwords on earlier slips of these accounts are invalid."""

    items: list[SlipView] = Field(default_factory=list)
