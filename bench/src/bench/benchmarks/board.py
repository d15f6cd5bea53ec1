"""A page of the publicity board, compared with selecting and serialising the same rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from contracts.base import EvidenceRef, RecordSnapshot
from contracts.records import RecordApprovedV1
from servicekit.ids import new_id

from bench import copy_rows
from bench.benchmarks.submit import a_filling_school, compare, running_baseline
from bench.environment import Environment, an_actor
from bench.figures import Figure
from bench.load import Call
from bench.one_by_one import slowest
from bench.school import School, a_school, publishing_windows

GOAL, SEARCH_MS = 0.7, 50.0
PAGE = 50


@dataclass
class Board:
    """A Jiangxi school whose board is open, and one of its students as reader."""

    env: Environment
    school: School
    term_id: UUID
    headers: dict[str, str]
    entry_id: UUID

    def calls(self) -> Iterator[Call]:
        """Requests for the first page."""
        path = f"/board?term_id={self.term_id}&limit={PAGE}"
        return itertools.repeat(self.env.call("publicity", "GET", path, self.headers))

    def baseline_calls(self, url: str) -> Iterator[Call]:
        """Requests for the same rows from the baseline; one more, as the service reads it to see if there is a next page."""
        return itertools.repeat(Call("GET", f"{url}/board?term_id={self.term_id}&limit={PAGE + 1}", {}))

    async def add_entries(self, count: int) -> None:
        """Add `count` entries of as many students to the board."""
        async with self.env.database("publicity") as connection:
            await copy_rows.insert_copies(
                connection, "entries", "id", self.entry_id, count,
                "'id', uuidv7(), 'record_id', uuidv7(), 'student_id', uuidv7(), 'student_name', '李晓' || g",
            )  # fmt: skip
            await copy_rows.vacuum(connection, "entries")


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


async def a_board(env: Environment, entries: int = 2000, code: str = "board") -> Board:
    """Create it in publicity, with `entries` entries."""
    school = a_school(f"jx.nc.dh.{code}", "jiangxi", "senior_secondary", 200)
    _, term_id = await env.open_school(school, publishing_windows())
    student = school.students[0].student_id
    snapshot = a_snapshot(term_id, student, school.school_class)
    event = RecordApprovedV1(record_id=snapshot.record_id, record=snapshot, at=datetime.now(UTC), approved_by="陈老师")
    await env.publish_events([event])
    await env.wait_until_true("publicity", "SELECT EXISTS (SELECT FROM entries WHERE record_id = $1)", snapshot.record_id)
    async with env.database("publicity") as connection:
        sql = "UPDATE entries SET state = 'selected', selected_at = now() WHERE record_id = $1 RETURNING id"
        entry_id = await connection.fetchval(sql, snapshot.record_id)
    headers = env.headers(an_actor("student", school.school_class, "李晓雨", [student]))
    board = Board(env, school, term_id, headers, entry_id)
    await board.add_entries(entries)
    return board


async def measure(env: Environment) -> list[Figure]:
    """b: pages a second, service over baseline; then milliseconds of a search."""
    board = await a_board(env)
    what = "board page of 50 ÷ bare select and serialise"
    async with running_baseline(env, await a_filling_school(env, "page", 200)) as (url, pid):
        baseline = (lambda: board.baseline_calls(url), pid)
        pages = await compare(env, "b", what, GOAL, (board.calls, env.pid("publicity")), baseline)
    words = {"term_id": str(board.term_id), "q": "李晓19", "limit": PAGE}
    search = {"search": env.call("publicity", "POST", "/board/search", board.headers, words)}
    return [pages, await slowest(env, "b", "board of 2,000 by words", search, SEARCH_MS, env.options.seconds)]
