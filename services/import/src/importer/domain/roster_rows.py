"""The validators of a student's and a teacher's row of the roster, in the words of the school; the meaning is identity's. Pure.

A row's data has what the workbook has: a missing column is no key, an empty cell that may be empty is null (L-08).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count

from people import (
    DocumentType,
    IdentityDocument,
    InvalidDocumentError,
    document_title,
    document_type,
    name_key,
    read_document,
    read_phone,
    read_registry_number,
    unprintable,
)
from scheme import STAGE_TITLES, Scheme

from importer.domain.entry_years import (
    EntryYear,
    SchoolStages,
    Stage,
    has_four_junior_years,
    read_entry_year,
    school_years,
)
from importer.domain.messages import message_of
from importer.domain.roster import GUARDIANS, OTHER_RELATIONS, OTHER_SEXES, STUDENTS, TEACHERS, YES_NO, of_a_class, role_titles
from importer.domain.templates import (
    Accepted,
    CellProblem,
    CheckRow,
    CleanRow,
    Fault,
    FindingKind,
    Parsed,
    Sheet,
    Value,
    Verdict,
)

_NOBODY = frozenset({"无", "没有", "暂无", "空", "/", "-", "—", "——", "\\"})
"""What people write in a guardian's cell where there is nobody, or no phone number yet."""
_AGES = range(4, 26)
"""Ages at entry beyond which a birth date must be wrong."""


def checks(
    school: SchoolStages,
    today: date,
    columns: Mapping[str, frozenset[str]],
    grades: Iterable[str] = (),
    scheme: Scheme | None = None,
) -> dict[str, CheckRow]:
    """The validators of both sheets, for a school of these stages and a workbook with these columns. `grades`: the workbook's
    texts for grades and years. `scheme`: the school's, which names the roles of its staff."""
    titles, classes = role_titles(scheme), of_a_class(scheme)
    four = has_four_junior_years(grades)
    years = partial(read_entry_year, stage=school.only, today=today, four_junior_years=four, school=school)

    def check_student(values: Mapping[str, Value]) -> Verdict:
        return _Row(STUDENTS, values, columns.get(STUDENTS.id, frozenset(values)), school, today, years).student()

    def check_teacher(values: Mapping[str, Value]) -> Verdict:
        return _Row(TEACHERS, values, columns.get(TEACHERS.id, frozenset(values)), school, today, years).teacher(
            titles, classes
        )

    return {STUDENTS.id: check_student, TEACHERS.id: check_teacher}


class _Row:
    """One row while it is checked: its values, and what was found about them."""

    def __init__(
        self,
        sheet: Sheet,
        values: Mapping[str, Value],
        columns: frozenset[str],
        school: SchoolStages,
        today: date,
        read_year: Callable[[str], EntryYear | None],
    ) -> None:
        self._read_year = read_year
        self._sheet, self._columns, self._school, self._today = sheet, columns, school, today
        self._values = {name: str(value) for name, value in values.items()}
        self._found: list[Fault] = []
        self._data: dict[str, object] = {}

    def student(self) -> Verdict:
        """A student's row with the keys of `contracts.importer.RosterStudentData`."""
        self._need_required()
        if "registry_number" in self._values:
            registry = read_registry_number(self._values["registry_number"])
            if registry is None:
                self._note("registry_number", "registry_form")
            else:
                self._data["registry_number"] = registry.text
        self._name("name")
        document = self._document("document_type", "id_number", needed="id_number" in self._columns)
        if document is not None:
            self._data["document_type"] = document.type.value
            if document.number is not None:
                self._data["id_number"] = document.number
        self._education_id()
        if "student_number" in self._columns:
            self._data["student_number"] = self._values.get("student_number")
        born = self._person(document)
        year = self._entry_year(born)
        if year is not None:
            self._data["entry_year"] = year
        if "class_name" in self._values:
            self._data["class_title"] = self._values["class_name"]
        self._guardians()
        return self._verdict()

    def teacher(self, roles: Mapping[str, str], of_a_class: frozenset[str]) -> Verdict:
        """A teacher's row with the keys of `contracts.importer.RosterTeacherData`. `roles` by their titles."""
        self._need_required()
        self._name("name")
        self._education_id()
        self._data["phone"] = self._phone("phone")
        title = self._values.get("role", "")
        self._data["role"] = role = roles.get(title)
        document = self._document("document_type", "id_number", needed=False)
        if document is not None:
            self._data |= {"document_type": document.type.value, "id_number": document.number}
        self._data["entry_year"] = year = self._entry_year(None)
        self._data["class_title"] = self._values.get("class_name")
        if role in of_a_class:
            wrong = {fault.column for fault in self._found}
            missing = [] if year is not None or {"entry_year", "grade"} & wrong else ["entry_year"]
            for name in missing + [n for n in ("class_name",) if n not in self._values]:
                self._note(name, "class_needed", role=title)
        self._reassigned("reassigned", self._data)
        return self._verdict()

    def _verdict(self) -> Verdict:
        wrong = [fault for fault in self._found if fault.kind != "warning"]
        if wrong:
            return wrong
        return Accepted(self._data, tuple(self._found)) if self._found else self._data

    def _note(self, column: str | None, code: str, kind: FindingKind = "problem", **values: object) -> None:
        self._found.append(Fault(column, code, message_of(code, **values), kind))

    def _title(self, column: str) -> str:
        return self._sheet.column(column).title

    def _need_required(self) -> None:
        for column in self._sheet.columns:
            there = not column.may_be_missing or column.id in self._columns
            if column.required and there and column.id not in self._values:
                self._note(column.id, "required", title=column.title)

    def _name(self, column: str) -> None:
        if column in self._values:
            self._data[column] = self._values[column]
            self._need_printable(column)

    def _education_id(self) -> None:
        """As typed; its form is the scheme's, and identity compares it with what is registered (BJ-01)."""
        if "education_id" in self._values:
            self._data["education_id"] = self._values["education_id"]

    def _need_printable(self, column: str) -> None:
        """Warn about characters that have no agreed meaning (L-05)."""
        if found := unprintable(self._values[column]):
            codes = "、".join(f"U+{ord(character):04X}" for character in found)
            self._note(column, "private_use", "warning", title=self._title(column), characters="".join(found), codes=codes)

    def _phone(self, column: str) -> str | None:
        if column not in self._values:
            return None
        phone = read_phone(self._values[column])
        if phone is None:
            self._note(column, "phone_form")
        return phone

    def _document(self, type_column: str, number_column: str, *, needed: bool) -> IdentityDocument | None:
        """The identity document of these two columns; None if they name none (L-03)."""
        typed, number = self._values.get(type_column), self._values.get(number_column, "")
        type_ = document_type(typed) if typed is not None else None
        if typed is not None and type_ is None:
            choices = "、".join(document_title(one) for one in DocumentType)
            self._note(type_column, "document_type", value=typed, choices=choices)
            return None
        if not number and type_ is not DocumentType.NONE:
            if needed or (type_ is not None and number_column in self._columns):
                self._note(number_column, "document_number", type=document_title(type_ or DocumentType.RESIDENT_ID))
            return None
        try:
            return read_document(type_, number)
        except InvalidDocumentError as invalid:
            title = document_title(type_ or DocumentType.RESIDENT_ID)
            self._note(number_column, invalid.code, length=len(number), type=title)
            return None

    def _person(self, document: IdentityDocument | None) -> date | None:
        """Birth date and sex, which an 18-digit number has in it; others need their columns."""
        born = date.fromisoformat(self._values["born"]) if "born" in self._values else None
        sex = self._values.get("sex")
        sex = OTHER_SEXES.get(sex or "", sex)
        if document is not None and document.born is not None:
            if born is not None and born != document.born:
                self._note("born", "birth_differs", expected=document.born.isoformat())
            if sex is not None and sex != document.sex:
                self._note("sex", "sex_differs", expected=document.sex)
        read_anyhow = {fault.column for fault in self._found} & {"id_number", "document_type"}
        born = born or (document.born if document else None)
        sex = sex or (document.sex if document else None)
        for name, value in (("born", born), ("sex", sex)):
            if value is not None:
                self._data[name] = value
            elif name in self._columns and not read_anyhow:
                self._note(name, "required", title=self._title(name))
        return born

    def _guardians(self) -> None:
        if not any(f"guardian_{number}_name" in self._columns for number in range(1, GUARDIANS + 1)):
            return
        guardians: list[dict[str, object]] = []
        for number in range(1, GUARDIANS + 1):
            given = self._guardian(f"guardian_{number}_")
            if given is not None:
                document = given.pop("document")
                guardians.append(given)
                if number != len(guardians):
                    given["slot"] = number
                if isinstance(document, IdentityDocument) and document.number is not None:
                    self._data[f"guardian_{len(guardians)}_id_number"] = document.number
        self._data["guardians"] = guardians

    def _guardian(self, prefix: str) -> dict[str, object] | None:
        """One guardian; None if the row names none here, or one who has no phone number yet."""
        for part in ("name", "phone", "id_number"):
            if self._values.get(f"{prefix}{part}") in _NOBODY:
                del self._values[f"{prefix}{part}"]
        name, relation = self._values.get(f"{prefix}name"), self._values.get(f"{prefix}relation")
        remove = self._values.get(f"{prefix}change") is not None
        if name is None and f"{prefix}phone" not in self._values:
            if remove:
                self._note(f"{prefix}change", "guardian_unnamed")
            return None
        phone = self._phone(f"{prefix}phone")
        document = self._document(f"{prefix}document_type", f"{prefix}id_number", needed=False)
        given: dict[str, object] = {"name": name, "relation": OTHER_RELATIONS.get(relation or "", relation), "phone": phone}
        given["document"] = document
        if document is not None:
            given["document_type"] = document.type.value
        self._reassigned(f"{prefix}reassigned", given)
        if remove:
            return given | {"change": "remove"}
        if name is None:
            self._note(f"{prefix}name", "required", title=self._title(f"{prefix}name"))
        else:
            self._need_printable(f"{prefix}name")
        if relation is None:
            self._note(f"{prefix}relation", "required", title=self._title(f"{prefix}relation"))
        if f"{prefix}phone" not in self._values:
            who = self._title(f"{prefix}name").removesuffix("姓名")
            self._note(f"{prefix}phone", "guardian_without_phone", "warning", title=who)
            return None
        return given

    def _reassigned(self, column: str, data: dict[str, object]) -> None:
        if column in self._values:
            data["number_reassigned"] = YES_NO.get(self._values[column])

    def _entry_year(self, born: date | None) -> int | None:
        """The year of entry that 入学年份 and 年级 mean together; a question where they leave more than one (L-06)."""
        read: dict[str, EntryYear] = {}
        for column in ("entry_year", "grade"):
            if column not in self._values:
                continue
            found = self._read_year(self._values[column])
            if found is None:
                self._note(column, "year_form")
                return None
            wrong = found.stage is not None or self._school.only is not None
            if self._school.stage is not None and wrong and not self._school.has(found.stage):
                self._note(column, "stage_differs", "question", value=self._values[column], stage=self._school.titles)
                return None
            read[column] = found
        if not read:
            return None
        column = next(iter(read))
        years = frozenset.intersection(*(one.years for one in read.values()))
        stages = {one.stage for one in read.values() if one.stage is not None}
        stage = next(iter(stages), None) or self._school.of_class(self._values.get("class_name", ""))
        if stage is not None and len(years) > 1 and not stages:
            again = [self._read_year(STAGE_TITLES[stage] + self._values[name]) for name in read]
            years = frozenset.intersection(*(one.years for one in again if one is not None)) if any(again) else years
        if not years or len(stages) > 1:
            texts = {"grade": self._values["grade"], "year": self._values["entry_year"]}
            self._note("grade", "grade_differs", "question", **texts)
        elif len(years) > 1:
            listed = "、".join(f"{year} 年" for year in sorted(years))
            value = self._values[column]
            self._note(column, "year_unclear", "question", value=value, years=listed, first=min(years))
        elif stage is None and len(self._school.known) > 1:
            self._note(column, "stage_unclear", "question", value=self._values[column], stages=self._school.titles)
        else:
            return self._plausible(column, read, next(iter(years)), born, stage)
        return None

    def _plausible(
        self, column: str, read: Mapping[str, EntryYear], year: int, born: date | None, stage: Stage | None
    ) -> int | None:
        """The year, unless it is implausible and the school did not write 级 or a month."""
        if year > max(school_years(self._today)) + 1:
            self._note(column, "year_future", year=year)
            return None
        if len(self._school.known) > 1 and stage != self._school.stage:
            self._data["stage"] = stage
        age = None if born is None else year - born.year
        if age is not None and age not in _AGES:
            self._note("born" if "born" in self._values else "id_number", "age_unlikely", age=age)
            return None
        if stage is not None and age is not None and not self._school.is_usual_age(age, stage):
            if not any(one.explicit for one in read.values()):
                self._question_age(column, read[column], stage, year, age)
                return None
            self._note(column, "age_noted", "warning", age=age)
        if stage is not None and year + max(self._school.lengths(stage)) <= min(school_years(self._today)):
            self._note(column, "left_already", "warning", year=year)
        return year

    def _question_age(self, column: str, read: EntryYear, stage: Stage, year: int, age: int) -> None:
        others = [other for other in sorted(read.otherwise) if self._school.is_usual_age(age - year + other, stage)]
        values: dict[str, object] = {"value": self._values[column], "year": year, "age": age}
        if others:
            self._note(column, "year_or_leaving", "question", other=others[0], **values)
        else:
            self._note(column, "age_unusual", "question", **values)


@dataclass(frozen=True, slots=True)
class _Phone:
    """Where a phone number stands, with whose name."""

    sheet: str
    row: int
    column: str
    name: str


def across_rows(parsed: Parsed) -> tuple[CellProblem, ...]:
    """Questions that no single row shows: one phone number with two names, of which the school has not said that they are
    the same person or that the number changed hands (L-02)."""
    seen: dict[str, dict[str, list[_Phone]]] = {}
    for row in parsed.rows:
        of_guardians = [f"guardian_{number}_" for number in range(1, GUARDIANS + 1)]
        for prefix in of_guardians if row.sheet == STUDENTS.id else [""]:
            name, phone = row.values.get(f"{prefix}name"), read_phone(str(row.values.get(f"{prefix}phone", "")))
            if name and phone and f"{prefix}reassigned" not in row.values and f"{prefix}change" not in row.values:
                cell = _Phone(row.sheet, row.number, f"{prefix}phone", str(name))
                seen.setdefault(phone, {}).setdefault(name_key(cell.name), []).append(cell)
    return tuple(
        CellProblem(
            cell.row,
            cell.column,
            "phone_two_names",
            message_of("phone_two_names", rows=_others(names, key)),
            cell.sheet,
            "question",
        )
        for names in seen.values()
        if len(names) > 1
        for key, cells in names.items()
        for cell in cells
    )


def _others(names: Mapping[str, list[_Phone]], own: str) -> str:
    return "、".join(str(cell.row) for name, cells in names.items() if name != own for cell in cells[:5])


def with_class_order(rows: Sequence[CleanRow]) -> tuple[CleanRow, ...]:
    """The rows with the position of each class's first appearance, from 1 (L-07)."""
    orders: dict[tuple[object, object, object], int] = {}
    numbers = count(1)

    def ordered(row: CleanRow) -> CleanRow:
        title = row.data.get("class_title")
        if title is None:
            return row
        key = (row.data.get("entry_year"), row.data.get("stage"), title)
        if key not in orders:
            orders[key] = next(numbers)
        return replace(row, data={**row.data, "class_order": orders[key]})

    return tuple(ordered(row) for row in rows)
