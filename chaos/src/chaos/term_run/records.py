"""Records: reported, imported, reviewed, returned, changed, and selected for publicity."""

import io
import random
from typing import Any

from demo.client import Refused
from demo.scale import until
from demo.steps.imports import rows_for
from demo.steps.report import a_position, content_of
from demo.world import now
from PIL import Image

from chaos import imports
from chaos.client import MAX_WAIT_SECONDS, Caller
from chaos.term_run.base import TOO_EARLY_OR_LATE, TermRun
from demo import stories


async def report(term: TermRun, pupil: Caller) -> None:
    """Report a position and some records; some are drafts at first, some are withdrawn and submitted again."""
    await declare_position(term, pupil)
    for number in range(term.records):
        submit = number % 3 != 1
        created = await create(term, pupil, number, submit=submit)
        if created and not submit:
            await term.act_on_record(pupil, created["id"], "submission", must=number % 2 == 0)
        elif created and term.rng.random() < 0.2:
            await term.act_on_record(pupil, created["id"], "withdrawal", must=True)
            await term.act_on_record(pupil, created["id"], "submission", must=True)


async def create(term: TermRun, pupil: Caller, number: int, *, submit: bool) -> Any:
    """Create a record of any kind, with a file as evidence; None where it was refused or its response is lost. The first one's
    outcome is not left unknown: everybody has something to show."""
    kind = term.rng.choice(term.school.world.kinds("reported"))
    marker = f"{term.name} {pupil.username} 第{number}件"
    evidence = await pupil.upload_evidence(
        term.journal, "/records/evidence", f"{marker}.jpg".replace(" ", "-"), "image/jpeg", picture(term.rng)
    )
    body = {
        "term_id": term.id,
        "kind": kind["id"],
        "title": marker,
        "data": stories.fill(term.rng, kind, now().date()),
        "evidence": [evidence],
        "submit": submit,
    }
    about = {"title": marker, "submit": submit}
    return await term.try_write(pupil, "record", about, "POST", "/records/records", body, must=number == 0)


async def declare_position(term: TermRun, pupil: Caller) -> Any:
    """Declare a position; None where it was refused or its response is lost."""
    data = a_position(term.school.world.scheme, term.rng, f"职责 {term.name} {pupil.username}")
    body = {"term_id": term.id, "data": data}
    return await term.try_write(pupil, "position", {"duties": data["duties"]}, "POST", "/records/positions", body)


async def import_workbook(term: TermRun) -> None:
    """Import exam scores from a workbook."""
    rows = rows_for(term.school.world, "exam_scores", term.school.campus.school_classes[0].pupils, term.rng)
    await imports.import_workbook(term, "exam_scores", f"成绩 {term.name}.xlsx", rows)


async def _waiting(term: TermRun, **query: Any) -> list[dict[str, Any]]:
    return await term.school.teacher.everything("/records/records", term_id=term.id, state="submitted", limit=100, **query)


async def review(term: TermRun, *, all_of_it: bool = False) -> None:
    """Review submitted records: some one by one, some in bulk, some returned. With `all_of_it` until none waits."""
    teacher = term.school.teacher
    while waiting := await _waiting(term):
        bulk = []
        for record in waiting:
            chance = 1.0 if all_of_it else term.rng.random()
            if chance < 0.15 and record["origin"] == "reported":
                await term.act_on_record(teacher, record["id"], "return", {"reason_code": "incomplete", "note": "请补充。"})
            elif chance < 0.5:
                await term.act_on_record(teacher, record["id"], "approval")
            else:
                bulk.append(record["id"])
        if bulk:
            about = {"records": bulk}
            body = {"record_ids": bulk, "action": "approve"}
            await term.try_write(teacher, "record.bulk_approval", about, "POST", "/records/reviews", body)
        if not all_of_it:
            break
    while positions := (await teacher.get("/records/positions", term_id=term.id, state="submitted"))["items"]:
        for position in positions:
            path = f"/records/positions/{position['id']}/approval"
            await term.try_write(teacher, "position.approval", {"position": position["id"]}, "POST", path)


async def resubmit(term: TermRun, pupil: Caller) -> None:
    """Submit returned records and drafts again."""
    for state in ("returned", "draft"):
        for record in await pupil.everything("/records/records", term_id=term.id, state=state):
            if state == "returned":
                whole = await pupil.get(f"/records/records/{record['id']}")
                path, about = f"/records/records/{record['id']}", {"record": record["id"]}
                try:
                    await pupil.write(
                        term.journal, "record.mend", about, "PUT", path, content_of(whole), version=whole["version"]
                    )
                except Refused as refused:
                    if refused.code not in TOO_EARLY_OR_LATE:
                        raise
            await term.act_on_record(pupil, record["id"], "submission")


async def select(term: TermRun, pupil: Caller) -> None:
    """Wait until publicity has all approved records, then select all but one; the first one's outcome is not left unknown."""
    reported = {kind["id"] for kind in term.school.world.kinds("reported")}

    async def entries() -> list[dict[str, Any]] | None:
        approved = await pupil.everything("/records/records", term_id=term.id, state="approved")
        wanted = {record["id"] for record in approved if record["kind"] in reported}
        found = await pupil.everything("/publicity/entries", term_id=term.id)
        return found if wanted <= {entry["record_id"] for entry in found} else None

    found = await until("entries of approved records", entries, MAX_WAIT_SECONDS)
    ids = [e["entry_id"] for e in found if e["state"] == "eligible" and e["kind"] in reported]
    kept = ids[: max(1, len(ids) - 1)]
    for number, entry in enumerate(kept):
        about, body = {"entries": [entry]}, {"entry_ids": [entry]}
        await term.try_write(pupil, "select", about, "POST", "/publicity/selections", body, must=number == 0)


def picture(rng: random.Random) -> bytes:
    """A small JPEG with random pixels."""
    image = Image.new("RGB", (48, 32))
    image.putdata([(rng.randrange(256), rng.randrange(256), 128) for _ in range(48 * 32)])
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()
