"""Recognises known layouts by their headings, and finds what each column of the sheet means (L-04). Pure.

A guardian's column must never be taken for the pupil's: a repeated heading belongs to its group, which the row above, a
prefix or the order of the headings tells.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from importer.adapters.workbook.cells import BadCell, Cell, shown
from importer.adapters.workbook.cells import read as read_cell
from importer.adapters.workbook.grouping import Heading, grouped, without_prefix
from importer.adapters.workbook.headers import SEARCHED, Header, missing_columns
from importer.adapters.workbook.template_metadata import REASONS
from importer.domain import normalise
from importer.domain.known_layouts import CellCondition, KnownColumn, KnownGroup, KnownLayout
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Column, Layout, Notice, Sheet, Value

_NAMED = 120
"""Columns that a notice names."""
_FULL_MARK = re.compile(r"(.+?)(?:\(?(?:满分)?:?(\d{2,3})分?\)?)?")
_OF_A_SUBJECT = re.compile(r"(.+?)(?:成绩|分数|得分|卷面分?)")


@dataclass(frozen=True, slots=True)
class Source:
    """A column of the sheet that fills a column of the template, and where its condition looks."""

    at: int
    column: KnownColumn
    title: str
    condition_at: int | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of several equal groups: its sources and where the condition of the group looks."""

    group: KnownGroup
    sources: tuple[Source, ...]
    condition_at: int | None


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column that makes a row of its own: which choice it is for, and the full mark in its heading."""

    at: int
    choice: str
    maximum: str | None


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """What the columns of a recognised sheet mean."""

    known: KnownLayout
    sources: tuple[Source, ...]
    occurrences: tuple[Occurrence, ...] = ()
    computed: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    values: tuple[ValueColumn, ...] = ()
    constants: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A sheet of a known layout."""

    header: Header
    mapping: SheetMapping


def find(
    sheet: Sheet,
    layouts: Sequence[KnownLayout],
    title: str,
    top: Sequence[Sequence[Cell]],
    given: Mapping[str, Value],
    file_name: str,
) -> Recognised | None:
    """The first layout whose headings are among the first rows; None when the sheet has none of them.

    given: values for all rows that the sheet does not contain, by column id. file_name: may contain some, too.
    """
    for nearly in (False, True):
        for known in layouts:
            best = max(
                (
                    (at, count)
                    for at in range(min(len(top), SEARCHED))
                    if (count := _fits(sheet, known, top[at], nearly=nearly))
                ),
                key=lambda found: found[1],
                default=None,
            )
            if best is not None:
                return _recognised(sheet, known, title, top, best[0], given, file_name)
    return None


def _fits(sheet: Sheet, known: KnownLayout, row: Sequence[Cell], *, nearly: bool) -> int:
    """How many headings of the layout a row has; 0 where one that the layout requires is missing. `nearly`: whatever it
    requires, several columns of one kind (subjects) are there, so that only what is required is missing."""
    if nearly and known.one_column_per is None:
        return 0
    keys = {key for cell in row if (text := shown(cell)) for key in (normalise.heading(text), normalise.short_heading(text))}
    keys |= {rest for key in keys if (rest := without_prefix(known, key))}
    if not nearly and not all(any(normalise.heading(one) in keys for one in some) for some in known.requires):
        return 0
    per = known.one_column_per
    if per is not None:
        taken = {normalise.heading(name) for name in (sheet.column(per.name).title, sheet.column(per.value).title)}
        subjects = {choice for key in keys if (choice := _choice_of(sheet.column(per.name), key)) is not None}
        if keys & taken or len(subjects) < (max(per.least, 2) if nearly else per.least):
            return 0
    return len(keys & {normalise.heading(name) for column in known.columns for name in column.headings}) + 1


def _recognised(
    sheet: Sheet,
    known: KnownLayout,
    title: str,
    top: Sequence[Sequence[Cell]],
    at: int,
    given: Mapping[str, Value],
    file_name: str,
) -> Recognised:
    written = [(n, text) for n, cell in enumerate(top[at], start=1) if (text := shown(cell))]
    reasons = next((n for n, text in written if normalise.fold(text) == REASONS), None)
    headings = grouped(known, top, at, [(n, text) for n, text in written if n != reasons])
    chosen: dict[int, KnownColumn] = {}
    problems: list[CellProblem] = []
    for group, occurrence in dict.fromkeys((heading.group, heading.occurrence) for heading in headings):
        own = [heading for heading in headings if (heading.group, heading.occurrence) == (group, occurrence)]
        for column in known.columns:
            if column.group == group:
                _choose(sheet, column, own, chosen, problems, at + 1)
    values = _value_columns(sheet, known, [h for h in headings if h.at not in chosen], problems, at + 1)
    computed, used = _computed(known, headings)
    constants, questions = _constants(sheet, known, chosen, given, [title, *_texts_above(top, at), file_name], at + 1)
    mapping = SheetMapping(
        known,
        tuple(_source(h, chosen[h.at], headings) for h in headings if h.at in chosen and h.group is None),
        tuple(_occurrences(known, headings, chosen)),
        computed,
        values,
        constants,
    )
    columns = _columns(mapping)
    made = {known.one_column_per.name, known.one_column_per.value} if known.one_column_per and values else set()
    filled = {*columns, *constants, *made, *(name for name, _, _ in computed), *(p.column for p in questions)}
    problems += questions
    problems += missing_columns(sheet, at + 1, filled, [text for n, text in written if n not in chosen])
    rest = [heading for heading in headings if heading.at not in chosen and heading.at not in {v.at for v in values} | used]
    notices = [Notice("known_layout", message_of("known_layout", title=known.title), sheet.id), *_left_out(sheet, known, rest)]
    names = tuple(dict.fromkeys([*constants, *made, *(name for name, _, _ in computed), *_later_targets(mapping)]))
    if known.one_column_per and known.one_column_per.maximum:
        names = tuple(dict.fromkeys([*names, known.one_column_per.maximum]))
    width = max((n for n, _ in written if n != reasons), default=1)
    layout = Layout(title, at + 1, columns, width, reasons, tuple(name for name in names if name not in columns))
    return Recognised(Header(layout, tuple(problems), tuple(notices)), mapping)


def _columns(mapping: SheetMapping) -> dict[str, int]:
    """The first column of the sheet for each of the template's."""
    columns: dict[str, int] = {}
    for source in mapping.sources:
        columns.setdefault(source.column.to[0], source.at)
    for number, occurrence in enumerate(mapping.occurrences):
        for source in occurrence.sources:
            if number < len(source.column.to):
                columns.setdefault(source.column.to[number], source.at)
    return columns


def _later_targets(mapping: SheetMapping) -> list[str]:
    return [name for one in mapping.occurrences for source in one.sources for name in source.column.to]


def _choose(
    sheet: Sheet,
    column: KnownColumn,
    own: Sequence[Heading],
    chosen: dict[int, KnownColumn],
    problems: list[CellProblem],
    row: int,
) -> None:
    """Take the heading that the layout names first for a column; a question where the sheet has it twice."""
    known = {target for target in column.to if any(target == one.id for one in sheet.columns)}
    if not known:
        return
    for name in column.headings:
        key = normalise.heading(name)
        found = [h for h in own if h.key == key and h.at not in chosen]
        found = found or [h for h in own if normalise.short_heading(h.text) == key and h.at not in chosen]
        if len(found) > 1:
            text = message_of("column_twice", title=found[0].text)
            problems.append(CellProblem(row, column.to[0], "column_twice", text, sheet.id, at=found[1].at))
        if found:
            chosen[found[0].at] = column
            return


def _source(heading: Heading, column: KnownColumn, headings: Sequence[Heading]) -> Source:
    title = normalise.line(heading.text)
    return Source(heading.at, column, title, _condition_at(column.only_if, heading, headings))


def _condition_at(condition: CellCondition | None, heading: Heading, headings: Sequence[Heading]) -> int | None:
    if condition is None:
        return None
    key, group = normalise.heading(condition.heading), (heading.group, heading.occurrence)
    return next((h.at for h in headings if h.key == key and (h.group, h.occurrence) == group), None)


def _occurrences(known: KnownLayout, headings: Sequence[Heading], chosen: Mapping[int, KnownColumn]) -> Iterator[Occurrence]:
    for group in known.groups:
        if not group.repeated:
            continue
        for number in dict.fromkeys(heading.occurrence for heading in headings if heading.group == group.id):
            own = [h for h in headings if (h.group, h.occurrence) == (group.id, number)]
            sources = tuple(_source(h, chosen[h.at], headings) for h in own if h.at in chosen)
            if sources:
                yield Occurrence(group, sources, _condition_at(group.only_if, own[0], headings))


def _value_columns(
    sheet: Sheet, known: KnownLayout, headings: Sequence[Heading], problems: list[CellProblem], row: int
) -> tuple[ValueColumn, ...]:
    per = known.one_column_per
    if per is None:
        return ()
    found: dict[str, ValueColumn] = {}
    for heading in headings:
        choice = _choice_of(sheet.column(per.name), heading.key)
        if choice is None:
            continue
        if choice in found:
            text = message_of("column_twice", title=choice)
            problems.append(CellProblem(row, per.value, "column_twice", text, sheet.id, at=heading.at))
            continue
        number = _FULL_MARK.fullmatch(heading.key)
        found[choice] = ValueColumn(heading.at, choice, number[2] if number and per.maximum else None)
    return tuple(found.values())


def _choice_of(column: Column, key: str) -> str | None:
    """The choice that a heading names: 语文, 语文成绩, 语文(150), 语文（满分150分）."""
    names = {normalise.heading(name): name for name in (*column.choices, *column.other_choices)}
    found = _FULL_MARK.fullmatch(key)
    for text in (key, found[1] if found else key, normalise.short_heading(key)):
        for own in (text, match[1] if (match := _OF_A_SUBJECT.fullmatch(text)) else text):
            if own in names:
                return names[own]
    return None


def _computed(known: KnownLayout, headings: Sequence[Heading]) -> tuple[tuple[tuple[str, str, tuple[int, ...]], ...], set[int]]:
    """What can be computed: (column, formula, columns of the sheet), and the columns that are used for it."""
    found: list[tuple[str, str, tuple[int, ...]]] = []
    for one in known.computed:
        columns = [
            next(
                (h.at for h in headings if {h.key, normalise.short_heading(h.text)} & {normalise.heading(n) for n in names}), 0
            )
            for names in one.of
        ]
        if all(columns):
            found.append((one.to, one.formula, tuple(columns)))
    return tuple(found), {at for _, _, columns in found for at in columns}


def _texts_above(top: Sequence[Sequence[Cell]], at: int) -> list[str]:
    return [text for row in reversed(top[:at]) for cell in row if (text := shown(cell))]


def _constants(
    sheet: Sheet,
    known: KnownLayout,
    chosen: Mapping[int, KnownColumn],
    given: Mapping[str, Value],
    texts: Sequence[str],
    row: int,
) -> tuple[dict[str, Value], list[CellProblem]]:
    """Values for all rows: as given, or named by the sheet's title, the rows above the headings or the file's name."""
    targets = {target for column in chosen.values() for target in column.to}
    constants, questions = given_values(sheet, given, targets, row)
    for name in known.from_text:
        column = sheet.column(name)
        if name in targets or name in constants or any(question.column == name for question in questions):
            continue
        found = next((choices for text in texts if (choices := _choices_in(column, text))), [])
        if len(found) == 1:
            constants[name] = found[0]
        elif column.required:
            words = "、".join(column.choices[:12])
            text = message_of("value_needed", title=column.title, choices=words)
            questions.append(CellProblem(row, name, "value_needed", text, sheet.id, "question"))
    return constants, questions


def given_values(
    sheet: Sheet, given: Mapping[str, Value], present: set[str], row: int
) -> tuple[dict[str, Value], list[CellProblem]]:
    """The values given for all rows, of columns that the sheet does not have, and their problems."""
    constants: dict[str, Value] = {}
    problems: list[CellProblem] = []
    for column in sheet.columns:
        if column.id not in given or column.id in present:
            continue
        try:
            value = read_cell(column, str(given[column.id]))
        except BadCell as bad:
            text = message_of(bad.code, title=column.title, **bad.values)
            problems.append(CellProblem(row, column.id, bad.code, text, sheet.id))
        else:
            if value is not None:
                constants[column.id] = value
    return constants, problems


def _choices_in(column: Column, text: str) -> list[str]:
    """The choices that a text names, longest first; 期末考试 is not 期末, too."""
    text = normalise.fold(text)
    found: list[str] = []
    for name in sorted((*column.choices, *column.other_choices), key=len, reverse=True):
        if normalise.fold(name) in text:
            found.append(name)
            text = text.replace(normalise.fold(name), " ")
    return found


def _left_out(sheet: Sheet, known: KnownLayout, rest: Sequence[Heading]) -> Iterator[Notice]:
    """What is not read, by name: what the layout knows, and what may be something of the school's own."""
    known_ones, others = list[str](), list[str]()
    for heading in rest:
        named = any(re.fullmatch(pattern, heading.key) for pattern in known.ignored) or heading.group is not None
        (known_ones if named else others).append(normalise.line(heading.text)[:20])
    for code, titles in (("ignored_columns", known_ones), (_unknown_code(known), others)):
        if titles:
            listed = "、".join(list(dict.fromkeys(titles))[:_NAMED])
            yield Notice(code, message_of(code, titles=listed), sheet.id)


def _unknown_code(known: KnownLayout) -> str:
    return "unknown_values" if known.one_column_per else "unknown_columns"
