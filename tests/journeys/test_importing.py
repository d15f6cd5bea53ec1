"""Imports through the gateway: every type mended in the coloured answer, sent twice, taken back, followed (JX-05, JX-06)."""

import io
import random
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.steps import batches, imports
from demo.world import Campus, SchoolClass, World
from openpyxl import load_workbook

from demo import workbooks
from tests.world.builders import second_term
from tests.world.client import connected

KINDS = ("exam_scores", "basic_data", "fitness_test", "special_projects", "misconduct")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def client(world: World) -> AsyncIterator[None]:
    """The people of the world can call again."""
    async with connected(world):
        yield


class Always(random.Random):
    """Chance that always lets the rare kinds be, too."""

    def random(self) -> float:
        return super().random() * 0.02


def renamed(book: bytes, sheet: str, old: str, new: str) -> bytes:
    """The workbook with another name in the cells that hold `old`; everything else as it was."""
    whole = load_workbook(io.BytesIO(book))
    for row in whole[sheet].iter_rows():
        for cell in row:
            if cell.value == old:
                cell.value = new
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


async def check(school_class: SchoolClass, kind: str, data: bytes, term: str) -> dict[str, Any]:
    return await batches.check(school_class.teacher, kind, school_class.path, f"{kind}.xlsx", data, term)


async def imported(pupil: User, term: str, student: str) -> set[str]:
    """The ids of imported records of one kind that the pupil sees and that count."""
    found = await pupil.everything("/records/records", term_id=term, student_id=student, origin="imported")
    return {record["id"] for record in found if record["state"] != "voided"}


@pytest.mark.feature("JX-05", "JX-06", "X-12")
async def test_each_type_is_mended_in_its_coloured_answer_sent_twice_and_taken_back(world: World) -> None:
    campus: Campus = world.campuses[0]
    term = (await second_term(campus))["id"]
    school_class = campus.school_classes[-1]
    pupils = school_class.pupils[-3:]
    last = pupils[-1]
    before = await imported(last.user, term, last.student_id)
    made: list[tuple[str, dict[str, Any]]] = []
    for kind in KINDS:
        rows = imports.rows_for(world, kind, pupils, Always(7))
        form = await batches.template(school_class.teacher, kind, school_class.path, term)
        sheet = workbooks.data_sheet(form)
        wrong = renamed(workbooks.fill(form, {sheet: rows}), sheet, last.plan.name, "另一个人")
        seen = await check(school_class, kind, wrong, term)
        assert {problem["code"] for problem in seen["problems"]} == {"name_differs"}, (kind, seen)
        mended = renamed(await batches.answer(school_class.teacher, seen), sheet, "另一个人", last.plan.name)
        batch = await check(school_class, kind, mended, term)
        assert (batch["problems"], batch["rows"], batch["may_commit"]) == ([], len(rows), True), kind
        done = await batches.commit(school_class.teacher, batch, kind)
        assert (done["created"], done["not_applied"]) == (len(rows), 0), kind
        again = await batches.commit(school_class.teacher, await check(school_class, kind, mended, term), kind)
        assert (again["created"], again["changed"], again["unchanged"], again["not_applied"]) == (0, 0, len(rows), 0), kind
        made.append((kind, done))
    there = await imported(last.user, term, last.student_id) - before
    assert len(there) == sum(done["created"] for _, done in made) // len(pupils)
    for kind, done in made:
        await school_class.teacher.post(f"/import/batches/{done['id']}/undo", {"reason": "选错了文件"})
        gone = await until("撤销", partial(taken_back, school_class.teacher, done["id"]))
        assert (gone["state"], gone["removed"], gone["kept"]) == ("undone", done["created"], 0), kind
    assert await imported(last.user, term, last.student_id) == before


async def taken_back(by: User, batch_id: str) -> dict[str, Any] | None:
    batch: dict[str, Any] = await by.get(f"/import/batches/{batch_id}")
    return batch if batch["removed"] is not None else None


@pytest.mark.feature("X-12")
async def test_progress_comes_through_the_gateway_and_ends(world: World) -> None:
    campus = world.campuses[0]
    term = (await second_term(campus))["id"]
    school_class = campus.school_classes[-1]
    form = await batches.template(school_class.teacher, "exam_scores", school_class.path, term)
    rows = imports.rows_for(world, "exam_scores", school_class.pupils[:1], random.Random(3))
    batch = await check(school_class, "exam_scores", workbooks.fill(form, {workbooks.data_sheet(form): rows}), term)
    progress, _ = await school_class.teacher.raw("GET", f"/import/batches/{batch['id']}/progress")
    assert '"final":true' in progress.decode().rpartition("data: ")[2]
    assert "id: " in progress.decode()
