"""From rows of PostgreSQL to dataclasses, and back to the columns of an `unnest`."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, cast


def columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as columns, for `unnest`."""
    return [[row[i] for row in rows] for i in range(width)]


def from_row[T](kind: type[T], row: Any, **other: Any) -> T:
    """A dataclass from the columns named as its fields; `other`: the fields that are no such column."""
    names = [field.name for field in fields(cast(Any, kind)) if field.name not in other]
    return kind(**{name: row[name] for name in names}, **other)
