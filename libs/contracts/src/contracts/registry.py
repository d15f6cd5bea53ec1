"""All events by subject, and the streams that carry them."""

import importlib
import pkgutil
from collections.abc import Iterator

import contracts
from contracts.base import Event

for _module in pkgutil.iter_modules(contracts.__path__):
    if _module.name not in ("__main__", "registry"):
        importlib.import_module(f"contracts.{_module.name}")


def _event_classes(cls: type[Event]) -> Iterator[type[Event]]:
    if "subject" in cls.__dict__:
        yield cls
    for sub in cls.__subclasses__():
        yield from _event_classes(sub)


EVENTS: dict[str, type[Event]] = {cls.subject: cls for cls in _event_classes(Event)}


def stream_of(subject: str) -> str:
    """The JetStream stream of a subject: one per producing service."""
    return subject.split(".", 1)[0].upper()
