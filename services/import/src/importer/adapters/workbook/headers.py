"""Finds the header of a sheet: in the first rows, columns in any order, under a title or not. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from importer.adapters.workbook.cells import Cell, shown
from importer.adapters.workbook.template_metadata import REASONS
from importer.domain import normalise
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Column, Layout, Notice, Sheet

SEARCHED = 20  # rows from the top
_CLOSE = 0.5
"""How much alike two headings must be to be named together, 0 to 1 (difflib)."""
_COMPARED = 100
_LISTED = 100
"""Columns that a notice names."""


@dataclass(frozen=True, slots=True)
class Header:
    """The layout of a sheet, or why it cannot be read (`problems`)."""

    layout: Layout
    problems: tuple[CellProblem, ...]
    notices: tuple[Notice, ...]


def find(sheet: Sheet, title: str, top: Sequence[Sequence[Cell]], given: Collection[str] = ()) -> Header | None:
    """The header among the first rows of the sheet called `title`; None when no row looks like one. `given`: columns whose
    value for all rows is known, if the sheet does not have them."""
    names = _names(sheet)
    wanted = min(2, len(sheet.columns))
    best = max(range(len(top)), key=lambda at: _matches(top[at], names), default=None)
    if best is None or _matches(top[best], names) < wanted:
        return None
    return _read(sheet, title, best + 1, top[best], names, given)


def not_found(sheet: Sheet, top: Sequence[Sequence[Cell]]) -> CellProblem:
    """The problem of a sheet without a header: which columns are needed, and which texts of the sheet resemble them."""
    required = [column for column in sheet.columns if column.required] or list(sheet.columns)
    titles = "、".join(column.title for column in required)
    rows = [[shown(cell) for cell in row if isinstance(cell, str)] for row in top]
    found = max((_similar(required, row) for row in rows), key=len, default=[])
    text = message_of("header_missing", sheet=sheet.title, titles=titles, similar=_similar_text(found))
    return CellProblem(0, None, "header_missing", text, sheet.id)


def missing_columns(sheet: Sheet, row: int, present: Collection[str | None], others: Sequence[str]) -> list[CellProblem]:
    """One answer for all required columns that are missing, and which of the `others` resemble them (L-04). One that a
    workbook may lack is asked for only where another heading resembles it, or where no column names whom a row is about."""
    absent = [column for column in sheet.columns if column.required and column.id not in present]
    nobody = bool(sheet.one_of) and not set(sheet.one_of) & set(present)
    resembled = {title for _, title in _similar([column for column in absent if column.may_be_missing], others)}
    missing = [
        column
        for column in absent
        if not column.may_be_missing or column.title in resembled or (nobody and column.id in sheet.one_of)
    ]
    if not missing:
        return []
    titles = "、".join(column.title for column in missing)
    text = message_of("columns_missing", titles=titles, similar=_similar_text(_similar(missing, others)))
    return [CellProblem(row, missing[0].id if len(missing) == 1 else None, "columns_missing", text, sheet.id)]


def _similar(columns: Sequence[Column], others: Sequence[str]) -> list[tuple[str, str]]:
    """(heading of the sheet, title of the column) where they resemble each other, each once, the most alike first."""
    names = {normalise.short_heading(other): normalise.line(other)[:20] for other in others if other}
    pairs = sorted(
        (
            (SequenceMatcher(None, name, normalise.short_heading(title)).ratio(), name, column.title)
            for column in columns
            for title in (column.title, *column.other_titles)
            for name in list(names)[:_COMPARED]
        ),
        reverse=True,
    )
    found: dict[str, str] = {}
    for ratio, name, title in pairs:
        if ratio >= _CLOSE and name not in found and title not in found.values():
            found[name] = title
    return [(names[name], title) for name, title in found.items()]


def _similar_text(found: Sequence[tuple[str, str]]) -> str:
    if not found:
        return ""
    return f"表中的列可能就是它们：{'、'.join(f'“{heading}”→“{title}”' for heading, title in found)}。"


def _names(sheet: Sheet) -> dict[str, str]:
    return {normalise.heading(title): column.id for column in sheet.columns for title in (column.title, *column.other_titles)}


def _matches(row: Sequence[Cell], names: dict[str, str]) -> int:
    return len({column for cell in row if (column := _column_of(shown(cell), names)) is not None})


def _column_of(text: str, names: dict[str, str]) -> str | None:
    """The column with this heading, which may have a unit or the like in brackets: 50米跑（秒）."""
    return names.get(normalise.heading(text)) or names.get(normalise.short_heading(text))


def _read(sheet: Sheet, title: str, number: int, row: Sequence[Cell], names: dict[str, str], given: Collection[str]) -> Header:
    columns: dict[str, int] = {}
    problems: list[CellProblem] = []
    unknown: list[str] = []
    width, reasons = 0, None
    exact = {names[key] for cell in row if (key := normalise.heading(shown(cell))) in names}
    for at, cell in enumerate(row, start=1):
        text = shown(cell)
        if not text:
            continue
        column = _column_of(text, names)
        if column in exact and normalise.heading(text) not in names:
            column = None
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
    problems += missing_columns(sheet, number, {*columns, *given}, unknown)
    notices = [Notice("unknown_columns", message_of("unknown_columns", titles="、".join(unknown[:_LISTED])), sheet.id)]
    layout = Layout(title, number, columns, width, reasons, tuple(name for name in given if name not in columns))
    return Header(layout, tuple(problems), tuple(notices if unknown else ()))


def _problem(sheet: Sheet, row: int, column: str, code: str) -> CellProblem:
    return CellProblem(row, column, code, message_of(code, title=sheet.column(column).title), sheet.id)
