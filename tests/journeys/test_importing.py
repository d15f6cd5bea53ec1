"""Imports through the gateway: every type mended in the coloured answer, sent twice, taken back, followed (JX-05, JX-06)."""

import asyncio
import contextlib
import io
import random
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Refused, User
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


async def template(school_class: SchoolClass, kind: str, term: str) -> bytes:
    """The template, once the import service knows the term."""

    async def look() -> bytes | None:
        with contextlib.suppress(Refused):
            return await batches.template(school_class.teacher, kind, school_class.path, term)
        return None

    return await until("模板", look)


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
        form = await template(school_class, kind, term)
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


@pytest.mark.feature("L-10", "X-12")
async def test_a_stream_opened_in_two_tabs_on_a_checked_batch_shows_the_commit_and_ends_with_it(world: World) -> None:
    campus = world.campuses[0]
    term = (await second_term(campus))["id"]
    school_class = campus.school_classes[-1]
    teacher = school_class.teacher
    form = await template(school_class, "exam_scores", term)
    rows = imports.rows_for(world, "exam_scores", school_class.pupils[:1], random.Random(3))
    batch = await check(school_class, "exam_scores", workbooks.fill(form, {workbooks.data_sheet(form): rows}), term)
    path = f"/import/batches/{batch['id']}/progress"
    tabs = [asyncio.create_task(teacher.raw("GET", path)) for _ in range(2)]
    await asyncio.sleep(1)
    assert not any(tab.done() for tab in tabs)
    clicks = await asyncio.gather(*(teacher.post(f"/import/batches/{batch['id']}/commit") for _ in range(2)))
    assert {click["state"] for click in clicks} <= {"rechecking", "committing", "applied"}
    for tab in tabs:
        progress = (await asyncio.wait_for(tab, 60))[0].decode()
        assert progress.index('"state":"checked"') < progress.index('"state":"applied"')
        assert '"final":true' in progress.rpartition("data: ")[2]
        assert "id: " in progress
    done = await teacher.get(f"/import/batches/{batch['id']}")
    assert (done["created"], done["not_applied"]) == (len(rows), 0)


def without_column(book: bytes, sheet: str, heading: str) -> bytes:
    """The workbook without the column under this heading."""
    whole = load_workbook(io.BytesIO(book))
    titles = [str(cell.value or "").strip("*") for cell in whole[sheet][1]]
    whole[sheet].delete_cols(titles.index(heading) + 1)
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


@pytest.mark.feature("L-08", "L-10")
async def test_records_keep_what_has_no_column_and_lose_what_an_empty_cell_clears_as_the_dry_run_counted(world: World) -> None:
    campus = world.campuses[0]
    term = (await second_term(campus))["id"]
    school_class = campus.school_classes[-1]
    pupil = school_class.pupils[0]
    form = await template(school_class, "exam_scores", term)
    sheet = workbooks.data_sheet(form)
    [row, *_] = imports.rows_for(world, "exam_scores", [pupil], random.Random(11))

    async def note() -> Any:
        found = await pupil.user.everything("/records/records", term_id=term, student_id=pupil.student_id, origin="imported")
        details = [await pupil.user.get(f"/records/records/{one['id']}") for one in found if one["kind"] == "exam_scores"]
        return next(one["data"].get("note") for one in details if one["data"]["score"] == "77.5")

    noted = workbooks.fill(form, {sheet: [row | {"成绩": 77.5, "备注": "补考"}]})
    await batches.commit(school_class.teacher, await check(school_class, "exam_scores", noted, term), "成绩")
    assert await note() == "补考"
    missing = await check(school_class, "exam_scores", without_column(noted, sheet, "备注"), term)
    assert missing["planned"] == {"created": 0, "changed": 0, "unchanged": 1, "counts": {}}
    await batches.commit(school_class.teacher, missing, "成绩")
    assert await note() == "补考"
    empty = await check(school_class, "exam_scores", workbooks.fill(form, {sheet: [row | {"成绩": 77.5, "备注": None}]}), term)
    assert empty["planned"] == {"created": 0, "changed": 1, "unchanged": 0, "counts": {"values_cleared": 1}}
    done = await batches.commit(school_class.teacher, empty, "成绩")
    assert (done["changed"], await note()) == (1, None)
    await school_class.teacher.post(f"/import/batches/{done['id']}/undo", {"reason": "不应清除备注"})
    await until("撤销", partial(taken_back, school_class.teacher, done["id"]))
    assert await note() == "补考"
