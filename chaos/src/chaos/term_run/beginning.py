"""The beginning of a term: its timetable, and a new grade."""

from demo.steps import timetable

from chaos.term_run.base import TermRun


async def schedule(term: TermRun) -> None:
    """Create the term and set its id; for the school's first term also load the scheme."""
    path, year = term.school.campus.path, 2026 + term.number // 2
    body = timetable.a_term(path, timetable.windows_now(), f"学期 {term.name}", year, term.number % 2 + 1)
    admin, about = term.school.administrator, {"title": body["title"]}
    created = await admin.write(term.journal, "term.schedule", about, "POST", "/records/terms", body)
    if created is None:
        known = await admin.everything("/records/terms", path=path)
        created = next(one for one in known if one["title"] == body["title"])
    term.id = created["id"]
    if not term.school.world.scheme:
        term.school.world.scheme = await admin.get("/records/schemes/jiangxi/2026.1")


async def organisation(term: TermRun, code: str) -> None:
    """Create an empty grade, so that identity has a write too."""
    body = {"parent": term.school.campus.path, "code": code, "title": f"年级 {code}"}
    about = {"path": f"{term.school.campus.path}.{code}"}
    await term.try_write(term.school.administrator, "organisation", about, "POST", "/identity/organisations", body)
