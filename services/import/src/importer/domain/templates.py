"""Templates with sheets and columns, rows as read, problems, rows as accepted, and the function that validates rows. Pure.

Excel files are in `adapters.workbook`, sentences in `messages`. Row and column numbers are Excel's: the first is 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from importer.domain.known_layouts import KnownLayout

type ColumnType = Literal[
    "text",  # one line
    "long_text",
    "name",  # of a person: spaces between Chinese characters do not count
    "code",  # digits and letters that are no quantity: registry numbers, phones
    "integer",
    "number",
    "date",
    "datetime",
    "hours",
    "duration",  # as written: 3'45", 3.45; the scheme knows the column's unit and range
    "choice",
    "choices",  # several of a list in one cell
]
type Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet. `width` is in characters; `locked` columns are prefilled and must not be changed.

    `other_titles` are other spellings of the header; `other_choices` are other spellings of choices, which the validator
    understands. `outcomes` are results in words instead of a number: the title of each spelling (L-12).
    """

    id: str
    title: str
    required: bool = False
    type: ColumnType = "text"
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    help: str = ""
    example: str = ""
    width: int | None = None
    locked: bool = False
    other_titles: tuple[str, ...] = ()
    other_choices: tuple[str, ...] = ()
    outcomes: dict[str, str] = field(default_factory=dict)
    may_be_missing: bool = False
    """A workbook may lack the column, which then changes nothing (L-08); where it is there, a required cell is filled."""
    may_be_date: bool = False
    """A text that Excel likes to make a date of; the date means the same (2025-09)."""
    offered: bool = True
    """Stands in the downloaded workbook; other columns are understood, too."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to fill. `unique`: each group of column ids may hold the same values only once in a file. `one_of`: at least
    one of these columns has to be there, to tell whom a row is about."""

    id: str
    title: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    optional: bool = False
    one_of: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column with this id. Raises KeyError."""
        return {column.id: column for column in self.columns}[name]


@dataclass(frozen=True, slots=True)
class Template:
    """A workbook to fill (JX-05): `notes` are sentences, `context` are (label, text) lines shown above them."""

    id: str
    title: str
    version: int | str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()
    context: tuple[tuple[str, str], ...] = ()
    scheme: str = ""
    layouts: tuple[KnownLayout, ...] = ()
    """Other layouts that are read, too (L-04)."""

    @property
    def offered(self) -> "Template":
        """The workbook to download: without the columns that few schools need."""
        sheets = (replace(sheet, columns=tuple(c for c in sheet.columns if c.offered)) for sheet in self.sheets)
        return replace(self, sheets=tuple(sheets))

    def sheet(self, name: str) -> Sheet:
        """The sheet with this id. Raises KeyError."""
        return {sheet.id: sheet for sheet in self.sheets}[name]


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: values by column id, empty cells left out. Dates are ISO 8601 text, numbers plain text.

    `cells`: the Excel columns of values whose column differs from row to row (L-04).
    """

    number: int
    values: dict[str, Value]
    sheet: str
    cells: Mapping[str, int] | None = None


type FindingKind = Literal[
    "problem",  # the row cannot be imported
    "question",  # the school has to say in the workbook what is meant; nothing is guessed (L-06)
    "warning",  # the row can be imported; somebody should have a look
]


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with a cell, with a row (`column` None) or with a whole sheet (`row` 0). `message` is Chinese."""

    row: int
    column: str | None
    code: str
    message: str
    sheet: str
    kind: FindingKind = "problem"
    at: int | None = None
    """The Excel column of the cell where the sheet's layout does not tell it."""
    value: str | None = None
    """The text of a cell that could not be read."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know that does not stop the import."""

    code: str
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a sheet in the upload: its title, the header's row, column numbers by id.

    `width` is the last used header column; `reasons` the column of an earlier answer's reasons, if there is one. `names` are
    columns of the template whose values come from elsewhere (L-04).
    """

    title: str
    header: int
    columns: dict[str, int]
    width: int
    reasons: int | None = None
    names: tuple[str, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """The columns of the template that rows may have a value for."""
        return (*self.columns, *self.names)


@dataclass(frozen=True, slots=True)
class Parsed:
    """An upload as read: every filled row, also the faulty ones, and their problems."""

    rows: tuple[Row, ...]
    problems: tuple[CellProblem, ...]
    warnings: tuple[Notice, ...]
    layouts: dict[str, Layout]

    def of(self, sheet: str) -> tuple[Row, ...]:
        """The rows of one sheet."""
        return tuple(row for row in self.rows if row.sheet == sheet)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a validator objects to in one row; `column` None means the row as a whole."""

    column: str | None
    code: str
    message: str
    kind: FindingKind = "problem"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Values that a validator accepts, with warnings about them."""

    data: Mapping[str, object]
    warnings: tuple[Fault, ...]


type Verdict = Mapping[str, object] | Accepted | list[Fault]
"""The values that a validator accepts, in its own types, or what it objects to."""
type CheckRow = Callable[[Mapping[str, Value]], Verdict]


@dataclass(frozen=True, slots=True)
class CleanRow:
    """A row that may be imported."""

    sheet: str
    number: int
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a dry run: `rows` are without any problem or question; `read` counts all filled rows (X-12).

    `problems` has the questions too; `row_warnings` stop nothing.
    """

    rows: tuple[CleanRow, ...]
    problems: tuple[CellProblem, ...]
    warnings: tuple[Notice, ...]
    layouts: dict[str, Layout] = field(default_factory=dict)
    read: int = 0
    row_warnings: tuple[CellProblem, ...] = ()

    @property
    def ok(self) -> bool:
        """Without problems and questions: the receiving service may be asked."""
        return not self.problems


def check_rows(parsed: Parsed, checks: Mapping[str, CheckRow]) -> Checked:
    """Run each sheet's validator over its rows, the same for dry run and commit (X-12).

    A row with problems from reading is validated too, so that people see all problems at once; a cell that has a problem
    already gets no second one. Takes CPU time: call it in a thread for large files.
    """
    known = {(p.sheet, p.row, p.column, p.at) for p in parsed.problems}
    known |= {(p.sheet, p.row, p.column, None) for p in parsed.problems if p.column in _columns_of(parsed, p.sheet)}
    faulty = {(p.sheet, p.row) for p in parsed.problems}
    problems = list(parsed.problems)
    warnings: list[CellProblem] = []
    rows: list[CleanRow] = []
    for row in parsed.rows:
        verdict = checks[row.sheet](row.values)
        if isinstance(verdict, Accepted):
            warnings += [_in_row(row, warning) for warning in verdict.warnings]
            verdict = verdict.data
        if isinstance(verdict, Mapping):
            if (row.sheet, row.number) not in faulty:
                rows.append(CleanRow(row.sheet, row.number, verdict))
            continue
        for problem in (_in_row(row, fault) for fault in verdict):
            key = (problem.sheet, problem.row, problem.column, problem.at)
            if key not in known:
                problems.append(problem)
            if row.cells is not None:  # a row of the sheet may have become several, with the same student
                known.add(key)
    order = {name: at for at, name in enumerate(parsed.layouts)}
    problems.sort(key=lambda p: (order.get(p.sheet, -1), p.row))
    return Checked(tuple(rows), tuple(problems), parsed.warnings, parsed.layouts, len(parsed.rows), tuple(warnings))


def _columns_of(parsed: Parsed, sheet: str) -> Mapping[str, int]:
    return parsed.layouts[sheet].columns if sheet in parsed.layouts else {}


def _in_row(row: Row, fault: Fault) -> CellProblem:
    at = row.cells.get(fault.column or "") if row.cells is not None else None
    return CellProblem(row.number, fault.column, fault.code, fault.message, row.sheet, fault.kind, at)
