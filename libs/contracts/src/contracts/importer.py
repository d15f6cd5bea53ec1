"""Events of import: many rows at once."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Event, OrgPath, Part

type Target = Literal["identity", "records", "archive"]


LANES = 4
"""More at once would only wait for each other, and run out of their time."""


class BatchRow(Part):
    """One checked row. `sealed` holds fields that travel encrypted (ID numbers), by field id."""

    row: int
    sheet: str
    student_id: UUID | None = None
    data: dict[str, Any]
    sealed: dict[str, str] = Field(default_factory=dict)


class BatchCommitted(Event):
    """One chunk (some hundreds of rows) of a batch that passed every check (X-12). Each service that takes rows in has a
    event of its own: rows about children go to nobody else."""

    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    chunk: int
    chunks: int
    target: Target
    import_type: str
    path: OrgPath
    term_id: UUID | None
    scheme_id: str | None
    scheme_version: str | None
    account_id: UUID
    author_name: str
    rows: tuple[BatchRow, ...]


class RosterCommittedV1(BatchCommitted):
    """Students and teachers, for identity."""

    subject: ClassVar[str] = "importer.roster.committed.v1"
    target: Target = "identity"


class RecordsCommittedV1(BatchCommitted):
    """Records, for records."""

    subject: ClassVar[str] = "importer.records.committed.v1"
    target: Target = "records"

    @property
    def aggregate(self) -> str:
        """Chunks are about different rows: they go in lanes side by side. A roster's build on each other."""
        return f"{super().aggregate}:{self.chunk % LANES}"


class EvaluationsCommittedV1(BatchCommitted):
    """Teachers' comments, for archive."""

    subject: ClassVar[str] = "importer.evaluations.committed.v1"
    target: Target = "archive"


COMMITTED: dict[Target, type[BatchCommitted]] = {
    "identity": RosterCommittedV1,
    "records": RecordsCommittedV1,
    "archive": EvaluationsCommittedV1,
}


class BatchUndoneV1(Event):
    """A batch was taken back; its rows that nobody has built upon go away."""

    subject: ClassVar[str] = "importer.batch.undone.v1"
    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    target: Target
    import_type: str
    path: OrgPath
    account_id: UUID
    reason: str
