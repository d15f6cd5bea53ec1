"""Response bodies, made from the results of the use cases."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from contracts.base import Role, level_of
from contracts.identity import EnrolmentStatus
from pydantic import BaseModel, Field
from scheme import Capability
from servicekit.mapping import from_attributes

from identity.adapters.sealed_numbers import SealedNumbers
from identity.domain import notices
from identity.domain.claims import Claim
from identity.domain.documents import masked
from identity.domain.roles import platform_title
from identity.domain.students import Sex, Student
from identity.results import IssuedPassword, MyAccount, SignedIn, Slip, StudentDetail
from identity.store.accounts import Account
from identity.store.cards import Card
from identity.store.security_notices import SecurityNotice

type RoleTitle = Callable[[Card], str]
"""What users call the role of a card (`IdentityDeps.role_title`)."""
_COUNTRY = "全国"


class CardView(BaseModel):
    """An identity card. A student's or guardian's card shows the student's 13-digit education id (JX-16)."""

    id: UUID
    role: Role
    role_title: str
    """As the scheme of the organisation calls the role: 班主任."""
    level: str
    path: str
    organisation: str
    """The organisation in words; of a class with school and grade."""
    name: str
    student_id: UUID | None
    student_name: str | None
    eid: str | None
    capabilities: list[Capability] = []
    """What its holder may do, as the scheme of the organisation says; of the cards of a session."""

    @classmethod
    def of(
        cls, card: Card, role_title: RoleTitle, capabilities: Mapping[UUID, frozenset[Capability]] = MappingProxyType({})
    ) -> "CardView":
        """From the store's card."""
        return from_attributes(
            cls,
            card,
            level=level_of(card.path),
            role_title=role_title(card),
            organisation=card.organisation or _COUNTRY,
            capabilities=sorted(capabilities.get(card.id, ())),
        )


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
    """Store it and send it at the next sign-in: then failures of strangers do not make this device solve captchas. Send it when
    refreshing, too: then a repeated request is recognised (L-19)."""
    former_login_name: bool = False
    """The name that was typed is no longer the account's login name, which is `account.username` (L-02)."""
    notices: list["Notice"] = []
    """What others did to the account, until its holder has seen it (`PUT /me/notices`)."""

    @classmethod
    def of(cls, signed: SignedIn, numbers: SealedNumbers, role_title: RoleTitle) -> "Session":
        """From the use case's result."""
        return from_attributes(
            cls,
            signed,
            must_change_password=signed.must_change,
            account=AccountView.of(signed.account, numbers),
            card=None if signed.card is None else CardView.of(signed.card, role_title, signed.capabilities),
            cards=[CardView.of(card, role_title, signed.capabilities) for card in signed.cards],
            notices=[Notice.of(notice) for notice in signed.notices],
        )


class Notice(BaseModel):
    """Something that others did to the account (L-01). `by_title`: the organisation; null: the platform."""

    id: UUID
    what: str
    at: datetime
    by_title: str | None
    text: str

    @classmethod
    def of(cls, notice: SecurityNotice) -> "Notice":
        """From the store's notice."""
        return from_attributes(cls, notice, text=notices.text(notice.what, notice.by_title))


class Offer(BaseModel):
    """A card that waits for its holder's proof, and what to do. `card_id` is null for guardians: the proof names the child."""

    card_id: UUID | None
    role: Role
    role_title: str
    organisation: str | None
    """Of a suspended card null: whoever reset the password need not learn it."""
    state: Literal["offered", "suspended"]
    help: str

    @classmethod
    def of_card(cls, card: Card, role_title: RoleTitle) -> "Offer":
        """From an offered or suspended card. The title of a suspended card's role is the platform's own: that of its scheme
        could tell the organisation."""
        state: Literal["offered", "suspended"] = "offered" if card.state == "offered" else "suspended"
        card_id = card.id if card.student_id is None else None
        help_ = notices.HOW_TO_PROVE.get(card.role, notices.HOW_TO_PROVE_STAFF)
        offered = state == "offered"
        return cls(
            card_id=card_id,
            role=card.role,
            role_title=role_title(card) if offered else platform_title(card.role),
            organisation=card.organisation if offered else None,
            state=state,
            help=help_,
        )


class Captcha(BaseModel):
    """A captcha; `image` is a `data:` URL. Valid for one answer within `expires_in` seconds."""

    id: UUID
    image: str
    expires_in: int


class Me(BaseModel):
    """The caller's account, cards, and what waits for the caller."""

    account: AccountView
    cards: list[CardView]
    offers: list[Offer] = []
    notices: list[Notice] = []

    @classmethod
    def of(cls, mine: MyAccount, numbers: SealedNumbers, role_title: RoleTitle) -> "Me":
        """From the use case's result."""
        registered = [
            Offer(
                card_id=None,
                role="guardian",
                role_title=platform_title("guardian"),
                organisation=title,
                state="offered",
                help=notices.HOW_TO_PROVE["guardian"],
            )
            for title in mine.registered_at
        ]
        return cls(
            account=AccountView.of(mine.account, numbers),
            cards=[CardView.of(card, role_title) for card in mine.cards],
            offers=[*(Offer.of_card(card, role_title) for card in mine.pending), *registered],
            notices=[Notice.of(notice) for notice in mine.notices],
        )


class Cards(BaseModel):
    """All active cards of the account, including the new one."""

    cards: list[CardView]


class StaffView(BaseModel):
    """A staff card."""

    card_id: UUID
    account_id: UUID
    name: str
    username: str
    role: Role
    role_title: str
    path: str
    organisation: str
    state: Literal["offered", "active", "suspended"]
    """Offered and suspended cards give no rights until the holder proves them (L-01)."""
    disabled: bool
    """The account is disabled."""
    one_time_password: str | None = None
    """Only in the response that offered the card; afterwards print a slip."""

    @classmethod
    def of(cls, card: Card, role_title: RoleTitle, one_time: str | None = None) -> "StaffView":
        """From the store's card."""
        organisation = card.organisation or _COUNTRY
        return from_attributes(
            cls, card, card_id=card.id, role_title=role_title(card), organisation=organisation, one_time_password=one_time
        )


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
    document_type: str | None = None
    """`people.DocumentType` of the identity document; null: not known, or a list."""
    guardians: list[GuardianView] = []

    @classmethod
    def of(cls, student: Student) -> "StudentView":
        """The fields shown in lists."""
        return from_attributes(cls, student, born=None, account_id=None, id_number=None, document_type=None)

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
    """The complete numbers; `id_number` is null for a student without an identity document."""

    id_number: str | None
    registry_number: str


class OneTimePassword(BaseModel):
    """A one-time password to pass on to the account holder; shown once."""

    username: str
    name: str
    one_time_password: str
    cards_suspended: int = 0
    """How many cards elsewhere the holder has to prove again (L-01)."""

    @classmethod
    def of(cls, issued: IssuedPassword) -> "OneTimePassword":
        """From the use case's result."""
        return from_attributes(cls, issued.account, one_time_password=issued.one_time, cards_suspended=issued.suspended)


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
    """The new slips; the one-time passwords on earlier slips of the same organisation are invalid."""

    items: list[SlipView] = Field(default_factory=list)
    replaced: int = 0
    """How many of those were unused (L-11)."""


class ClaimView(BaseModel):
    """A school's claim to a student of another school. `decides` is the lowest organisation above both (L-10)."""

    id: UUID
    student_id: UUID
    student_name: str
    registry_number: str
    school: str
    school_title: str
    path: str
    class_title: str
    held_by: str
    held_by_title: str
    decides: str
    state: str
    asked_at: datetime
    resolved_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, claim: Claim) -> "ClaimView":
        """From the domain's claim."""
        return from_attributes(cls, claim)
