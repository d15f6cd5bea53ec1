"""A database of the release before, with data in it, is migrated and goes on working."""

from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest
from contracts.identity import StudentMovedV1, StudentsEnrolledV1
from records.app import SERVICE
from servicekit.db import Database
from servicekit.directory import students_named
from servicekit.directory.names import add_missing_name_keys
from servicekit.ids import new_id
from servicekit.testing import a_service, a_student, an_actor, an_older_database

from .builders import CLASS, NEXT_CLASS, NOW, SCHOOL, an_enrolment

TERM, STUDENT, RECORD, POSITION = new_id(), new_id(), new_id(), new_id()
WINDOW = {
    "operation": "report", "starts": "2026-09-01T00:00:00Z", "ends": "2026-12-08T08:00:00Z", "roles": [], "grades": ["11"],
}  # fmt: skip
ORGANISATION = {
    "path": SCHOOL, "level": "school", "title": "东湖一中", "stage": "senior_secondary", "scheme_id": "jiangxi",
    "scheme_version": "2026.1", "time_zone": "Asia/Urumqi", "version": 3,
}  # fmt: skip
ENROLLED = {"id": STUDENT, "name": "李晓雨", "path": CLASS, "class_title": "1班", "status": "enrolled", "version": 4}
SCHEDULED = {
    "id": TERM, "path": SCHOOL, "title": "第一学期", "school_year": "2026-2027", "number": 1, "scheme_id": "jiangxi",
    "scheme_version": "2026.1", "time_zone": "Asia/Urumqi", "starts_on": date(2026, 9, 1), "ends_on": date(2027, 1, 31),
    "windows": [WINDOW], "version": 2,
}  # fmt: skip


async def fill(db: Database) -> None:
    """What the release before wrote."""
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, version) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            *ORGANISATION.values(),
        )
        await tx.execute(
            "INSERT INTO students (id, name, path, class_title, status, version) VALUES ($1, $2, $3, $4, $5, $6)",
            *ENROLLED.values(),
        )
        await tx.execute(
            "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, "
            "ends_on, windows, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            *SCHEDULED.values(),
        )
        await tx.execute(
            "INSERT INTO records (id, term_id, student_id, student_name, path, dimension, kind, title, data, evidence, state, "
            "origin, level, visibility, author_id, author_name, author_role, version, created_at) "
            "VALUES ($1, $2, $3, '李晓雨', $4, 'moral', 'volunteer_service', '志愿服务', '{}', '[]', 'draft', 'reported', "
            "'student', 'private', $3, '李晓雨', 'student', 1, $5)",
            RECORD, TERM, STUDENT, CLASS, NOW,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO positions (id, term_id, student_id, student_name, path, data, state, step, reviewer_role, version, "
            "submitted_at) VALUES ($1, $2, $3, '李晓雨', $4, $5, 'submitted', 'class_teacher', 'class_teacher', 1, $6)",
            POSITION, TERM, STUDENT, CLASS, {"title": "班长"}, NOW,
        )  # fmt: skip


async def test_a_database_of_the_release_before_keeps_every_row_and_goes_on_working(parts: Any) -> None:
    async with an_older_database(parts, "records", kit=3, own=6) as db:
        await fill(db)
        url = db.url
    async with a_service(SERVICE, parts, url=url, storage=True) as kit:
        async with kit.deps.db.reading() as tx:
            [organisation] = await tx.fetch("SELECT * FROM directory_organisations")
            [student] = await tx.fetch("SELECT * FROM directory_students")
            [term] = await tx.fetch("SELECT * FROM directory_terms")
            [(expected, kept)] = await tx.fetch(
                "SELECT r.term_id, p.term_id FROM records r JOIN positions p USING (student_id) WHERE r.id = $1", RECORD
            )
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await tx.execute("UPDATE records SET term_id = $1", new_id())
            with pytest.raises(asyncpg.ForeignKeyViolationError):
                await tx.execute("DELETE FROM directory_terms")
            assert await tx.fetchval("SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'") is True
        new = {"complete": True, "years": None, "more_stages": [], "position": None, "ordering": None}
        assert dict(organisation) == ORGANISATION | new
        assert {name: student[name] for name in ENROLLED} == ENROLLED
        assert dict(term) == SCHEDULED | {"complete": True, "stage": None, "years": None}
        assert (expected, kept) == (TERM, TERM)

        kit.at(NOW)
        me = kit.as_(a_student(CLASS, STUDENT))
        assert (await me.get(f"/terms/{TERM}")).json["windows"][0]["operation"] == "report"
        assert [one["id"] for one in (await me.get("/records", term_id=TERM)).json["items"]] == [str(RECORD)]
        assert [one["id"] for one in (await me.get("/positions", term_id=TERM)).json["items"]] == [str(POSITION)]
        apply_move = an_enrolment(STUDENT, NEXT_CLASS, version=5)
        await kit.receive(StudentMovedV1(student_id=STUDENT, from_path=CLASS, enrolment=apply_move))
        assert (await me.get(f"/records/{RECORD}")).json["path"] == NEXT_CLASS
        kit.at(datetime(2027, 1, 1, tzinfo=UTC))
        closed = await me.post(f"/records/{RECORD}/submission", {})
        assert closed.json["detail"] == "“写实上报”已于2026-12-08 14:00结束", "told on the school's clock"
        admin = kit.as_(an_actor("administrator", SCHOOL))
        again = {"title": "又一个", "school_year": "2026-2027", "number": 1, "starts_on": "2026-09-01", "ends_on": "2027-01-31"}
        assert (await admin.post("/terms", again)).code == "term_exists"


async def test_a_process_of_the_release_before_reads_and_writes_the_same_rows_while_an_upgrade_rolls(parts: Any) -> None:
    async with an_older_database(parts, "records", kit=3, own=6) as db:
        url = db.url
        async with a_service(SERVICE, parts, url=url, storage=True) as kit:
            await fill(db)
            async with db.transaction() as tx:
                await tx.execute(
                    "INSERT INTO students (id, name, path, class_title, status, version) "
                    "VALUES ($1, '李雨', $2, '1班', 'left', 5) ON CONFLICT (id) DO UPDATE "
                    "SET name = '李雨', version = 5 WHERE students.version < 5",
                    STUDENT,
                    CLASS,
                )
                await tx.fetch("SELECT * FROM terms WHERE id = $1 FOR UPDATE", TERM)
                made = await tx.fetchval(
                    "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, "
                    "ends_on, windows, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
                    "ON CONFLICT (path, school_year, number) DO NOTHING RETURNING true",
                    *(SCHEDULED | {"id": new_id()}).values(),
                )
                assert made is None
            assert (await kit.as_(a_student(CLASS, STUDENT)).get(f"/terms/{TERM}")).json["version"] == 2
            async with kit.deps.db.reading() as tx:
                assert await tx.fetchval("SELECT name FROM directory_students WHERE id = $1", STUDENT) == "李雨"
            await db.close()


@pytest.mark.feature("L-05")
async def test_students_of_the_release_before_are_found_by_every_spelling_once_their_name_keys_are_computed(parts: Any) -> None:
    async with an_older_database(parts, "records", kit=6, own=8) as db:
        url = db.url
        async with db.transaction() as tx:
            await tx.execute(
                "INSERT INTO directory_students (id, name, path, version) VALUES ($1, '买买提•阿不都', $2, 1)", STUDENT, CLASS
            )
    async with a_service(SERVICE, parts, url=url, storage=True) as kit:

        async def found(words: str, path: str = SCHOOL) -> bool:
            async with kit.deps.db.reading() as tx:
                return await students_named(tx, path, words) == [STUDENT]

        assert (await found("买买提•"), await found("提•阿"), await found("买买提•", "jx")) == (True, True, True)
        assert not await found("提·阿")
        assert await add_missing_name_keys(kit.deps.db) == 1
        assert await add_missing_name_keys(kit.deps.db) == 0
        assert (await found("提·阿"), await found("买买提.阿", "jx.nc"), await found("提·阿", "jx.nc")) == (True, True, False)
        assert not await found("提·阿", "jx.nc.dh.s2")

        async with kit.deps.db.transaction() as tx:  # a process of the release before changes the name only
            await tx.execute("UPDATE directory_students SET name = '阿依古丽', version = 2")
        assert not await found("买买提")
        assert await add_missing_name_keys(kit.deps.db) == 1
        assert await found("依古")
        for version, name in enumerate(("买买提•阿不都", "买买提·阿不都"), start=3):
            await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(an_enrolment(STUDENT, name=name, version=version),)))
            assert await found("提.阿"), "another spelling with the same key"
        assert await add_missing_name_keys(kit.deps.db) == 0
