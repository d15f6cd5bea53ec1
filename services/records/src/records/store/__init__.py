"""All SQL of records: one typed function for each statement, one file for each subject."""

from records.store import (
    amendments,
    catalogs,
    files,
    home,
    hours,
    imports,
    lists,
    missing,
    participation,
    people,
    positions,
    progress,
    records,
    shared,
    switches,
    terms,
)

__all__ = [
    "amendments",
    "catalogs",
    "files",
    "home",
    "hours",
    "imports",
    "lists",
    "missing",
    "participation",
    "people",
    "positions",
    "progress",
    "records",
    "shared",
    "switches",
    "terms",
]
