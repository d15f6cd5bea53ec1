"""The parts of a roster's plan: what applying one row would do."""

import json
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from contracts.base import Role, RowOutcome, RowProblem

from identity.domain.organisations import Organisation
from identity.domain.roster.known import AccountHolder
from identity.domain.roster.rows import Document, GuardianRow, RegistryNumber
from identity.domain.students import Guardian, Sex, Student


@dataclass(frozen=True)
class AccountStep:
    """What becomes of the account with a phone number: `new`, `reassigned` (the number gets a new account and the old one a
    generated login name, L-02), `changed` (name or document of its holder), or nothing but an offer (`known`)."""

    phone: str
    kind: Literal["new", "reassigned", "changed", "known"]
    name: str
    holder: AccountHolder | None = None
    person_id: UUID | None = None
    """The person of a new account, if the document says that this person is known."""
    document: Document | None = None
    """The document to store for the holder."""
    education_id: str | None = None
    """The education id to store for a member of staff who has none (BJ-01)."""


@dataclass(frozen=True)
class GuardianStep:
    """One guardian of a student: registered, changed, removed. `before` is the present registration."""

    kind: Literal["add", "change", "remove"]
    guardian: GuardianRow
    before: Guardian | None = None


@dataclass(frozen=True)
class StudentStep:
    """One student: enrolled, changed, claimed from another school, or only the guardians."""

    row: int
    kind: Literal["enrol", "change", "claim", "same"]
    name: str
    sex: Sex
    born: date | None
    student_number: str | None
    path: str
    before: Student | None = None
    person_id: UUID | None = None
    registry: RegistryNumber | None = None
    """A number that is new or replaces the present one."""
    document: Document | None = None
    """A document that is new or replaces the present one."""
    guardians: tuple[GuardianStep, ...] = ()
    education_id: str | None = None
    """The education id that the authority issued to a new student; None: the platform makes one (BJ-01)."""


@dataclass(frozen=True)
class CardStep:
    """A staff card that is offered to the account with this phone number; `new` False: it is there already."""

    row: int
    phone: str
    role: Role
    path: str
    new: bool


@dataclass(frozen=True)
class RowResult:
    """What becomes of one row; `parts` say what applying it does."""

    outcome: RowOutcome
    parts: tuple[object, ...] = ()

    def text(self) -> str:
        """The same for two plans that do the same. Numbers are in it as keyed hashes only; names are in clear."""
        return json.dumps([self.outcome, _plain(self.parts)], ensure_ascii=False, sort_keys=True)


@dataclass
class Plan:
    """What applying the rows does, and what it leaves out and why."""

    students: list[StudentStep] = field(default_factory=list)
    cards: list[CardStep] = field(default_factory=list)
    accounts: dict[str, AccountStep] = field(default_factory=dict)
    """By phone number."""
    added: list[Organisation] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    """All that the rows name, by path."""
    rows: dict[tuple[str, int], RowResult] = field(default_factory=dict)
    """By sheet and row number."""
    problems: list[RowProblem] = field(default_factory=list)
    """Rows that are not applied."""
    questions: list[RowProblem] = field(default_factory=list)
    """Rows that are not applied until the school answers."""
    warnings: list[RowProblem] = field(default_factory=list)
    """What to know about rows that are applied."""
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count of the dry run."""
        if by:
            self.counts[name] = self.counts.get(name, 0) + by

    def rows_with(self, outcome: RowOutcome) -> int:
        """How many rows have this outcome."""
        return sum(result.outcome == outcome for result in self.rows.values())


def _plain(value: Any) -> Any:
    """JSON of a plan's values. Of students and organisations only the id: what else changes them changes no plan."""
    match value:
        case Student():
            return str(value.id)
        case Organisation():
            return [value.path, value.title]
        case RowProblem():
            return value.model_dump(mode="json")
        case Document():
            return [value.type, _plain(value.index)]
        case RegistryNumber():
            return value.index.hex()
        case bytes():
            return value.hex()
        case UUID() | date():
            return str(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case frozenset():
            return sorted(str(_plain(item)) for item in value)
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _ if is_dataclass(value):
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        case _:
            return value
