"""The parsed rows of a roster. A value that the row does not name stays as it is; a null one is cleared (L-08)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from contracts.base import Role
from contracts.importer import BatchRow
from people import DocumentType, display_name, document_type, read_document, read_phone, read_registry_number

from identity.domain.students import Sex

STUDENTS, TEACHERS = "students", "teachers"
_SEXES: dict[str, Sex] = {"男": "male", "女": "female", "male": "male", "female": "female"}


class Numbers(Protocol):
    """Computes keyed hashes (`adapters.sealed_numbers`)."""

    def id_number_index(self, id_number: str, /) -> bytes:
        """Of an identity document's key."""

    def registry_number_index(self, number: str, /) -> bytes:
        """Of a registry number."""


@dataclass(frozen=True)
class Document:
    """An identity document. `number` is in clear, `index` the keyed hash of the document's key; both None: has none."""

    type: DocumentType
    number: str | None = field(default=None, repr=False)
    index: bytes | None = None


@dataclass(frozen=True)
class RegistryNumber:
    """A national registry number in clear, and its keyed hash."""

    text: str = field(repr=False)
    index: bytes

    @property
    def provisional(self) -> bool:
        """An L number, which the registry replaces by a G number."""
        return self.text.startswith("L")


@dataclass(frozen=True)
class GuardianRow:
    """A guardian whom a student's row names. `remove`: explicitly no longer a guardian (L-09); then `phone` may be empty."""

    name: str
    relation: str
    phone: str
    document: Document | None = None
    remove: bool = False
    reassigned: bool | None = None
    """Whether the school says that the phone number changed hands; None: it says nothing (L-02)."""


@dataclass(frozen=True)
class StudentRow:
    """A row of the students' sheet. None: the row does not name the value, except for `student_number`."""

    row: int
    registry: RegistryNumber | None = None
    document: Document | None = None
    student_number: str | None = None
    gives_student_number: bool = False
    """True: `student_number` counts, also if it is None (cleared)."""
    name: str | None = None
    sex: Sex | None = None
    born: date | None = None
    entry_year: int | None = None
    stage: str | None = None
    """Of a school with several stages: that of the class; None: its first one, or the row says nothing (BJ-03)."""
    class_title: str | None = None
    class_order: int | None = None
    education_id: str | None = None
    guardians: tuple[GuardianRow, ...] | None = None


@dataclass(frozen=True)
class TeacherRow:
    """A row of the teachers' sheet: one role in the school, a grade or a class."""

    row: int
    name: str
    phone: str
    role: Role
    entry_year: int | None = None
    class_title: str | None = None
    document: Document | None = None
    reassigned: bool | None = None
    education_id: str | None = None
    stage: str | None = None


def read_student(row: BatchRow, opened: Mapping[str, str], numbers: Numbers) -> StudentRow:
    """Parse a row; `opened` has its decrypted fields. Raises ValueError or KeyError for what importer should have
    rejected. Chunks of the release before name one guardian in `guardian_*` and the class by its number."""
    data = row.data
    return StudentRow(
        row=row.row,
        registry=_registry(opened.get("registry_number") or _text(data, "registry_number"), numbers),
        document=_document(data, opened, "document_type", "id_number", numbers),
        student_number=_text(data, "student_number"),
        gives_student_number="student_number" in data and not (_before(data) and data["student_number"] is None),
        name=_name(data, "name"),
        sex=None if (sex := _text(data, "sex")) is None else _SEXES[sex],
        born=None if (born := _text(data, "born")) is None else date.fromisoformat(born),
        entry_year=_number(data, "entry_year"),
        stage=_text(data, "stage"),
        class_title=_class_title(data),
        class_order=_number(data, "class_order"),
        education_id=_text(data, "education_id"),
        guardians=_guardians(data, opened, numbers),
    )


def read_teacher(
    row: BatchRow, opened: Mapping[str, str], numbers: Numbers, levels: Mapping[str, frozenset[str]]
) -> TeacherRow:
    """Parse a row, like `read_student`. `levels`: the roles that a roster of this school may offer, and where each
    is held: where a row names a class, the class is meant only by roles that are held in one."""
    data = row.data
    role: Role = data["role"]
    held = levels[role]
    year = _number(data, "entry_year") if held & {"class", "grade"} else None
    title = _class_title(data) if year is not None and "class" in held else None
    if year is not None and title is None and "grade" not in held:
        year = None
    if ("class" if title is not None else "school" if year is None else "grade") not in held:
        raise ValueError("the role is held in a class or grade")
    return TeacherRow(
        row=row.row,
        name=_needed(_name(data, "name")),
        phone=_phone(data["phone"]),
        role=role,
        entry_year=year,
        stage=_text(data, "stage") if year is not None else None,
        class_title=title,
        document=_document(data, opened, "document_type", "id_number", numbers),
        reassigned=data.get("number_reassigned"),
        education_id=_text(data, "education_id"),
    )


def _before(data: Mapping[str, Any]) -> bool:
    """Is the row of a chunk from before issue 8? There null was also a missing column."""
    return "class_number" in data


def _guardians(data: Mapping[str, Any], opened: Mapping[str, str], numbers: Numbers) -> tuple[GuardianRow, ...] | None:
    if "guardian_phone" in data:
        return (
            GuardianRow(_needed(_name(data, "guardian_name")), str(data["guardian_relation"]), _phone(data["guardian_phone"])),
        )
    if data.get("guardians") is None:
        return None
    return tuple(
        _guardian(given, _document(given, opened, "document_type", f"guardian_{number}_id_number", numbers))
        for number, given in enumerate(data["guardians"], 1)
    )


def _guardian(given: Mapping[str, Any], document: Document | None) -> GuardianRow:
    remove = given.get("change") == "remove"
    name, phone = _name(given, "name"), _text(given, "phone")
    if not remove or not (name or phone):
        name = _needed(name)
    return GuardianRow(
        name=name or "",
        relation=_text(given, "relation") or "",
        phone="" if remove and phone is None else _phone(phone),
        document=document,
        remove=remove,
        reassigned=given.get("number_reassigned"),
    )


def _document(
    data: Mapping[str, Any], opened: Mapping[str, str], type_field: str, number_field: str, numbers: Numbers
) -> Document | None:
    """The row's document; None if it names none. A number without a type is an 18-digit one."""
    given, number = _text(data, type_field), opened.get(number_field)
    if given is None and number is None:
        return None
    type_ = document_type(given) if given is not None else None
    if given is not None and type_ is None:
        raise ValueError("unknown document type")
    if number is None:
        if type_ is not DocumentType.NONE:
            return None
        return Document(DocumentType.NONE)
    read = read_document(type_, number)
    return Document(read.type, read.number, _hashed(read.key, numbers.id_number_index))


def _registry(text: str | None, numbers: Numbers) -> RegistryNumber | None:
    if text is None:
        return None
    found = read_registry_number(text)
    if found is None:
        raise ValueError("not a registry number")
    return RegistryNumber(found.text, numbers.registry_number_index(found.text))


def _class_title(data: Mapping[str, Any]) -> str | None:
    title = _name(data, "class_title")
    if title is None and (number := _number(data, "class_number")) is not None:
        return f"{number}班"
    return title


def _hashed(key: str | None, index: Callable[[str], bytes]) -> bytes | None:
    return None if key is None else index(key)


def _phone(typed: object) -> str:
    return _needed(read_phone(str(typed)))


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    return None if value is None else str(value)


def _name(data: Mapping[str, Any], name: str) -> str | None:
    value = _text(data, name)
    return None if value is None else display_name(value) or None


def _needed(value: str | None) -> str:
    if not value:
        raise ValueError("a value is missing")
    return value


def _number(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    return None if value is None else int(value)
