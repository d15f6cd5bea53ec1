"""Between rows, values and bodies that use the same names: copying by name instead of field by field."""

import dataclasses
from collections.abc import Collection
from typing import Any

from pydantic import BaseModel


def from_attributes[M: BaseModel](model: type[M], value: object, /, **fields: Any) -> M:
    """A model of a value: `fields` as given; each other field from the value's attribute of its name, if there is one."""
    copied = {name: getattr(value, name) for name in model.model_fields if name not in fields and hasattr(value, name)}
    return model(**copied, **fields)


def from_row[D](kind: type[D], row: Any, /, **fields: Any) -> D:
    """A dataclass from a row: `fields` as given; each other field from the column of its name, which must be there."""
    names = [field.name for field in dataclasses.fields(kind) if field.name not in fields]  # type: ignore[arg-type]
    return kind(**{name: row[name] for name in names}, **fields)


def columns(values: Collection[Any], *names: str) -> list[list[Any]]:
    """For `unnest`: one list for each of these attributes of the values."""
    return [[getattr(value, name) for value in values] for name in names]
