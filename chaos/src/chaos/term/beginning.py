"""The term's timetable, and a grade for it."""

from demo.steps import timetable
from demo.world import hours, now

from chaos.term.base import Term


async def schedule(term: Term) -> None:
    """Tell `term` its id; the first one of a school also learns the scheme."""
    year, begun = 2026 + term.number // 2, now()
    body = {
        "path": term.room.campus.path,
        "title": f"学期 {term.name}",
        "school_year": f"{year}-{year + 1}",
        "number": term.number % 2 + 1,
        "starts_on": f"{year}-09-01" if term.number % 2 == 0 else f"{year + 1}-02-20",
        "ends_on": f"{year + 1}-01-20" if term.number % 2 == 0 else f"{year + 1}-07-05",
        "windows": timetable.windows(begun - hours(1), begun + hours(48), begun + hours(72)),
    }
    admin, about = term.room.administrator, {"title": body["title"]}
    made = await admin.write(term.journal, "term.schedule", about, "POST", "/records/terms", body)
    if made is None:
        known = await admin.everything("/records/terms", path=term.room.campus.path)
        made = next(one for one in known if one["title"] == body["title"])
    term.id = made["id"]
    if not term.room.scheme:
        term.room.scheme = term.room.world.scheme = await admin.get("/records/schemes/jiangxi/2026.1")


async def organisation(term: Term) -> None:
    """Something for identity to do: a grade that nobody is in."""
    code = f"g{2100 + term.number}"
    body = {"parent": term.room.campus.path, "code": code, "title": f"年级 {term.name}"}
    about = {"path": f"{term.room.campus.path}.{code}"}
    await term.maybe(term.room.administrator, "organisation", about, "POST", "/identity/organisations", body)
