"""Steps 7 and 8: evaluations, term archives with one root, offline verification, career archives."""

import asyncio
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from demo import stories, workbooks
from demo.client import Refused
from demo.scale import each, step, until
from demo.steps import batches, timetable
from demo.world import Campus, Pupil, SchoolClass, World, hours, now, window


async def evaluate(world: World) -> None:
    """Write self-evaluations, and teacher comments: some through the API, the others with a workbook."""

    async def self_evaluate(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        await pupil.user.put("/archive/evaluations/self", {"term_id": campus.term["id"], "text": stories.SELF})
        world.counts["self_evaluations"] += 1

    await each("学生自评", world.members, self_evaluate)
    await each("教师评语", world.school_classes, lambda item: _comments(world, *item), at_once=3)


async def _comments(world: World, campus: Campus, school_class: SchoolClass) -> None:
    by_dialog, by_workbook = school_class.pupils[:5], school_class.pupils[5:]
    for number, pupil in enumerate(by_dialog):
        text = stories.COMMENTS[number % len(stories.COMMENTS)]
        body = {"term_id": campus.term["id"], "student_id": pupil.student_id, "text": text}
        await school_class.teacher.put("/archive/evaluations/teacher", body)
        world.counts["teacher_comments"] += 1
    if not by_workbook:
        return

    async def pending() -> tuple[bytes, list[dict[str, Any]]] | None:
        form = await batches.template(school_class.teacher, "teacher_comments", school_class.path, campus.term["id"])
        rows = workbooks.rows_of(form, workbooks.data_sheet(form), {"学籍号", "姓名"})
        return (form, rows) if len(rows) == len(by_workbook) else None

    form, rows = await until(f"{school_class.title} 待评语名单", pending)
    heading = next(name for name in rows[0] if "评语" in name)
    for number, row in enumerate(rows):
        row[heading] = stories.COMMENTS[number % len(stories.COMMENTS)]
    name = f"{school_class.title}-综合评语.xlsx"
    filled = workbooks.fill(form, {workbooks.data_sheet(form): rows})
    done = await batches.import_workbook(
        world, school_class.teacher, "teacher_comments", school_class.path, name, filled, campus.term["id"]
    )
    world.counts["teacher_comments"] += done["created"]


async def seal(world: World) -> None:
    """Each school's administrator seals the term; wait until all archives are sealed."""
    for campus in world.campuses:
        windows = [*timetable.windows_at_seal(), window("career_select", now(), now() + hours(48))]
        await timetable.change_timetable(campus, windows, "评价完成，开始归档（演示）")
    await seal_terms(world, {campus.path: len(campus.pupils) for campus in world.campuses})


async def seal_terms(world: World, students: dict[str, int]) -> None:
    """Seal the schools' terms, which may be sealed now. `students`: by school, how many archives there have to be."""
    for campus in world.campuses:
        await until(f"{campus.plan.title} 开始生成学期档案", partial(_begin, campus))
    for campus in world.campuses:
        campus.sealed = await until(f"{campus.plan.title} 学期档案", partial(_sealed, campus), 60 + 2 * len(campus.pupils))
        world.counts["term_archives"] += campus.sealed["students"]
        world.counts["merkle_roots"] += 1
        world.expect(campus.sealed["students"] == students[campus.path], f"archives of {campus.path}: {campus.sealed}")


async def _begin(campus: Campus) -> bool | None:
    try:
        await campus.administrator.post(f"/archive/terms/{campus.term['id']}/seal", {})
    except Refused as refused:
        if refused.status == 409:
            return None
        raise
    return True


async def _sealed(campus: Campus) -> dict[str, Any] | None:
    found: dict[str, Any] = await campus.administrator.get(f"/archive/terms/{campus.term['id']}")
    return found if found["state"] == "sealed" else None


async def verify(world: World) -> None:
    """Students download their archives; `zp verify` accepts them and detects a changed byte; the verification page works."""
    keys = json.loads(await _plain(world, "/api/archive/keys"))
    sample = [(campus, pupil) for campus in world.campuses for pupil in campus.pupils[:3]]

    async def verify_one(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        page = await pupil.user.get("/archive/archives", term_id=campus.term["id"])
        [archive] = page["items"]
        address = await pupil.user.get(f"/archive/archives/{archive['id']}/address", format="pdf")
        document = await world.gateway.fetch(address["url"])
        world.expect(document.startswith(b"%PDF"), "an archive is not a PDF")
        good = await _zp(document, keys, campus.sealed["root"])
        bad = bytearray(document)
        bad[len(bad) // 2] ^= 1
        world.expect(good == 0, f"zp verify says {good} of a genuine archive")
        world.expect(await _zp(bytes(bad), keys, campus.sealed["root"]) != 0, "zp verify missed a changed byte")
        world.counts["verified_offline"] += 1
        page_html = await _plain(world, f"/verify/{archive['code']}")
        world.expect("核验" in page_html.decode(), "the verification page does not say so")
        world.counts["verification_pages"] += 1

    await each("离线验证学期档案", sample, verify_one, at_once=2)


async def _plain(world: World, path: str) -> bytes:
    return await world.gateway.fetch(world.gateway.base + path)


async def _zp(document: bytes, keys: dict[str, Any], root: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file, jwks = Path(folder, "a.pdf"), Path(folder, "keys.json")
        await asyncio.to_thread(file.write_bytes, document)
        await asyncio.to_thread(jwks.write_text, json.dumps(keys))
        zp = Path(sys.executable).with_name("zp")
        run = await asyncio.create_subprocess_exec(
            zp, "verify", file, "--keys", jwks, "--root", root, stdout=asyncio.subprocess.DEVNULL
        )
        return await run.wait()


async def career(world: World) -> None:
    """Some students select records for the career archive, at most two of a kind, and seal it."""
    pupils = [pupil for campus in world.campuses for pupil in campus.pupils[2:12:2]]

    async def verify_one(pupil: Pupil) -> None:
        offer = await pupil.user.get(f"/archive/career/{pupil.student_id}")
        seen: dict[str, int] = {}
        picked = []
        for candidate in offer["candidates"]:
            seen[candidate["kind"]] = seen.get(candidate["kind"], 0) + 1
            if seen[candidate["kind"]] <= 2:
                picked.append(candidate["record_id"])
        await pupil.user.put(f"/archive/career/{pupil.student_id}/selection", {"record_ids": picked})
        await pupil.user.post(f"/archive/career/{pupil.student_id}/seal", {"without_missing": True})

        async def sealed() -> bool | None:
            found = await pupil.user.get(f"/archive/career/{pupil.student_id}")
            return True if found["state"] == "sealed" else None

        await until(f"{pupil.plan.name} 生涯档案", sealed)
        world.counts["career_archives"] += 1

    async with step("生涯档案遴选与生成"):
        await each("生涯档案", pupils, verify_one, at_once=4)
