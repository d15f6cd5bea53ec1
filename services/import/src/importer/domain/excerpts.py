"""The rows of a workbook in which something is wrong, as they stand there, so that a page can show each cell in its place.

Numbers of identity documents, of the student registry and phone numbers are shown by their last four characters (L-20). Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from importer.domain.checks import letters
from importer.domain.templates import CellProblem, Column, Layout, Parsed, Row, Template, Value

MOST_ROWS = 200
_NUMBERS = ("number", "phone")
"""Endings of the ids of columns that hold personal numbers."""


def excerpts(template: Template, parsed: Parsed, problems: Iterable[CellProblem]) -> list[dict[str, Any]]:
    """The sheets with their columns and the rows that have problems, at most `MOST_ROWS` of each."""
    wrong = list(problems)
    found = []
    for sheet in template.sheets:
        layout = parsed.layouts.get(sheet.id)
        numbers = sorted({problem.row for problem in wrong if problem.sheet == sheet.id and problem.row})[:MOST_ROWS]
        if layout is None or not numbers:
            continue
        rows = parsed.of(sheet.id)
        columns = {at: sheet.column(name) for name, at in layout.columns.items()}
        own = [problem for problem in wrong if problem.sheet == sheet.id]
        found.append(
            {
                "sheet": sheet.title,
                "name": layout.title or sheet.title,
                "first_row": layout.header + 1,
                "last_row": max((row.number for row in rows), default=layout.header + 1),
                "columns": [_column(at, column) for at, column in sorted(columns.items())],
                "rows": [{"row": number, "cells": _cells(number, rows, layout, own, columns)} for number in numbers],
            }
        )
    return found


def _column(at: int, column: Column) -> dict[str, Any]:
    return {"column": letters(at), "title": column.title, "required": column.required, "allowed": allowed(column)}


def allowed(column: Column) -> str:
    """What may be filled in, in words; empty: any text."""
    listed = f"只能填：{'、'.join(column.choices)}" if column.choices else ""
    length = f"最多 {column.max_length} 个字" if column.max_length and not listed else ""
    return "；".join(part for part in (listed, column.help, length) if part)


def _cells(
    number: int, rows: Iterable[Row], layout: Layout, problems: Iterable[CellProblem], columns: Mapping[int, Column]
) -> dict[str, str]:
    """The texts of a row by column; a cell that could not be read is shown as it was found wrong."""
    cells: dict[str, str] = {}
    for row in rows:
        if row.number == number:
            for name, value in row.values.items():
                at = (row.cells or {}).get(name) or layout.columns.get(name)
                if at is not None:
                    cells[letters(at)] = shown(name, value)
    for problem in problems:
        at = problem.at or layout.columns.get(problem.column or "")
        if problem.row == number and at is not None and problem.value is not None:
            cells.setdefault(letters(at), shown(problem.column or "", problem.value))
    return {letters(at): cells.pop(letters(at)) for at in sorted(columns) if letters(at) in cells} | cells


def shown(column: str, value: Value) -> str:
    """A value as text; of personal numbers only the end."""
    text = "、".join(value) if isinstance(value, tuple) else str(value)
    return f"••••{text[-4:]}" if column.endswith(_NUMBERS) and len(text) > 4 else text
