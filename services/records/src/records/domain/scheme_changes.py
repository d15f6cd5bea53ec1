"""What a newer version of a scheme concerns in the terms under way: in numbers, before anybody adopts it (X-01). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from scheme import Kind, Scheme
from scheme.migration import Migration, carry, order

MOST_TERMS = 1000
"""Terms that are listed one by one, for whoever chooses for each of them."""


@dataclass(frozen=True, slots=True)
class KindCount:
    """Records of a kind in terms under way of one version; those that wait at a step, or (`step` empty) at none. schools: their
    paths."""

    scheme_version: str
    kind: str
    step: str
    drafts: int
    waiting: int
    returned: int
    finished: int
    schools: frozenset[str]


@dataclass(frozen=True, slots=True)
class RunningTerm:
    """A term under way with what is open in it."""

    id: UUID
    path: str
    school: str
    title: str
    starts_on: date
    ends_on: date
    scheme_version: str
    open_records: int
    counted_at: datetime | None


@dataclass(slots=True)
class Concerned:
    """Something that the new version changes for records, in how many schools. `after`: what it is then; None: retired."""

    kind: str
    before: str
    after: str | None
    drafts: int = 0
    waiting: int = 0
    returned: int = 0
    finished: int = 0
    paths: set[str] = field(default_factory=set)

    @property
    def schools(self) -> int:
        """In how many schools there are such records."""
        return len(self.paths)

    def add(self, one: KindCount) -> None:
        """Count these records, too."""
        self.drafts += one.drafts
        self.waiting += one.waiting
        self.returned += one.returned
        self.finished += one.finished
        self.paths |= one.schools


@dataclass(frozen=True, slots=True)
class SchemeChange:
    """What a version concerns: all that is open in terms of older versions, records of kinds that are retired or changed, open
    reviews whose step is another; and the terms for which one chooses."""

    scheme: Scheme
    drafts: int
    waiting: int
    returned: int
    schools: int
    retired: Sequence[Concerned]
    changed: Sequence[Concerned]
    steps: Sequence[Concerned]
    terms: Sequence[RunningTerm]
    counted_at: datetime | None


def change_of(scheme: Scheme, numbers: Sequence[KindCount], terms: Sequence[RunningTerm]) -> SchemeChange:
    """What this version changes for what was counted."""
    older = [one for one in numbers if order(one.scheme_version) < order(scheme.version)]
    found: dict[str, dict[tuple[str, str, str | None], Concerned]] = {"retired": {}, "changed": {}, "steps": {}}

    def add(sort: str, title: str, before: str, after: str | None, one: KindCount) -> None:
        found[sort].setdefault((title, before, after), Concerned(title, before, after)).add(one)

    for one in older:
        old = scheme.as_of(one.scheme_version, one.kind)
        if not old.has_kind(one.kind):
            continue
        kind, migrations = old.kind(one.kind), scheme.migrations_from(old.version)
        carried = carry(migrations, one.kind, {}, one.step or None)
        if carried is None or not scheme.has_kind(carried.kind):
            add("retired", kind.title, kind.title, None, one)
            continue
        new = scheme.kind(carried.kind)
        if new.id != kind.id or any(one.kind in _touched(each) for each in migrations):
            add("changed", kind.title, kind.title, new.title, one)
        if one.step and carried.step != one.step:
            add("steps", kind.title, _step(kind, one.step), _step(new, carried.step or ""), one)
    moving = [term for term in terms if order(term.scheme_version) < order(scheme.version)]
    return SchemeChange(
        scheme, sum(one.drafts for one in older), sum(one.waiting for one in older), sum(one.returned for one in older),
        len({term.path for term in moving}), list(found["retired"].values()), list(found["changed"].values()),
        list(found["steps"].values()), moving, min((term.counted_at for term in moving if term.counted_at), default=None),
    )  # fmt: skip


def _touched(migration: Migration) -> set[str]:
    return {one.kind for one in migration.fields} | {one.kind for one in migration.choices}


def _step(kind: Kind, name: str) -> str:
    return next((step.title for step in kind.review.steps if step.id == name), name)
