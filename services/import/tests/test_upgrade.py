"""A database of the release before, with data in it, is migrated and goes on working."""

from datetime import timedelta
from typing import Any

from contracts.identity import StudentStatusChangedV1
from contracts.records import TermScheduledV1
from importer.adapters.registry import Registry
from importer.app import SERVICE
from importer_builders import CLASS, NOW, SCHOOL, SEAL_KEY, School, a_student, a_term, filled, scores
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.testing import a_service, an_older_database

TERM, ELSEWHERE = a_term(), a_term("gd.sz.ns.s1")
SEALED, OPEN = a_student(1, "张晓"), a_student(2, "王明")
EVENT = new_id()


async def fill(db: Database) -> None:
    """What the release before wrote: a school, two students (one's number not sealed yet), and terms without a time zone."""
    async with db.transaction() as tx:
        for path, level, title, zone in (
            ("jx", "province", "江西省", "Asia/Shanghai"),
            (SCHOOL, "school", "示例中学", "Asia/Urumqi"),
            (CLASS, "class", "1班", "Asia/Urumqi"),
        ):
            await tx.execute(
                "INSERT INTO organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, version) "
                "VALUES ($1, $2, $3, 'senior_secondary', 'jiangxi', '2026.1', $4, 3)",
                path, level, title, zone,
            )  # fmt: skip
        student_id, sealed, index = Registry(SEAL_KEY).sealed_of(SEALED)
        await tx.execute(
            "INSERT INTO students (id, name, registry_sealed, registry_index, path, grade_title, class_title, status, version) "
            "VALUES ($1, '张晓', $2, $3, $4, '高二', '1班', 'enrolled', 2)",
            student_id, sealed, index, CLASS,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO students (id, name, registry_number, path, grade_title, class_title, status, version) "
            "VALUES ($1, '王明', $2, $3, '高二', '1班', 'enrolled', 1)",
            OPEN.student_id, OPEN.registry_number, CLASS,
        )  # fmt: skip
        for term in (TERM, ELSEWHERE):
            await tx.execute(
                "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, starts_on, ends_on, "
                "windows, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                term.term_id, term.path, term.title, term.school_year, term.number, term.scheme_id, term.scheme_version,
                term.starts_on, term.ends_on, term.windows, term.version,
            )  # fmt: skip
        await tx.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, $2)", EVENT, TermScheduledV1.subject)


async def test_a_database_of_the_release_before_keeps_every_row_and_goes_on_working(parts: Any) -> None:
    async with an_older_database(parts, "importer", kit=3, own=4) as db:
        await fill(db)
        url = db.url
    async with a_service(SERVICE, parts, url=url, storage=True, seal_key=SEAL_KEY) as kit:
        async with kit.deps.db.reading() as tx:
            organisations = await tx.fetch("SELECT path, title, time_zone, version FROM directory_organisations ORDER BY path")
            students = await tx.fetch(
                "SELECT s.id, s.name, s.path, s.class_title, s.status, s.version, r.registry_number "
                "FROM directory_students s JOIN registry_numbers r ON r.student_id = s.id "
                "WHERE r.registry_sealed IS NOT NULL AND r.registry_index IS NOT NULL ORDER BY s.version"
            )
            terms = {row["id"]: row for row in await tx.fetch("SELECT * FROM directory_terms")}
            assert await tx.fetchval("SELECT count(*) FROM students") == 2
        assert [tuple(row) for row in organisations] == [
            ("jx", "江西省", "Asia/Shanghai", 3),
            (SCHOOL, "示例中学", "Asia/Urumqi", 3),
            (CLASS, "1班", "Asia/Urumqi", 3),
        ]
        assert [tuple(row) for row in students] == [
            (OPEN.student_id, "王明", CLASS, "1班", "enrolled", 1, None),
            (SEALED.student_id, "张晓", CLASS, "1班", "enrolled", 2, None),
        ]
        known, far = terms[TERM.term_id], terms[ELSEWHERE.term_id]
        assert (known["time_zone"], known["complete"], far["time_zone"], far["complete"]) == ("Asia/Urumqi", True, None, False)
        assert (known["school_year"], known["number"], known["starts_on"], known["version"]) == (
            "2026-2027", 1, TERM.starts_on, 1,
        )  # fmt: skip
        assert len(known["windows"]) == len(TERM.windows)

        kit.at(NOW)
        school = School(kit, TERM, [SEALED, OPEN])
        template = await school.template(school.teacher, "exam_scores")
        rows = [scores(SEALED), scores(OPEN)]
        done = await school.checked(school.teacher, "exam_scores", filled(template, "考试成绩", rows))
        assert (done["state"], done["rows_bad"]) == ("checked", 0)
        kit.at(NOW + timedelta(days=20))
        offers = (await school.teacher.get("/types", term_id=TERM.term_id)).json["items"]
        offer = next(one for one in offers if one["type"] == "exam_scores")
        assert offer["closed"] == "“写实导入”已于2026-11-05 10:00结束", "two hours behind Beijing"

        assert await kit.receive(ELSEWHERE, EVENT), "the inbox forgot the event, so that a replay fills the term in"
        gone = OPEN.model_copy(update={"status": "left", "version": 2})
        await kit.receive(StudentStatusChangedV1(student_id=OPEN.student_id, enrolment=gone))
        async with kit.deps.db.reading() as tx:
            now_is = await tx.fetchrow("SELECT time_zone, complete FROM directory_terms WHERE id = $1", ELSEWHERE.term_id)
            assert tuple(now_is) == ("Asia/Shanghai", True)
            assert await tx.fetchval("SELECT status FROM directory_students WHERE id = $1", OPEN.student_id) == "left"
