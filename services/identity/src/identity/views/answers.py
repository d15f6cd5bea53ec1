"""What is answered: response shapes, made from what the use cases return."""

from datetime import date
from uuid import UUID

from contracts.base import Role, level_of
from contracts.identity import EnrolmentStatus
from pydantic import BaseModel, Field

from identity.actions.accounts import Opened
from identity.actions.sessions import SignedIn
from identity.actions.slips import Slip
from identity.actions.staff import Hired
from identity.actions.students import Seen
from identity.domain.organisations import Organisation
from identity.domain.students import Sex, Student
from identity.domain.words import masked
from identity.store.accounts import Account
from identity.store.cards import Card
from identity.vault import Vault


class CardView(BaseModel):
    """A card. A student's and a guardian's carry the student's 13-digit EID (JX-16)."""

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
        return cls(
            id=card.id,
            role=card.role,
            level=level_of(card.path),
            path=card.path,
            name=card.name,
            student_id=card.student_id,
            student_name=card.student_name,
            eid=card.eid,
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
    def of(cls, account: Account, vault: Vault) -> "AccountView":
        """From the store's account."""
        sealed = account.id_number
        number = None if sealed is None else vault.open_id(sealed, account.person_id)
        return cls(
            id=account.id,
            username=account.username,
            name=account.name,
            person_id=account.person_id,
            id_number=masked(number),
            must_change_password=account.must_change,
        )


class Session(BaseModel):
    """Signed in. `card` is the one the token acts with; null: choose one of `cards`, or take one."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    must_change_password: bool
    account: AccountView
    card: CardView | None
    cards: list[CardView]
    device: str | None = None
    """Keep it and send it at the next sign-in: this device is not asked for a picture because of strangers' failures."""

    @classmethod
    def of(cls, signed: SignedIn, vault: Vault) -> "Session":
        """From the use case's result."""
        return cls(
            access_token=signed.access_token,
            expires_in=signed.expires_in,
            refresh_token=signed.refresh_token,
            must_change_password=signed.must_change,
            account=AccountView.of(signed.account, vault),
            card=None if signed.card is None else CardView.of(signed.card),
            cards=[CardView.of(card) for card in signed.cards],
            device=signed.device,
        )


class Captcha(BaseModel):
    """A picture to read, as a `data:` address; good for one answer within `expires_in` seconds."""

    id: UUID
    image: str
    expires_in: int


class Me(BaseModel):
    """Who I am and which cards I have."""

    account: AccountView
    cards: list[CardView]


class Cards(BaseModel):
    """All cards of the account, the new one among them."""

    cards: list[CardView]


class OrganisationView(BaseModel):
    """One place in the tree, with what it inherits."""

    path: str
    level: str
    title: str
    stage: str | None
    scheme_id: str | None
    scheme_version: str | None
    time_zone: str
    area: str | None
    version: int

    @classmethod
    def of(cls, one: Organisation) -> "OrganisationView":
        """From the rule's organisation."""
        return cls(
            path=one.path,
            level=one.level,
            title=one.title,
            stage=one.stage,
            scheme_id=one.scheme_id,
            scheme_version=one.scheme_version,
            time_zone=one.time_zone,
            area=one.area,
            version=one.version,
        )


class StaffView(BaseModel):
    """A staff card in force."""

    card_id: UUID
    account_id: UUID
    name: str
    username: str
    role: Role
    path: str
    disabled: bool
    """The account was closed."""
    one_time_password: str | None = None
    """Only in the answer that made the account; afterwards print a slip."""

    @classmethod
    def of(cls, card: Card, one_time: str | None = None) -> "StaffView":
        """From the store's card."""
        return cls(
            card_id=card.id,
            account_id=card.account_id,
            name=card.name,
            username=card.username,
            role=card.role,
            path=card.path,
            disabled=card.disabled,
            one_time_password=one_time,
        )

    @classmethod
    def hired(cls, hired: Hired) -> "StaffView":
        """From the use case's result."""
        return cls.of(hired.card, hired.one_time)


class GuardianView(BaseModel):
    """One whom the school registered."""

    account_id: UUID
    name: str
    relation: str
    phone: str


class StudentView(BaseModel):
    """A student; numbers are masked. ID number, birth date and guardians are in the detail only."""

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
    """In the detail, for staff: the student's own account."""
    id_number: str | None = None
    guardians: list[GuardianView] = []

    @classmethod
    def of(cls, one: Student) -> "StudentView":
        """As in lists."""
        return cls(
            id=one.id,
            eid=one.eid,
            name=one.name,
            sex=one.sex,
            registry_number=one.registry_number,
            student_number=one.student_number,
            path=one.path,
            school_title=one.school_title,
            grade_title=one.grade_title,
            class_title=one.class_title,
            status=one.status,
            version=one.version,
        )

    @classmethod
    def seen(cls, seen: Seen) -> "StudentView":
        """In detail."""
        more = {
            "born": seen.student.born,
            "account_id": seen.student.account_id if seen.by_staff else None,
            "id_number": masked(seen.id_number),
            "guardians": [
                GuardianView(account_id=g.account_id, name=g.name, relation=g.relation, phone=g.phone) for g in seen.guardians
            ],
        }
        return cls.of(seen.student).model_copy(update=more)


class IdNumber(BaseModel):
    """The whole numbers, shown for a reason."""

    id_number: str
    registry_number: str


class OneTimePassword(BaseModel):
    """For somebody who lost theirs: tell or hand it to them; it is shown this once."""

    username: str
    name: str
    one_time_password: str

    @classmethod
    def of(cls, opened: Opened) -> "OneTimePassword":
        """From the use case's result."""
        return cls(username=opened.account.username, name=opened.account.name, one_time_password=opened.one_time)


class SlipView(BaseModel):
    """One slip, for machines."""

    name: str
    username: str
    password: str
    path: str
    about: str

    @classmethod
    def of(cls, slip: Slip) -> "SlipView":
        """From the use case's slip."""
        to = slip.to
        return cls(name=to.name, username=to.username, password=slip.password, path=to.path, about=to.about)


class Slips(BaseModel):
    """The slips just made; every earlier slip of these accounts ended."""

    items: list[SlipView] = Field(default_factory=list)
