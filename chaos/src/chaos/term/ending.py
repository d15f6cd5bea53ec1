"""The end: evaluations, and the seal."""

import asyncio
from typing import Any

from demo.steps import timetable
from demo.world import hours, now, window

from chaos.client import Caller, Refused
from chaos.term.base import Term
from demo import stories


async def evaluate(term: Term) -> None:
    """Everybody about themselves, and the teacher about everybody."""

    async def oneself(pupil: Caller) -> None:
        await _evaluation(term, pupil, pupil.student_id, "self", {"text": stories.SELF})

    async def comment(pupil: Caller) -> None:
        body = {"text": stories.COMMENTS[0], "student_id": pupil.student_id}
        await _evaluation(term, term.room.teacher, pupil.student_id, "teacher", body)

    async def opened() -> bool | None:
        page = await term.room.teacher.get("/archive/evaluations", term_id=term.id, pending="true", path=term.room.path)
        return True if page is not None else None

    await term.until("evaluations", opened)
    await asyncio.gather(*(oneself(p) for p in term.room.pupils), *(comment(p) for p in term.room.pupils))


async def _evaluation(term: Term, by: Caller, student: str, who: str, body: dict[str, Any]) -> None:
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

    await term.until("the window for evaluations", written)


async def seal(term: Term) -> None:
    """Until the archives of the term are sealed."""
    past = timetable.windows(now() - hours(6), now() - hours(4), now() - hours(2))
    made = [w for w in past if w["operation"] not in ("seal", *timetable.AFTER)]
    made += [window(operation, now() - hours(2), now()) for operation in timetable.AFTER]
    made += [window("seal", now(), now() + hours(48))]
    await term.move(made, "开始归档")
    admin = term.room.administrator

    async def begun() -> bool | None:
        try:
            await admin.write(term.journal, "seal", {"term": term.id}, "POST", f"/archive/terms/{term.id}/seal", {})
        except Refused as refused:
            if refused.code not in ("term_not_ready", "window_closed", "evaluations_missing"):
                raise
            return None
        return True

    await term.until("the seal's beginning", begun)

    async def sealed() -> bool | None:
        archived = await admin.get(f"/archive/terms/{term.id}")
        return True if archived["state"] == "sealed" else None

    await term.until("the sealed archives", sealed)
