"""Records: reported, imported, reviewed, returned, mended, and selected for the board."""

import io
import random
from typing import Any

from demo.steps.imports import rows_for
from demo.world import now
from PIL import Image

from chaos import batch
from chaos.client import Caller, Refused
from chaos.term.base import LATE, Term, evidence_of
from demo import stories


async def report(term: Term, pupil: Caller) -> None:
    """A position and some records; a few are handed in later, or taken back first."""
    await _position(term, pupil)
    for number in range(term.records):
        kind = term.rng.choice(term.room.kinds())
        marker = f"{term.name} {pupil.username} 第{number}件"
        evidence = await pupil.send_file(
            term.journal, "/records/evidence", f"{marker}.jpg".replace(" ", "-"), "image/jpeg", _picture(term.rng)
        )
        body = {
            "term_id": term.id,
            "kind": kind["id"],
            "title": marker,
            "data": stories.fill(term.rng, kind, now().date()),
            "evidence": [evidence],
            "submit": number % 3 != 1,
        }
        made = await term.maybe(pupil, "record", {"title": marker, "submit": body["submit"]}, "POST", "/records/records", body)
        if made and not body["submit"]:
            await term.act(pupil, made["id"], "submission", must=number % 2 == 0)
        elif made and term.rng.random() < 0.2:
            await term.act(pupil, made["id"], "withdrawal", must=True)
            await term.act(pupil, made["id"], "submission", must=True)


async def _position(term: Term, pupil: Caller) -> None:
    fields = {f["id"]: f for f in term.room.scheme["positions"]["form"]["fields"]}
    data = {
        "level": fields["level"]["choices"][0]["id"],
        "title": fields["title"]["choices"][0]["id"],
        "since": "2026-09-01",
        "duties": f"职责 {term.name} {pupil.username}",
    }
    body = {"term_id": term.id, "data": data}
    await term.maybe(pupil, "position", {"duties": data["duties"]}, "POST", "/records/positions", body)


async def bring_in(term: Term) -> None:
    """The class teacher's marks, from a workbook; then a second time, which changes nothing."""
    rows = rows_for(term.room.world, "exam_scores", term.room.campus.rooms[0].pupils, term.rng)
    await batch.bring_in(term.journal, term.room, term.id, "exam_scores", f"成绩 {term.name}.xlsx", rows)


async def _waiting(term: Term, **query: Any) -> list[dict[str, Any]]:
    return await term.room.teacher.everything("/records/records", term_id=term.id, state="submitted", limit=100, **query)


async def review(term: Term, *, all_of_it: bool = False) -> None:
    """Some one by one, some in bulk, some returned; at the end until nothing waits."""
    teacher = term.room.teacher
    while waiting := await _waiting(term):
        bulk = []
        for record in waiting:
            chance = 1.0 if all_of_it else term.rng.random()
            if chance < 0.15 and record["origin"] == "reported":
                await term.act(teacher, record["id"], "return", {"reason_code": "incomplete", "note": "请补充。"})
            elif chance < 0.5:
                await term.act(teacher, record["id"], "approval")
            else:
                bulk.append(record["id"])
        if bulk:
            about = {"records": bulk}
            body = {"record_ids": bulk, "action": "approve"}
            await term.maybe(teacher, "record.bulk_approval", about, "POST", "/records/reviews", body)
        if not all_of_it:
            break
    while positions := (await teacher.get("/records/positions", term_id=term.id, state="submitted"))["items"]:
        for position in positions:
            path = f"/records/positions/{position['id']}/approval"
            await term.maybe(teacher, "position.approval", {"position": position["id"]}, "POST", path)


async def mend(term: Term, pupil: Caller) -> None:
    """Hand in again what was returned, and what is still a draft."""
    for state in ("returned", "draft"):
        for record in await pupil.everything("/records/records", term_id=term.id, state=state):
            if state == "returned":
                whole = await pupil.get(f"/records/records/{record['id']}")
                body = {"title": whole["title"], "data": whole["data"], "evidence": evidence_of(whole)}
                path, about = f"/records/records/{record['id']}", {"record": record["id"]}
                try:
                    await pupil.write(term.journal, "record.mend", about, "PUT", path, body, version=whole["version"])
                except Refused as refused:
                    if refused.code not in LATE:
                        raise
            await term.act(pupil, record["id"], "submission")


async def select(term: Term, pupil: Caller) -> None:
    """Wait for the approved ones to come through, then pick most of them."""
    reported = {kind["id"] for kind in term.room.kinds()}

    async def entries() -> list[dict[str, Any]] | None:
        approved = await pupil.everything("/records/records", term_id=term.id, state="approved")
        wanted = {record["id"] for record in approved if record["kind"] in reported}
        found = await pupil.everything("/publicity/entries", term_id=term.id)
        return found if wanted <= {entry["record_id"] for entry in found} else None

    found = await term.until("entries of approved records", entries)
    ids = [e["entry_id"] for e in found if e["state"] == "eligible" and e["kind"] in reported]
    kept = ids[: max(1, len(ids) - 1)]
    for entry in kept:
        about, body = {"entries": [entry]}, {"entry_ids": [entry]}
        await term.maybe(pupil, "select", about, "POST", "/publicity/selections", body)


def _picture(rng: random.Random) -> bytes:
    """A small JPEG like no other."""
    image = Image.new("RGB", (48, 32))
    image.putdata([(rng.randrange(256), rng.randrange(256), 128) for _ in range(48 * 32)])
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()
