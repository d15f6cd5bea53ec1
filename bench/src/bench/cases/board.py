"""A page of the board, beside a bare select and serialise of the same rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from contracts.base import EvidenceRef, RecordSnapshot
from contracts.records import RecordApprovedV1
from servicekit.ids import new_id

from bench import fill
from bench.cases.submit import a_filling_school, bare_beside, compared, versus
from bench.figures import Figure
from bench.ground import Ground, an_actor
from bench.load import Call
from bench.school import School, a_school, a_term, showing

GOAL = 0.7
PAGE = 50


@dataclass
class Board:
    """A Jiangxi school whose board is open, and one of its students looking."""

    ground: Ground
    school: School
    term_id: UUID
    headers: dict[str, str]
    entry_id: UUID

    def calls(self) -> Iterator[Call]:
        """The first page, again and again."""
        path = f"/board?term_id={self.term_id}&limit={PAGE}"
        return itertools.repeat(self.ground.call("publicity", "GET", path, self.headers))

    def bare_calls(self, address: str) -> Iterator[Call]:
        """The same rows, bare; ours reads one more to know whether there is a next page."""
        return itertools.repeat(Call("GET", f"{address}/board?term_id={self.term_id}&limit={PAGE + 1}", {}))

    async def show(self, count: int) -> None:
        """So many more entries on the board, of as many students."""
        async with self.ground.database("publicity") as connection:
            await fill.copies(
                connection, "entries", "id", self.entry_id, count,
                "'id', uuidv7(), 'record_id', uuidv7(), 'student_id', uuidv7(), 'student_name', '李晓' || g",
            )  # fmt: skip
            await fill.settle(connection, "entries")


def a_snapshot(term_id: UUID, student_id: UUID, path: str) -> RecordSnapshot:
    """A record of volunteer service."""
    evidence = EvidenceRef(
        evidence_id=new_id(), name="照片.jpg", media_type="image/jpeg", size=81_234, sha256="0" * 64, public_key="202611/x.jpg"
    )
    data = {
        "name": "社区敬老院志愿服务", "served": "敬老院老人", "starts_on": "2026-09-12",
        "ends_on": "2026-09-13", "hours": "4.5",
        "place": "东湖区敬老院", "account": "和同学一起为老人读报、打扫房间，学会了耐心倾听，也更懂得尊重长辈。",
    }  # fmt: skip
    return RecordSnapshot(
        record_id=new_id(), term_id=term_id, student_id=student_id, student_name="李晓雨", path=path, dimension="moral",
        kind="volunteer_service", title="社区敬老院志愿服务", data=data, evidence=(evidence,), origin="reported",
        level="student", author_name="李晓雨", version=3,
    )  # fmt: skip


async def a_board(ground: Ground, entries: int = 2000, code: str = "board") -> Board:
    """Told to publicity, with so many entries shown."""
    school = a_school(f"jx.nc.dh.{code}", "jiangxi", "senior_secondary", 200)
    await ground.tell(school.events())
    await ground.until("records", "SELECT count(*) >= 200 FROM students WHERE path <@ $1::text::ltree", school.path)
    admin = ground.headers(an_actor("administrator", school.path))
    term = await ground.ask("records", "POST", "/terms", admin, a_term(school.path, showing()))
    term_id, student = UUID(term["id"]), school.students[0].student_id
    snapshot = a_snapshot(term_id, student, school.classroom)
    event = RecordApprovedV1(record_id=snapshot.record_id, record=snapshot, at=datetime.now(UTC), approved_by="陈老师")
    await ground.tell([event])
    await ground.until("publicity", "SELECT EXISTS (SELECT FROM entries WHERE record_id = $1)", snapshot.record_id)
    async with ground.database("publicity") as connection:
        sql = "UPDATE entries SET state = 'selected', selected_at = now() WHERE record_id = $1 RETURNING id"
        entry_id = await connection.fetchval(sql, snapshot.record_id)
    headers = ground.headers(an_actor("student", school.classroom, "李晓雨", [student]))
    board = Board(ground, school, term_id, headers, entry_id)
    await board.show(entries)
    return board


async def measure(ground: Ground) -> list[Figure]:
    """b: pages a second, ours over bare."""
    board = await a_board(ground)
    publicity = ground.pid("publicity")
    async with bare_beside(ground, await a_filling_school(ground, "page", 200)) as (address, pid):
        found = await versus(ground, board.calls, publicity, lambda: board.bare_calls(address), pid)
    return [compared("b", "board page of 50 ÷ bare select and serialise", GOAL, found, ground.options.at_once)]
