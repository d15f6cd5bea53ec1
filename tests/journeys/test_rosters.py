"""Rosters through the gateway: what passes the dry run is applied, nothing is lost by leaving it out, and a wrong one is undone
(L-03, L-06 to L-10)."""

import io
from collections.abc import AsyncIterator
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.steps import batches
from demo.world import World
from openpyxl import Workbook
from people.documents import check_digit

from tests.world.builders import hire
from tests.world.client import connected
from tests.world.region import Region, create_organisation, create_province

_serial = count(1)
_phones = count(10_000_000 + uuid4().int % 80_000_000)


class School:
    """A school of its own, and its administrator."""

    def __init__(self, path: str, administrator: User) -> None:
        self.path, self.administrator = path, administrator

    async def check(self, *pupils: dict[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
        """The dry run of a roster of these pupils."""
        book = a_workbook([{k: v for k, v in pupil.items() if k not in without} for pupil in pupils])
        return await batches.check(self.administrator, "roster", self.path, f"名册{next(_serial)}.xlsx", book)

    async def commit(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Commit a dry run; it was not out of date."""
        assert batch["may_commit"], batch
        await self.administrator.post(f"/import/batches/{batch['id']}/commit")
        done = await batches.wait_for_state(self.administrator, batch["id"], "导入", ("applied", "failed", "checked"))
        assert (done["state"], done["applied_problems"]) == ("applied", []), done
        return done

    async def student(self, name: str) -> dict[str, Any]:
        """The student with this name, in detail."""
        found = await self.administrator.everything("/identity/students", path=self.path)
        [student] = [one for one in found if one["name"] == name]
        return dict(await self.administrator.get(f"/identity/students/{student['id']}"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def school(world: World) -> AsyncIterator[School]:
    async with connected(world):
        yield await _a_school(world)


async def _a_school(world: World) -> School:
    code = f"ro{uuid4().hex[:6]}"
    by = await create_province(Region(world), code, "@roster")
    path = code
    for level, title in (("c", "示例市"), ("d", "示例区"), ("s", "示例中学")):
        path = await create_organisation(by, path, level, title)
    return School(path, await hire(by, "administrator", path, "教务处"))


def a_phone() -> str:
    return f"199{next(_phones):08d}"


def a_pupil(name: str, **changes: Any) -> dict[str, Any]:
    """A row of the roster; the pupil is new."""
    first = f"360102201003{uuid4().int % 28 + 1:02d}{uuid4().int % 500:03d}"
    number = first + check_digit(first)
    return {
        "全国学籍号": f"G{number}",
        "姓名": name,
        "学号": f"{uuid4().int % 10**8}",
        "性别": "男" if int(number[16]) % 2 else "女",
        "身份证件号": number,
        "入学年份": "2025级",
        "班级": "实验5班",
        "监护人姓名": f"{name}的父亲",
        "监护人关系": "父亲",
        "监护人手机号": a_phone(),
    } | changes


def a_workbook(rows: list[dict[str, Any]]) -> bytes:
    """A roster with the columns that the rows have, in the order of their appearance."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "学生"
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def effects(batch: dict[str, Any]) -> set[str]:
    """The sentences about what a commit would do."""
    return {warning["message"] for warning in batch["warnings"]}


@pytest.mark.feature("L-08", "L-10")
async def test_a_roster_without_a_column_leaves_its_values_and_an_empty_cell_is_counted_before_it_clears_one(
    school: School,
) -> None:
    pupil = a_pupil("学号生")
    first = await school.check(pupil)
    assert (first["planned"]["created"], first["problem_count"]) == (1, 0), first
    assert (await school.commit(first))["created"] == 1
    again = await school.check(pupil, without=("学号", "性别", "监护人姓名", "监护人关系", "监护人手机号"))
    assert again["planned"] == {"created": 0, "changed": 0, "unchanged": 1, "counts": {}}
    await school.commit(again)
    before = await school.student("学号生")
    assert (before["student_number"], len(before["guardians"])) == (pupil["学号"], 1)
    empty = await school.check(pupil | {"学号": None})
    assert empty["planned"]["counts"] == {"values_cleared": 1}
    assert "空白单元格将清除 1 项已有内容。" in effects(empty)
    await school.commit(empty)
    assert (await school.student("学号生"))["student_number"] is None


@pytest.mark.feature("L-08", "L-09", "L-10")
async def test_the_mother_instead_of_the_father_keeps_both_and_only_an_explicit_removal_is_counted_and_done(
    school: School,
) -> None:
    pupil = a_pupil("双亲生")
    await school.commit(await school.check(pupil))
    mother = {"监护人姓名": "双亲生的母亲", "监护人关系": "母亲", "监护人手机号": a_phone()}
    added = await school.check(pupil | mother)
    assert added["planned"]["counts"]["guardians_added"] == 1
    assert "guardians_removed" not in added["planned"]["counts"]
    await school.commit(added)
    names = {guardian["name"] for guardian in (await school.student("双亲生"))["guardians"]}
    assert names == {"双亲生的父亲", "双亲生的母亲"}
    removal = await school.check(pupil | {"监护人变动": "移除"})
    assert removal["planned"]["counts"]["guardians_removed"] == 1
    assert "将移除 1 名监护人。" in effects(removal)
    await school.commit(removal)
    assert [guardian["name"] for guardian in (await school.student("双亲生"))["guardians"]] == ["双亲生的母亲"]


@pytest.mark.feature("L-03", "L-10")
async def test_a_provisional_number_becomes_the_final_one_and_the_dry_run_says_so(school: School) -> None:
    pupil = a_pupil("转正生")
    await school.commit(await school.check(pupil | {"全国学籍号": "L" + pupil["全国学籍号"][1:]}))
    before = await school.student("转正生")
    final = await school.check(pupil)
    assert (final["planned"]["created"], final["planned"]["counts"]["numbers_replaced"]) == (0, 1)
    await school.commit(final)
    after = await school.student("转正生")
    assert (after["id"], after["registry_number"][0], after["student_number"]) == (before["id"], "G", before["student_number"])


@pytest.mark.feature("L-10")
async def test_a_dry_run_that_is_out_of_date_is_computed_again_and_shows_what_differs(school: School) -> None:
    one, two = a_pupil("先到生"), a_pupil("后到生")
    await school.commit(await school.check(one, two))
    moves = [row | {"班级": "普通5班"} for row in (one, two)]
    late, early = await school.check(*moves), await school.check(moves[0])
    assert late["planned"]["counts"]["moved"] == 2
    await school.commit(early)
    await school.administrator.post(f"/import/batches/{late['id']}/commit")
    back = await batches.wait_for_state(school.administrator, late["id"], "复核", ("checked", "applied"))
    assert (back["state"], back["planned"]["changed"], back["planned"]["unchanged"]) == ("checked", 1, 1), back
    messages = {(one["row"], one["message"]) for one in back["differences"]}
    assert (2, "检查时为“更新”，现在为“不变”。") in messages, messages
    assert any(row == 0 and "1 名学生将调整班级" in message for row, message in messages), messages
    assert (await school.student("后到生"))["class_title"] == "实验5班"
    await school.commit(back)
    assert (await school.student("后到生"))["class_title"] == "普通5班"


@pytest.mark.feature("L-06", "L-10")
async def test_what_is_ambiguous_is_asked_in_its_cell_and_answered_in_the_workbook(school: School) -> None:
    pupil = a_pupil("届别生")
    asked = await school.check(pupil | {"入学年份": "2025届"})
    assert [(q["row"], q["field"], q["code"]) for q in asked["questions"]] == [(2, "entry_year", "year_or_leaving")]
    assert (asked["may_commit"], asked["has_answer"]) == (False, True)
    answered = await school.check(pupil | {"入学年份": "2028届"})
    await school.commit(answered)
    assert ".g2025." in (await school.student("届别生"))["path"]


@pytest.mark.feature("L-10")
async def test_a_wrong_roster_is_after_undo_and_what_was_there_before_stays(school: School) -> None:
    known, wrong = a_pupil("原有生"), a_pupil("误录生")
    await school.commit(await school.check(known))
    batch = await school.commit(await school.check(known | {"学号": "1"}, wrong))
    assert (batch["created"], batch["changed"]) == (1, 1)
    await school.administrator.post(f"/import/batches/{batch['id']}/undo", {"reason": "传错了名册"})
    gone = await until("撤销", partial(_after_undo, school, batch["id"]))
    assert (gone["state"], gone["removed"], gone["kept"]) == ("undone", 1, 0), gone
    names = {one["name"] for one in await school.administrator.everything("/identity/students", path=school.path)}
    assert ("原有生" in names, "误录生" in names) == (True, False)
    assert (await school.student("原有生"))["student_number"] == known["学号"]


async def _after_undo(school: School, batch_id: str) -> dict[str, Any] | None:
    batch: dict[str, Any] = await school.administrator.get(f"/import/batches/{batch_id}")
    return batch if batch["removed"] is not None else None
