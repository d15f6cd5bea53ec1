"""What use cases return and views show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from scheme import Capability, Scheme
from scheme.compare import Change
from scheme.moved_parts import MovedRole
from scheme.parts import ProfilePhoto
from servicekit.home import Counter, Todo

from identity.domain.enrolment_applications import Application, Statement
from identity.domain.form_codes import FormCode
from identity.domain.profiles import Photo, ProfileLine
from identity.domain.students import Guardian, Student
from identity.store.accounts import Account
from identity.store.adoptions import Use
from identity.store.cards import Card
from identity.store.enrolment_applications import EvidenceFile, LogRow
from identity.store.form_prints import FormPrint
from identity.store.home import Child
from identity.store.security_notices import SecurityNotice
from identity.store.slips import Recipient


@dataclass(frozen=True)
class SignedIn:
    """The result of signing in. `card` is None if the account has several cards to choose from, or none yet."""

    access_token: str
    expires_in: int
    refresh_token: str | None
    must_change: bool
    account: Account
    card: Card | None
    cards: list[Card]
    capabilities: Mapping[UUID, frozenset[Capability]] = field(default_factory=dict)
    """What each of the cards may do, by its id."""
    device: str | None = None
    """The device token: the client stores it and sends it at its next sign-in."""
    former_login_name: bool = False
    """The name that was typed is a former login name of the account (L-02)."""
    notices: tuple[SecurityNotice, ...] = ()
    """What others did to the account and its holder has not seen."""


@dataclass(frozen=True)
class StudentForm:
    """The codes of a student's confirmation form (None: not issued yet), and who registered with it."""

    student: Student
    registration: FormCode | None
    upload: FormCode | None
    used_by: str | None


@dataclass(frozen=True)
class PrintProgress:
    """An order of confirmation forms, how many of its classes are rendered, and how many forms those are."""

    order: FormPrint
    ready: int
    forms: int

    @property
    def done(self) -> bool:
        """Whether the PDF can be fetched."""
        return self.ready == self.order.classes


@dataclass(frozen=True)
class MyAccount:
    """An account as its holder sees it."""

    account: Account
    cards: list[Card]
    pending: list[Card]
    """Offered staff cards, and suspended cards."""
    registered_at: list[str]
    """Titles of the schools that registered the account for children whose card was not taken."""
    notices: tuple[SecurityNotice, ...]


@dataclass(frozen=True)
class IdentityHome:
    """What waits for the card's holder, how far things are, and a guardian's children."""

    todo: list[Todo]
    counters: list[Counter]
    children: list[Child]


@dataclass(frozen=True)
class IssuedPassword:
    """A one-time password for somebody who lost theirs. It is neither stored in clear nor logged."""

    account: Account
    one_time: str
    suspended: int = 0
    """How many cards out of the helper's scope wait to be proved again."""


@dataclass(frozen=True)
class NewStaffResult:
    """The card, and a one-time password to sign in or to activate it; None where it is not needed."""

    card: Card
    one_time: str | None


@dataclass(frozen=True)
class StudentDetail:
    """A student with what this reader may see: the ID number, and guardians for those who may know them."""

    student: Student
    id_number: str | None
    guardians: tuple[Guardian, ...] = ()
    by_staff: bool = False


@dataclass(frozen=True)
class ProfileDetail:
    """A student's profile as this reader sees it; `rule` is what the scheme says of photos, None: it has none."""

    student_id: UUID
    lines: tuple[ProfileLine, ...]
    rule: ProfilePhoto | None
    photo: Photo | None
    may_change_photo: bool


@dataclass(frozen=True)
class PrintedSlips:
    """The slips of an organisation, its title, and how many unused passwords they replace (L-11)."""

    title: str
    slips: list["Slip"]
    replaced: int


@dataclass(frozen=True)
class Slip:
    """One printed slip. The password is neither stored in clear nor logged."""

    recipient: Recipient
    password: str


@dataclass(frozen=True)
class KnownVersion:
    """A version of a scheme: whether it is released, and whether the reader decides about its adoption."""

    scheme: Scheme
    released: bool
    may_adopt: bool


@dataclass(frozen=True)
class InUse:
    """The versions of the schemes in use, and who uses which since when (X-01)."""

    versions: Sequence[KnownVersion]
    uses: Sequence[Use]


@dataclass(frozen=True, slots=True)
class MovedRoleCount:
    """Cards of a role that the new version does not have: the roles' titles, how many, and in how many schools or units."""

    role: MovedRole
    before: str
    after: str | None
    cards: int
    units: int


@dataclass(frozen=True)
class Comparison:
    """Two versions of a scheme, and what changed. roles: of which cards change; stay: why terms under way cannot move."""

    old: Scheme
    new: Scheme
    changes: Sequence[Change]
    roles: Sequence[MovedRoleCount]
    stay: Sequence[str]


@dataclass(frozen=True)
class ApplicationDetail:
    """An application for a change of enrolment. statement: None where the actor may not see it (yet)."""

    application: Application
    statement: Statement | None
    notes: tuple[str, ...]
    """What the statement says besides counts."""
    files: tuple[EvidenceFile, ...] | None
    """What proves it; None: not for this actor (yet)."""
    log: tuple[LogRow, ...]
    may_decide: bool
    may_withdraw: bool
    sees_class: bool
    """Whether the new class is shown: not to the school that the student left."""
