"""Evaluations of every classmate, and a summary of each dimension by oneself (CS-07, CS-12)."""

from collections.abc import Callable
from typing import Any

from demo.client import Refused

from chaos.client import Caller
from chaos.term_run.base import NOT_YET, TermRun
from demo import stories


async def evaluate(term: TermRun, pupil: Caller, answers: Callable[[], list[dict[str, Any]]]) -> None:
    """Evaluate the classmates, some cards twice, and make that final; `answers`: what to say of one of them."""
    path, about = "/archive/peer-evaluations", {"term": term.id, "student": pupil.student_id}

    async def submitted() -> bool:
        sheet = await pupil.get(path, term_id=term.id)
        if sheet["submitted"]:
            return True
        cards = [{"student_id": mate["student_id"], "answers": answers()} for mate in sheet["cards"]]
        if sheet["done"] < sheet["of"] or term.rng.random() < 0.2:
            await term.try_write(pupil, "peers", about, "PUT", path, {"term_id": term.id, "cards": cards})
        else:
            await term.try_write(pupil, "peers.submission", about, "POST", f"{path}/submission", {"term_id": term.id})
        return False

    await term.settle("学生互评", submitted)


async def evaluate_and_sum_up(term: TermRun, pupil: Caller) -> None:
    """Evaluate the classmates in each dimension, and sum up each of one's own."""
    dimensions = [dimension["id"] for dimension in term.school.world.scheme["dimensions"]]
    await evaluate(term, pupil, lambda: [{"dimension": name, "choice": term.rng.choice("aab")} for name in dimensions])
    for number, name in enumerate(dimensions):
        await _summarise(term, pupil, name, number)


async def _summarise(term: TermRun, pupil: Caller, dimension: str, written: int) -> None:
    """Write one dimension's summary, the one after `written` others."""
    about = {"term": term.id, "student": pupil.student_id, "type": "dimension_summary"}
    body = {"term_id": term.id, "dimension": dimension, "text": stories.SELF}
    path = "/archive/evaluations/self"

    async def done() -> bool:
        try:
            await pupil.write(term.journal, "evaluation", about, "PUT", path, body, version=written or None)
        except Refused as refused:
            if refused.code in NOT_YET:
                return False
            raise
        return True

    await term.settle("维度综述", done)
