"""The kinds that a card may enter, as the report page shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import BaseModel
from scheme import Allowed, Refused
from servicekit.mapping import from_attributes

from records.domain.locking import closes, explanation, who_unlocks
from records.domain.quotas import WritableKind
from records.domain.term import Term
from records.results import Writable


class QuotaView(BaseModel):
    """At most `max` submitted records per `term`, `year` or `stage`; `used` of them are used."""

    per: str
    max: int
    used: int


class SharedQuotaView(BaseModel):
    """At most `max` per `per` of several kinds together, by number, by the sum of a field or by points; `used` of it are used
    today, in this week, month, term, year or stage. `refuses`: no more is taken; else what exceeds it is kept, not counted.
    """

    quota: str
    title: str
    per: str
    max: Decimal
    used: Decimal
    unit: str
    refuses: bool


class WritableKindView(BaseModel):
    """A kind that the card may enter. `open`: now, until `closes_at` (null: without end); otherwise `why` not, when it
    opens, and `help`: who can help. `ended`: the results of the class are locked (BJ-07)."""

    kind: str
    title: str
    dimension: str
    dimension_title: str
    open: bool
    ended: bool = False
    closes_at: datetime | None
    opens_at: datetime | None
    why: str | None
    help: str | None
    quotas: list[QuotaView]
    shared_quotas: list[SharedQuotaView]


class WritableKindsView(BaseModel):
    """What the card may enter for a student; `role`: the scheme's role in which it writes the fields of a form.

    `catalogs`: by list, the values of fields of type `catalog` (SH-04). `participates` false: nothing this term (SH-03).
    `locked_at`: the results of the class are locked; `kinds` say what that ends, the others stay open (BJ-07).
    """

    student_id: UUID
    student_name: str
    role: str | None
    kinds: list[WritableKindView]
    catalogs: dict[str, list[str]] = {}
    participates: bool = True
    locked_at: datetime | None = None

    @classmethod
    def of(cls, found: Writable, role: str | None) -> Self:
        """Kinds of one term for one student."""
        kinds = [_kind(found.term, one, locked=found.locked_at is not None) for one in found.kinds]
        return cls(
            student_id=found.student.id, student_name=found.student.name, role=role, kinds=kinds,
            catalogs={name: sorted(titles) for name, titles in found.offered.items()}, participates=found.participates,
            locked_at=found.locked_at,
        )  # fmt: skip


def _kind(term: Term, found: WritableKind, *, locked: bool) -> WritableKindView:
    dimension = term.scheme.dimension_of(found.kind.id)
    refused = found.answer if isinstance(found.answer, Refused) else None
    ended = locked and closes(term, found.kind)
    return WritableKindView(
        kind=found.kind.id,
        title=found.kind.title,
        dimension=dimension.id,
        dimension_title=dimension.title,
        open=refused is None and not ended,
        ended=ended,
        closes_at=found.answer.until if isinstance(found.answer, Allowed) and not ended else None,
        opens_at=refused.next_opening if refused and not ended else None,
        why=explanation(found.kind) if ended else refused.message if refused else None,
        help=who_unlocks(term) if ended else term.who_can_help(found.kind.operation) if refused else None,
        quotas=[
            from_attributes(QuotaView, quota, used=found.used.get(quota.per, 0))
            for quota in found.kind.quotas
            if quota.counts == "submitted"
        ],
        shared_quotas=[
            SharedQuotaView(
                quota=one.quota.id, title=one.quota.title, per=one.quota.per, max=one.quota.max, used=one.used,
                unit=one.quota.unit, refuses=one.quota.beyond == "refused",
            )
            for one in found.shared
        ],
    )  # fmt: skip
