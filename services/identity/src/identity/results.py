"""What use cases return and views show."""

from dataclasses import dataclass

from identity.domain.students import Student
from identity.store.accounts import Account
from identity.store.cards import Card
from identity.store.slips import Recipient
from identity.store.students import Guardian


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
    device: str | None = None
    """The device token: the client stores it and sends it at its next sign-in."""


@dataclass(frozen=True)
class IssuedPassword:
    """A one-time password for somebody who lost theirs. It is neither stored in clear nor logged."""

    account: Account
    one_time: str


@dataclass(frozen=True)
class NewStaffResult:
    """The card, and a one-time password if the account is new."""

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
class Slip:
    """One printed slip. The password is neither stored in clear nor logged."""

    recipient: Recipient
    password: str
