"""Two schools of one district with real staff accounts, and a parent with a child at each (L-01)."""

from dataclasses import dataclass
from typing import Any

from contracts.identity import AccountChangedV1
from servicekit.testing import Answer, Caller, Kit

from .builders import (
    Pupil,
    a_class_teacher,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    sign_in,
    signed_in_with_password,
    slips_of,
    with_token,
)

X, Y, DISTRICT = "jx.nc.dh.s1", "jx.nc.dh.s2", "jx.nc.dh"
CLASS_X, CLASS_Y = f"{X}.g2025.c01", f"{Y}.g2025.c01"
PHONE, PARENT, PASSWORD = "13800000777", "周敏", "Sunny-Day-7"
PARENT_NUMBER = an_id_number(777)
CHILD_Y, CHILD_X = 201, 101
WHY = {"reason": "家长忘记密码"}
SHARED = {"reason": "家长忘记密码", "suspend_elsewhere": True}


@dataclass
class Schools:
    """identity with both schools; staff call with their own tokens."""

    kit: Kit
    admin: dict[str, Caller]
    teacher: dict[str, Caller]
    district: Caller

    async def enrol(self, school: str, n: int, **more: Any) -> None:
        """Import one child, by default of the parent with `PHONE`."""
        pupil = Pupil(n, **{"guardian_phone": PHONE, "guardian_name": PARENT, **more})
        await self.kit.receive(a_roster(pupil, school=school))

    async def slip(self, school: str, phone: str = PHONE, audience: str = "guardians") -> str:
        """The one-time password of a new slip."""
        answer = await self.admin[school].post("/slips", {"path": school, "audience": audience}, Accept="application/json")
        return {slip["username"]: str(slip["password"]) for slip in answer.json["items"]}[phone]

    async def take(self, session: Answer, n: int, **changed: str) -> Answer:
        """Take the card of the n-th child as the parent."""
        body = {
            "child_name": f"学生{n}",
            "child_id_number": an_id_number(n),
            "guardian_name": PARENT,
            "guardian_id_number": PARENT_NUMBER,
            "guardian_phone": PHONE,
        }
        return await with_token(self.kit, session).post("/cards/child", body | changed)

    async def parent(self) -> Answer:
        """The parent with a child at Y: signed in by Y's slip, with the child's card. Returns the session."""
        await self.enrol(Y, CHILD_Y)
        session = await signed_in_with_password(self.kit, PHONE, await self.slip(Y))
        assert (await self.take(session, CHILD_Y)).status == 201
        return await sign_in(self.kit, PHONE, PASSWORD)

    async def account(self, phone: str = PHONE) -> str:
        """The id of the account with this login name."""
        async with self.kit.deps.db.reading() as tx:
            return str(await tx.fetchval("SELECT id FROM accounts WHERE username = $1", phone))

    async def children(self, session: Answer) -> list[str]:
        """The names of the children that this session reads; empty if it was ended or has no card."""
        await self.kit.running.verifier.refresh(self.kit.deps.db)
        answer = await with_token(self.kit, session).get("/students")
        return [student["name"] for student in answer.json["items"]] if answer.status == 200 else []

    async def notices(self, session: Answer) -> list[str]:
        """What the holder is told at the account."""
        return [notice["what"] for notice in (await with_token(self.kit, session).get("/me")).json["notices"]]

    async def unaudited(self) -> list[str]:
        """Revoked and suspended cards without an audit row."""
        async with self.kit.deps.db.reading() as tx:
            rows = await tx.fetch(
                "SELECT id FROM cards c WHERE (revoked_at IS NOT NULL OR suspended_at IS NOT NULL) AND NOT EXISTS "
                "(SELECT FROM audit a WHERE a.subject = c.id::text AND a.what IN ('card_revoked', 'card_suspended'))"
            )
        return [str(row["id"]) for row in rows]

    async def changes(self, account_id: str) -> list[str]:
        """What was published about an account."""
        return [e.what for e in await self.kit.events(AccountChangedV1) if str(e.account_id) == account_id]


async def two_schools(kit: Kit) -> Schools:
    """Both schools with an administrator and a class teacher, and the district's administrator."""
    for school in (X, Y):
        await a_tree(kit, school)
    admin, teacher = {}, {}
    for number, school in enumerate((X, Y)):
        admin[school] = await _staff(kit, f"1370000000{number}", f"{school}管理员", "administrator", school)
        phone = f"1390000000{number}"
        await kit.receive(a_roster(Pupil(900 + number), teachers=(a_class_teacher(phone),), school=school))
        one_time = (await slips_of(kit, "staff", school, an_administrator(school)))[phone]
        teacher[school] = with_token(kit, await signed_in_with_password(kit, phone, one_time))
    return Schools(kit, admin, teacher, await _staff(kit, "13700000009", "区管理员", "administrator", DISTRICT))


async def _staff(kit: Kit, phone: str, name: str, role: str, path: str) -> Caller:
    by = kit.as_(an_administrator(path if path == DISTRICT else DISTRICT))
    answer = await by.post("/staff", {"name": name, "phone": phone, "role": role, "path": path})
    assert answer.status == 201, answer.body
    return with_token(kit, await signed_in_with_password(kit, phone, answer.json["one_time_password"]))
