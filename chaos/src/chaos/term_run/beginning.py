"""The beginning of a term: its timetable, and a new grade."""

from demo.steps import timetable
from demo.world import hours, now

from chaos.term_run.base import TermRun


async def schedule(term: TermRun) -> None:
    """Create the term and set its id; for the school's first term also load the scheme."""
    year, begun = 2026 + term.number // 2, now()
    body = {
        "path": term.school.campus.path,
        "title": f"学期 {term.name}",
        "school_year": f"{year}-{year + 1}",
        "number": term.number % 2 + 1,
        "starts_on": f"{year}-09-01" if term.number % 2 == 0 else f"{year + 1}-02-20",
        "ends_on": f"{year + 1}-01-20" if term.number % 2 == 0 else f"{year + 1}-07-05",
        "windows": timetable.windows(begun - hours(1), begun + hours(48), begun + hours(72)),
    }
    admin, about = term.school.administrator, {"title": body["title"]}
    created = await admin.write(term.journal, "term.schedule", about, "POST", "/records/terms", body)
    if created is None:
        known = await admin.everything("/records/terms", path=term.school.campus.path)
        created = next(one for one in known if one["title"] == body["title"])
    term.id = created["id"]
    if not term.school.scheme:
        term.school.scheme = term.school.world.scheme = await admin.get("/records/schemes/jiangxi/2026.1")


async def organisation(term: TermRun) -> None:
    """Create an empty grade, so that identity has a write too."""
    code = f"g{2100 + term.number}"
    body = {"parent": term.school.campus.path, "code": code, "title": f"年级 {term.name}"}
    about = {"path": f"{term.school.campus.path}.{code}"}
    await term.try_write(term.school.administrator, "organisation", about, "POST", "/identity/organisations", body)
