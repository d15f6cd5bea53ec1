"""The archive of a stage holds what passed the final submission in the last term, of all terms (CS-01)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from archive.domain.material import span_of
from archive.store import material, terms
from contracts.publicity import EntriesClearedV1, EntryRestoredV1, EntryVoidedV1, PublicityClosedV1
from contracts.records import TermScheduledV1
from servicekit.ids import new_id
from servicekit.testing import Kit

from .school import BEFORE, PUBLIC_ENDS, SCHOOL, School, a_school, a_snapshot, a_term


async def two_terms(kit: Kit) -> tuple[TermScheduledV1, TermScheduledV1]:
    """The first and the last term of a stage in Changsha."""
    first = {"title": "七年级一学期", "school_year": "2025-2026", "starts_on": date(2025, 9, 1)}
    earlier = a_term(scheme_id="changsha", **first)
    last = a_term(scheme_id="changsha", school_year="2027-2028", number=2, starts_on=date(2028, 2, 20))
    for term in (earlier, last):
        await kit.receive(term)
    return earlier, last


@pytest.mark.feature("CS-01")
async def test_the_archive_of_a_stage_has_what_passed_finally_and_waits_until_it_has_arrived(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        kit, [who] = school.kit, school.students
        earlier, last = await two_terms(kit)
        old, unchosen = (a_snapshot(earlier, who, title=title) for title in ("清明扫墓", "没有再选的材料"))
        own = a_snapshot(last, who, title="最后学期的材料")
        await kit.receive(EntriesClearedV1(term_id=earlier.term_id, path=who.path, entries=(old, unchosen), at=BEFORE))
        await kit.receive(EntriesClearedV1(term_id=last.term_id, path=who.path, entries=(own,), at=PUBLIC_ENDS))
        closed = PublicityClosedV1(term_id=last.term_id, path=SCHOOL, entries=2, in_dispute=0, at=PUBLIC_ENDS)
        await kit.receive(closed)

        async def state() -> tuple[int, list[str]]:
            async with kit.deps.db.reading() as tx:
                term = await terms.term(tx, kit.deps.directory, last.term_id)
                assert term is not None
                found = await material.records(tx, [who.student_id], span_of(term))
                ready = await terms.readiness(tx, last.term_id)
            return ready.on_the_way, [one.snapshot.title for one in found.get(who.student_id, [])]

        assert await state() == (1, ["最后学期的材料"])
        final = EntriesClearedV1(term_id=last.term_id, path=who.path, entries=(old,), at=PUBLIC_ENDS)
        await kit.receive(final)
        await kit.receive(final)
        assert await state() == (0, ["清明扫墓", "最后学期的材料"])


_SEALED = """
WITH made AS (
    INSERT INTO seals (id, kind, term_id, path, title, version, state, asked_by, asked_by_name, made_at, archives,
                       key_id)
    VALUES (uuidv7(), 'term', $1, $3, '学期', 1, 'sealed', uuidv7(), '校管理员', now(), 1, 'k')
    RETURNING id
)
INSERT INTO archives (id, seal_id, kind, term_id, student_id, student_name, path, place, version, code, document_no,
                      school_title, term_title, state, pdf_key, pdf_sha256, pdf_size, json_key, json_sha256, json_size,
                      ready_at)
SELECT $4, made.id, 'term', $1, $2, '学生', $3, 0, 1, 'CODE', 'NO', '学校', '学期', 'ready', 'p', 'a', 1, 'j', 'b', 1, now()
  FROM made
"""


async def sealed_with(school: School, term_id: UUID, records: list[UUID]) -> UUID:
    """An archive of this term that holds these records, as sealing leaves it. Returns its id."""
    archive_id, [who] = new_id(), school.students
    async with school.kit.deps.db.transaction() as tx:
        await tx.execute(_SEALED, term_id, who.student_id, who.path, archive_id)
        await tx.execute("UPDATE term_states SET state = 'sealed' WHERE term_id = $1", term_id)
        await material.save_archived(tx, {archive_id: records})
    return archive_id


@pytest.mark.feature("CS-01", "X-10", "CS-11")
async def test_what_happens_to_earlier_records_after_the_seal_of_a_stage_waits_for_its_archive(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        kit, [who] = school.kit, school.students
        earlier, last = await two_terms(kit)
        old, disputed = (a_snapshot(earlier, who, title=title) for title in ("清明扫墓", "申诉后才通过的材料"))
        await kit.receive(EntriesClearedV1(term_id=earlier.term_id, path=who.path, entries=(old, disputed), at=BEFORE))
        await kit.receive(EntriesClearedV1(term_id=last.term_id, path=who.path, entries=(old,), at=PUBLIC_ENDS))
        archive_id = await sealed_with(school, last.term_id, [old.record_id])

        async def late() -> tuple[int, int, list[str], list[UUID]]:
            """Of the last term and of the earlier one, the archives to correct, and what a correction would take up."""
            listed = [one["id"] for one in (await school.admin.get("/archives", late="true")).json["items"]]
            async with kit.deps.db.transaction() as tx:
                counted = [await terms.late(tx, term.term_id) for term in (last, earlier)]
                found = await material.lock_late(tx, last.term_id, [who.student_id])
            return counted[0], counted[1], listed, found

        assert await late() == (0, 0, [], [])
        await kit.receive(EntriesClearedV1(term_id=last.term_id, path=who.path, entries=(disputed,), at=PUBLIC_ENDS))
        assert await late() == (1, 0, [str(archive_id)], [disputed.record_id])
        async with kit.deps.db.transaction() as tx:
            await material.clear_late(tx, [disputed.record_id])
        assert await late() == (0, 0, [], [])

        gone = EntryVoidedV1(
            entry_id=new_id(), case_id=new_id(), term_id=last.term_id, record_id=old.record_id, student_id=who.student_id,
            path=who.path, kind=old.kind, title=old.title, outcome="exclude", reason="不实",
        )  # fmt: skip
        await kit.receive(gone)
        assert await late() == (1, 0, [str(archive_id)], [old.record_id])
        async with kit.deps.db.transaction() as tx:
            await material.clear_late(tx, [old.record_id])
        await kit.receive(EntryRestoredV1(**gone.model_dump(exclude={"outcome"})))
        assert await late() == (1, 0, [str(archive_id)], [old.record_id])
