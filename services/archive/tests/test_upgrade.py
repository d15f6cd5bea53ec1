"""A database of the release before, with data in it, is migrated and goes on working."""

import json
from datetime import date
from typing import Any

import asyncpg
import pytest
from archive.app import SERVICE
from contracts.identity import OrganisationCreatedV1
from contracts.publicity import PublicityClosedV1
from servicekit import counters
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.testing import a_service, an_older_database

from .school import (
    CLASS,
    COMMENT,
    KEY,
    PUBLIC_ENDS,
    RENDERER,
    SCHOOL,
    SEALING,
    WRITING,
    School,
    a_snapshot,
    a_term,
    an_enrolment,
)

TERM, PUPIL, EVENT = a_term(time_zone="Asia/Urumqi"), an_enrolment(1, CLASS), new_id()
OLD_TERM, BACKFILL, EVALUATION, SEAL, RECORD = new_id(), new_id(), new_id(), new_id(), a_snapshot(TERM, PUPIL)
OUTSIDE = {
    "from_province": "湖南省", "from_school": "长沙一中", "transferred_on": "2026-08-20", "filled_by": "校管理员",
    "lacking": [], "profile": [],
}  # fmt: skip


async def fill(db: Database) -> None:
    """What the release before wrote: a term that is collected, one that is sealed, and a backfilled one."""
    async with db.transaction() as tx:
        await tx.execute("INSERT INTO organisations (path, level, title, version) VALUES ('jx', 'province', '江西省', 2)")
        await tx.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, $2)", EVENT, OrganisationCreatedV1.subject)
        await tx.execute(
            "INSERT INTO students (id, name, sex, registry_number, path, school_title, grade_title, class_title, status, "
            "version) VALUES ($1, $2, $3, 'G360102********0011', $4, $5, $6, $7, 'enrolled', 1)",
            PUPIL.student_id, PUPIL.name, PUPIL.sex, PUPIL.path, PUPIL.school_title, PUPIL.grade_title, PUPIL.class_title,
        )  # fmt: skip
        rows = (
            (TERM.term_id, SCHOOL, "2026-2027", 1, TERM.windows, 3, None, None, "collecting", None, None),
            (OLD_TERM, SCHOOL, "2025-2026", 2, [], 1, PUBLIC_ENDS, 7, "sealed", None, None),
            (BACKFILL, CLASS, "2025-2026", 1, [], 1, PUBLIC_ENDS, 0, "sealing", PUPIL.student_id, OUTSIDE),
        )
        for term_id, path, year, number, windows, *own in rows:
            await tx.execute(
                "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, "
                "ends_on, windows, version, closed_at, cleared_at_once, state, student_id, backfill) "
                "VALUES ($1, $2, '学期', $3, $4, 'jiangxi', '2026.1', 'Asia/Urumqi', $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                term_id, path, year, number, TERM.starts_on, TERM.ends_on, windows, *own,
            )  # fmt: skip
        await tx.execute(
            "INSERT INTO evaluations (id, term_id, student_id, path, type, text, account_id, author_name, written_at, version) "
            "VALUES ($1, $2, $3, $4, 'self_evaluation', '以前写的', $3, '李晓雨', $5, 1)",
            EVALUATION, OLD_TERM, PUPIL.student_id, CLASS, WRITING,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO seals (id, kind, term_id, path, title, version, state, asked_by, asked_by_name, made_at, archives, "
            "key_id, root) VALUES ($1, 'term', $2, $3, '学期', 1, 'sealed', $1, '校管理员', $4, 0, 'archive-test', 'r')",
            SEAL, OLD_TERM, SCHOOL, WRITING,
        )  # fmt: skip
        await tx.execute(
            "INSERT INTO collected (record_id, term_id, student_id, kind, published, version, snapshot, cleared_at) "
            "VALUES ($1, $2, $3, $4, true, 1, $5, $6)",
            RECORD.record_id, TERM.term_id, PUPIL.student_id, RECORD.kind, RECORD, PUBLIC_ENDS,
        )  # fmt: skip


async def test_a_database_of_the_release_before_keeps_every_row_and_goes_on_working(parts: Any) -> None:
    async with an_older_database(parts, "archive", kit=3, own=4) as db:
        await fill(db)
        url = db.url
    async with a_service(SERVICE, parts, url=url, storage=True, archive_key=json.dumps(KEY)) as kit:
        kit.deps.renderer = RENDERER
        async with kit.deps.db.reading() as tx:
            [organisation] = await tx.fetch("SELECT * FROM directory_organisations")
            [student] = await tx.fetch("SELECT * FROM directory_students")
            terms = {row["id"]: row for row in await tx.fetch("SELECT * FROM directory_terms")}
            states = {row["term_id"]: tuple(row)[1:6] for row in await tx.fetch("SELECT * FROM term_states")}
            counted = {when: await counters.read(tx, "school_terms", when, "jx") for when in ("2025-2026|2", "2025-2026|1")}
            held = await tx.fetch("SELECT term_id FROM seals UNION ALL SELECT term_id FROM evaluations")
            assert len(await tx.fetch("SELECT * FROM terms FOR UPDATE")) == 3
            assert counted == {"2025-2026|2": {f"starts|{TERM.starts_on}": 1, "sealed": 1}, "2025-2026|1": {}}
            for table in ("seals", "evaluations"):
                with pytest.raises(asyncpg.ForeignKeyViolationError):
                    await tx.execute(f"UPDATE {table} SET term_id = uuidv7()")
            assert await tx.fetchval("SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'") is True
        assert (organisation["path"], organisation["title"], organisation["version"]) == ("jx", "江西省", 2)
        assert (organisation["time_zone"], organisation["complete"]) == (None, False)
        assert (student["id"], student["name"], student["path"], student["sex"], student["registry_number"]) == (
            PUPIL.student_id, PUPIL.name, CLASS, PUPIL.sex, "G360102********0011",
        )  # fmt: skip
        assert (student["school_title"], student["grade_title"], student["class_title"], student["status"]) == (
            PUPIL.school_title, PUPIL.grade_title, PUPIL.class_title, "enrolled",
        )  # fmt: skip
        term = terms[TERM.term_id]
        assert (term["path"], term["school_year"], term["number"], term["version"]) == (SCHOOL, "2026-2027", 1, 3)
        assert (term["starts_on"], term["ends_on"], term["time_zone"]) == (TERM.starts_on, TERM.ends_on, "Asia/Urumqi")
        assert len(term["windows"]) == len(TERM.windows)
        assert states == {
            TERM.term_id: (None, None, "collecting", None, None),
            OLD_TERM: (PUBLIC_ENDS, 7, "sealed", None, None),
            BACKFILL: (PUBLIC_ENDS, 0, "sealing", PUPIL.student_id, OUTSIDE),
        }
        assert {row["term_id"] for row in held} == {OLD_TERM}

        created = OrganisationCreatedV1(
            path="jx", level="province", title="江西省", stage=None, scheme_id="jiangxi", scheme_version=None,
            time_zone="Asia/Shanghai", version=2,
        )  # fmt: skip
        assert await kit.receive(created, EVENT), "the inbox forgot the event, so that a replay fills the organisation in"
        async with kit.deps.db.reading() as tx:
            filled = await tx.fetchrow("SELECT time_zone, complete FROM directory_organisations")
        assert tuple(filled) == ("Asia/Shanghai", True)

        school = School(kit, TERM, [PUPIL], [RECORD])
        kit.at(PUBLIC_ENDS.replace(month=6))
        body = school.ids | {"student_id": str(PUPIL.student_id), "text": COMMENT}
        late = await school.teacher(CLASS).put("/evaluations/teacher", body)
        assert late.json["detail"] == "“教师评语”已于2027-01-20 06:00结束", "two hours behind Beijing"
        await school.evaluate_all()
        await kit.receive(PublicityClosedV1(term_id=TERM.term_id, path=SCHOOL, entries=1, in_dispute=0, at=PUBLIC_ENDS))
        kit.at(SEALING)
        made = await school.seal()
        assert made["state"] == "sealed"
        archive = await school.archive_of()
        assert archive["version"] == 1
        assert date(2026, 9, 1) == TERM.starts_on
