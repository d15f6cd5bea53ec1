"""Events that the import service publishes."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Event, EventPart, OrgPath

type Target = Literal["identity", "records", "archive"]


ORDERING_GROUPS = 4
"""Chunks of records are published in so many independent sequences; more would only wait for each other's locks."""


class BatchRow(EventPart):
    """One checked row. `sealed` has the encrypted fields (ID numbers), by field id."""

    row: int
    sheet: str
    student_id: UUID | None = None
    data: dict[str, Any]
    sealed: dict[str, str] = Field(default_factory=dict)


class BatchCommitted(Event):
    """One chunk (some hundreds of rows) of an import that passed all checks (X-12). Each target service has its own event, so
    that no other service receives personal data."""

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
    """A roster of students and teachers, for identity."""

    subject: ClassVar[str] = "importer.roster.committed.v1"
    target: Target = "identity"


class RecordsCommittedV1(BatchCommitted):
    """Records, for records."""

    subject: ClassVar[str] = "importer.records.committed.v1"
    target: Target = "records"

    @property
    def aggregate(self) -> str:
        """Chunks of records do not depend on each other, so several may be in flight; those of a roster do."""
        return f"{super().aggregate}:{self.chunk % ORDERING_GROUPS}"


class EvaluationsCommittedV1(BatchCommitted):
    """Teacher comments, for archive."""

    subject: ClassVar[str] = "importer.evaluations.committed.v1"
    target: Target = "archive"


COMMITTED: dict[Target, type[BatchCommitted]] = {
    "identity": RosterCommittedV1,
    "records": RecordsCommittedV1,
    "archive": EvaluationsCommittedV1,
}


class BatchUndoneV1(Event):
    """An import was undone: rows that nobody has used since are removed."""

    subject: ClassVar[str] = "importer.batch.undone.v1"
    key: ClassVar[str] = "batch_id"
    batch_id: UUID
    target: Target
    import_type: str
    path: OrgPath
    account_id: UUID
    reason: str
