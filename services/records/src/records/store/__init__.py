"""All SQL of records: one typed function for each statement, one file for each subject."""

from records.store import amendments, files, imports, lists, people, positions, records, shared, terms

__all__ = ["amendments", "files", "imports", "lists", "people", "positions", "records", "shared", "terms"]
