"""The difference of two schemes as lines that a person signs off (X-01). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scheme.scheme import Scheme

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `place` names list items by their id; `before` or `after` is None when it is not there."""

    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.place}: {_short(self.after)}"
        if self.after is None:
            return f"- {self.place}: {_short(self.before)}"
        return f"~ {self.place}: {_short(self.before)} → {_short(self.after)}"


def diff(old: Scheme, new: Scheme) -> list[Change]:
    """What changed from one scheme to the other, in the order of the file."""
    return list(_changes("", old.model_dump(mode="json"), new.model_dump(mode="json")))


def _changes(place: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    one, two = _keyed(old), _keyed(new)
    if one is None or two is None:
        yield Change(place, old if old is not _ABSENT else None, new if new is not _ABSENT else None)
        return
    for key in dict.fromkeys((*one, *two)):
        below = f"{place} › {key}" if place else key
        yield from _changes(below, one.get(key, _ABSENT), two.get(key, _ABSENT))
    if list(one) != list(two) and sorted(one) == sorted(two) and isinstance(old, list):
        yield Change(f"{place} › order", " ".join(one), " ".join(two))


def _keyed(value: Any) -> dict[str, Any] | None:
    """A mapping as it is; a list of things with ids by id; anything else cannot be gone into."""
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
