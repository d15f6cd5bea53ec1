"""The differences of two schemes, and what each of them does to terms under way (X-01). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scheme import words
from scheme.calendars import Calendar
from scheme.effects import effect
from scheme.scheme import Scheme

_ABSENT = object()
_KNOWN_BY: Mapping[str, tuple[str, ...]] = {
    "rules": ("field", "then"),
    "shares": ("bands", "of", "dimensions"),
    "consents": ("bands", "dimensions"),
    "overall_rules": ("band", "least", "most"),
    "points": ("kind", "field", "one_of"),
}
"""Lists whose items have no id, and what identifies an item instead."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. path: keys and ids; where: in Chinese; `before` or `after` is None when there is no value.

    beside: the keys of the part that it belongs to, as they are now. breaks: what happens to terms under way and to records
    that exist, if the change does not leave them as they are.
    """

    path: tuple[str, ...]
    where: str
    before: Any
    after: Any
    beside: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def breaks(self) -> str | None:
        return _DAYS_MOVE if self.path[:1] == (_CALENDAR,) else effect(self)

    @property
    def texts(self) -> tuple[str | None, str | None]:
        """What stood there and what stands there now, in short; None: nothing."""
        return (
            None if self.before is None else _short(self.before),
            None if self.after is None else _short(self.after),
        )

    def __str__(self) -> str:
        sign = "＋" if self.before is None else "－" if self.after is None else "～"
        values = " → ".join(text for text in self.texts if text is not None)
        effect = f"【影响进行中的学期】{self.breaks}" if self.breaks else ""
        return f"{sign} {self.where}：{values}{effect}"


_CALENDAR = "calendar"
_DAYS_MOVE = "按工作日计算的期限会提前或推后；已安排的公示可能不够长"


def diff(old: Scheme, new: Scheme) -> list[Change]:
    """What changed from `old` to `new`, in the order of the file; then the working days that differ, where both count with the
    calendar of the same region, read from different folders; a file without calendars beside it says nothing of them."""
    found = list(_changes((), "", old.model_dump(mode="json"), new.model_dump(mode="json")))
    if old.timing.calendar == new.timing.calendar and old.calendar.years and new.calendar.years:
        found += calendar_changes(old.calendar, new.calendar)
    return found


def calendar_changes(old: Calendar, new: Calendar) -> list[Change]:
    """The days of each year that are working days in one calendar only (X-02)."""
    found = []
    for year in sorted(old.years | new.years):
        before, after = (_days_of(calendar, year) for calendar in (old, new))
        if before != after:
            was = _only(before - after) if year in old.years else None
            now = _only(after - before) if year in new.years else None
            found.append(Change((_CALENDAR, str(year)), f"校历 › {year}年", was, now))
    return found


def _only(days: set[tuple[date, bool]]) -> str:
    return "、".join(_day(*one) for one in sorted(days)) or "（无）"


def _days_of(calendar: Calendar, year: int) -> set[tuple[date, bool]]:
    """The days that a calendar names, and whether people work on them."""
    named = [(day, False) for day in calendar.holidays] + [(day, True) for day in calendar.workdays]
    return {one for one in named if one[0].year == year}


def _day(day: date, works: bool) -> str:
    return f"{day.month}月{day.day}日{'上班' if works else '放假'}"


def _changes(
    path: tuple[str, ...], where: str, old: Any, new: Any, beside: Mapping[str, Any] | None = None
) -> Iterator[Change]:
    if old == new:
        return
    before, after = (_keyed(value, path[-1] if path else "") for value in (old, new))
    before = {} if before is None and old == [] else before  # the first item of a list, or the last, is one difference too
    after = {} if after is None and new == [] else after
    if before is None or after is None:
        yield Change(path, where, old if old is not _ABSENT else None, new if new is not _ABSENT else None, beside or {})
        return
    listed = isinstance(old if old not in (_ABSENT, []) else new, list)
    if listed and path and words.item(path[-1]):
        where = " › ".join(where.split(" › ")[:-1])  # 退回原因“重复上报” names its list itself
    for key in dict.fromkeys((*before, *after)):
        name = _item_name(path, key, after.get(key, before.get(key))) if listed else words.name(key)
        below = f"{where} › {name}" if where else name
        yield from _changes((*path, key), below, before.get(key, _ABSENT), after.get(key, _ABSENT), {} if listed else after)
    if list(before) != list(after) and sorted(before) == sorted(after) and listed:
        yield Change(
            (*path, "order"), f"{where} › {words.name(path[-1])}的顺序".removeprefix(" › "), "、".join(before), "、".join(after)
        )


def _item_name(path: tuple[str, ...], key: str, item: Any) -> str:
    title = item.get("title") or item.get("says") or key if isinstance(item, dict) else key
    return f"{words.item(path[-1]) or ''}“{title}”" if path else str(title)


def _keyed(value: Any, key: str) -> dict[str, Any] | None:
    """A mapping itself, a list of parts by their ids or by what identifies them; None for anything else, which is compared as
    a whole. key: of the list."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {item["id"]: item for item in value}
    names = _KNOWN_BY.get(key, ())
    if names and isinstance(value, list) and all(isinstance(item, dict) and set(names) <= item.keys() for item in value):
        found: dict[str, Any] = {}
        for item in value:
            known = "+".join(_text(item[name]) for name in names if item[name])
            found[known if known not in found else f"{known}+{len(found)}"] = item
        return found
    return None


def _text(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)


def _short(value: Any) -> str:
    if isinstance(value, dict) and (known := value.get("title") or value.get("says")):
        return str(known)
    if isinstance(value, dict):
        given = [f"{words.name(key)} {_short(one)}" for key, one in value.items() if one not in (None, [], {})]
        return "，".join(given)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "、".join(value) or "（无）"
    text = "；".join(_short(item) for item in value) if isinstance(value, list) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
