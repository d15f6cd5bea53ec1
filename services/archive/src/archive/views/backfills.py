"""What archive answers about backfills (JX-15)."""

from datetime import date
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from pydantic import BaseModel

from archive.domain.backfill import Backfill, Look
from archive.domain.states import Collecting


class MissingView(BaseModel):
    """One thing that is not there yet; `required`: the archive waits for it, unless told to go on without."""

    what: str
    title: str
    required: bool
    field: str | None


class HeldView(BaseModel):
    """A position: those the student declared fill themselves in, those written by hand stand behind them."""

    title: str
    level: str | None
    starts_on: date
    ends_on: date | None
    duties: str | None


class SaidView(BaseModel):
    """A comment as it was written elsewhere."""

    type: str
    text: str
    author: str


class FiledView(BaseModel):
    """A record, filed under its kind."""

    id: UUID
    dimension: str
    kind: str
    kind_title: str
    title: str
    data: dict[str, Any]
    evidence: list[EvidenceRef]


class BackfillRow(BaseModel):
    """A backfill in a list. `id` is also the id of the term that it becomes."""

    id: UUID
    student_id: UUID
    path: str
    title: str
    school_year: str
    number: int
    starts_on: date
    ends_on: date
    from_province: str
    from_school: str
    transferred_on: date
    state: Collecting
    records_count: int
    made_by_name: str
    version: int

    @classmethod
    def of(cls, b: Backfill) -> "BackfillRow":
        """From the value."""
        own = {name: getattr(b, name) for name in cls.model_fields if name != "records_count"}
        return cls(**own, records_count=len(b.records))


class BackfillView(BackfillRow):
    """With what filled itself in, what was written, and what is missing."""

    student_name: str
    profile: dict[str, Any]
    positions: list[HeldView]
    evaluations: list[SaidView]
    records: list[FiledView]
    missing: list[MissingView]

    @classmethod
    def looked(cls, look: Look) -> "BackfillView":
        """From what was looked up."""
        b, scheme = look.backfill, look.scheme
        filed = [
            FiledView(
                id=r.id, dimension=scheme.dimension_of(r.kind).id, kind=r.kind, kind_title=scheme.kind(r.kind).title,
                title=r.title, data=dict(r.data), evidence=list(r.evidence),
            )
            for r in b.records
        ]  # fmt: skip
        return cls(
            **BackfillRow.of(b).model_dump(),
            student_name=look.student.name,
            profile=dict(look.profile),
            positions=[HeldView(**vars(held)) for held in look.positions],
            evaluations=[SaidView(**vars(said)) for said in b.evaluations],
            records=filed,
            missing=[MissingView(**vars(one)) for one in look.missing],
        )
