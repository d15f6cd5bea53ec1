"""What archive answers about backfills (JX-15)."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import field_validator
from servicekit.files import EvidenceItem, evidence_items

from archive.domain.backfill import Backfill, BackfillDetail
from archive.domain.states import Collecting
from archive.views.base import View


class MissingView(View):
    """One thing that is not there yet; `required`: the archive waits for it, unless told to go on without, which is possible
    where it `may_go_on`."""

    what: str
    title: str
    required: bool
    field: str | None
    may_go_on: bool


class HeldView(View):
    """A position: those the student declared fill themselves in, those written by hand stand behind them."""

    title: str
    level: str | None
    starts_on: date
    ends_on: date | None
    duties: str | None


class SaidView(View):
    """A comment as it was written elsewhere."""

    type: str
    text: str
    author: str


class FiledView(View):
    """A record, filed under its kind."""

    id: UUID
    dimension: str
    kind: str
    kind_title: str
    title: str
    data: dict[str, Any]
    evidence: list[EvidenceItem]

    @field_validator("evidence", mode="before")
    @classmethod
    def _numbered(cls, evidence: Any) -> list[EvidenceItem]:
        return evidence_items(evidence)


class BackfillRow(View):
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
    def of(cls, backfill: Backfill) -> "BackfillRow":
        """From the value."""
        return cls.model_validate(vars(backfill) | {"title": backfill.title, "records_count": len(backfill.records)})


class BackfillView(BackfillRow):
    """With what filled itself in, what was written, and what is missing. `written_positions`: the forms written by hand."""

    student_name: str
    profile: dict[str, Any]
    positions: list[HeldView]
    written_positions: list[dict[str, Any]]
    evaluations: list[SaidView]
    records: list[FiledView]
    missing: list[MissingView]

    @classmethod
    def of_detail(cls, detail: BackfillDetail) -> "BackfillView":
        """From the use case's result."""
        backfill, scheme = detail.backfill, detail.scheme
        records = [
            vars(record) | {"dimension": scheme.dimension_of(record.kind).id, "kind_title": scheme.kind(record.kind).title}
            for record in backfill.records
        ]
        return cls.model_validate(
            vars(BackfillRow.of(backfill))
            | vars(detail)
            | {
                "student_name": detail.student.name,
                "written_positions": backfill.positions,
                "evaluations": backfill.evaluations,
                "records": records,
            }
        )
