"""Finds the header of a sheet: in the first rows, columns in any order, under a title or not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from importer.adapters.workbook.cells import Cell, shown
from importer.adapters.workbook.template_metadata import REASONS
from importer.domain import normalise
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Layout, Notice, Sheet

SEARCHED = 20  # rows from the top


@dataclass(frozen=True, slots=True)
class Header:
    """The layout of a sheet, or why it cannot be read (`problems`)."""

    layout: Layout
    problems: tuple[CellProblem, ...]
    notices: tuple[Notice, ...]


def find(sheet: Sheet, title: str, top: Sequence[Sequence[Cell]]) -> Header | None:
    """The header among the first rows of the sheet called `title`; None when no row looks like one."""
    names = _names(sheet)
    wanted = min(2, len(sheet.columns))
    best = max(range(len(top)), key=lambda at: _matches(top[at], names), default=None)
    if best is None or _matches(top[best], names) < wanted:
        return None
    return _read(sheet, title, best + 1, top[best], names)


def not_found(sheet: Sheet) -> CellProblem:
    """The problem of a sheet without a header."""
    titles = "、".join(column.title for column in sheet.columns)
    return CellProblem(0, None, "header_missing", message_of("header_missing", sheet=sheet.title, titles=titles), sheet.id)


def _names(sheet: Sheet) -> dict[str, str]:
    return {normalise.fold(title): column.id for column in sheet.columns for title in (column.title, *column.other_titles)}


def _matches(row: Sequence[Cell], names: dict[str, str]) -> int:
    return len({names[folded] for cell in row if (folded := normalise.fold(shown(cell))) in names})


def _read(sheet: Sheet, title: str, number: int, row: Sequence[Cell], names: dict[str, str]) -> Header:
    columns: dict[str, int] = {}
    problems: list[CellProblem] = []
    unknown: list[str] = []
    width, reasons = 0, None
    for at, cell in enumerate(row, start=1):
        text = shown(cell)
        column = names.get(normalise.fold(text))
        if not text:
            continue
        if normalise.fold(text) == REASONS:
            reasons = at
            continue
        width = at
        if column is None:
            unknown.append(normalise.line(text)[:20])
        elif column in columns:
            problems.append(_problem(sheet, number, column, "column_twice"))
        else:
            columns[column] = at
    problems += [
        _problem(sheet, number, column.id, "column_missing")
        for column in sheet.columns
        if column.required and column.id not in columns
    ]
    notices = [Notice("unknown_columns", message_of("unknown_columns", titles="、".join(unknown[:10])), sheet.id)]
    layout = Layout(title, number, columns, width, reasons)
    return Header(layout, tuple(problems), tuple(notices if unknown else ()))


def _problem(sheet: Sheet, row: int, column: str, code: str) -> CellProblem:
    return CellProblem(row, column, code, message_of(code, title=sheet.column(column).title), sheet.id)
