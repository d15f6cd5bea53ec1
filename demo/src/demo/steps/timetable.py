"""Step 2: the term and its windows; later steps change them, with a reason."""

from datetime import datetime, timedelta
from typing import Any

from demo.scale import step
from demo.world import Campus, World, hours, now, window

BEFORE = ("report", "review", "import", "select", "declare_position", "review_position")
AFTER = ("handle_case", "review_case", "recheck_case", "self_evaluate", "teacher_comment")


async def schedule(world: World, school_year: int = 2026, number: int = 1) -> None:
    """Create the term of each school."""
    async with step("安排学期与时间段"):
        for campus in world.campuses:
            body = a_term(campus.path, windows_now(), school_year=school_year, number=number)
            campus.term = await campus.administrator.post("/records/terms", body)
            world.counts["terms"] += 1
    first = world.campuses[0]
    world.scheme = await first.administrator.get(f"/records/schemes/{world.deployment.scheme_id}/{world.deployment.version}")


def a_term(
    path: str, windows: list[dict[str, Any]], title: str = "", school_year: int = 2026, number: int = 1
) -> dict[str, Any]:
    """A term to schedule: `number` 1 from September, 2 from February."""
    following = school_year + 1
    return {
        "path": path,
        "title": title or f"{school_year}—{following}学年第{'一' if number == 1 else '二'}学期",
        "school_year": f"{school_year}-{following}",
        "number": number,
        "starts_on": f"{school_year}-09-01" if number == 1 else f"{following}-02-20",
        "ends_on": f"{following}-01-20" if number == 1 else f"{following}-07-05",
        "windows": windows,
    }


def windows(starts: datetime, opens: datetime, closes: datetime, seals: datetime | None = None) -> list[dict[str, Any]]:
    """All windows of a Jiangxi term with publicity from `opens` to `closes`, which may be sealed from `seals`."""
    seals = seals or closes + hours(48)
    before = [window(operation, starts, opens) for operation in BEFORE]
    after = [window(operation, closes, seals) for operation in AFTER]
    after.append(window("seal", seals + timedelta(milliseconds=1), seals + hours(48)))
    return [*before, window("publicity", opens, closes), *after]


def windows_now() -> list[dict[str, Any]]:
    """Windows in which reporting, review and import are open now."""
    return windows(now() - hours(1), now() + hours(48), now() + hours(72))


def windows_at_seal() -> list[dict[str, Any]]:
    """Windows of a term that can be sealed now."""
    return windows(now() - hours(6), now() - hours(4), now() - hours(2), seals=now())


async def change_timetable(campus: Campus, windows_: list[dict[str, Any]], reason: str) -> None:
    """Change a term's timetable."""
    term = campus.term
    campus.term = await campus.administrator.put(
        f"/records/terms/{term['id']}/timetable", {"windows": windows_, "reason": reason}, version=term["version"]
    )
