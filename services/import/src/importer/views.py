"""Request and response bodies of import."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from contracts.base import OrgPath
from contracts.importer import Target
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from importer.domain import SHOWN, Batch, Findings, State
from importer.results import TypeView

type TypeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]


class Types(BaseModel):
    """What this card may import."""

    items: list[TypeView]


class Begin(BaseModel):
    """A workbook to check. `path`: the class (for a roster the school); without it the card's own organisation."""

    model_config = ConfigDict(extra="forbid")

    file_id: UUID
    type: TypeId
    path: OrgPath | None = None
    term_id: UUID | None = None


class Undo(BaseModel):
    """Why an import is undone."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="导入有误，整批撤回", min_length=2, max_length=200)


class BatchView(BaseModel):
    """One batch. `created`, `changed`, `unchanged` and `not_applied` count rows once the batch is applied (X-12);
    `removed`, `restored` and `kept` once records has undone the import.

    `code` and `message`: why the file was refused as a whole (state refused), or what failed.
    """

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    id: UUID
    type: str
    title: str
    target: Target
    path: str
    term_id: UUID | None
    scheme: str | None
    author_name: str
    file_name: str
    state: State
    code: str | None = Field(validation_alias="refusal_code")
    message: str | None = Field(validation_alias="refusal_message")
    rows: int = Field(validation_alias="rows_read")
    rows_good: int
    rows_bad: int
    problem_count: int
    may_commit: bool
    has_answer: bool
    chunks: int
    chunks_applied: int
    created: int
    changed: int
    unchanged: int
    not_applied: int
    removed: int | None
    restored: int | None
    kept: int | None
    created_at: datetime
    checked_at: datetime | None
    committed_at: datetime | None
    applied_at: datetime | None
    undone_at: datetime | None
    version: int


class CellProblem(BaseModel):
    """A problem of a cell (`cell` as Excel names it), of a row, or of a sheet (`row` 0)."""

    sheet: str | None
    row: int
    cell: str | None
    field: str | None
    code: str
    message: str


class Notice(BaseModel):
    """A notice that does not stop the import."""

    code: str
    message: str


class BatchDetail(BatchView):
    """One batch with its first problems; the answer workbook has all of them."""

    problems: list[CellProblem] = Field(description=f"the first {SHOWN} of the check")
    warnings: list[Notice]
    applied_problems: list[CellProblem]
    """Rows that the receiving service could not apply."""

    @classmethod
    def with_findings(cls, batch: Batch, found: Findings) -> Self:
        """The batch and its findings in one body."""
        findings = {"problems": found.problems, "warnings": found.warnings, "applied_problems": found.applied}
        return cls.model_validate(BatchView.model_validate(batch).model_dump() | findings)


class AnswerView(BaseModel):
    """An address from which the coloured workbook can be fetched for a short time."""

    url: str


class Progress(BaseModel):
    """The state and counts of a batch; `final`: nothing more happens by itself. `id` differs for each state."""

    id: str
    state: State
    rows: int
    problem_count: int
    chunks: int
    chunks_applied: int
    final: bool

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """The progress of a batch."""
        return cls(
            id=f"{batch.version}-{batch.rows_read}",
            state=batch.state,
            rows=batch.rows_read,
            problem_count=batch.problem_count,
            chunks=batch.chunks,
            chunks_applied=batch.chunks_applied,
            final=batch.final,
        )
