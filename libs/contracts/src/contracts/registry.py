"""All events by subject, and the streams that carry them."""

from collections.abc import Iterator

from contracts import archive, identity, importer, publicity, records
from contracts.base import Event

PRODUCERS = {
    "identity": identity,
    "records": records,
    "importer": importer,
    "publicity": publicity,
    "archive": archive,
}


def _event_classes(cls: type[Event]) -> Iterator[type[Event]]:
    if "subject" in cls.__dict__:
        yield cls
    for sub in cls.__subclasses__():
        yield from _event_classes(sub)


EVENTS: dict[str, type[Event]] = {cls.subject: cls for cls in _event_classes(Event)}


def stream_of(subject: str) -> str:
    """The JetStream stream of a subject: one per producing service."""
    return subject.split(".", 1)[0].upper()
