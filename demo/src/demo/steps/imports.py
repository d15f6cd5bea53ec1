"""Step 4: class teachers import five types of data and approve the records; a workbook with errors is refused."""

import random
from typing import Any

from demo import stories, workbooks
from demo.scale import each
from demo.steps import batches
from demo.world import Campus, Pupil, SchoolClass, World

SUBJECTS = ("语文", "数学", "英语", "物理", "化学", "生物")


async def imports(world: World) -> None:
    """Import every type for every class."""
    await _import_broken_workbook(world, *world.school_classes[0])
    await each("班主任导入", world.school_classes, lambda item: _import_class(world, *item), at_once=3)
    await each("班主任确认导入的记录", world.school_classes, lambda item: _confirm(world, *item), at_once=3)


def _student(pupil: Pupil) -> dict[str, Any]:
    return {"学籍号": pupil.plan.registry_number, "姓名": pupil.plan.name}


def _titles(kind: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    row = {}
    for field in kind["form"]["fields"]:
        value = data.get(field["id"])
        if field["type"] == "choice":
            value = next((c["title"] for c in field["choices"] if c["id"] == value), value)
        if value is not None:
            row[field["title"]] = value
    return row


def rows_for(world: World, kind_id: str, pupils: list[Pupil], rng: random.Random) -> list[dict[str, Any]]:
    """Realistic rows of an import type for a class."""
    kind = world.kind(kind_id)
    rows: list[dict[str, Any]] = []
    for pupil in pupils:
        boy = pupil.plan.sex == "男"
        match kind_id:
            case "exam_scores":
                for subject in SUBJECTS:
                    full = 150 if subject in SUBJECTS[:3] else 100
                    score = {
                        "考试": "期末考试",
                        "科目": subject,
                        "成绩": round(full * rng.uniform(0.55, 0.98), 1),
                        "满分": full,
                    }
                    rows.append(_student(pupil) | score)
            case "basic_data":
                body = {
                    "height": round(rng.gauss(174 if boy else 162, 6), 1),
                    "weight": round(rng.gauss(62 if boy else 52, 7), 1),
                }
                sight = {"left_vision": round(rng.uniform(4.2, 5.2), 1), "right_vision": round(rng.uniform(4.2, 5.2), 1)}
                rows.append(_student(pupil) | _titles(kind, {"measured_on": "2026-04-12", **body, **sight}))
            case "fitness_test":
                total = round(rng.uniform(62, 98), 1)
                grade = "excellent" if total >= 90 else "good" if total >= 80 else "pass"
                data = {
                    "tested_on": "2026-04-20",
                    "bmi": round(rng.uniform(17.5, 25), 1),
                    "lung_capacity": rng.randrange(3200, 5200) if boy else rng.randrange(2300, 3600),
                    "run_50m": round(rng.uniform(6.8, 8.2) if boy else rng.uniform(7.9, 9.8), 1),
                    "sit_and_reach": round(rng.uniform(4, 22), 1),
                    "long_jump": rng.randrange(205, 265) if boy else rng.randrange(155, 205),
                    "strength": rng.randrange(4, 18) if boy else rng.randrange(25, 52),
                    "endurance": f"{rng.randrange(3, 5)}:{rng.randrange(60):02d}",
                    "total": total,
                    "grade": grade,
                }
                rows.append(_student(pupil) | _titles(kind, data))
            case "special_projects" if rng.random() < 0.3:
                data = {
                    "name": stories.title(rng, kind_id),
                    "project_type": "非遗传承",
                    "starts_on": "2026-03-10",
                    "ends_on": "2026-05-10",
                    "outcome": "完成作品一件，在学校艺术节展出。",
                }
                rows.append(_student(pupil) | _titles(kind, data))
            case "misconduct" if rng.random() < 0.02:
                data = {
                    "category": "warning",
                    "happened_on": "2026-04-09",
                    "facts": "未经请假离开学校，经教育已认识错误并作出检讨。",
                    "decided_by": "学校政教处",
                }
                rows.append(_student(pupil) | _titles(kind, data))
    return rows


async def _import_class(world: World, campus: Campus, school_class: SchoolClass) -> None:
    rng = random.Random(f"{world.seed}-{school_class.path}")
    for kind_id in ("exam_scores", "fitness_test", "basic_data", "special_projects", "misconduct"):
        rows = rows_for(world, kind_id, school_class.pupils, rng)
        if not rows:
            continue
        title = world.kind(kind_id)["title"]
        name = f"{school_class.title}-{title}.xlsx"
        by, path, term_id = school_class.teacher, school_class.path, campus.term["id"]
        book = await batches.filled_template(by, kind_id, path, term_id, rows)
        done = await batches.import_workbook(world, by, kind_id, path, name, book, term_id)
        world.expect(done["created"] == len(rows), f"{name}: {done}")
        world.counts["imported"] += done["created"]
        world.counts["import_batches"] += 1


async def _import_broken_workbook(world: World, campus: Campus, school_class: SchoolClass) -> None:
    """Wrong values, an unknown pupil and a duplicate row: all are explained, none is stored."""
    rows = rows_for(world, "exam_scores", school_class.pupils[:3], random.Random(5))
    rows[0]["成绩"] = 999
    rows[1]["科目"] = "炼金术"
    rows[2]["学籍号"] = "G000000000000000000"
    rows.append(dict(rows[4]))
    by, path, term_id = school_class.teacher, school_class.path, campus.term["id"]
    book = await batches.filled_template(by, "exam_scores", path, term_id, rows)
    batch = await batches.check(by, "exam_scores", path, "有错误的成绩.xlsx", book, term_id)
    world.expect(batch["problem_count"] >= 4, f"a broken workbook was not seen through: {batch}")
    marked = workbooks.count_marked_cells(await batches.answer(by, batch))
    world.expect(marked >= 4, f"only {marked} cells were marked")
    world.counts["cells_explained"] += marked
    await world.expect_refusal(by.post(f"/import/batches/{batch['id']}/commit"), "commit of a broken workbook", 409, 422)
    stored = await by.get("/records/records", term_id=term_id, path=path, kind="exam_scores")
    world.expect(not stored["items"], "a broken workbook left rows behind")
    world.counts["broken_workbooks_returned"] += 1


async def _confirm(world: World, campus: Campus, school_class: SchoolClass) -> None:
    query = {"term_id": campus.term["id"], "path": school_class.path, "state": "submitted", "origin": "imported"}
    waiting = await school_class.teacher.everything("/records/records", **query)
    for start in range(0, len(waiting), 200):
        ids = [record["id"] for record in waiting[start : start + 200]]
        done = await school_class.teacher.post("/records/reviews", {"record_ids": ids, "action": "approve"})
        world.counts["confirmed"] += sum(r["result"] == "approved" for r in done["results"])
