"""What a roster changed, as it is noted for undoing it (L-10). Numbers are sealed and hashed."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from identity.domain.students import Student


@dataclass(frozen=True)
class Change:
    """One change: of which row (0: of several), what, to whom, the state before and after it."""

    row: int
    what: str
    student_id: UUID | None = None
    account_id: UUID | None = None
    path: str | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    """The order of the changes of a batch."""


def student_state(student: Student) -> dict[str, Any]:
    """What a roster may change of a student."""
    return {
        "name": student.name,
        "sex": student.sex,
        "born": None if student.born is None else student.born.isoformat(),
        "student_number": student.student_number,
        "path": student.path,
        "registry_number": student.registry_number,
        "registry_sealed": student.registry_sealed,
        "registry_index": student.registry_index.hex() if student.registry_index else None,
        "document_type": student.document_type,
        "id_number": student.id_number,
        "id_number_index": None if student.id_number_index is None else student.id_number_index.hex(),
        "version": student.version,
    }


def with_state(student: Student, state: dict[str, Any]) -> Student:
    """The student with this earlier state, as the next version; the titles are the caller's."""
    return replace(
        student,
        name=state["name"],
        sex=state["sex"],
        born=None if state["born"] is None else date.fromisoformat(state["born"]),
        student_number=state["student_number"],
        path=state["path"],
        registry_number=state["registry_number"],
        registry_sealed=state["registry_sealed"],
        registry_index=bytes.fromhex(state["registry_index"]),
        document_type=state["document_type"],
        id_number=state["id_number"],
        id_number_index=None if state["id_number_index"] is None else bytes.fromhex(state["id_number_index"]),
        version=student.version + 1,
    )


def document_state(student: Student) -> str:
    """The document for the audit trail: its type, and whether there is a number; never the number."""
    return student.document_type or ("resident_id" if student.id_number_index else "none")
