"""Results of use cases that are not domain values."""

from dataclasses import dataclass
from datetime import datetime

from contracts.importer import Target
from pydantic import BaseModel


@dataclass(frozen=True)
class Limits:
    """What may be done with a batch, and until when: undo it, read what was found, download the coloured workbook."""

    may_undo: bool
    undo_until: datetime | None
    kept_until: datetime
    answer_until: datetime


class GivenColumn(BaseModel):
    """A column whose value for all rows may be given with the upload, where the sheet does not contain it (L-04)."""

    id: str
    title: str
    choices: list[str]


class TypeView(BaseModel):
    """An import type that this card may use; `closed` says why not now (X-13)."""

    type: str
    title: str
    target: Target
    prefilled: bool
    max_rows: int
    needs_term: bool
    open: bool
    closed: str | None
    opens_at: datetime | None
    values: list[GivenColumn] = []
    parts: list[str] = []
    """The parts of the result that its rows are about, and that this card enters (BJ-06)."""
    columns: list[str] = []
    """The columns that `POST /templates/{type}/filled` takes, in order; `student.seen` holds the versions of the `value.`
    columns in this order, with points between them."""
