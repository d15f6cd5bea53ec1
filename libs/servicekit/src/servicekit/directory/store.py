"""Students and organisations: what events bring, and how it is read. An older version changes nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from contracts.identity import Enrolment, OrganisationCreatedV1

from servicekit.db import Tx

type Particular = Literal["school_title", "grade_title", "class_title", "status", "sex", "registry_number"]
"""What a service may keep of a student besides name and organisation path."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student of a class. Particulars that the service does not keep are empty; the registry number is masked."""

    id: UUID
    name: str
    path: str
    school_title: str = ""
    grade_title: str = ""
    class_title: str = ""
    status: str = ""
    sex: str = ""
    registry_number: str = ""

    @property
    def left(self) -> bool:
        """No longer at school."""
        return self.status == "left"


def student_of(row: Any) -> Student:
    """The student of a row of `directory_students`."""
    return Student(**{name: row[name] for name in Student.__dataclass_fields__})


def masked_number(number: str) -> str:
    """A registry number holds an ID number: its first seven and last four signs are shown (ADR 5)."""
    return number if len(number) <= 11 else number[:7] + "*" * (len(number) - 11) + number[-4:]


async def save_organisation(tx: Tx, event: OrganisationCreatedV1) -> None:
    """Keep a newer version of an organisation."""
    await tx.execute(
        """
        INSERT INTO directory_organisations AS o (path, level, title, stage, scheme_id, scheme_version, time_zone, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (path) DO UPDATE SET level = $2, title = $3, stage = $4, scheme_id = $5, scheme_version = $6,
            time_zone = $7, version = $8, complete = true
         WHERE o.version < $8 OR (o.version = $8 AND NOT o.complete)
        """,
        event.path, event.level, event.title, event.stage, event.scheme_id, event.scheme_version, event.time_zone,
        event.version,
    )  # fmt: skip


async def save_students(tx: Tx, students: Iterable[Enrolment], keeps: Collection[Particular]) -> list[Enrolment]:
    """Keep newer versions of students, with these particulars; returns those that were newer."""
    newest = {s.student_id: s for s in sorted(students, key=lambda s: s.version)}
    told = [newest[student_id] for student_id in sorted(newest)]  # in order of ids two writers never wait for each other

    def kept(name: Particular) -> list[str]:
        if name not in keeps:
            return [""] * len(told)
        values: list[str] = [getattr(one, name) for one in told]
        return [masked_number(value) for value in values] if name == "registry_number" else values

    rows = await tx.fetch(
        """
        INSERT INTO directory_students AS s
            (id, name, path, school_title, grade_title, class_title, status, sex, registry_number, version)
        SELECT id, name, path::ltree, school_title, grade_title, class_title, status, sex, registry_number, version
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                      $9::text[], $10::integer[])
            AS t (id, name, path, school_title, grade_title, class_title, status, sex, registry_number, version)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, path = excluded.path, school_title = excluded.school_title,
            grade_title = excluded.grade_title, class_title = excluded.class_title, status = excluded.status,
            sex = excluded.sex, registry_number = excluded.registry_number, version = excluded.version
         WHERE s.version < excluded.version
        RETURNING s.id
        """,
        [one.student_id for one in told],
        [one.name for one in told],
        [one.path for one in told],
        kept("school_title"),
        kept("grade_title"),
        kept("class_title"),
        kept("status"),
        kept("sex"),
        kept("registry_number"),
        [one.version for one in told],
    )
    return [newest[row["id"]] for row in rows]


async def find_students(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Student]:
    """The known ones among these, by id."""
    rows = await tx.fetch("SELECT * FROM directory_students WHERE id = ANY($1)", list(ids))
    return {row["id"]: student_of(row) for row in rows}


async def find_student(tx: Tx, student_id: UUID) -> Student | None:
    """One student; None: not known."""
    return (await find_students(tx, [student_id])).get(student_id)
