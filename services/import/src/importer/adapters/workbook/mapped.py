"""Rows of a sheet of a known layout: several columns for one, repeated groups, one row per subject, computed values (L-04).
Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from importer.adapters.workbook.cell_flags import CellFlags
from importer.adapters.workbook.cells import BadCell, Cell, shown
from importer.adapters.workbook.recognition import Occurrence, SheetMapping, Source
from importer.adapters.workbook.rows import ColumnReader, is_filled, kind_of
from importer.domain import normalise
from importer.domain.known_layouts import CellCondition, KnownColumn
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Column, Layout, Notice, Row, Sheet, Value


class MappedRows:
    """Makes rows of the template from rows of a recognised sheet."""

    def __init__(self, sheet: Sheet, layout: Layout, mapping: SheetMapping, *, from_1904: bool) -> None:
        self._sheet, self._layout, self._mapping, self._from_1904 = sheet, layout, mapping, from_1904
        self._columns = {column.id: column for column in sheet.columns}
        self._readers: dict[tuple[str, int], ColumnReader] = {}
        self._maxima: dict[str, Value] = {}
        self._summaries = self._cut = 0
        all_sources = (*mapping.sources, *(source for one in mapping.occurrences for source in one.sources))
        values = [column.at - 1 for column in mapping.values]
        open_ones = [s.at - 1 for s in all_sources if not self._columns[s.column.to[0]].locked]
        computed = [at - 1 for _, _, columns in mapping.computed for at in columns]
        self.used = [*(source.at - 1 for source in all_sources), *values, *computed]
        self.typed = values or [*open_ones, *computed] or self.used

    @property
    def notices(self) -> list[Notice]:
        """What was left out of rows."""
        found: list[Notice] = []
        if self._summaries:
            found.append(Notice("summary_rows", message_of("summary_rows", count=self._summaries), self._sheet.id))
        if self._cut:
            limit = max((len(s.column.to) for one in self._mapping.occurrences for s in one.sources), default=0)
            found.append(Notice("group_rest", message_of("group_rest", count=self._cut, limit=limit), self._sheet.id))
        return found

    def rows_of(self, row: Sequence[Cell], number: int, flags: CellFlags | None, problems: list[CellProblem]) -> list[Row]:
        """One row, or one for each filled column of values; none for a row that is about no student."""
        if self._is_summary(row) or (number == self._layout.header + 1 and self._says_more(row)):
            return []
        work = _RowInWork(self._sheet.id, number, problems, dict(self._mapping.constants))
        for source in self._mapping.sources:
            self._read(work, source, source.column.to[0], row, flags)
        self._groups(work, row, flags)
        for name, formula, columns in self._mapping.computed:
            if name not in work.values and name not in work.bad:
                self._compute(work, name, formula, [row[at - 1] if at <= len(row) else "" for at in columns])
        for name, at in self._layout.columns.items():
            if self._columns[name].required and name not in work.values and name not in work.bad:
                work.report(self._columns[name], BadCell("required"), at)
        if self._mapping.known.one_column_per is None or not self._mapping.values:
            return [Row(number, work.values, self._sheet.id, work.cells or None)]
        return self._one_per_value(work, row, flags)

    def _says_more(self, row: Sequence[Cell]) -> bool:
        """Whether the row under the headings has nothing but words under them, such as 成绩 and 排名, and names no student."""
        if any(
            is_filled(row, s.at - 1) for s in self._mapping.sources if self._columns[s.column.to[0]].type in ("code", "name")
        ):
            return False
        texts = [shown(row[at]) for at in self.used if is_filled(row, at)]
        outcomes = {normalise.fold(word) for column in self._columns.values() for word in column.outcomes}
        if not all(re.fullmatch(r"\D+", text) and normalise.fold(text) not in outcomes for text in texts):
            return False
        self._summaries += 1
        return True

    def _is_summary(self, row: Sequence[Cell]) -> bool:
        """Whether the row is a sum, an average or the like; takes the full marks where the row holds those."""
        per, patterns = self._mapping.known.one_column_per, self._mapping.known.summary_rows
        if not patterns and (per is None or per.maximum_row is None):
            return False
        number = next((s.at for s in self._mapping.sources if self._columns[s.column.to[0]].type == "code"), 0)
        if number and is_filled(row, number - 1) and re.search(r"\d", shown(row[number - 1])):
            return False
        first = normalise.heading(next((text for cell in row if (text := shown(cell))), ""))
        if per is not None and per.maximum_row and re.fullmatch(per.maximum_row, first):
            for column in self._mapping.values:
                if is_filled(row, column.at - 1):
                    self._maxima[column.choice] = shown(row[column.at - 1]).removesuffix("分")
            return True
        summary = any(re.fullmatch(pattern, first) for pattern in patterns)
        self._summaries += summary
        return summary

    def _read(self, work: "_RowInWork", source: Source, name: str, row: Sequence[Cell], flags: CellFlags | None) -> None:
        """Read one cell into the column `name`; a second filled one for the same column is a question."""
        column = self._columns[name]
        if not is_filled(row, source.at - 1) and (flags is None or (work.number, source.at) not in _all(flags)):
            return
        if (other := _unmet(source.column.only_if, source.condition_at, row)) is not None:
            heading = source.column.only_if.heading if source.column.only_if else ""
            work.report(column, BadCell("not_for_row", heading=heading, value=other), source.at, source.title)
            return
        try:
            value = self._reader(source, column).read(row, work.number, flags)
        except BadCell as bad:
            work.report(column, bad, source.at)
            return
        before = work.titles.get(name)
        if before is not None and work.values.get(name) != value:
            work.report(column, BadCell("two_values", titles=f"“{before}”和“{source.title}”"), source.at)
        elif value is not None:
            work.set(name, value, source.at, source.title, moved=self._layout.columns.get(name) != source.at)

    def _reader(self, source: Source, column: Column) -> ColumnReader:
        key = (column.id, source.at)
        if key not in self._readers:
            known = source.column
            reader = ColumnReader(column, source.at - 1, self._from_1904)
            if known.values or known.pattern:
                reader.translate = _translator(known)
            self._readers[key] = reader
        return self._readers[key]

    def _groups(self, work: "_RowInWork", row: Sequence[Cell], flags: CellFlags | None) -> None:
        """The filled occurrences of a repeated group, in order: the first becomes the first targets, and so on."""
        counts: dict[str, int] = {}
        cut = False
        for one in self._mapping.occurrences:
            if not any(is_filled(row, source.at - 1) for source in one.sources) or _unmet_group(one, row):
                continue
            number = counts.get(one.group.id, 0)
            counts[one.group.id] = number + 1
            for source in one.sources:
                if number < len(source.column.to):
                    if source.column.to[number] in self._columns:
                        self._read(work, source, source.column.to[number], row, flags)
                else:
                    cut = True
        self._cut += cut

    def _compute(self, work: "_RowInWork", name: str, formula: str, cells: Sequence[Cell]) -> None:
        column = self._columns[name]
        texts = [normalise.line(shown(cell)) for cell in cells]
        outcomes = {normalise.fold(outcome): outcome for outcome in column.outcomes}
        named = [outcomes[folded] for text in texts if (folded := normalise.fold(text)) in outcomes]
        at = next(at for known, _, columns in self._mapping.computed if known == name for at in columns)
        if named:
            work.set(name, named[0], at, column.title, moved=True)
            return
        if not all(texts):
            return
        try:
            value = _FORMULAS[formula]([Decimal(text) for text in texts])
        except (InvalidOperation, ZeroDivisionError, ValueError):
            if sign := next((text for text in texts if not any(map(str.isalnum, text))), None):
                words = "、".join(dict.fromkeys(column.outcomes.values()))
                work.report(column, BadCell("result_unclear", value=sign[:30], words=words), at)
                return
            work.report(column, BadCell("not_number", value="、".join(texts)[:30]), at)
            return
        work.set(name, value, at, column.title, moved=True)

    def _one_per_value(self, work: "_RowInWork", row: Sequence[Cell], flags: CellFlags | None) -> list[Row]:
        per = self._mapping.known.one_column_per
        assert per is not None
        column = self._columns[per.value]
        found: list[Row] = []
        for one in self._mapping.values:
            flagged = flags is not None and (work.number, one.at) in _all(flags)
            if not is_filled(row, one.at - 1) and not flagged:
                continue
            values = work.values | {per.name: one.choice}
            cells = (work.cells or {}) | {per.name: one.at, per.value: one.at}
            if per.maximum is not None and (maximum := self._maxima.get(one.choice, one.maximum)) is not None:
                values[per.maximum] = maximum
                cells[per.maximum] = one.at
            key = (per.value, one.at)
            reader = self._readers.setdefault(key, ColumnReader(column, one.at - 1, self._from_1904))
            try:
                value = reader.read(row, work.number, flags)
            except BadCell as bad:
                work.report(column, bad, one.at, one.choice)
            else:
                if value is not None:
                    values[per.value] = value
            found.append(Row(work.number, values, self._sheet.id, cells))
        return found


class _RowInWork:
    """A row as far as it is read."""

    def __init__(self, sheet: str, number: int, problems: list[CellProblem], values: dict[str, Value]) -> None:
        self.sheet, self.number, self.problems, self.values = sheet, number, problems, values
        self.cells: dict[str, int] = {}
        self.titles: dict[str, str] = {}
        self.bad: set[str] = set()

    def set(self, name: str, value: Value, at: int, title: str, *, moved: bool) -> None:
        self.values[name] = value
        self.titles[name] = title
        if moved:
            self.cells[name] = at

    def report(self, column: Column, bad: BadCell, at: int, title: str | None = None) -> None:
        self.bad.add(column.id)
        message = message_of(bad.code, **({"title": title or column.title} | bad.values))
        self.problems.append(CellProblem(self.number, column.id, bad.code, message, self.sheet, kind_of(bad.code), at))


def _all(flags: CellFlags) -> frozenset[tuple[int, int]]:
    return flags.errors | flags.uncomputed | flags.pictures


def _unmet(condition: CellCondition | None, at: int | None, row: Sequence[Cell]) -> str | None:
    """What stands in the cell of the condition where that speaks against it; None where it holds."""
    if condition is None or at is None or not is_filled(row, at - 1):
        return None
    text = normalise.line(shown(row[at - 1]))
    folded = normalise.fold(text).removesuffix(".0").lstrip("0")
    return None if {folded, normalise.without_code(folded)} & {normalise.fold(one) for one in condition.one_of} else text


def _unmet_group(one: Occurrence, row: Sequence[Cell]) -> bool:
    return _unmet(one.group.only_if, one.condition_at, row) is not None


def _translator(known: KnownColumn) -> Callable[[Cell], Cell]:
    """Replaces a cell's text by the layout's meaning of it."""
    values = {normalise.fold(text): meaning for text, meaning in known.values.items()}
    pattern = re.compile(known.pattern) if known.pattern else None

    def translate(cell: Cell) -> Cell:
        text = normalise.line(shown(cell))
        folded = normalise.fold(text)
        if (meaning := values.get(folded) or values.get(folded.lstrip("0"))) is not None:
            return meaning
        if pattern is not None and known.write is not None and (found := pattern.fullmatch(text)):
            return found.expand(known.write)
        return cell

    return translate


def _bmi(numbers: Sequence[Decimal]) -> str:
    """Weight in kg by height in m squared, to one digit; a height below 3 is in metres. Raises ValueError for no height."""
    height, weight = numbers
    if height <= 0:
        raise ValueError("no height")
    metres = height if height < 3 else height / 100
    return str(round(weight / metres**2, 1))


_FORMULAS: Mapping[str, Callable[[Sequence[Decimal]], str]] = {"bmi": _bmi}
