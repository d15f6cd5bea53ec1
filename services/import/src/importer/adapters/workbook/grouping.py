"""The groups of a sheet's headings: whose column it is when a heading occurs several times (L-04). Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from importer.adapters.workbook.cells import Cell, shown
from importer.domain import normalise
from importer.domain.known_layouts import KnownGroup, KnownLayout

_GROUP_ROWS = 4
"""Rows above the headings in which their groups may stand."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of the sheet: its number, its heading for comparing and as written, its group and which one of that kind."""

    at: int
    key: str
    text: str
    group: str | None = None
    occurrence: int = 0


def grouped(known: KnownLayout, top: Sequence[Sequence[Cell]], at: int, written: Sequence[tuple[int, str]]) -> list[Heading]:
    """The headings with their groups: by the row above, by prefixes, or by the order in which headings repeat."""
    repeated = next((group for group in known.groups if group.repeated), None)
    if repeated is None:
        return [Heading(n, normalise.heading(text), text) for n, text in written]
    for above in reversed(top[max(0, at - _GROUP_ROWS) : at]):
        titles = [normalise.heading(shown(cell)) for cell in above]
        if any(re.fullmatch(repeated.heading, title) for title in titles):
            return list(_by_row_above(known, titles, written))
    own = {normalise.heading(name) for column in known.columns if column.group == repeated.id for name in column.headings}
    if any(without_prefix(known, normalise.heading(text)) in own for _, text in written):  # 监护人姓名, not 监护人签字
        return list(_by_prefix(repeated, written))
    return _by_order(known, repeated, written)


def _by_prefix(repeated: KnownGroup, written: Sequence[tuple[int, str]]) -> Iterator[Heading]:
    numbers: dict[str, int] = {}
    seen: set[tuple[int, str]] = set()
    for n, text in written:
        key = normalise.heading(text)
        found = re.match(repeated.prefix or "(?!)", key)
        rest = key[found.end() :] if found is not None else ""
        if found is None or not rest:
            yield Heading(n, key, text)
            continue
        prefix = found[0]
        if prefix not in numbers or (numbers[prefix], rest) in seen:  # the same heading again is about the next one
            numbers[prefix] = max(numbers.values(), default=-1) + 1
        seen.add((numbers[prefix], rest))
        yield Heading(n, rest, text, repeated.id, numbers[prefix])


def _by_row_above(known: KnownLayout, titles: Sequence[str], written: Sequence[tuple[int, str]]) -> Iterator[Heading]:
    """A group reaches from its title to the next one. Columns under a title that is in no group belong to nobody."""
    group: str | None = None
    title, counts, occurrence = "", dict[str, int](), 0
    by_column = dict(written)
    for n in range(1, max(by_column, default=0) + 1):
        own = titles[n - 1] if n <= len(titles) else ""
        if own and own != title:
            title = own
            found = next((one for one in known.groups if re.fullmatch(one.heading, own)), None)
            group = None if found is not None and not found.repeated else found.id if found is not None else "?"
            occurrence = counts.get(group, 0) if group else 0
            if group:
                counts[group] = occurrence + 1
        if n in by_column:
            yield Heading(n, normalise.heading(by_column[n]), by_column[n], group, occurrence)


def _by_order(known: KnownLayout, repeated: KnownGroup, written: Sequence[tuple[int, str]]) -> list[Heading]:
    """A heading that begins a group and was there already begins the next one; the pupil's part is the one with the first
    heading that the layout requires."""
    begins = {normalise.heading(name) for name in repeated.starts_with}
    names = begins | {normalise.heading(name) for name in _headings_shared(known, begins)}
    parts: list[list[tuple[int, str, str]]] = [[]]
    for n, text in written:
        key = normalise.heading(text)
        if key in begins and any({other, normalise.short_heading(before)} & names for _, other, before in parts[-1]):
            parts.append([])
        parts[-1].append((n, key, text))
    needed = {normalise.heading(name) for name in known.requires[0]}
    pupil = next((at for at, part in enumerate(parts) if any(key in needed for _, key, _ in part)), 0)
    found: list[Heading] = []
    others = 0
    for at, part in enumerate(parts):
        group = None if at == pupil else repeated.id
        found += [Heading(n, key, text, group, 0 if at == pupil else others) for n, key, text in part]
        others += at != pupil
    return found


def _headings_shared(known: KnownLayout, begins: set[str]) -> Iterator[str]:
    """All headings of the pupil's columns that may be called like the first column of a group: 学生姓名, as it may be 姓名."""
    for column in known.columns:
        if column.group is None and begins & {normalise.heading(name) for name in column.headings}:
            yield from column.headings


def without_prefix(known: KnownLayout, key: str) -> str | None:
    """The rest of a heading after what names its group; None where nothing does."""
    for group in known.groups:
        if group.prefix and (found := re.match(group.prefix, key)):
            return key[found.end() :]
    return None
