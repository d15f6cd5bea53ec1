"""What is decided before filling opens: the school's switch, who takes no part, and lists of projects (SH-02 to SH-04)."""

from typing import Any

from chaos.client import Caller
from chaos.term_run.base import TermRun

LIST = "league_projects"
SWITCH = "league_review"


async def prepare(term: TermRun) -> None:
    """Turn the switch off and on, mark a pupil and put them back, and list a project for each pupil."""
    school, url = term.school, f"/records/terms/{term.id}"
    for value in (False, True):  # left unknown, the first would leave open whether the second changes anything
        await switch(term, value=value, must=True)
    pupil = school.classes[0].pupils[-1]
    about = {"term": term.id, "student": pupil.student_id}
    out = {"participates": False, "reason_code": "suspended", "note": "核对学籍"}
    changes: tuple[tuple[Caller, dict[str, Any]], ...] = (
        (school.staff["校级录入员"], out),
        (school.administrator, {"participates": True}),
    )
    for by, body in changes:
        await by.write(term.journal, "opt_out", about, "PUT", f"{url}/opt-outs/{pupil.student_id}", body)
    for number, one in enumerate(school.pupils):
        by, title = school.staff["区级录入员" if number % 2 else "校级录入员"], project_of(term, one)
        await by.write(
            term.journal, "catalog", {"title": title}, "POST", f"/records/catalogs/{LIST}/items", {"titles": [title]}
        )


async def switch(term: TermRun, *, value: bool, must: bool = False) -> Any:
    """Set the switch; it may be refused once a record has frozen it."""
    path, about = f"/records/terms/{term.id}/switches/{SWITCH}", {"switch": f"{term.id} {SWITCH}"}
    return await term.try_write(term.school.administrator, "switch", about, "PUT", path, {"value": value}, must=must)


def project_of(term: TermRun, pupil: Caller) -> str:
    """The project in which a pupil takes part."""
    return f"志愿讲解 {term.name} {pupil.username}"
