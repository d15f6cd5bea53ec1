"""Evaluations of every classmate, and a summary of each dimension by oneself (CS-07, CS-12)."""

from demo.client import Refused

from chaos.client import Caller
from chaos.term_run.base import NOT_YET, TermRun
from demo import stories


async def evaluate(term: TermRun, pupil: Caller) -> None:
    """Evaluate the classmates, some cards twice, make that final, and sum up each dimension."""
    dimensions = [dimension["id"] for dimension in term.school.world.scheme["dimensions"]]
    path, about = "/archive/peer-evaluations", {"term": term.id, "student": pupil.student_id}

    async def submitted() -> bool:
        sheet = await pupil.get(path, term_id=term.id)
        if sheet["submitted"]:
            return True
        cards = [
            {
                "student_id": mate["student_id"],
                "answers": [{"dimension": name, "choice": term.rng.choice("aab")} for name in dimensions],
            }
            for mate in sheet["cards"]
        ]
        if sheet["done"] < sheet["of"] or term.rng.random() < 0.2:
            await term.try_write(pupil, "peers", about, "PUT", path, {"term_id": term.id, "cards": cards})
        else:
            await term.try_write(pupil, "peers.submission", about, "POST", f"{path}/submission", {"term_id": term.id})
        return False

    await term.settle("学生互评", submitted)
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
