"""Templates, readings and dry runs as JSON, for the worker process and back."""

from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from importer.domain.templates import Checked, Parsed, Row, Template

_TEMPLATE, _PARSED, _CHECKED = TypeAdapter(Template), TypeAdapter(Parsed), TypeAdapter(Checked)


def template_from(data: dict[str, Any]) -> Template:
    """A template from `asdict`'s JSON."""
    return _TEMPLATE.validate_python(data)


def parsed_to(parsed: Parsed) -> dict[str, object]:
    """A reading as JSON. Rows are [number, cells, value, ...] by sheet: without column names they take half the time and
    space."""
    rows = {
        sheet: [[row.number, row.cells, *map(row.values.get, layout.all_names)] for row in parsed.of(sheet)]
        for sheet, layout in parsed.layouts.items()
    }
    return {"parsed": asdict(replace(parsed, rows=())), "rows": rows}


def parsed_from(data: dict[str, Any]) -> Parsed:
    """A reading from the JSON of `parsed_to`."""
    parsed = _PARSED.validate_python(data["parsed"])
    rows: list[Row] = []
    for sheet, found in data["rows"].items():
        names = parsed.layouts[sheet].all_names
        for number, cells, *values in found:
            filled = zip(names, values, strict=True)
            rows.append(Row(number, {name: _tuple(value) for name, value in filled if value is not None}, sheet, cells))
    return replace(parsed, rows=tuple(rows))


def checked_to(checked: Checked) -> dict[str, object]:
    """What an answer needs of a dry run, as JSON: without the accepted rows."""
    return asdict(replace(checked, rows=()))


def checked_from(data: dict[str, Any]) -> Checked:
    """A dry run from the JSON of `checked_to`."""
    return _CHECKED.validate_python(data)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
