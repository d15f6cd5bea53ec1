"""Templates, readings and dry runs as JSON, for the way to the worker process and back."""

from dataclasses import asdict
from typing import Any

from importer.adapters.workbook.limits import Limits
from importer.domain.sheets import CellProblem, Checked, Column, Layout, Notice, Parsed, Row, Sheet, Template


def template_from(data: dict[str, Any]) -> Template:
    """A template out of `asdict`'s JSON."""
    sheets = tuple(
        Sheet(
            id=sheet["id"],
            title=sheet["title"],
            columns=tuple(Column(**{k: _tuple(v) for k, v in column.items()}) for column in sheet["columns"]),
            unique=tuple(tuple(group) for group in sheet["unique"]),
            optional=sheet["optional"],
        )
        for sheet in data["sheets"]
    )
    context = tuple((label, text) for label, text in data["context"])
    return Template(**{**data, "sheets": sheets, "notes": tuple(data["notes"]), "context": context})


def limits_from(data: dict[str, Any]) -> Limits:
    """Limits out of `asdict`'s JSON."""
    return Limits(**data)


def parsed_to(parsed: Parsed) -> dict[str, object]:
    """A reading as JSON; rows as [number, value, ...] under the names of their sheet's columns."""
    return {
        "rows": {name: _rows_to(name, list(layout.columns), parsed) for name, layout in parsed.layouts.items()},
        "problems": [[p.row, p.column, p.code, p.message, p.sheet] for p in parsed.problems],
        "warnings": [asdict(notice) for notice in parsed.warnings],
        "layouts": {name: asdict(layout) for name, layout in parsed.layouts.items()},
    }


def _rows_to(sheet: str, names: list[str], parsed: Parsed) -> list[list[object]]:
    return [[row.number, *map(row.values.get, names)] for row in parsed.of(sheet)]


def parsed_from(data: dict[str, Any]) -> Parsed:
    """A reading out of JSON."""
    layouts = {name: Layout(**layout) for name, layout in data["layouts"].items()}
    rows: list[Row] = []
    for sheet, found in data["rows"].items():
        names = list(layouts[sheet].columns)
        for number, *values in found:
            filled = zip(names, values, strict=True)
            rows.append(Row(number, {name: _tuple(value) for name, value in filled if value is not None}, sheet))
    return Parsed(
        rows=tuple(rows),
        problems=tuple(CellProblem(*problem) for problem in data["problems"]),
        warnings=tuple(Notice(**notice) for notice in data["warnings"]),
        layouts=layouts,
    )


def checked_to(checked: Checked) -> dict[str, object]:
    """What an answer needs of a dry run, as JSON: the accepted rows stay with the service."""
    return {
        "problems": [[p.row, p.column, p.code, p.message, p.sheet] for p in checked.problems],
        "warnings": [asdict(notice) for notice in checked.warnings],
        "layouts": {name: asdict(layout) for name, layout in checked.layouts.items()},
        "read": checked.read,
    }


def checked_from(data: dict[str, Any]) -> Checked:
    """The other way, without accepted rows."""
    return Checked(
        rows=(),
        problems=tuple(CellProblem(*problem) for problem in data["problems"]),
        warnings=tuple(Notice(**notice) for notice in data["warnings"]),
        layouts={name: Layout(**layout) for name, layout in data["layouts"].items()},
        read=data["read"],
    )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
