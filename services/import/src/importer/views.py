"""Request and response bodies of import."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from contracts.base import OrgPath
from contracts.importer import Target
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from servicekit.home import Home

from importer.domain import SHOWN, Batch, Findings, State
from importer.results import Limits, TypeView

type TypeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]

type ScoreColumnId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,2}$", max_length=130)]
type ColumnId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]


class Types(BaseModel):
    """What this card may import."""

    items: list[TypeView]


class Begin(BaseModel):
    """A workbook to check. `path`: the class (for a roster the school); without it the card's own organisation.

    `values`: for all rows, by the column's id, where the workbook has no such column (L-04), as `GET /types` lists them.
    """

    model_config = ConfigDict(extra="forbid")

    file_id: UUID
    type: TypeId
    path: OrgPath | None = None
    term_id: UUID | None = None
    values: dict[ColumnId, Annotated[str, StringConstraints(max_length=200)]] = Field(default={}, max_length=20)


class FilledRow(BaseModel):
    """A student to list in a template, and what stands in the row by the column's id (`value.<part>.<dimension>`)."""

    model_config = ConfigDict(extra="forbid")

    student_id: UUID
    values: dict[ScoreColumnId, Annotated[str, StringConstraints(max_length=200)]] = Field(default={}, max_length=100)


class FilledIn(BaseModel):
    """The students of a workbook of scores with the values that the caller sees of them (BJ-06)."""

    model_config = ConfigDict(extra="forbid")

    rows: list[FilledRow] = Field(min_length=1, max_length=5_000)


class TableIn(BaseModel):
    """An uploaded workbook to read."""

    model_config = ConfigDict(extra="forbid")

    file_id: UUID


class SheetView(BaseModel):
    """A sheet's title and texts; a cell that is merged downwards stands in each of its rows."""

    title: str
    rows: list[list[str]]


class Tables(BaseModel):
    """The first visible sheets of a workbook that hold anything."""

    sheets: list[SheetView]


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
    question_count: int
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


class ImportHome(Home):
    """What import shows on the home screen of a card; `batches`: its newest ones, one of each type and class."""

    batches: list[BatchView] = Field(default=[])


class CellProblem(BaseModel):
    """A problem of a cell (`cell` as Excel names it), of a row, or of a sheet (`row` 0)."""

    sheet: str | None
    row: int
    cell: str | None
    column: str | None = None
    """The letter of the column."""
    field: str | None
    code: str
    message: str


class Finding(CellProblem):
    """A finding in the list of all: a problem or a question stops the import, a warning does not."""

    kind: Literal["problem", "question", "warning"]


class ExcerptColumn(BaseModel):
    """A column of the workbook: its letter, heading, and what may be filled in."""

    column: str
    title: str
    required: bool
    allowed: str


class ExcerptRow(BaseModel):
    """A row of the workbook: the texts of its cells by letter; of personal numbers only the end (L-20)."""

    row: int
    cells: dict[str, str]


class Excerpt(BaseModel):
    """A sheet of the workbook with its columns and the rows that have problems; the rest, up to `last_row`, has none."""

    sheet: str
    """As findings name it: the template's title."""
    name: str | None = None
    """The sheet's title in the workbook; null: an earlier release checked it."""
    first_row: int
    last_row: int
    columns: list[ExcerptColumn]
    rows: list[ExcerptRow]


class Excerpts(BaseModel):
    """The wrong rows of a workbook as they stand there."""

    sheets: list[Excerpt]


class Notice(BaseModel):
    """A notice that does not stop the import."""

    code: str
    message: str


class Planned(BaseModel):
    """What a commit would do, as the service answered that will apply the rows (L-10): rows created, changed and unchanged,
    and counted effects such as `values_cleared` and `access_lost`."""

    created: int
    changed: int
    unchanged: int
    counts: dict[str, int]


class BatchDetail(BatchView):
    """One batch with its first problems; the answer workbook has all of them."""

    problems: list[CellProblem] = Field(description=f"the first {SHOWN} of the check")
    questions: list[CellProblem]
    """What the school has to answer in the workbook before the rows can be imported."""
    warnings: list[Notice]
    row_warnings: list[CellProblem]
    planned: Planned | None
    """None: the service was not asked, because the file itself has problems."""
    differences: list[CellProblem]
    """Why the last commit did not happen: what it would have done otherwise than shown."""
    applied_problems: list[CellProblem]
    """Rows that the receiving service could not apply."""
    may_undo: bool
    """By this card, now."""
    undo_until: datetime | None
    """Null: without limit, or it cannot be undone."""
    kept_until: datetime
    """When the findings and the rows of the check are deleted."""
    answer_until: datetime
    """When the coloured workbook is deleted."""

    @classmethod
    def with_findings(cls, batch: Batch, found: Findings, limits: Limits) -> Self:
        """The batch and its findings in one body."""
        findings = vars(limits) | {
            "problems": found.problems,
            "questions": found.questions,
            "warnings": found.warnings,
            "row_warnings": found.row_warnings,
            "planned": found.planned,
            "differences": found.differences,
            "applied_problems": found.applied,
        }
        return cls.model_validate(BatchView.model_validate(batch).model_dump() | findings)


class AnswerView(BaseModel):
    """An address from which the coloured workbook can be fetched for a short time."""

    url: str


class Progress(BaseModel):
    """The state and counts of a batch; `final`: nothing more happens, by itself or by a commit. `id` differs for each state."""

    id: str
    state: State
    rows: int
    problem_count: int
    question_count: int
    chunks: int
    chunks_applied: int
    seconds_left: int | None
    """While it is committed: how long the rest will take, as fast as so far; null while that is not known."""
    final: bool

    @classmethod
    def of(cls, batch: Batch, now: datetime) -> Self:
        """The progress of a batch."""
        return cls(
            id=f"{batch.version}-{batch.rows_read}",
            state=batch.state,
            rows=batch.rows_read,
            problem_count=batch.problem_count,
            question_count=batch.question_count,
            chunks=batch.chunks,
            chunks_applied=batch.chunks_applied,
            seconds_left=batch.seconds_left(now),
            final=batch.final,
        )
