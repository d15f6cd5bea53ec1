"""Asking the finished world without manners: any caller, any bytes; the answer as it is. Shared by the tests here."""

import io
import json
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from demo.client import Gateway, Refused, User
from demo.scale import until
from demo.steps import timetable
from demo.world import PASSWORD, Campus, Pupil, World, hours, now

from demo import sample_files, stories

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    content: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.content)

    @property
    def code(self) -> str | None:
        """The stable code of a problem document; None where it is none, which is itself a finding."""
        return str(self.json["code"]) if self.headers.get("Content-Type") == PROBLEM else None

    @property
    def fields(self) -> set[str]:
        """The fields that the problem document names."""
        return {str(error["field"]) for error in self.json.get("errors", ())} | {str(self.json.get("field"))}


@dataclass
class Door:
    """The gateway as anybody may use it. Unlike the demo's client it takes every answer, and never tries again."""

    world: World
    http: aiohttp.ClientSession

    async def ask(
        self,
        who: User | str | None,
        method: str,
        path: str,
        body: Any = None,
        /,
        *,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Answer:
        """One request. `who`: a person, a token as it is, or nobody; `path` below /api, or whole where it begins with http."""
        sent = dict(headers or {})
        if who is not None:
            sent.setdefault("Authorization", f"Bearer {who if isinstance(who, str) else await fresh(who)}")
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else f"{self.world.gateway.base}/api{path}"
        params = {name: str(value) for name, value in query.items() if value is not None}
        content = io.BytesIO(data) if data is not None else None
        json_body = body if data is None else None
        async with self.http.request(method, url, json=json_body, data=content, params=params, headers=sent) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.read())


async def fresh(user: User) -> str:
    """A token that counts now; the session is renewed by asking who one is."""
    await user.get("/identity/me")
    return str(user.session["access_token"])


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Door]:
    """A door into the world; its people can call again while it is open."""
    again = Gateway.to(world.gateway.base)
    world.gateway.http = again.http
    try:
        yield Door(world, again.http)
    finally:
        await again.http.close()


async def newcomer(by: User, role: str, path: str, name: str) -> User:
    """One more member of staff, hired by `by` and signed in with a password of their own."""
    phone = f"19{uuid.uuid4().int % 10**9:09d}"
    made = await by.post("/identity/staff", {"name": name, "phone": phone, "role": role, "path": path})
    user = User(by.gateway, phone, made["one_time_password"], name)
    await user.first_sign_in(PASSWORD)
    return user


async def signed_in(world: World, username: str, name: str) -> User:
    """Somebody whom the demonstration made and did not keep."""
    user = User(world.gateway, username, PASSWORD, name)
    await user.sign_in()
    return user


async def next_term(campus: Campus) -> dict[str, Any]:
    """The school's second term, open for reporting, review and selection; made by the first who asks."""
    by = campus.administrator
    for term in await by.everything("/records/terms", path=campus.path):
        if term["number"] == 2:
            return dict(term)
    body = {
        "path": campus.path,
        "title": "2026—2027学年第二学期",
        "school_year": "2026-2027",
        "number": 2,
        "starts_on": "2027-02-20",
        "ends_on": "2027-07-05",
        "windows": timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72)),
    }
    return dict(await by.post("/records/terms", body))


async def a_file(by: User, seed: int = 1) -> str:
    """One checked piece of evidence of this person."""
    return await by.send_file(
        "/records/evidence", f"照片-{seed}.jpg", "image/jpeg", sample_files.photograph(seed, by.name, "活动")
    )


def a_record(world: World, term_id: str, evidence: Iterable[str], **changed: Any) -> dict[str, Any]:
    """The body of a good report of volunteering; named things may be made wrong, `data__x` inside the form."""
    data = stories.fill(world.random, world.kind("volunteer_service"), now().date())
    data |= {name.removeprefix("data__"): value for name, value in changed.items() if name.startswith("data__")}
    rest = {name: value for name, value in changed.items() if not name.startswith("data__")}
    body = {"term_id": term_id, "kind": "volunteer_service", "title": "社区志愿服务", "data": data, "evidence": [*evidence]}
    return {**body, "submit": True, **rest}


async def reported(world: World, pupil: Pupil, term_id: str, **changed: Any) -> dict[str, Any]:
    """A record that this pupil handed in."""
    file_id = await a_file(pupil.user, world.random.randrange(10**6))
    return dict(await pupil.user.post("/records/records", a_record(world, term_id, [file_id], **changed)))


async def eligible(pupil: Pupil, record_id: str) -> dict[str, Any]:
    """The entry that came of an approved record."""

    async def look() -> dict[str, Any] | None:
        found = await pupil.user.everything("/publicity/entries", student_id=pupil.student_id)
        return next((entry for entry in found if entry["record_id"] == record_id), None)

    return await until("记录进入遴选", look, seconds=30)


async def code_of(call: Any) -> str:
    """The code with which a call of the demo's client is refused; `done` where it is not."""
    try:
        await call
    except Refused as refused:
        return refused.code
    return "done"
