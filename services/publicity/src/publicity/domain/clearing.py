"""Events about entries that passed publicity, in chunks small enough for the bus (JX-13)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from contracts.base import RecordSnapshot
from contracts.publicity import EntriesClearedV1

MOST_ENTRIES = 100
MOST_BYTES = 500_000
"""Limits of one event."""


def cleared_events(
    term_id: UUID, path: str, records: Iterable[tuple[RecordSnapshot, int]], at: datetime
) -> Iterator[EntriesClearedV1]:
    """Events for the entries of one class; each record comes with its size in bytes."""
    chunk: list[RecordSnapshot] = []
    size = 0
    for record, record_size in records:
        if chunk and (len(chunk) == MOST_ENTRIES or size + record_size > MOST_BYTES):
            yield EntriesClearedV1(term_id=term_id, path=path, entries=tuple(chunk), at=at)
            chunk, size = [], 0
        chunk.append(record)
        size += record_size
    if chunk:
        yield EntriesClearedV1(term_id=term_id, path=path, entries=tuple(chunk), at=at)
