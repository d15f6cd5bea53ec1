"""Response bodies of home screens and of the screens of people: classes, organisations below, roles, a person."""

from datetime import datetime
from uuid import UUID

from contracts.base import Role
from pydantic import BaseModel
from servicekit.home import Home
from servicekit.mapping import from_attributes

from identity.domain.counts import OrganisationBelow, SchoolClass
from identity.results import IdentityHome


class ChildView(BaseModel):
    """A child of the guardian; `card_id` is the card with which to act for it."""

    card_id: UUID
    student_id: UUID
    name: str
    eid: str
    path: str
    school_title: str
    grade_title: str
    class_title: str
    status: str


class PeopleHome(Home):
    """identity's part of the home screen. `children`: of a guardian all, whichever card is in use."""

    children: list[ChildView]

    @classmethod
    def of(cls, found: IdentityHome) -> "PeopleHome":
        """From the use case's result."""
        return cls(
            todo=found.todo, counters=found.counters, children=[from_attributes(ChildView, child) for child in found.children]
        )


class CountsView(BaseModel):
    """Students without those who left, and how many of them, or of their guardians, use the platform."""

    students: int
    students_in_use: int
    """Their account has a password or single sign-on."""
    with_guardian: int
    """The school registered a guardian."""
    guardians_in_use: int
    """A guardian has taken the card."""


class ClassView(BaseModel):
    """A class with its class teachers by name."""

    path: str
    title: str
    grade_path: str
    grade_title: str
    counts: CountsView
    class_teachers: list[str]

    @classmethod
    def of(cls, found: SchoolClass) -> "ClassView":
        """From the domain's class."""
        counts = from_attributes(CountsView, found.counts)
        return from_attributes(cls, found, counts=counts, class_teachers=list(found.class_teachers))


class Classes(BaseModel):
    """Classes in their school's order."""

    items: list[ClassView]


class StudentAccountView(BaseModel):
    """A student of a class: whether the account is in use, and how many guardians are registered and use theirs."""

    student_id: UUID
    name: str
    in_use: bool
    """A password is set, or a provider of single sign-on is linked."""
    guardians: int
    guardians_in_use: int
    """Guardians who have taken the card."""


class ClassAccounts(BaseModel):
    """Students of a class by id, without those who left."""

    items: list[StudentAccountView]


class OrganisationBelowView(BaseModel):
    """An organisation directly below, with what is in it. `counted_at`: how old the counts are; null: counted just now, or
    not yet. `administrators`: active ones of the organisation itself."""

    path: str
    level: str
    title: str
    schools: int
    classes: int
    counts: CountsView
    administrators: int
    counted_at: datetime | None

    @classmethod
    def of(cls, found: OrganisationBelow) -> "OrganisationBelowView":
        """From the domain's organisation."""
        return from_attributes(cls, found, counts=from_attributes(CountsView, found.counts))


class OrganisationsBelow(BaseModel):
    """The organisations directly below one, in their order."""

    items: list[OrganisationBelowView]


class RoleChoice(BaseModel):
    """A role that the caller may grant at an organisation, and what its scheme calls it."""

    role: Role
    title: str


class RoleChoices(BaseModel):
    """The roles that the caller may grant at an organisation."""

    items: list[RoleChoice]


class HelpText(BaseModel):
    """A question with its answer or the steps to take, as the deployment's authority wrote it; `operation`: of the scheme."""

    id: str
    question: str
    answer: str | None
    steps: list[str]
    operation: str | None


class HelpTexts(BaseModel):
    """The help of a role, in the authority's order; empty where the deployment has none. `contacts`: whom to ask."""

    items: list[HelpText]
    contacts: list[str]
