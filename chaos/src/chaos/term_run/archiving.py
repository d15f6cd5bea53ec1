"""The end of a term: evaluations and sealing."""

import asyncio
from typing import Any

from demo.scale import until
from demo.steps import timetable

from chaos.client import MAX_WAIT_SECONDS, Caller
from chaos.term_run.base import TermRun
from demo import stories


async def evaluate(term: TermRun) -> None:
    """Write the self-evaluations of all pupils and the teacher's comments."""

    async def oneself(pupil: Caller) -> None:
        await _evaluation(term, pupil, pupil.student_id, "self", {"text": stories.SELF})

    async def comment(pupil: Caller) -> None:
        body = {"text": stories.COMMENTS[0], "student_id": pupil.student_id}
        await _evaluation(term, term.school.teacher, pupil.student_id, "teacher", body)

    await term.school.teacher.get("/archive/evaluations", term_id=term.id, pending="true", path=term.school.path)
    await asyncio.gather(*(oneself(p) for p in term.school.pupils), *(comment(p) for p in term.school.pupils))


async def _evaluation(term: TermRun, by: Caller, student: str, who: str, body: dict[str, Any]) -> None:
    about = {"term": term.id, "student": student, "type": "self_evaluation" if who == "self" else "teacher_comment"}
    body = {"term_id": term.id, **body}
    early = ("window_closed", "not_found", "busy")
    await term.write_in_time(by, "evaluation", about, "PUT", f"/archive/evaluations/{who}", body, early)


async def wait_for_end_of_publicity(term: TermRun) -> None:
    """Wait until archive knows that publicity is over."""
    admin = term.school.administrator

    async def closed() -> bool | None:
        archived = await admin.get(f"/archive/terms/{term.id}")
        return archived["publicity_closed_at"] is not None or None

    await until("the end of publicity", closed, MAX_WAIT_SECONDS)


async def seal(term: TermRun, windows: list[dict[str, Any]] | None = None) -> None:
    """Seal the term, in windows of Jiangxi or others, and wait until its archives are sealed."""
    await term.change_timetable(windows or timetable.windows_at_seal(), "开始归档")
    admin = term.school.administrator
    early = ("term_not_ready", "window_closed", "evaluations_missing")
    await term.write_in_time(admin, "seal", {"term": term.id}, "POST", f"/archive/terms/{term.id}/seal", {}, early)

    async def sealed() -> bool | None:
        archived = await admin.get(f"/archive/terms/{term.id}")
        return True if archived["state"] == "sealed" else None

    await until("the sealed archives", sealed, MAX_WAIT_SECONDS)
