"""A database of the release before, with data in it, is migrated and works."""

from datetime import date
from typing import Any
from uuid import UUID

from contracts.identity import StudentMovedV1
from contracts.publicity import CaseMovedV2, PublicityClosedV1, PublicityOpenedV1
from publicity.app import SERVICE
from publicity_builders import (
    CLASS,
    CLOSES,
    HANDLING,
    OPENS,
    OTHER_CLASS,
    SCHOOL,
    SHOWN,
    House,
    a_changed_term,
    a_record,
    a_term,
    an_enrolment,
    jiangxi_windows,
)
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.testing import a_service, a_student, an_older_database

OWNER, CLASSMATE = a_student(CLASS), a_student(CLASS, name="陈一鸣")
TERM = a_term(time_zone="Asia/Urumqi", version=2)


async def fill(db: Database, entry_id: UUID) -> None:
    """What the release before wrote: a term whose publicity is open, two students of a class, a selected entry."""
    record = a_record(TERM.term_id, OWNER.student_id)
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, windows, version, "
            "opens_at, closes_at, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)",
            TERM.term_id, TERM.path, TERM.title, TERM.school_year, TERM.number, TERM.scheme_id, TERM.scheme_version,
            TERM.time_zone, TERM.windows, TERM.version, OPENS, CLOSES,
        )  # fmt: skip
        for student in (OWNER, CLASSMATE):
            await tx.execute(
                "INSERT INTO students (id, path, name, grade_title, class_title, version) "
                "VALUES ($1, $2, $3, '高一', '1班', 1)",
                student.student_id, CLASS, student.name,
            )  # fmt: skip
        await tx.execute("INSERT INTO places (path, grade_title, class_title) VALUES ($1, '高一', '1班')", CLASS)
        await tx.execute("INSERT INTO inbox (event_id, subject) VALUES ($1, $2)", entry_id, TERM.subject)
        await tx.execute(
            "INSERT INTO entries (id, record_id, term_id, student_id, student_name, path, dimension, kind, title, "
            "record_version, snapshot, state, automatic, selected_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, 'selected', false, $11)",
            entry_id, record.record_id, TERM.term_id, record.student_id, record.student_name, CLASS, record.dimension,
            record.kind, record.title, record, OPENS,
        )  # fmt: skip


async def test_a_migrated_database_of_the_release_before_keeps_every_row_and_works(parts: Any) -> None:
    entry_id = new_id()
    async with an_older_database(parts, "publicity", kit=3, own=4) as db:
        url = db.url
        await fill(db, entry_id)
    async with a_service(SERVICE, parts, url=url, storage=True) as kit:
        house = House(kit)
        house.term, house.owner, house.classmate = TERM, OWNER, CLASSMATE
        async with kit.deps.db.reading() as tx:
            [term] = await tx.fetch("SELECT * FROM directory_terms")
            [done] = await tx.fetch("SELECT * FROM publicity_terms")
            students = await tx.fetch("SELECT name, path, grade_title, class_title, status, version FROM directory_students")
            view = await tx.fetchrow("SELECT * FROM terms WHERE id = $1 FOR SHARE", TERM.term_id)
        assert (term["id"], term["path"], term["title"]) == (TERM.term_id, SCHOOL, TERM.title)
        assert (term["school_year"], term["number"], term["time_zone"]) == ("2026-2027", 1, "Asia/Urumqi")
        assert (len(term["windows"]), term["version"]) == (len(TERM.windows), 2)
        assert (term["starts_on"], term["ends_on"], term["complete"]) == (date.min, date.max, False)
        assert tuple(done) == (TERM.term_id, OPENS, CLOSES, OPENS, None)
        assert sorted(map(tuple, students)) == sorted((one.name, CLASS, "高一", "1班", "", 1) for one in (OWNER, CLASSMATE))
        assert view is not None
        assert (view["opened_at"], view["closed_at"]) == (OPENS, None)

        kit.at(SHOWN)
        shown = await kit.as_(house.classmate).get("/board", term_id=TERM.term_id)
        assert [(one["entry_id"], one["class_title"]) for one in shown.json["items"]] == [(str(entry_id), "1班")]
        async with kit.deps.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO places (path, grade_title, class_title) VALUES ($1, '高一', '实验班') "
                "ON CONFLICT (path) DO UPDATE SET grade_title = excluded.grade_title, class_title = excluded.class_title",
                CLASS,
            )
        renamed = await kit.as_(house.classmate).get("/board", term_id=TERM.term_id)
        assert [one["class_title"] for one in renamed.json["items"]] == ["实验班"], (
            "a process of the release before writes here"
        )
        case_id = await house.complaint(entry_id)
        await house.to(CLOSES)
        assert [event.ends for event in await kit.events(PublicityOpenedV1)] == [], "it was opened before"
        assert len(await kit.events(PublicityClosedV1)) == 0, "no event has scheduled the closing yet"

        assert await kit.receive(TERM, entry_id), "the inbox forgot the event, so that a replay fills the term in"
        async with kit.deps.db.reading() as tx:
            filled = await tx.fetchrow("SELECT starts_on, ends_on, complete FROM directory_terms")
        assert tuple(filled) == (TERM.starts_on, TERM.ends_on, True)
        await house.to(CLOSES)
        assert len(await kit.events(PublicityClosedV1)) == 1
        await house.to(HANDLING)
        moved = an_enrolment(house.owner.student_id, OTHER_CLASS, version=2)
        before = len(await kit.events(CaseMovedV2))
        await kit.receive(StudentMovedV1(student_id=house.owner.student_id, from_path=CLASS, enrolment=moved))
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT path FROM cases WHERE id = $1", case_id) == OTHER_CLASS
        assert len(await kit.events(CaseMovedV2)) >= before
        later = a_changed_term(TERM, jiangxi_windows(closes=HANDLING.replace(month=2)))
        await kit.receive(later)
        async with kit.deps.db.reading() as tx:
            assert tuple(await tx.fetchrow("SELECT opened_at, closed_at FROM publicity_terms")) == (OPENS, None)
