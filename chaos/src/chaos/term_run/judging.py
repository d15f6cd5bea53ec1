"""The verdicts of a principal, printed and signed confirmations, and the stamped summary (SH-11)."""

from chaos.client import Caller
from chaos.term_run.base import NOT_YET, TermRun
from demo import sample_files


async def judge(term: TermRun) -> None:
    """Judge the first class, print its confirmations, record that they came back signed, upload the stamped summary."""
    leaving, principal, admin = term.school.classes[0], term.school.staff["校长"], term.school.administrator
    url = f"/archive/terms/{term.id}"
    for pupil in leaving.pupils:
        await _verdict(term, principal, pupil)
    about = {"students": [f"{term.id} {pupil.student_id}" for pupil in leaving.pupils]}
    await term.write_in_time(admin, "print", about, "POST", f"{url}/confirmations", {"path": leaving.path}, NOT_YET)
    for pupil in leaving.pupils:
        body = {"changes": [{"action": "sign", "student_id": pupil.student_id}]}
        key = {"slip": f"{term.id} {pupil.student_id}"}
        await term.write_in_time(admin, "sign", key, "POST", f"{url}/confirmations/changes", body, NOT_YET)
    key = {"term": term.id}
    await term.write_in_time(principal, "summary", key, "POST", f"{url}/summary", {}, NOT_YET)
    photo, name = sample_files.photograph(9, term.school.campus.plan.title, "汇总表"), f"汇总表-{term.name}.jpg"
    file_id = await principal.upload_evidence(term.journal, "/archive/filing-files", name, "image/jpeg", photo)
    body_of_upload = {"version": 1, "file_id": file_id}
    await term.write_in_time(principal, "summary.upload", key, "POST", f"{url}/summary/upload", body_of_upload, NOT_YET)


async def _verdict(term: TermRun, principal: Caller, pupil: Caller) -> None:
    """Give a verdict until it is there: the answer says it of each student, and services may not know the window yet."""
    about = {"verdict": f"{term.id} {pupil.student_id}"}
    body = {"term_id": term.id, "verdicts": [{"student_id": pupil.student_id, "choice": "pass"}]}

    async def judged() -> bool:
        answer = await principal.write(term.journal, "verdict", about, "PUT", "/archive/verdicts", body)
        return answer is None or bool(answer["results"][0]["ok"])

    await term.settle("校长评价", judged)
