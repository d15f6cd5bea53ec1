"""What is known about the people whom a roster names: read from the database before the plan is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from contracts.base import within
from scheme import Schooling
from scheme.accounts import EducationId

from identity.domain.organisations import Organisation
from identity.domain.students import Guardian, Student


@dataclass(frozen=True)
class DocumentHolder:
    """The person with an identity document, and their enrolments, also ended ones."""

    person_id: UUID
    name: str
    students: tuple[Student, ...] = ()
    has_account: bool = False
    """Is this the holder of an account?"""


@dataclass(frozen=True)
class AccountHolder:
    """The account with a phone number. A roster reveals nothing of it but whether the name is the same (L-01)."""

    account_id: UUID
    person_id: UUID
    name: str
    index: bytes | None = None
    has_password: bool = False
    active: tuple[str, ...] = ()
    """The org_paths of its active cards."""
    offered: tuple[str, ...] = ()
    """The org_paths of cards that were only offered, and of children for whom it was registered."""
    staff: frozenset[tuple[str, str]] = frozenset()
    """(role, org_path) of its staff cards, active or offered."""
    education_id: str | None = None
    """Of a member of staff (BJ-01)."""
    shared: bool = False
    """Does its holder have another account, too? Then no school changes the holder's name or document."""

    def only_at(self, school: str) -> bool:
        """Does nobody outside of the school know this account?"""
        return all(within(path, school) for path in (*self.active, *self.offered))

    def may_be_renamed(self, school: str) -> bool:
        """May a roster of this school change the name of the account's holder? Only while nobody uses the account (L-01)."""
        return self.only_at(school) and not self.has_password and not self.active and not self.shared


@dataclass(frozen=True)
class KnownClasses:
    """The grades and classes of one stage, by year of entry."""

    grades: Mapping[int, Organisation]
    classes: Mapping[int, tuple[Organisation, ...]]


@dataclass(frozen=True)
class Known:
    """The rows that a roster's plan depends on."""

    school: Organisation
    grades: Mapping[int, Organisation] = field(default_factory=dict)
    """By year of entry."""
    classes: Mapping[int, tuple[Organisation, ...]] = field(default_factory=dict)
    """By year of entry."""
    stages: tuple[Schooling, ...] = ()
    """Of the school, lowest first; none: not known."""
    more: Mapping[str, KnownClasses] = field(default_factory=dict)
    """Grades and classes of the stages besides the first one, by stage (BJ-03)."""
    by_registry: Mapping[bytes, Student] = field(default_factory=dict)
    by_former: Mapping[bytes, Student] = field(default_factory=dict)
    """By a registry number that was replaced."""
    by_document: Mapping[bytes, DocumentHolder] = field(default_factory=dict)
    namesakes: Mapping[str, tuple[Student, ...]] = field(default_factory=dict)
    """Students of the school with the names of rows whose numbers are not known, by name key."""
    accounts: Mapping[str, AccountHolder] = field(default_factory=dict)
    """By phone number."""
    guardians: Mapping[UUID, tuple[Guardian, ...]] = field(default_factory=dict)
    """By student."""
    guardian_cards: frozenset[tuple[UUID, UUID]] = frozenset()
    """(student, account) of guardians' cards that are not revoked."""
    claimed: frozenset[UUID] = frozenset()
    """Students whom the school claims already."""
    education_id: EducationId = field(default_factory=EducationId)
    """Their form here."""
    education_ids: frozenset[str] = frozenset()
    """Those of the rows that somebody has."""

    def schooling(self, stage: str | None) -> Schooling | None:
        """A stage of the school; None: its first one."""
        return next((one for one in self.stages if one.stage == (stage or self.school.stage)), None)
