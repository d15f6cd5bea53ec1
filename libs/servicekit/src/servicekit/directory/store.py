"""SQL of students and organisations. An older version changes nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from contracts.base import ancestor
from contracts.identity import Enrolment, OrganisationCreatedV1
from people import name_key
from scheme import Scheme, Schooling

from servicekit.db import Tx
from servicekit.directory.names import set_name_keys
from servicekit.directory.ordering import ordering
from servicekit.mapping import from_row
from servicekit.timetable import schooling_in

type Particular = Literal["school_title", "grade_title", "class_title", "status", "sex", "registry_number", "home"]
"""What a service may store of a student besides name and organisation path."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student of a class. Particulars that the service does not store are empty; the registry number is masked."""

    id: UUID
    name: str
    path: str
    school_title: str = ""
    grade_title: str = ""
    class_title: str = ""
    status: str = ""
    sex: str = ""
    registry_number: str = ""
    home: str = ""
    """The class at the home school, while the student has borrowed a place elsewhere (BJ-04); empty: none."""

    @property
    def left(self) -> bool:
        """No longer at school."""
        return self.status == "left"


def student_of(row: Any) -> Student:
    """The student of a row of `directory_students`."""
    return from_row(Student, row)


def masked_number(number: str) -> str:
    """A registry number without the middle of the ID number in it: the first seven and last four characters (ADR 5)."""
    return number if len(number) <= 11 else number[:7] + "*" * (len(number) - 11) + number[-4:]


async def save_organisation(tx: Tx, event: OrganisationCreatedV1) -> bool:
    """Save a newer version of an organisation; False if this or a newer one is stored already."""
    done = await tx.fetchval(
        """
        INSERT INTO directory_organisations AS o (path, level, title, stage, scheme_id, scheme_version, time_zone, version,
                                                  years, more_stages, position, ordering)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (path) DO UPDATE SET level = $2, title = $3, stage = $4, scheme_id = $5, scheme_version = $6,
            time_zone = $7, version = $8, years = $9, more_stages = $10, position = $11, ordering = $12, complete = true
         WHERE o.version < $8 OR (o.version = $8 AND NOT o.complete)
        RETURNING true
        """,
        event.path, event.level, event.title, event.stage, event.scheme_id, event.scheme_version, event.time_zone,
        event.version, event.years, list(event.more_stages), event.position, ordering(event.path, event.title, event.position),
    )  # fmt: skip
    return done is True


_LENGTH = "SELECT stage, years FROM directory_organisations WHERE path = $1::text::ltree"
_LENGTH_SHARED = "SELECT stage, years FROM directory_organisations WHERE path = $1::text::ltree FOR SHARE"


async def schooling_at(tx: Tx, path: str, scheme: Scheme, *, hold: bool = False) -> Schooling:
    """The stage and length of a class, or of the school that an organisation is or lies in, its first one where it has several,
    as a scheme has them (BJ-12). hold: nobody changes the school until this transaction ends."""
    row = await tx.fetchrow(_LENGTH_SHARED if hold else _LENGTH, ancestor(path, "school"))
    first = scheme.schooling(row["stage"], row["years"]) if row is not None else scheme.schooling()
    return schooling_in(scheme, first, path)


async def remove_organisation(tx: Tx, path: str) -> None:
    """Delete an organisation."""
    await tx.execute("DELETE FROM directory_organisations WHERE path = $1::text::ltree", path)


async def save_students(tx: Tx, students: Iterable[Enrolment], particulars: Collection[Particular]) -> list[Enrolment]:
    """Save newer versions of students, with these particulars; returns those that were newer."""
    newest = {s.student_id: s for s in sorted(students, key=lambda s: s.version)}

    def row(student: Enrolment) -> dict[str, Any]:
        values = {
            name: (getattr(student, name) or "") if name in particulars else "" for name in get_args(Particular.__value__)
        }
        values["registry_number"] = masked_number(values["registry_number"])
        return values | {
            "id": student.student_id, "name": student.name, "name_key": name_key(student.name), "path": student.path,
            "version": student.version,
        }  # fmt: skip

    rows = await tx.fetch(
        """
        INSERT INTO directory_students AS s
            (id, name, name_key, path, school_title, grade_title, class_title, status, sex, registry_number, home, version)
        SELECT id, name, name_key, path, school_title, grade_title, class_title, status, sex, registry_number, home, version
          FROM jsonb_populate_recordset(NULL::directory_students, $1)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, path = excluded.path,
            school_title = excluded.school_title, grade_title = excluded.grade_title, class_title = excluded.class_title,
            status = excluded.status, sex = excluded.sex, registry_number = excluded.registry_number, home = excluded.home,
            version = excluded.version
         WHERE s.version < excluded.version
        RETURNING s.id, s.name_key IS NULL AS forgotten
        """,
        [row(newest[student_id]) for student_id in sorted(newest)],  # in order of ids two writers never wait for each other
    )
    forgotten = [(row["id"], newest[row["id"]].name) for row in rows if row["forgotten"]]
    if forgotten:  # by the trigger for older releases, where a name was spelt in another way with the same key
        await set_name_keys(tx, forgotten)
    return [newest[row["id"]] for row in rows]


async def find_students(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Student]:
    """Those of these students that are known, by id."""
    rows = await tx.fetch("SELECT * FROM directory_students WHERE id = ANY($1)", list(ids))
    return {row["id"]: student_of(row) for row in rows}


async def find_student(tx: Tx, student_id: UUID) -> Student | None:
    """One student; None: not known."""
    return (await find_students(tx, [student_id])).get(student_id)
