"""Practice hours of a student (社会实践时长): sums of the durations that records carry, by term and kind (CS-07)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from scheme import Kind, Scheme

from records.domain.state import State
from records.domain.term import Term

COUNTS = (State.APPROVED, State.AMENDING)
"""The states of material that counts; what is a draft or waits for a review does not yet."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A record with a duration: what the sum needs of it."""

    term_id: UUID
    kind: str
    state: State
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of one kind in one term: of `records` that count, and of `waiting` that do not yet."""

    term: Term
    kind: Kind
    hours: Decimal
    records: int
    waiting_hours: Decimal
    waiting: int


def timed_kinds(schemes: Iterable[Scheme]) -> frozenset[str]:
    """The kinds that carry a duration, in any of these schemes."""
    return frozenset(kind.id for scheme in schemes for kind in scheme.kinds if kind.duration_field is not None)


def sums(records: Iterable[Timed], terms: Mapping[UUID, Term]) -> list[Hours]:
    """Hours by term and kind, newest term first, kinds in the scheme's order. What is no number of hours adds nothing."""
    found: dict[tuple[UUID, str], Hours] = {}
    for record in records:
        term = terms[record.term_id]
        kind = term.scheme.kind(record.kind)
        if kind.duration_field is None or (hours := _hours(kind, record.data.get(kind.duration_field))) is None:
            continue
        key = (term.id, kind.id)
        known = found.get(key) or Hours(term, kind, Decimal(0), 0, Decimal(0), 0)
        counted = record.state in COUNTS
        found[key] = Hours(
            term, kind,
            known.hours + (hours if counted else 0), known.records + counted,
            known.waiting_hours + (0 if counted else hours), known.waiting + (not counted),
        )  # fmt: skip
    order = {kind.id: n for term in terms.values() for n, kind in enumerate(term.scheme.kinds)}
    by_kind = sorted(found.values(), key=lambda it: order[it.kind.id])
    return sorted(by_kind, key=lambda it: (it.term.starts_on, it.term.id), reverse=True)


def _hours(kind: Kind, typed: Any) -> Decimal | None:
    """A duration as a number of hours; drafts hold it as it was typed (12小时30分钟). None: it is none."""
    assert kind.duration_field is not None
    field = kind.form.field(kind.duration_field)
    try:
        value = field.parse(typed) if typed not in (None, "") else None
    except ValueError:
        return None
    return value if isinstance(value, Decimal) else None
