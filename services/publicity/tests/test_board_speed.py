"""The board is fast and never outdated: cached views are checked, searches use an index, and every page is logged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from publicity.app import SERVICE
from publicity.store import board
from publicity_builders import (
    CLOSES,
    OPENS,
    OTHER_CLASS,
    SHOWN,
    House,
    a_changed_term,
    an_enrolment,
    enrolled,
    jiangxi_windows,
)
from servicekit.testing import Kit, a_service


@pytest.mark.feature("X-09")
async def test_every_page_that_somebody_reads_is_logged_with_its_filters(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await house.selected()
        await house.to(SHOWN)
        viewer, term = kit.as_(house.classmate), house.term.term_id
        await viewer.get("/board", term_id=term)
        await viewer.get("/board", term_id=term, q="李晓", path=OTHER_CLASS)
        assert (await viewer.get("/board", term_id=term, path="jx.nc.dh.s2")).code == "not_found"
        async with kit.deps.db.reading() as tx:
            rows = await tx.fetch("SELECT account_id, role, path, searched, q, entries FROM board_looks ORDER BY id")
            who = house.classmate
            assert [tuple(row) for row in rows] == [
                (who.account_id, "student", "jx.nc.dh.s1", False, None, 1),
                (who.account_id, "student", OTHER_CLASS, True, None, 0),  # not for whom (L-20)
            ]
            await tx.execute(  # as the release before does
                "INSERT INTO board_looks (at, account_id, card_id, role, term_id, path, q, entries) "
                "SELECT at, account_id, card_id, role, term_id, path, '李晓雨', 1 FROM board_looks LIMIT 1"
            )
            assert await tx.fetchval("SELECT count(*) FROM board_looks WHERE q IS NOT NULL") == 0
            assert await tx.fetchval("SELECT count(*) FROM board_looks WHERE searched") == 2
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.execute("DELETE FROM board_looks")


@pytest.mark.feature("JX-07", "X-09")
async def test_a_cached_view_is_not_shown_after_its_timetable_cases_or_class_title_changed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        await house.to(SHOWN)
        viewer, term = kit.as_(house.classmate), house.term.term_id

        async def item() -> Any:
            [only] = (await viewer.get("/board", term_id=term)).json["items"]
            return only

        assert (await item())["complaints"] == 0
        assert (await item())["class_title"] == "1班"
        await house.complaint(entry_id)
        assert (await item())["complaints"] == 1
        renamed = an_enrolment(house.owner.student_id, version=2).model_copy(update={"class_title": "实验班"})
        await kit.receive(enrolled(renamed))
        assert (await item())["class_title"] == "实验班"
        shut = a_changed_term(house.term, jiangxi_windows(OPENS, SHOWN))
        await kit.receive(shut)
        assert (await viewer.get("/board", term_id=term)).code == "window_closed"
        await kit.receive(shut.model_copy(update={"windows": jiangxi_windows(OPENS, CLOSES), "version": 3}))
        assert (await item())["entry_id"] == str(entry_id)
        kit.at(CLOSES - timedelta(microseconds=1))
        assert (await viewer.get("/board", term_id=term)).status == 200
        kit.at(CLOSES)
        assert (await viewer.get("/board", term_id=term)).code == "window_closed"
        async with kit.deps.db.reading() as tx:
            looks = await tx.fetchval("SELECT count(*) FROM board_looks WHERE entries = 1")
        assert looks == 6, "a page that was shown is logged once, one that was refused never"


@asynccontextmanager
async def _a_full_school(parts: Any, copies: int) -> AsyncIterator[tuple[Kit, House]]:
    """A school with so many published entries, of students named 王0001 and so on in 40 classes."""
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await house.selected()
        async with kit.deps.db.reading() as tx:
            await tx.execute(
                """
                INSERT INTO entries (id, record_id, term_id, student_id, student_name, path, dimension, kind, title,
                                     record_version, snapshot, state, automatic)
                SELECT uuidv7(), gen_random_uuid(), term_id, md5((n / 5)::text)::uuid, '王' || lpad((n / 5)::text, 5, '0'),
                       ('jx.nc.dh.s1.g2025.c' || lpad((n / 5 % 40)::text, 2, '0'))::ltree, dimension, kind,
                       title || n, record_version, snapshot, state, automatic
                  FROM entries, generate_series(1, $1) n
                """,
                copies,
            )
        owner = await kit.deps.db.dedicated(kit.deps.settings.database_owner_url.get_secret_value())
        await owner.execute("ANALYZE entries")
        await owner.close()
        await house.to(SHOWN)
        yield kit, house


async def _plan(kit: Kit, house: House, **wanted: Any) -> str:
    """PostgreSQL's plan for a page of the board."""
    seen: list[str] = []

    class Explains:
        async def fetch(self, sql: str, *given: Any) -> list[Any]:
            async with kit.deps.db.reading() as tx, tx.transaction():
                seen.extend(row[0] for row in await tx.fetch("EXPLAIN (COSTS OFF) " + sql, *given))
            return []

    query = board.BoardQuery(house.term.term_id, wanted.pop("path", None), **wanted)
    await board.log_and_read_page(Explains(), query, None, 51, 1, house.classmate, SHOWN)  # type: ignore[arg-type]
    return "\n".join(seen)


@pytest.mark.feature("JX-07", "CS-09")
async def test_pages_and_searches_use_indexes_on_a_board_with_thousands_of_entries(parts: Any) -> None:
    async with _a_full_school(parts, 4_000) as (kit, house):
        for wanted in ({}, {"path": f"{house.term.path}.g2025.c33"}, {"path": f"{house.term.path}.g2025"}):
            plan = await _plan(kit, house, **wanted)
            assert "Index Scan using entries_board" in plan, plan
            assert "Seq Scan on entries" not in plan
        words = await _plan(kit, house, q="王00799", in_title=True)
        assert "Bitmap Index Scan on entries_words" in words, words
        viewer, term = kit.as_(house.classmate), house.term.term_id
        found = (await viewer.get("/board", term_id=term, q="王00799")).json["items"]
        assert len(found) == 5
        assert len((await viewer.get("/board", term_id=term, q="敬老院志愿服务3999")).json["items"]) == 1
        assert len((await viewer.get("/board", term_id=term, q="雨")).json["items"]) == 1
        assert (await viewer.get("/board", term_id=term, q="老敬")).json["items"] == []
        tree = (await viewer.get("/board/tree", term_id=term)).json
        assert tree["entries"] == 4_001
        assert sum(one["entries"] for one in tree["grades"][0]["below"]) == 4_001
        assert tree["grades"][0]["students"] == 802
        assert UUID(found[0]["entry_id"])
