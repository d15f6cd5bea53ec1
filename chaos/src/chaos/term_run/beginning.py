"""The beginning of a term: its timetable, and a new grade."""

from typing import Any

from demo.steps import timetable

from chaos.term_run.base import TermRun


async def schedule(term: TermRun) -> None:
    """Create the next term of a school, in which reporting is open now."""
    await create(term, timetable.windows_now(), 2026 + term.number // 2, term.number % 2 + 1)


async def create(term: TermRun, windows: list[dict[str, Any]], year: int, number: int) -> None:
    """Create the term and set its id; for the school's first term also load the scheme."""
    path, world = term.school.campus.path, term.school.world
    body = timetable.a_term(path, windows, f"学期 {term.name}", year, number)
    admin, about = term.school.administrator, {"title": body["title"]}
    created = await admin.write(term.journal, "term.schedule", about, "POST", "/records/terms", body)
    if created is None:
        known = await admin.everything("/records/terms", path=path)
        created = next(one for one in known if one["title"] == body["title"])
    term.id = created["id"]
    if not world.scheme:
        world.scheme = await admin.get(f"/records/schemes/{world.deployment.scheme_id}/{world.deployment.version}")


async def organisation(term: TermRun, code: str) -> None:
    """Create an empty grade, so that identity has a write too."""
    body = {"parent": term.school.campus.path, "code": code, "title": f"年级 {code}"}
    about = {"path": f"{term.school.campus.path}.{code}"}
    await term.try_write(term.school.administrator, "organisation", about, "POST", "/identity/organisations", body)
