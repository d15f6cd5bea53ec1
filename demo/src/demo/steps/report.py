"""Step 3: students report records with evidence and positions, teachers review, students change returned ones."""

import io
import random
from typing import Any

from PIL import Image

from demo import sample_files, stories
from demo.scale import each
from demo.world import Campus, Pupil, SchoolClass, World, now

RETURNS = ("evidence_unclear", "incomplete", "wrong_date")


async def report(world: World) -> None:
    """Report a record in every dimension for each student; most are approved, some returned, changed and approved."""
    dimensions: dict[str, list[str]] = {}
    for kind in world.kinds("reported"):
        dimensions.setdefault(kind["dimension"], []).append(kind["id"])

    async def all_of(item: tuple[Campus, Pupil]) -> None:
        campus, pupil = item
        rng = random.Random(f"{world.seed}-{pupil.plan.registry_number}")
        for kinds in dimensions.values():
            await _report_record(world, campus, pupil, rng.choice(kinds), rng)
        if rng.random() < 0.4:
            await declare_position(world, campus, pupil, rng)

    await each("学生上报写实记录", world.members, all_of)
    await each("班主任审核", world.school_classes, lambda item: _review(world, *item), at_once=4)
    await each("学生修改后重新上报", world.pupils, lambda pupil: _resubmit(world, pupil))
    await each("班主任再次审核", world.school_classes, lambda item: _approve_all(world, *item), at_once=4)
    await _check_pictures_open(world)


async def _report_record(world: World, campus: Campus, pupil: Pupil, kind_id: str, rng: random.Random) -> None:
    kind = world.kind(kind_id)
    data = stories.fill(rng, kind, now().date())
    name, media_type, content = sample_files.evidence(rng.randrange(10**6), pupil.plan.name, str(data.get("name", "")))
    by = pupil.guardian if pupil.guardian and rng.random() < 0.15 else pupil.user
    file_id = await by.send_file("/records/evidence", name, media_type, content)
    world.counts["evidence_files"] += 1
    body = {
        "term_id": campus.term["id"],
        "kind": kind_id,
        "title": str(data.get("name", kind["title"])),
        "data": data,
        "evidence": [file_id],
        "submit": True,
    }
    await by.post("/records/records", body)
    world.counts["reported"] += 1


async def declare_position(world: World, campus: Campus, pupil: Pupil, rng: random.Random) -> None:
    """Declare a position that the teacher has to confirm."""
    data = a_position(world.scheme, rng, "负责班级日常事务，认真完成老师和同学交办的工作。")
    await pupil.user.post("/records/positions", {"term_id": campus.term["id"], "data": data})
    world.counts["positions"] += 1


async def _review(world: World, campus: Campus, school_class: SchoolClass) -> None:
    """Approve most records in bulk, return some with a reason code; review positions one by one."""
    term_id = campus.term["id"]
    waiting = await school_class.teacher.everything(
        "/records/records", term_id=term_id, path=school_class.path, state="submitted"
    )
    returned = [r for n, r in enumerate(waiting) if n % 9 == 4]
    for record in returned:
        reason = world.random.choice(RETURNS)
        await school_class.teacher.post(
            f"/records/records/{record['id']}/return", {"reason_code": reason, "note": "请补充清楚后再上报。"}
        )
    world.counts["returned"] += len(returned)
    await approve(world, school_class, [r["id"] for r in waiting if r not in returned])
    positions = await school_class.teacher.everything("/records/positions", term_id=term_id, state="submitted")
    for number, position in enumerate(positions):
        if number % 12 == 5:
            await school_class.teacher.post(f"/records/positions/{position['id']}/return", {"reason_code": "wrong_date"})
            world.counts["positions_returned"] += 1
        else:
            await school_class.teacher.post(f"/records/positions/{position['id']}/approval")
            world.counts["positions_approved"] += 1


async def approve(world: World, school_class: SchoolClass, ids: list[str]) -> None:
    """Approve records in bulk."""
    for start in range(0, len(ids), 100):
        done = await school_class.teacher.post(
            "/records/reviews", {"record_ids": ids[start : start + 100], "action": "approve"}
        )
        good = [r for r in done["results"] if r["result"] == "approved"]
        world.expect(len(good) == len(done["results"]), f"bulk review left something: {done}")
        world.counts["approved"] += len(good)


async def _approve_all(world: World, campus: Campus, school_class: SchoolClass) -> None:
    waiting = await school_class.teacher.everything(
        "/records/records", term_id=campus.term["id"], path=school_class.path, state="submitted", origin="reported"
    )
    await approve(world, school_class, [r["id"] for r in waiting])
    positions = await school_class.teacher.everything("/records/positions", term_id=campus.term["id"], state="submitted")
    for position in positions:
        await school_class.teacher.post(f"/records/positions/{position['id']}/approval")
        world.counts["positions_approved"] += 1


async def _resubmit(world: World, pupil: Pupil) -> None:
    for record in await pupil.user.everything("/records/records", state="returned"):
        whole = await pupil.user.get(f"/records/records/{record['id']}")
        changed = content_of(whole)
        if "account" in changed["data"]:
            changed["data"]["account"] = changed["data"]["account"][:200] + "已按老师意见补充说明。"
        path = f"/records/records/{record['id']}"
        stale = pupil.user.put(path, changed, version=whole["version"] + 7)
        await world.expect_refusal(stale, "an edit of another version", "stale_version")
        mended = await pupil.user.put(path, changed, version=whole["version"])
        await pupil.user.post(f"/records/records/{mended['id']}/submission")
        world.counts["mended"] += 1
    positions = await pupil.user.get("/records/positions", state="returned")
    for position in positions["items"]:
        data = {**position["data"], "until": "2026-11-01"}
        await pupil.user.put(f"/records/positions/{position['id']}", {"data": data}, version=position["version"])
        world.counts["positions_mended"] += 1


def content_of(record: dict[str, Any]) -> dict[str, Any]:
    """The body that would change a record to what it is already."""
    evidence = [evidence["evidence_id"] for evidence in record["evidence"]]
    return {"title": record["title"], "data": {**record["data"]}, "evidence": evidence}


def a_position(scheme: dict[str, Any], rng: random.Random, duties: str) -> dict[str, Any]:
    """A position, with a level and a title of the scheme."""
    fields = {field["id"]: field for field in scheme["positions"]["form"]["fields"]}
    return {
        "level": rng.choice(fields["level"]["choices"])["id"],
        "title": rng.choice(fields["title"]["choices"])["id"],
        "since": "2026-09-01",
        "duties": duties,
    }


async def _check_pictures_open(world: World) -> None:
    """The copies of photographs that others see can be opened and have the original size."""
    pupil, campus = world.pupils[0], world.campuses[0]
    records = await pupil.user.everything("/records/records", term_id=campus.term["id"], state="approved")
    for record in records:
        whole = await pupil.user.get(f"/records/records/{record['id']}")
        for evidence in whole["evidence"]:
            if evidence["media_type"] != "image/jpeg":
                continue
            address = await pupil.user.get(f"/records/evidence/{evidence['evidence_id']}/address")
            shown = await world.gateway.fetch(address["url"])
            with Image.open(io.BytesIO(shown)) as image:
                world.counts["pictures_looked_at"] += 1
                world.expect(image.width == 640, "a picture came back changed")
