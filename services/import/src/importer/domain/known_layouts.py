"""Known workbook layouts as the reader needs them (L-04): plain values for the worker process. Pure.

`scheme.layouts` says what each key means and reads the files; importing it would cost every worker process its start-up time.
"""

from dataclasses import dataclass, field

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class CellCondition:
    """Holds where the cell under this heading, in the same group, is empty or one of these texts."""

    heading: str
    one_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group of columns."""

    id: str
    heading: str
    prefix: str | None = None
    starts_with: tuple[str, ...] = ()
    repeated: bool = False
    only_if: CellCondition | None = None


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column of the sheet and the template's columns that it fills."""

    to: tuple[str, ...]
    headings: tuple[str, ...]
    group: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    pattern: str | None = None
    write: str | None = None
    only_if: CellCondition | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A column computed from the columns under other headings."""

    to: str
    formula: str
    of: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class OneColumnPerValue:
    """Each heading that is a choice of `name` makes a row of its own."""

    name: str
    value: str
    maximum: str | None = None
    maximum_row: str | None = None
    least: int = 1


@dataclass(frozen=True, slots=True)
class KnownLayout:
    """How a sheet is recognised, and what its columns mean."""

    id: str
    title: str
    requires: tuple[tuple[str, ...], ...]
    columns: tuple[KnownColumn, ...]
    sheet: str | None = None
    groups: tuple[KnownGroup, ...] = ()
    computed: tuple[Computed, ...] = ()
    one_column_per: OneColumnPerValue | None = None
    from_text: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    summary_rows: tuple[str, ...] = ()


_KNOWN = TypeAdapter(KnownLayout)


def known_layout(data: dict[str, object]) -> KnownLayout:
    """The layout from the keys of its file (`WorkbookLayout.model_dump`)."""
    return _KNOWN.validate_python(data)
