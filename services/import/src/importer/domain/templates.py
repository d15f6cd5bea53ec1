"""Templates with sheets and columns, rows as read, problems, rows as accepted, and the function that validates rows. Pure.

Excel files are in `adapters.workbook`, sentences in `messages`. Row and column numbers are Excel's: the first is 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
    "choice",
    "choices",  # several of a list in one cell
]
type Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet. `width` is in characters; `locked` columns are prefilled and must not be changed.

    `other_titles` are other spellings of the header; `other_choices` are other spellings of choices, which the validator
    understands.
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to fill. `unique`: each group of column ids may hold the same values only once in a file."""

    id: str
    title: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    optional: bool = False

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

    def sheet(self, name: str) -> Sheet:
        """The sheet with this id. Raises KeyError."""
        return {sheet.id: sheet for sheet in self.sheets}[name]


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: values by column id, empty cells left out. Dates are ISO 8601 text, numbers plain text."""

    number: int
    values: dict[str, Value]
    sheet: str


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with a cell, with a row (`column` None) or with a whole sheet (`row` 0). `message` is Chinese."""

    row: int
    column: str | None
    code: str
    message: str
    sheet: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know that does not stop the import."""

    code: str
    message: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a sheet in the upload: its title, the header's row, column numbers by id.

    `width` is the last used header column; `reasons` the column of an earlier answer's reasons, if there is one.
    """

    title: str
    header: int
    columns: dict[str, int]
    width: int
    reasons: int | None = None


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


type Verdict = Mapping[str, object] | list[Fault]
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
    """The result of a dry run: `rows` are without any problem; `read` counts all filled rows (X-12)."""

    rows: tuple[CleanRow, ...]
    problems: tuple[CellProblem, ...]
    warnings: tuple[Notice, ...]
    layouts: dict[str, Layout] = field(default_factory=dict)
    read: int = 0

    @property
    def ok(self) -> bool:
        """Without problems: the file may be committed as a whole."""
        return not self.problems


def check_rows(parsed: Parsed, checks: Mapping[str, CheckRow]) -> Checked:
    """Run each sheet's validator over its rows, the same for dry run and commit (X-12).

    A row with problems from reading is validated too, so that people see all problems at once; a cell that has a problem
    already gets no second one. Takes CPU time: call it in a thread for large files.
    """
    known = {(p.sheet, p.row, p.column) for p in parsed.problems}
    faulty = {(p.sheet, p.row) for p in parsed.problems}
    problems = list(parsed.problems)
    rows: list[CleanRow] = []
    for row in parsed.rows:
        verdict = checks[row.sheet](row.values)
        if isinstance(verdict, Mapping):
            if (row.sheet, row.number) not in faulty:
                rows.append(CleanRow(row.sheet, row.number, verdict))
            continue
        problems += [
            CellProblem(row.number, fault.column, fault.code, fault.message, row.sheet)
            for fault in verdict
            if (row.sheet, row.number, fault.column) not in known
        ]
    order = {name: at for at, name in enumerate(parsed.layouts)}
    problems.sort(key=lambda p: (order.get(p.sheet, -1), p.row))
    return Checked(tuple(rows), tuple(problems), parsed.warnings, parsed.layouts, len(parsed.rows))
