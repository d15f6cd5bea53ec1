"""Makes single things through the gateway: staff, a term, a file, a record and its entry."""

import uuid
from collections.abc import Iterable
from typing import Any

from demo.client import User
from demo.scale import until
from demo.steps import timetable
from demo.world import PASSWORD, Campus, Pupil, World, hours, now

from demo import sample_files, stories


async def hire(by: User, role: str, path: str, name: str) -> User:
    """A new member of staff, created by `by` and signed in with a password of their own."""
    phone = f"19{uuid.uuid4().int % 10**9:09d}"
    made = await by.post("/identity/staff", {"name": name, "phone": phone, "role": role, "path": path})
    user = User(by.gateway, phone, made["one_time_password"], name)
    await user.first_sign_in(PASSWORD)
    return user


async def signed_in(world: World, username: str, name: str) -> User:
    """Signs in a user whom the demo created without keeping the session."""
    user = User(world.gateway, username, PASSWORD, name)
    await user.sign_in()
    return user


async def second_term(campus: Campus) -> dict[str, Any]:
    """The school's second term, open for reporting, review and selection; created at the first call."""
    return await open_term(campus, "2026-2027", 2, ("2027-02-20", "2027-07-05"))


async def open_term(campus: Campus, school_year: str, number: int, days: tuple[str, str]) -> dict[str, Any]:
    """A term that is open for reporting, review and selection; created at the first call. `days`: its first and last one."""
    by = campus.administrator
    for term in await by.everything("/records/terms", path=campus.path):
        if (term["school_year"], term["number"]) == (school_year, number):
            return dict(term)
    body = {
        "path": campus.path,
        "title": f"{school_year.replace('-', '—')}学年第{'一二'[number - 1]}学期",
        "school_year": school_year,
        "number": number,
        "starts_on": days[0],
        "ends_on": days[1],
        "windows": timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72)),
    }
    return dict(await by.post("/records/terms", body))


async def a_file(by: User, seed: int = 1) -> str:
    """Uploads a photo as evidence of this user and returns the id of the checked file."""
    return await by.send_file(
        "/records/evidence", f"照片-{seed}.jpg", "image/jpeg", sample_files.photograph(seed, by.name, "活动")
    )


async def a_letter(by: User, seed: int = 1) -> str:
    """Uploads a PDF of one page as evidence of this user and returns the id of the checked file."""
    return await by.send_file(
        "/records/evidence", f"证明-{seed}.pdf", "application/pdf", sample_files.letter(seed, by.name, "活动")
    )


def a_record(world: World, term_id: str, evidence: Iterable[str], **changed: Any) -> dict[str, Any]:
    """The body of a valid volunteering record. `changed` replaces fields; `data__x` replaces field x of the form."""
    data = stories.fill(world.random, world.kind("volunteer_service"), now().date())
    data |= {name.removeprefix("data__"): value for name, value in changed.items() if name.startswith("data__")}
    rest = {name: value for name, value in changed.items() if not name.startswith("data__")}
    body = {"term_id": term_id, "kind": "volunteer_service", "title": "社区志愿服务", "data": data, "evidence": [*evidence]}
    return {**body, "submit": True, **rest}


async def create_record(world: World, pupil: Pupil, term_id: str, **changed: Any) -> dict[str, Any]:
    """A volunteering record that this pupil submitted."""
    file_id = await a_file(pupil.user, world.random.randrange(10**6))
    return dict(await pupil.user.post("/records/records", a_record(world, term_id, [file_id], **changed)))


async def eligible_entry(pupil: Pupil, record_id: str) -> dict[str, Any]:
    """Waits for the publicity entry of an approved record."""

    async def look() -> dict[str, Any] | None:
        found = await pupil.user.everything("/publicity/entries", student_id=pupil.student_id)
        return next((entry for entry in found if entry["record_id"] == record_id), None)

    return await until("记录进入遴选", look, seconds=30)
