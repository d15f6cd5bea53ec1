"""The differences of two schemes, one line each, for approval by a person (X-01). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scheme.scheme import Scheme

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `location`: keys and ids; `before` or `after` is None when there is no value."""

    location: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.location}: {_short(self.after)}"
        if self.after is None:
            return f"- {self.location}: {_short(self.before)}"
        return f"~ {self.location}: {_short(self.before)} → {_short(self.after)}"


def diff(old: Scheme, new: Scheme) -> list[Change]:
    """What changed from `old` to `new`, in the order of the file."""
    return list(_changes("", old.model_dump(mode="json"), new.model_dump(mode="json")))


def _changes(location: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    before, after = _keyed(old), _keyed(new)
    if before is None or after is None:
        yield Change(location, old if old is not _ABSENT else None, new if new is not _ABSENT else None)
        return
    for key in dict.fromkeys((*before, *after)):
        below = f"{location} › {key}" if location else key
        yield from _changes(below, before.get(key, _ABSENT), after.get(key, _ABSENT))
    if list(before) != list(after) and sorted(before) == sorted(after) and isinstance(old, list):
        yield Change(f"{location} › order", " ".join(before), " ".join(after))


def _keyed(value: Any) -> dict[str, Any] | None:
    """A mapping itself, a list of parts by their ids; None for anything else, which is compared as a whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {item["id"]: item for item in value}
    return None


def _short(value: Any) -> str:
    if isinstance(value, dict) and "title" in value:
        return str(value["title"])
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
