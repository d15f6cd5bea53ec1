"""A school of its own with one term, which goes from reports over complaints to the seal, step by step, for its office."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from demo.client import User
from demo.scale import until
from demo.steps import publicity, timetable
from demo.world import Campus, Pupil, World, hours, now, window
from stack.platform import Platform

from tests.browser.schools import a_small_school
from tests.world import terms
from tests.world.region import Region


@dataclass
class Office:
    """The school, and its pupil with a misconduct record."""

    world: World
    campus: Campus
    warned: Pupil
    record: str

    async def publish_and_complain(self, complaints: int) -> None:
        """Publish a record of each pupil of the first class, with complaints; their authors and the class teacher have handled
        them, and the school administrator is to recheck them."""
        campus = self.campus
        own = campus.school_classes[0]
        await terms.open_board(Region(self.world), campus, campus.term, own.pupils)
        for number in range(complaints):
            assert await publicity.complain_about(self.world, campus, number)
        ends = now()
        await terms.change_windows(campus, campus.term, timetable.windows(ends - hours(4), ends - hours(2), ends))
        for by in (*(pupil.user for pupil in own.pupils[:complaints]), own.teacher):
            await until("质疑办理", partial(_decided, by, 1 if by is not own.teacher else complaints))
        await until("待复核", partial(_waiting, campus.administrator, complaints))

    async def cases(self) -> list[dict[str, Any]]:
        """The cases that wait for the school administrator."""
        return await self.campus.administrator.everything("/publicity/cases", waiting="true")

    async def may_be_sealed(self) -> None:
        """Publicity and everything after it are over; the window for sealing is open."""
        past = now()
        spent = timetable.windows(past - hours(6), past - hours(4), past - hours(2))
        made = [one for one in spent if one["operation"] not in ("seal", *timetable.AFTER)]
        made += [window(operation, past - hours(2), past) for operation in timetable.AFTER]
        made += [window("seal", past, past + hours(48))]
        await terms.change_windows(self.campus, self.campus.term, made)
        url = f"/archive/terms/{self.campus.term['id']}/preview"

        async def may() -> bool | None:
            return (await self.campus.administrator.get(url))["may_seal"] or None

        await until("学期可以封存", may)


@contextlib.asynccontextmanager
async def held_back(platform: Platform, term_id: str, first: int) -> AsyncIterator[None]:
    """Only the `first` archives of a term that is being sealed become ready while inside: the rows of the others are locked."""
    connection = await asyncpg.connect(platform.endpoints.database_url("archive"))
    sql = "SELECT id FROM archives WHERE term_id = $1 AND state = 'placed' AND place >= $2 FOR UPDATE"

    async def hold(released: asyncio.Event) -> None:
        while not released.is_set():
            async with connection.transaction():
                if await connection.fetch(sql, UUID(term_id), first):
                    await released.wait()
            await asyncio.sleep(0.01)

    released = asyncio.Event()
    holding = asyncio.create_task(hold(released))
    try:
        yield
    finally:
        released.set()
        await holding
        await connection.close()


async def an_office(school: Region, pupils: int = 3) -> Office:
    """A school in which reporting is open, with a misconduct record that its class teacher approved."""
    campus = await a_small_school(school, pupils)
    alone = World(school.world.gateway, 0, 7, school.world.operator, school.world.operator_password)
    alone.scheme, alone.campuses = school.world.scheme, [campus]
    own, warned = campus.school_classes[0], campus.school_classes[0].pupils[0]
    content = {"category": "warning", "happened_on": "2026-09-10", "facts": "上课时间离开学校。", "decided_by": "学校政教处"}
    body = {
        "term_id": campus.term["id"],
        "student_id": warned.student_id,
        "kind": "misconduct",
        "data": content,
        "submit": True,
    }
    made = await own.teacher.post("/records/records", body)
    await own.teacher.post(f"/records/records/{made['id']}/approval")
    return Office(alone, campus, warned, made["id"])


async def _waiting(by: User, least: int) -> bool | None:
    return len(await by.everything("/publicity/cases", waiting="true")) >= least or None


async def _decided(by: User, least: int) -> bool | None:
    """Takes an action on each case that waits for this user; None while they are too few."""
    found = await by.everything("/publicity/cases", waiting="true")
    if len(found) < least:
        return None
    for case in found:
        assert await terms.decide(by, case["case_id"])
    return True
