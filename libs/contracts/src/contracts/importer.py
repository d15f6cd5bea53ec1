"""Facts of import: many rows at once."""

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


class BatchCommittedV1(Event):
    """One chunk (some hundreds of rows) of a batch that passed every check (X-12). `target` says who takes it in."""

    subject: ClassVar[str] = "importer.batch.committed.v1"
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

    @property
    def aggregate(self) -> str:
        """Chunks of records are about different rows: they go in lanes side by side. A roster's build on each other."""
        return f"{super().aggregate}:{self.chunk % LANES}" if self.target == "records" else super().aggregate


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
