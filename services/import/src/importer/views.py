"""Shapes of import's answers and requests."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from contracts.base import OrgPath
from contracts.importer import Target
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from importer.domain import FINAL, SHOWN, Batch, Findings, State

type TypeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]


class TypeView(BaseModel):
    """An import type that this card may use; `closed` says why not now (X-13)."""

    model_config = ConfigDict(from_attributes=True)

    type: str
    title: str
    target: Target
    prefilled: bool
    max_rows: int
    needs_term: bool
    open: bool
    closed: str | None
    opens_at: datetime | None


class Types(BaseModel):
    """What this card may import."""

    items: list[TypeView]


class Begin(BaseModel):
    """A workbook to check. `path`: the class (for a roster the school); without it the card's own place."""

    model_config = ConfigDict(extra="forbid")

    file_id: UUID
    type: TypeId
    path: OrgPath | None = None
    term_id: UUID | None = None


class Undo(BaseModel):
    """Why a batch is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(default="导入有误，整批撤回", min_length=2, max_length=200)


class BatchView(BaseModel):
    """One batch. `created`, `changed`, `unchanged` and `not_applied` count rows once the batch is applied (X-12);
    `removed`, `restored` and `kept` once records has taken an undone one back.

    `code` and `message`: why the file was refused as a whole (state refused), or what failed.
    """

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
    code: str | None
    message: str | None
    rows: int
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

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """As it is shown."""
        return cls(**_fields(batch))


def _fields(batch: Batch) -> dict[str, object]:
    same = {name: getattr(batch, name) for name in BatchView.model_fields if hasattr(batch, name)}
    return same | {
        "scheme": f"{batch.scheme_id}@{batch.scheme_version}" if batch.scheme_id else None,
        "code": batch.refusal_code,
        "message": batch.refusal_message,
        "rows": batch.rows_read,
        "may_commit": batch.state == State.CHECKED and not batch.problem_count and batch.rows_read > 0,
        "has_answer": batch.answer_key is not None,
    }


class CellProblem(BaseModel):
    """What is wrong with a cell (`cell` as Excel names it), a row, or a sheet (`row` 0)."""

    sheet: str | None
    row: int
    cell: str | None
    field: str | None
    code: str
    message: str


class Notice(BaseModel):
    """Worth knowing; does not stop the import."""

    code: str
    message: str


class BatchDetail(BatchView):
    """One batch with what was said about it; the answer workbook has all problems, this the first ones."""

    problems: list[CellProblem] = Field(description=f"the first {SHOWN} of the check")
    warnings: list[Notice]
    applied_problems: list[CellProblem]
    """Rows that the receiving service had to leave out."""

    @classmethod
    def with_findings(cls, batch: Batch, found: Findings) -> Self:
        """As it is shown."""
        return cls.model_validate(
            _fields(batch) | {"problems": found.problems, "warnings": found.warnings, "applied_problems": found.applied}
        )


class AnswerView(BaseModel):
    """Where the coloured workbook can be fetched for a short time."""

    url: str


class Progress(BaseModel):
    """How far a batch is; `final`: nothing more happens by itself. `id` differs whenever anything else does."""

    id: str
    state: State
    rows: int
    problem_count: int
    chunks: int
    chunks_applied: int
    final: bool

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """As it is sent."""
        return cls(
            id=f"{batch.version}-{batch.rows_read}",
            state=batch.state,
            rows=batch.rows_read,
            problem_count=batch.problem_count,
            chunks=batch.chunks,
            chunks_applied=batch.chunks_applied,
            final=batch.state in FINAL,
        )
