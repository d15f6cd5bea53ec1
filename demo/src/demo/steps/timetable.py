"""Step 2: the term and its windows; later steps change them, with a reason."""

from datetime import datetime, timedelta
from typing import Any

from demo.scale import step, until
from demo.world import Campus, World, hours, now, window

BEFORE = ("report", "review", "import", "select", "declare_position", "review_position")
AFTER = ("handle_case", "review_case", "recheck_case", "self_evaluate", "teacher_comment")


async def schedule(world: World) -> None:
    """Create the term of each school."""
    async with step("安排学期与时间段"):
        for campus in world.campuses:

            async def create_when_known(campus: Campus = campus) -> dict[str, Any] | None:
                return await _create_term(campus, now())

            campus.term = await until(f"{campus.plan.title} 安排学期", create_when_known)
            world.counts["terms"] += 1
    first = world.campuses[0]
    world.scheme = await first.administrator.get("/records/schemes/jiangxi/2026.1")


async def _create_term(campus: Campus, begun: datetime) -> dict[str, Any]:
    windows_: dict[str, Any] = await campus.administrator.post(
        "/records/terms",
        {
            "path": campus.path,
            "title": "2026—2027学年第一学期",
            "school_year": "2026-2027",
            "number": 1,
            "starts_on": "2026-09-01",
            "ends_on": "2027-01-20",
            "windows": windows(begun - hours(1), begun + hours(48), begun + hours(72)),
        },
    )
    return windows_


def windows(starts: datetime, opens: datetime, closes: datetime) -> list[dict[str, Any]]:
    """All windows of a term with publicity from `opens` to `closes`."""
    brief = timedelta(milliseconds=1)
    before = [window(operation, starts, opens) for operation in BEFORE]
    after = [window(operation, closes, closes + hours(48)) for operation in AFTER]
    after.append(window("seal", closes + hours(48) + brief, closes + hours(96)))
    return [*before, window("publicity", opens, closes), *after]


async def change_timetable(campus: Campus, windows_: list[dict[str, Any]], reason: str) -> None:
    """Change a term's timetable."""
    term = campus.term
    campus.term = await campus.administrator.put(
        f"/records/terms/{term['id']}/timetable", {"windows": windows_, "reason": reason}, version=term["version"]
    )
