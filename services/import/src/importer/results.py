"""Results of use cases that are not domain values."""

from datetime import datetime

from contracts.importer import Target
from pydantic import BaseModel


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
