"""All SQL of records: one statement, one typed function; one file per thing."""

from records.store import amendments, batches, files, lists, people, positions, records, shared, terms

__all__ = ["amendments", "batches", "files", "lists", "people", "positions", "records", "shared", "terms"]
