"""A workbook without a template, as texts: what a reader of another service gets of it (SH-01)."""

from dataclasses import dataclass

SHEETS, ROWS, COLUMNS, LENGTH = 10, 200, 12, 3000
"""How many sheets, rows of a sheet, columns and characters of a cell are read: those that records takes of a timetable."""


@dataclass(frozen=True)
class SheetTexts:
    """A sheet's title and its rows; a cell that is merged downwards stands in each of its rows."""

    title: str
    rows: list[list[str]]
