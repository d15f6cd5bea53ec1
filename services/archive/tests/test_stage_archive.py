"""The archive of a stage holds what passed the final submission in the last term, of all terms (CS-01)."""

from datetime import date
from typing import Any

import pytest
from archive.domain.material import span_of
from archive.store import material, terms
from contracts.publicity import EntriesClearedV1, PublicityClosedV1

from .school import BEFORE, PUBLIC_ENDS, SCHOOL, a_school, a_snapshot, a_term


@pytest.mark.feature("CS-01")
async def test_the_archive_of_a_stage_has_what_passed_finally_and_waits_until_it_has_arrived(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        kit, [who] = school.kit, school.students
        first = {"title": "七年级一学期", "school_year": "2025-2026", "starts_on": date(2025, 9, 1)}
        earlier = a_term(scheme_id="changsha", **first)
        last = a_term(scheme_id="changsha", school_year="2027-2028", number=2, starts_on=date(2028, 2, 20))
        for term in (earlier, last):
            await kit.receive(term)
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
