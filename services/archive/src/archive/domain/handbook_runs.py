"""Growth handbooks of a class or a grade that somebody asked for: ZIPs of some students of one class each (BJ-09). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Literal
from uuid import UUID

from servicekit.directory import Student

from archive.domain.bundles import safe

STUDENTS = 60
"""In one ZIP at most: it is made in one step, which is repeated after a crash."""


@dataclass(frozen=True)
class HandbookPart:
    """A ZIP: of these students of one class. `key` and `size` (bytes) once it is stored."""

    number: int
    path: str
    students: tuple[UUID, ...]
    title: str
    name: str
    key: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class HandbookRun:
    """What somebody asked for: `done` of so many students; `name`: whose handbooks, as people read it."""

    id: UUID
    path: str
    account_id: UUID
    author_name: str
    asked_at: datetime
    state: Literal["making", "ready", "failed"]
    students: int
    done: int
    name: str
    expires_at: datetime
    ready_at: datetime | None = None
    problem: str | None = None


def parts_of(title: str, students: Sequence[Student]) -> list[HandbookPart]:
    """The ZIPs of these students, class by class in their order. title: of a handbook, such as 成长手册."""
    found: list[HandbookPart] = []
    classes: dict[str, list[Student]] = {}
    for student in students:
        classes.setdefault(student.path, []).append(student)
    for path, of_class in classes.items():
        batches = list(batched(of_class, STUDENTS))
        for at, batch in enumerate(batches, 1):
            whose = batch[0].grade_title + batch[0].class_title + (f"-{at}" if len(batches) > 1 else "")
            ids = tuple(one.id for one in batch)
            found.append(HandbookPart(len(found), path, ids, whose, f"{safe(f'{title}-{whose}', 100)}.zip"))
    return found


def object_key(run_id: UUID, number: int) -> str:
    """The key of a ZIP in the bucket."""
    return f"handbooks/{run_id.hex}/{number:04d}.zip"
