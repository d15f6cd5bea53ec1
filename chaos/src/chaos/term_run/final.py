"""The final submission of a stage: chosen from the material of all terms, reviewed by the school's panel (CS-01, CS-08)."""

from chaos.client import Caller
from chaos.term_run.base import TermRun


async def submit(term: TermRun, pupil: Caller) -> None:
    """Choose all material but the newest, and submit; some take it back once, and submit it again."""
    path, about = f"/records/terms/{term.id}/final-selection", {"term": term.id, "student": pupil.student_id}
    twice = term.rng.random() < 0.5

    async def submitted() -> bool:
        nonlocal twice
        chosen = await pupil.get(path)
        if chosen["state"] == "submitted" and twice:
            twice = False
            await term.try_write(pupil, "final.withdrawal", about, "POST", f"{path}/withdrawal")
        elif chosen["state"] in ("submitted", "approved"):
            return True
        elif not chosen["record_ids"]:
            materials = await pupil.everything(f"{path}/materials")
            body = {"record_ids": [line["id"] for line in materials[1:]]}
            await term.try_write(pupil, "final.choice", about, "PUT", path, body)
        else:
            await term.try_write(pupil, "final.submission", about, "POST", f"{path}/submission")
        return False

    await term.settle("最终上报", submitted)


async def review(term: TermRun) -> None:
    """The panel returns one submission, which comes back, and lets all pass, one of them without its last record."""
    panel, pupils = term.school.staff["公示审核小组"], {pupil.student_id: pupil for pupil in term.school.pupils}
    returned, without = (pupil.student_id for pupil in term.school.pupils[:2])
    back = False

    async def reviewed() -> bool:
        nonlocal back
        lines = await panel.everything("/records/final-submissions", term_id=term.id)
        for line in lines:
            path, student = f"/records/final-submissions/{line['id']}", line["student_id"]
            about = {"term": term.id, "student": student}
            if line["state"] == "returned":
                back = True
                await submit(term, pupils[student])
            elif line["state"] == "submitted" and student == returned and not back:
                await term.try_write(panel, "final.return", about, "POST", f"{path}/return", {"reason_code": "unclear"})
            elif line["state"] == "submitted":
                out = (await panel.get(path))["record_ids"][-1:] if student == without else []
                body = {"refused": [{"record_id": record, "reason_code": "wrong_kind"} for record in out]}
                await term.try_write(panel, "final.approval", about, "POST", f"{path}/approval", body)
        return len(lines) == len(pupils) and all(line["state"] == "approved" for line in lines)

    await term.settle("学校审核", reviewed)
