"""All SQL of records: one typed function for each statement, one file for each subject."""

from records.store import (
    amendments,
    files,
    home,
    hours,
    imports,
    lists,
    missing,
    people,
    positions,
    progress,
    records,
    shared,
    terms,
)

__all__ = [
    "amendments",
    "files",
    "home",
    "hours",
    "imports",
    "lists",
    "missing",
    "people",
    "positions",
    "progress",
    "records",
    "shared",
    "terms",
]
