"""The end of a term: evaluations and sealing."""

import asyncio
from typing import Any

from demo.client import Refused
from demo.scale import until
from demo.steps import timetable
from demo.world import hours, now, window

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

    async def open_databases() -> bool | None:
        page = await term.school.teacher.get("/archive/evaluations", term_id=term.id, pending="true", path=term.school.path)
        return True if page is not None else None

    await until("evaluations", open_databases, MAX_WAIT_SECONDS)
    await asyncio.gather(*(oneself(p) for p in term.school.pupils), *(comment(p) for p in term.school.pupils))


async def _evaluation(term: TermRun, by: Caller, student: str, who: str, body: dict[str, Any]) -> None:
    about = {"term": term.id, "student": student, "type": "self_evaluation" if who == "self" else "teacher_comment"}
    body = {"term_id": term.id, **body}

    async def written() -> bool | None:
        try:
            await by.write(term.journal, "evaluation", about, "PUT", f"/archive/evaluations/{who}", body)
        except Refused as refused:
            if refused.code not in ("window_closed", "not_found", "busy"):
                raise
            return None
        return True

    await until("the window for evaluations", written, MAX_WAIT_SECONDS)


async def seal(term: TermRun) -> None:
    """Seal the term, and wait until its archives are sealed."""
    past = timetable.windows(now() - hours(6), now() - hours(4), now() - hours(2))
    created = [w for w in past if w["operation"] not in ("seal", *timetable.AFTER)]
    created += [window(operation, now() - hours(2), now()) for operation in timetable.AFTER]
    created += [window("seal", now(), now() + hours(48))]
    await term.change_timetable(created, "开始归档")
    admin = term.school.administrator

    async def begun() -> bool | None:
        try:
            await admin.write(term.journal, "seal", {"term": term.id}, "POST", f"/archive/terms/{term.id}/seal", {})
        except Refused as refused:
            if refused.code not in ("term_not_ready", "window_closed", "evaluations_missing"):
                raise
            return None
        return True

    await until("the seal's beginning", begun, MAX_WAIT_SECONDS)

    async def sealed() -> bool | None:
        archived = await admin.get(f"/archive/terms/{term.id}")
        return True if archived["state"] == "sealed" else None

    await until("the sealed archives", sealed, MAX_WAIT_SECONDS)
